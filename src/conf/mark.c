/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_mark: marks of packets, as iptables and nftables write them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"

/* => the first byte behind the number, or NULL */
static const char *
number(const char *text, uint32_t *value)
{
	unsigned long long n;
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	n = strtoull(text, &end, 0);
	*value = (uint32_t)n;
	return n <= UINT32_MAX ? end : NULL;
}

bool
sw_mark_read(
    const char *text, struct sw_mark_match *mark, struct sw_fault *fault)
{
	const char *end;

	*mark = (struct sw_mark_match){ .mask = UINT32_MAX,
		.except = *text == '!' };
	sw_error_write(fault, "a mark such as 0x10, or 0x10/0xff");
	end = number(text + mark->except, &mark->value);
	if (end != NULL && *end == '/')
		end = number(end + 1, &mark->mask);
	if (end == NULL || *end != '\0')
		return sw_error_why(fault, "not a mark of 32 bits");
	if (mark->mask == 0)
		return sw_error_why(fault, "a mask of 0 compares nothing");
	if ((mark->value & ~mark->mask) == 0)
		return true;
	sw_error_fix(fault, "%s0x%x/0x%x", mark->except ? "!" : "",
	    mark->value & mark->mask, mark->mask);
	return sw_error_why(fault, "the mark has bits outside of its mask");
}

const char *
sw_mark_show(const struct sw_mark_match *mark, char text[SW_VALUE_MAX])
{
	const char *not = mark->except ? "!" : "";

	if (mark->mask == 0)
		return "";
	if (mark->mask == UINT32_MAX)
		snprintf(text, SW_VALUE_MAX, "%s0x%x", not, mark->value);
	else
		snprintf(text, SW_VALUE_MAX, "%s0x%x/0x%x", not, mark->value,
		    mark->mask);
	return text;
}
