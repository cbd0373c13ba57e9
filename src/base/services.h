/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services: the port of a service by its name, from a file alone.
 *
 * The C library may ask the network for such a name; this never does.
 */
#ifndef SYNWARD_BASE_SERVICES_H
#define SYNWARD_BASE_SERVICES_H

#include <stdint.h>

#define SW_SERVICES_FILE "/etc/services"

enum sw_service {
	SW_SERVICE_FOUND,
	SW_SERVICE_UNKNOWN,
	SW_SERVICE_SEVERAL, /* other ports for other protocols */
	SW_SERVICE_NO_FILE, /* it cannot be read: errno */
};

/* Looks the name, or alias, up in a file as services(5) describes it. */
enum sw_service
sw_services_find(const char *file, const char *name, uint16_t *port);

#endif
