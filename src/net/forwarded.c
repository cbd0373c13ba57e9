/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net/snmp has a line of names and a line of values for each protocol;
 * /proc/net/snmp6 has a line for each value.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/forwarded.h"
#include "net/queue_proc.h"

enum { PROC_TEXT = 16384 };

void
sw_forwarded_open(struct sw_forwarded *forwarded)
{
	forwarded->ipv4 = open("/proc/self/net/snmp", O_RDONLY | O_CLOEXEC);
	forwarded->ipv6 = open("/proc/self/net/snmp6", O_RDONLY | O_CLOEXEC);
}

void
sw_forwarded_close(struct sw_forwarded *forwarded)
{
	if (forwarded->ipv4 >= 0)
		close(forwarded->ipv4);
	if (forwarded->ipv6 >= 0)
		close(forwarded->ipv6);
}

/* The word at *at, which moves to its end.  => its length, 0 at a line's end */
static size_t
next_word(const char **at, const char **word)
{
	size_t length;

	*at += strspn(*at, " ");
	*word = *at;
	length = strcspn(*at, " \n");
	*at += length;
	return length;
}

bool
sw_forwarded_ipv4(const char *text, uint64_t *packets)
{
	static const char name[] = "ForwDatagrams";
	const char *names = strncmp(text, "Ip: ", 4) == 0 ? text : NULL;
	const char *values = names == NULL ? NULL : strstr(names, "\nIp: ");
	const char *word, *value;
	size_t length;

	if (values == NULL)
		return false;
	values++;
	while ((length = next_word(&names, &word)) > 0 &&
	       next_word(&values, &value) > 0)
		if (length == sizeof name - 1 &&
		    memcmp(word, name, length) == 0)
			return sscanf(value, "%" SCNu64, packets) == 1;
	return false;
}

bool
sw_forwarded_ipv6(const char *text, uint64_t *packets)
{
	const char *at = strstr(text, "Ip6OutForwDatagrams");

	return at != NULL &&
	       sscanf(at, "Ip6OutForwDatagrams %" SCNu64, packets) == 1;
}

bool
sw_forwarded_read(const struct sw_forwarded *forwarded, uint64_t *packets)
{
	char text[PROC_TEXT];
	uint64_t n;

	*packets = 0;
	if (forwarded->ipv4 < 0 ||
	    sw_queue_proc_read(forwarded->ipv4, text, sizeof text) <= 0 ||
	    !sw_forwarded_ipv4(text, packets))
		return false;
	if (forwarded->ipv6 >= 0 &&
	    sw_queue_proc_read(forwarded->ipv6, text, sizeof text) > 0 &&
	    sw_forwarded_ipv6(text, &n))
		*packets += n;
	return true;
}
