/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hole put back, to show that the oracle finds it: the direction of a
 * packet without a story is guessed from its ports, and the rule of the
 * guessed direction admits it.
 */
#include "engine/internal.h"

uint16_t __real_sw_refuse_rule(
    struct sw_engine *engine, const struct sw_lookup *p, bool from_opener);
uint16_t __wrap_sw_refuse_rule(
    struct sw_engine *engine, const struct sw_lookup *p, bool from_opener);

uint16_t
__wrap_sw_refuse_rule(
    struct sw_engine *engine, const struct sw_lookup *p, bool from_opener)
{
	const struct sw_endpoints *ends = &p->packet->ends;

	return __real_sw_refuse_rule(
	    engine, p, from_opener && ends->dport <= ends->sport);
}
