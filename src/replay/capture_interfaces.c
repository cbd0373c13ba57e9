/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture_interfaces: the interfaces of a capture, by name.
 *
 * An interface has one index for the whole file, from 1.  In the first section
 * of a pcapng file it is the interface's number plus one, also for those that
 * share a name; in a later section that of the interface with the same name, or
 * a new one.  A frame that names its interface finds it, or adds it, in the same
 * way.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/capture_internal.h"

void *
sw_capture_interfaces_grow(void *list, uint32_t *room, size_t each)
{
	uint32_t more = *room == 0 ? 8 : *room * 2;
	void *bigger = reallocarray(list, more, each);

	if (bigger != NULL)
		*room = more;
	return bigger;
}

static bool
add(struct sw_capture *capture, const char name[SW_CAPTURE_NAME])
{
	if (capture->n_names >= SW_CAPTURE_INTERFACES)
		return false;
	if (capture->n_names == capture->names_room) {
		void *names = sw_capture_interfaces_grow(capture->names,
		    &capture->names_room, sizeof *capture->names);

		if (names == NULL)
			return false;
		capture->names = names;
	}
	memcpy(capture->names[capture->n_names++], name, SW_CAPTURE_NAME);
	return true;
}

uint32_t
sw_capture_interface_named(
    struct sw_capture *capture, const char name[SW_CAPTURE_NAME])
{
	for (uint32_t i = 0; name[0] != '\0' && i < capture->n_names; i++)
		if (strcmp(capture->names[i], name) == 0)
			return i + 1;
	return add(capture, name) ? capture->n_names : 0;
}

uint32_t
sw_capture_interface_at(
    struct sw_capture *capture, uint32_t position, const char *name)
{
	if (position < capture->n_names &&
	    strcmp(capture->names[position], name) == 0)
		return position + 1;
	return sw_capture_interface_named(capture, name);
}

uint32_t
sw_capture_interfaces(const struct sw_capture *capture)
{
	return capture->n_names;
}

const char *
sw_capture_interface_name(const struct sw_capture *capture, uint32_t interface)
{
	if (interface == 0 || interface > capture->n_names)
		return "";
	return capture->names[interface - 1];
}
