/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusal: the fields of a packet that a report about it has.
 */
#ifndef SYNWARD_ENGINE_PACKET_REFUSAL_H
#define SYNWARD_ENGINE_PACKET_REFUSAL_H

#include "synward/event.h"

/* Copies them; the other members of *refused stay as they are. */
void
sw_refusal_describe(const struct sw_packet *packet, struct sw_refusal *refused);

/* Is it an ICMP error whose quoted packet could be read? */
bool sw_refusal_quotes(const struct sw_packet *packet);

#endif
