/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_port: ports, ranges of them, and services by name.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/services.h"
#include "conf/value.h"

/* => the first byte behind the number, or NULL */
static const char *
port(const char *text, uint16_t *value)
{
	uint32_t n = 0;
	const char *at = text;

	for (; isdigit((unsigned char)*at) && n <= UINT16_MAX; at++)
		n = n * 10 + (uint32_t)(*at - '0');
	if (at == text || n > UINT16_MAX)
		return NULL;
	*value = (uint16_t)n;
	return at;
}

/* A service's name. */
static bool
service(const char *text, struct sw_port_range *ports, struct sw_fault *fault)
{
	switch (sw_services_find(SW_SERVICES_FILE, text, &ports->first)) {
	case SW_SERVICE_FOUND:
		ports->last = ports->first;
		return true;
	case SW_SERVICE_UNKNOWN:
		return sw_error_why(
		    fault, "no service of " SW_SERVICES_FILE " has this name");
	case SW_SERVICE_SEVERAL:
		sw_error_write(fault, "the number of the port");
		return sw_error_why(fault,
		    "in " SW_SERVICES_FILE " its port depends on the protocol");
	case SW_SERVICE_NO_FILE:
		break;
	}
	sw_error_write(fault, "the number of the port");
	return sw_error_why(
	    fault, SW_SERVICES_FILE " cannot be read: %s", strerror(errno));
}

bool
sw_port_read(
    const char *text, struct sw_port_range *ports, struct sw_fault *fault)
{
	const char *end = port(text, &ports->first);

	ports->except = false;
	sw_error_write(fault, "0 to 65535, or a range such as 6000-6010");
	if (sw_net_means_any(text))
		return sw_net_refuse_any("ports", fault);
	if (isalpha((unsigned char)*text))
		return service(text, ports, fault);
	if (end == NULL && isdigit((unsigned char)*text))
		return sw_error_why(fault, "above the maximum, 65535");
	if (end == NULL)
		return sw_error_why(fault, "not a port number");
	ports->last = ports->first;
	if (*end == '\0')
		return true;
	if (*end == ':')
		return sw_error_why(fault, "a range is written with a hyphen");
	if (*end != '-')
		return sw_error_why(fault, "not a port number");
	end = port(end + 1, &ports->last);
	if (end == NULL || *end != '\0')
		return sw_error_why(fault, "the range has no valid end");
	if (ports->last >= ports->first)
		return true;
	sw_error_fix(fault, "%u-%u", ports->last, ports->first);
	return sw_error_why(fault, "the range ends before it starts");
}

const char *
sw_port_show(const struct sw_port_range *ports, char text[SW_VALUE_MAX])
{
	const char *mark = ports->except ? "!" : "";

	if (ports->first == ports->last)
		snprintf(text, SW_VALUE_MAX, "%s%u", mark, ports->first);
	else
		snprintf(text, SW_VALUE_MAX, "%s%u-%u", mark, ports->first,
		    ports->last);
	return text;
}
