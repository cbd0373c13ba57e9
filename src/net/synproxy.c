/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net/stat/synproxy has a line of names, and for each processor a line of
 * values in hexadecimal.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "net/queue_proc.h"
#include "net/synproxy.h"

enum { PROC_TEXT = 65536 };

int
sw_synproxy_open(void)
{
	return open("/proc/self/net/stat/synproxy", O_RDONLY | O_CLOEXEC);
}

/* The word at *at, which moves to its end.  => its length, 0 at a line's end */
static size_t
next_word(const char **at, const char **word)
{
	size_t length;

	*at += strspn(*at, " \t");
	*word = *at;
	length = strcspn(*at, " \t\n");
	*at += length;
	return length;
}

/* => the column of that name, which may be beyond the last one */
static unsigned
find_column(const char **at, const char *name)
{
	const char *word;
	unsigned column = 0;
	size_t length;

	while ((length = next_word(at, &word)) > 0) {
		if (length == strlen(name) && memcmp(word, name, length) == 0)
			break;
		column++;
	}
	*at += strcspn(*at, "\n");
	return column;
}

uint64_t
sw_synproxy_cookies(const char *text)
{
	unsigned column = find_column(&text, "cookie_valid");
	uint64_t sum = 0;

	while (*text == '\n') {
		const char *word;

		text++;
		for (unsigned i = 0; next_word(&text, &word) > 0; i++)
			if (i == column)
				sum += strtoull(word, NULL, 16);
	}
	return sum;
}

bool
sw_synproxy_has_accepted(int fd)
{
	char text[PROC_TEXT];

	return fd > 0 && sw_queue_proc_read(fd, text, sizeof text) > 0 &&
	       sw_synproxy_cookies(text) > 0;
}
