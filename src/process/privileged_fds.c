/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit that grants its processes nothing but CAP_NET_ADMIN runs the program
 * once as root before (--lend); that run opens the descriptors and leaves them
 * in systemd's descriptor store.
 */

#include <unistd.h>

#include "base/fdstore.h"
#include "net/queue_proc.h"
#include "net/raw_socket.h"
#include "process/privileged_fds.h"

int
sw_privileged_fds_open(struct sw_privileged_fds fds[SW_PRIVILEGED_FDS_MOST])
{
	int raw[2], error = sw_raw_socket_sockets(raw);

	if (error < 0)
		return error;
	fds[0] =
	    (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_RAW_IPV4, raw[0] };
	fds[1] =
	    (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_RAW_IPV6, raw[1] };
	fds[2] = (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_QUEUES,
		sw_queue_proc_open() };
	return 0;
}

int
sw_privileged_fds_keep(void)
{
	struct sw_privileged_fds fds[SW_PRIVILEGED_FDS_MOST];
	int error = sw_privileged_fds_open(fds);

	if (error < 0)
		return error;
	for (int i = 0; i < SW_PRIVILEGED_FDS_MOST; i++) {
		if (fds[i].fd < 0)
			continue;
		if (error == 0)
			error = sw_fdstore_keep(fds[i].name, fds[i].fd);
		close(fds[i].fd);
	}
	return error;
}
