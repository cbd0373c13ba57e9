/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_marks: how many masks the rules compare marks under.
 */
#include "conf/check.h"

static void
complain(const struct sw_conf *conf, size_t i, struct sw_conf_errors *errors)
{
	struct sw_conf_origins *origins = conf->origins;
	struct sw_origin *at = sw_origin_at(
	    origins, &origins->rules[i], sw_schema_find("rule", "mark"));
	struct sw_blame blame = sw_origin_blame(origins, *at);

	blame.key = "mark";
	sw_conf_error_complain(errors, &blame,
	    "rule \"%s\": this is one mask of marks too many; write at most "
	    "%d different ones in all rules",
	    conf->rules[i].rule.name, SW_MARK_MASKS);
}

void
sw_conf_check_marks(const struct sw_conf *conf, struct sw_conf_errors *errors)
{
	uint32_t masks[SW_MARK_MASKS];
	unsigned n = 0;

	for (size_t i = 0; i < conf->n_rules; i++) {
		uint32_t mask = conf->rules[i].rule.mark.mask;
		unsigned k = 0;

		while (k < n && masks[k] != mask)
			k++;
		if (mask == 0 || k < n)
			continue;
		if (n == SW_MARK_MASKS) {
			complain(conf, i, errors);
			return;
		}
		masks[n++] = mask;
	}
}
