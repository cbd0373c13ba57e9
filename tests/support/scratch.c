/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

const char *
scratch_enter(const char *name)
{
	snprintf(folder, sizeof folder, "/tmp/%s.XXXXXX", name);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	return folder;
}

void
scratch_leave(void)
{
	char command[sizeof folder + 8];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof command, "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

void
scratch_put(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
}
