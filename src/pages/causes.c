/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run while synward is built: writes the manual page and the journal
 * catalog of the causes.
 *
 *	synward-causes manual|catalog FILE
 */
#include <stdlib.h>
#include <string.h>

#include "pages/cause_page.h"

static void (*face_of(const char *name))(FILE *out)
{
	if (strcmp(name, "manual") == 0)
		return sw_cause_page_manual;
	if (strcmp(name, "catalog") == 0)
		return sw_cause_page_catalog;
	return NULL;
}

int
main(int argc, char **argv)
{
	void (*face)(FILE * out) = argc == 3 ? face_of(argv[1]) : NULL;
	FILE *out;

	if (face == NULL) {
		fputs("usage: synward-causes manual|catalog FILE\n", stderr);
		return 2;
	}
	out = fopen(argv[2], "w");
	if (out == NULL) {
		perror(argv[2]);
		return EXIT_FAILURE;
	}
	face(out);
	if (ferror(out) != 0 || fclose(out) != 0) {
		perror(argv[2]);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
