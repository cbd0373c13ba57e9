/* SPDX-License-Identifier: Apache-2.0 */
/* A file that fills the room to the last byte is taken for longer. */
#include "slurp.h"

#include <check.h>
#include <stdio.h>

const char *
slurp(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t n;

	ck_assert_msg(file != NULL, "%s cannot be read", path);
	n = fread(text, 1, size - 1, file);
	ck_assert_msg(n < size - 1, "%s is too long", path);
	text[n] = '\0';
	fclose(file);
	return text;
}
