/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol is systemd's: the sender attaches the descriptor to a
 * notification with FDSTORE=1, and the next process gets it back through
 * LISTEN_FDS and LISTEN_FDNAMES.  FDPOLL=0 is sent as well, because systemd
 * would otherwise remove a netlink socket with a pending error (lost packets)
 * from its store.
 *
 * A process that keeps descriptors announces it with FDSTORE in the
 * environment, as systemd does since version 254; earlier versions of systemd
 * are recognised by SYSTEMD_EXEC_PID.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/fdstore.h"
#include "base/notify.h"

enum { MESSAGE = 128 };

struct sw_fdstore {
	int n;
	char **names; /* a NULL entry has been taken */
};

struct sw_fdstore *
sw_fdstore_receive(void)
{
	struct sw_fdstore *fdstore = calloc(1, sizeof *fdstore);

	if (fdstore == NULL)
		return NULL;
	fdstore->n = sd_listen_fds_with_names(1, &fdstore->names);
	/* Continuing without the list would start with an empty table and drop
	 * everything the predecessor left. */
	if (fdstore->n == -ENOMEM) {
		free(fdstore);
		return NULL;
	}
	if (fdstore->n < 0)
		fdstore->n = 0;
	return fdstore;
}

int
sw_fdstore_peek(const char *name)
{
	const char *at = getenv("LISTEN_FDNAMES");
	size_t length = strlen(name);

	for (int fd = SD_LISTEN_FDS_START; at != NULL && *at != '\0'; fd++) {
		if (strncmp(at, name, length) == 0 &&
		    (at[length] == ':' || at[length] == '\0'))
			return fd;
		at = strchr(at, ':');
		at = at == NULL ? NULL : at + 1;
	}
	return -1;
}

int
sw_fdstore_take(struct sw_fdstore *fdstore, const char *name)
{
	for (int i = 0; i < fdstore->n; i++) {
		if (fdstore->names[i] == NULL ||
		    strcmp(fdstore->names[i], name) != 0)
			continue;
		free(fdstore->names[i]);
		fdstore->names[i] = NULL;
		return SD_LISTEN_FDS_START + i;
	}
	return -1;
}

void
sw_fdstore_discard(struct sw_fdstore *fdstore)
{
	for (int i = 0; i < fdstore->n; i++)
		if (fdstore->names[i] != NULL)
			sw_fdstore_forget(fdstore->names[i]);
}

void
sw_fdstore_close(struct sw_fdstore *fdstore)
{
	if (fdstore == NULL)
		return;
	for (int i = 0; i < fdstore->n; i++) {
		if (fdstore->names[i] == NULL)
			continue;
		close(SD_LISTEN_FDS_START + i);
		free(fdstore->names[i]);
	}
	free(fdstore->names);
	free(fdstore);
}

bool
sw_fdstore_is_kept(void)
{
	const char *pid = getenv("SYSTEMD_EXEC_PID");

	if (!sw_notify_is_heard())
		return false;
	return getenv("FDSTORE") != NULL ||
	       (pid != NULL && strtol(pid, NULL, 10) == getpid());
}

int
sw_fdstore_keep(const char *name, int fd)
{
	char message[MESSAGE];

	if (!sw_fdstore_is_kept())
		return 0;
	sw_fdstore_forget(name);
	snprintf(
	    message, sizeof message, "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", name);
	return sw_notify_send(message, fd);
}

void
sw_fdstore_forget(const char *name)
{
	char message[MESSAGE];

	if (!sw_fdstore_is_kept())
		return;
	snprintf(message, sizeof message, "FDSTOREREMOVE=1\nFDNAME=%s", name);
	sw_notify_send(message, -1);
}
