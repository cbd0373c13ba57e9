/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reject: what the sender of a refused packet gets.
 */
#ifndef SYNWARD_ENGINE_REJECT_H
#define SYNWARD_ENGINE_REJECT_H

#include "engine/internal.h"

/* Does the packet's sender get an answer, because of action = reject? */
bool sw_reject_applies(const struct sw_flow_policy *flow_policy,
    const struct sw_lookup *p, const struct sw_event *event);

/* Has a reset or an ICMP error sent, where the event's action is such. */
void sw_reject_answer(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_event *event);

#endif
