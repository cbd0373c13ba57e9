/* SPDX-License-Identifier: Apache-2.0 */
/*
 * related: what flows of a rule allow between their hosts.
 */
#ifndef SYNWARD_ENGINE_POLICY_RELATED_H
#define SYNWARD_ENGINE_POLICY_RELATED_H

#include "synward/policy.h"

/* => a copy that holds its own ports and protocols, or NULL when memory is
 *    short: the caller's, sw_related_free() */
struct sw_related *sw_related_copy(const struct sw_related *list, size_t n);
void sw_related_free(struct sw_related *list, size_t n);

/* May this packet open a child of a flow that was opened between the ends of
 * parent?  Both are between the same two hosts, and the child's source is the
 * parent's opener where from_client says so. */
bool sw_related_fits(const struct sw_related *related,
    const struct sw_endpoints *child, const struct sw_endpoints *parent,
    bool from_client);

#endif
