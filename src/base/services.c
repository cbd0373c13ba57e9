/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services: reads services(5) line by line.
 *
 *	NAME PORT/PROTOCOL [ALIAS ...] [# COMMENT]
 *
 * What is not such a line is passed over.  A line that is longer than any
 * sensible one is cut, and a file that never ends is read no further.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/services.h"

enum {
	LINE_MAX_BYTES = 512,
	LINES_MAX = 65536,
};

/* => false where the line names no port */
static bool
port_of(const char *text, uint16_t *port)
{
	char *end;
	unsigned long value;

	if (text == NULL || *text < '0' || *text > '9')
		return false;
	value = strtoul(text, &end, 10);
	*port = (uint16_t)value;
	return *end == '/' && value <= UINT16_MAX;
}

/* => is the line about this name? */
static bool
names(char *line, const char *name, uint16_t *port)
{
	static const char blanks[] = " \t\r\n";
	char *rest, *word;
	bool named;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, blanks, &rest);
	if (word == NULL || !port_of(strtok_r(NULL, blanks, &rest), port))
		return false;
	for (named = strcmp(word, name) == 0; !named && word != NULL;
	     named = word != NULL && strcmp(word, name) == 0)
		word = strtok_r(NULL, blanks, &rest);
	return named;
}

enum sw_service
sw_services_find(const char *file, const char *name, uint16_t *port)
{
	enum sw_service found = SW_SERVICE_UNKNOWN;
	char line[LINE_MAX_BYTES];
	FILE *services = fopen(file, "re");
	uint16_t one;

	if (services == NULL)
		return SW_SERVICE_NO_FILE;
	for (unsigned n = 0;
	     n < LINES_MAX && fgets(line, sizeof line, services) != NULL; n++) {
		if (!names(line, name, &one))
			continue;
		if (found == SW_SERVICE_FOUND && one != *port)
			found = SW_SERVICE_SEVERAL;
		if (found == SW_SERVICE_UNKNOWN)
			found = SW_SERVICE_FOUND;
		*port = one;
	}
	fclose(services);
	return found;
}
