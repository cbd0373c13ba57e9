/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of an advice; doc/CONTROL.md lists them.
 */
#include "report/advice.h"

static void
put_timeouts(const struct sw_advice *advice, struct sw_json *json)
{
	sw_json_open(json, "timeouts", '[');
	for (size_t i = 0; i < advice->n_timeouts; i++) {
		const struct sw_advice_timeout *timeout = &advice->timeouts[i];

		sw_json_open(json, NULL, '{');
		sw_json_put_text(json, "timeout",
		    sw_profile_timeout_text((enum sw_timeout)timeout->timeout));
		sw_json_put_count(json, "now", timeout->now);
		sw_json_put_count(json, "set", timeout->set);
		sw_json_close(json, '}');
	}
	sw_json_close(json, ']');
}

static void
put_options(const struct sw_advice *advice, struct sw_json *json)
{
	if (advice->n_options == 0)
		return;
	sw_json_put_text(json, "option_of",
	    sw_profile_timeout_text((enum sw_timeout)advice->option_of));
	sw_json_open(json, "options", '[');
	for (size_t i = 0; i < advice->n_options; i++) {
		sw_json_open(json, NULL, '{');
		sw_json_put_count(json, "seconds", advice->options[i].seconds);
		sw_json_put_count(json, "saves", advice->options[i].saves);
		sw_json_put_count(json, "entries", advice->options[i].entries);
		sw_json_close(json, '}');
	}
	sw_json_close(json, ']');
}

void
sw_advice_json(const struct sw_advice *advice,
    const struct sw_advice_view *view, int64_t wall, struct sw_json *json)
{
	sw_json_begin(json, "advice_rule");
	sw_json_put_text(
	    json, "rule", sw_policy_rule_name(view->policy, advice->rule));
	sw_json_put_moment(json, "since", (int64_t)view->sums->from.ns + wall);
	sw_json_put_count(json, "seconds",
	    sw_time_ms_since(view->sums->from, view->now) / 1000);
	sw_json_put_count(json, "cut", advice->cut);
	sw_json_put_count(json, "saves", advice->saves);
	sw_json_put_count(json, "entries", advice->entries);
	sw_json_put_count(json, "cured", advice->cured);
	sw_json_put_count(json, "for_days", advice->for_days);
	sw_json_put_count(json, "keepalives", advice->keepalives);
	if (advice->keepalive_below > 0)
		sw_json_put_count(
		    json, "keepalive_below", advice->keepalive_below);
	sw_json_put_count(json, "survived", advice->survived);
	sw_json_put_count(
	    json, "survived_by_keepalive", advice->survived_by_keepalive);
	put_timeouts(advice, json);
	put_options(advice, json);
	if (advice->line[0] != '\0')
		sw_json_put_text(json, "line", advice->line);
	if (advice->on_idle[0] != '\0')
		sw_json_put_text(json, "on_idle", advice->on_idle);
	sw_json_end(json);
}

static bool
is_empty(const struct sw_silence_sum *sum, unsigned bucket)
{
	return sw_silence_sums_both(&sum->survived[bucket]) == 0 &&
	       sw_silence_sums_both(&sum->cut[bucket]) == 0;
}

static void
put_bucket(
    const struct sw_silence_sum *sum, unsigned bucket, struct sw_json *json)
{
	uint32_t bound = sw_silence_rows_bound(bucket);

	sw_json_open(json, NULL, '{');
	if (bound != UINT32_MAX)
		sw_json_put_count(json, "below", bound);
	sw_json_put_count(json, "survived", sum->survived[bucket].data);
	sw_json_put_count(
	    json, "survived_by_keepalive", sum->survived[bucket].keepalive);
	sw_json_put_count(json, "cut", sum->cut[bucket].data);
	sw_json_put_count(json, "cut_at_keepalive", sum->cut[bucket].keepalive);
	sw_json_close(json, '}');
}

void
sw_advice_json_sum(const struct sw_silence_sum *sum,
    const struct sw_policy *policy, struct sw_json *json)
{
	sw_json_begin(json, "silences");
	sw_json_put_text(
	    json, "rule", sw_policy_rule_name(policy, sum->what.rule));
	sw_json_put_text(json, "timeout",
	    sw_profile_timeout_text((enum sw_timeout)sum->what.timeout));
	if (sum->what.both)
		sw_json_put_bool(json, "unacknowledged", true);
	sw_json_put_count(json, "ended", sum->ended);
	sw_json_open(json, "buckets", '[');
	for (unsigned i = 0; i < SW_SILENCE_BUCKETS; i++)
		if (!is_empty(sum, i))
			put_bucket(sum, i, json);
	sw_json_close(json, ']');
	sw_json_end(json);
}
