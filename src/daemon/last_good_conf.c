/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stored text is the dump, which states every value and reads back as the
 * same configuration.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdstore.h"
#include "base/io.h"
#include "daemon/last_good_conf.h"

#define KEPT "conf"

/* A longer text is no dump of ours. */
enum { TEXT_MOST = 64 << 20 };

static int
keep_text(const char *text, size_t length)
{
	int fd = memfd_create("synward-conf", MFD_CLOEXEC), error;
	size_t done;

	if (fd < 0)
		return -errno;
	error = sw_io_write_all(fd, text, length, &done);
	if (error == 0)
		error = sw_fdstore_keep(KEPT, fd);
	close(fd);
	return error;
}

int
sw_last_good_conf_keep(const struct sw_conf *conf)
{
	size_t length = 0;
	char *text = sw_conf_dump_text(conf, true, &length);
	int error = text != NULL ? keep_text(text, length) : -ENOMEM;

	free(text);
	return error;
}

/* => the whole file as a string, or NULL */
static char *
read_all(int fd)
{
	struct stat st;
	char *text;

	if (fstat(fd, &st) < 0 || st.st_size == 0 || st.st_size > TEXT_MOST)
		return NULL;
	text = calloc(1, (size_t)st.st_size + 1);
	if (text != NULL &&
	    pread(fd, text, (size_t)st.st_size, 0) != st.st_size) {
		free(text);
		return NULL;
	}
	return text;
}

struct sw_conf *
sw_last_good_conf_load(void)
{
	struct sw_conf_errors errors = { 0 };
	int fd = sw_fdstore_peek(KEPT);
	char *text = fd < 0 ? NULL : read_all(fd);
	struct sw_conf *conf = NULL;

	if (text != NULL)
		conf = sw_conf_parse(text, "last good one", &errors);
	sw_conf_errors_free(&errors);
	free(text);
	return conf;
}

void
sw_last_good_conf_take(struct sw_fdstore *fdstore)
{
	int fd = sw_fdstore_take(fdstore, KEPT);

	if (fd >= 0)
		close(fd);
}
