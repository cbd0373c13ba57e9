/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A write() that writes nothing and reports no error would be repeated forever;
 * it is treated as a full device (ENOSPC).
 */
#include <errno.h>
#include <unistd.h>

#include "base/io.h"

int
sw_io_write_all(int fd, const char *bytes, size_t length, size_t *done)
{
	*done = 0;
	while (*done < length) {
		ssize_t n = write(fd, bytes + *done, length - *done);

		if (n > 0)
			*done += (size_t)n;
		else if (n == 0)
			return -ENOSPC;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}
