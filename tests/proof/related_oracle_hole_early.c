/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hole put in, to show that the oracle finds it: a parent need not be
 * established.
 */
#include "engine/related/parents.h"

bool __real_sw_parents_next(const struct sw_parents *parents,
    const struct sw_endpoints *ends, uint32_t *cursor,
    struct sw_parent *parent);
bool __wrap_sw_parents_next(const struct sw_parents *parents,
    const struct sw_endpoints *ends, uint32_t *cursor,
    struct sw_parent *parent);

bool
__wrap_sw_parents_next(const struct sw_parents *parents,
    const struct sw_endpoints *ends, uint32_t *cursor, struct sw_parent *parent)
{
	if (!__real_sw_parents_next(parents, ends, cursor, parent))
		return false;
	parent->flags |= SW_PARENT_ASSURED;
	return true;
}
