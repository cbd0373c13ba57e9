/* SPDX-License-Identifier: Apache-2.0 */
/* Asked by beginning what a test will do. */
#include "kernel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/landlock.h"

bool
kernel_has_landlock(void)
{
	struct sw_landlock lock;
	int error = sw_landlock_begin(&lock, 0);

	if (error == 0)
		close(lock.fd);
	else
		printf("skipped: this kernel has no Landlock (%s)\n",
		    strerror(-error));
	return error != -ENOSYS && error != -EOPNOTSUPP;
}
