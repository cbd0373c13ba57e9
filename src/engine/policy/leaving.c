/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flow may be routed elsewhere at any packet.  Whether it would be denied
 * there is the question which of these rules matches it, wherever it goes, so
 * they are a policy of their own that does not look at out.
 *
 * A rule whose interfaces do not exist denies nothing; when one appears the
 * rules are compiled again.
 */
#include <stdlib.h>

#include "engine/policy/leaving.h"

static bool
denies_by_out(const struct sw_rule *rule)
{
	return rule->flow_policy.deny &&
	       (rule->out.n_only > 0 ||
		   (!rule->out.named && rule->out.n_except > 0));
}

static struct sw_rule
wherever(const struct sw_rule *rule)
{
	static const struct sw_iface_list any;
	struct sw_rule of = *rule;

	of.out = of.phys_in = of.phys_out = any;
	of.mark = (struct sw_mark_match){ .mask = 0 };
	return of;
}

bool
sw_leaving_compile(const struct sw_rule *rules, size_t n,
    const struct sw_flow_policy *otherwise, struct sw_policy **leaving)
{
	struct sw_rule *some;
	size_t n_some = 0, k = 0;

	*leaving = NULL;
	for (size_t i = 0; i < n; i++)
		n_some += denies_by_out(&rules[i]);
	if (n_some == 0)
		return true;
	some = calloc(n_some, sizeof *some);
	if (some == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (denies_by_out(&rules[i]))
			some[k++] = wherever(&rules[i]);
	*leaving = sw_policy_compile(some, n_some, otherwise);
	free(some);
	return *leaving != NULL;
}
