/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaving: the rules that deny packets by the interface they leave by.
 */
#ifndef SYNWARD_ENGINE_POLICY_LEAVING_H
#define SYNWARD_ENGINE_POLICY_LEAVING_H

#include "synward/policy.h"

/* Compiles those of the rules that deny and name an interface in out, for any
 * interface there, bridge port and mark.
 * => false when memory is short; *leaving: NULL when there are none */
bool sw_leaving_compile(const struct sw_rule *rules, size_t n,
    const struct sw_flow_policy *otherwise, struct sw_policy **leaving);

#endif
