/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For each rule: first the buckets that the timeouts in force still cut, then
 * the values to set, then what these save and cost.  A bucket is cut as long as
 * its bound is above the timeout, and saved when it is not above the new one,
 * so figures are exact where timeouts are bounds, and never too good.
 *
 * A longer timeout costs entries: each flow that ended by it stays longer, by
 * the difference at most.  Their number in a second, times the difference, is
 * the number of entries that there are more on average.
 */
#include <stdio.h>
#include <string.h>

#include "report/advice.h"
#include "synward/diagnose.h"

/* The sums of one rule, and what is set in it. */
struct group {
	const struct sw_silence_sum *sums;
	size_t n;
	const char *name;
	const struct sw_flow_policy *flow_policy;
	uint32_t set[SW_TIMEOUT_COUNT];
	uint64_t seconds; /* that the sums are about */
};

static uint32_t
least_of(const struct sw_silence_what *what,
    const uint32_t seconds[SW_TIMEOUT_COUNT])
{
	uint32_t least = seconds[what->timeout];

	if (what->both && seconds[SW_TIMEOUT_UNACKNOWLEDGED] < least)
		least = seconds[SW_TIMEOUT_UNACKNOWLEDGED];
	return least;
}

static bool
is_allowed(const struct sw_silence_what *what, unsigned bucket,
    const uint32_t seconds[SW_TIMEOUT_COUNT])
{
	return sw_silence_rows_bound(bucket) <= least_of(what, seconds);
}

static void
count_keepalives(
    struct sw_advice *advice, const struct sw_silence_count *count, unsigned b)
{
	uint32_t bound = sw_silence_rows_bound(b);

	if (count->keepalive == 0)
		return;
	advice->keepalives += count->keepalive;
	if (bound == UINT32_MAX)
		bound = 0;
	if (bound == 0 || bound > advice->keepalive_below)
		advice->keepalive_below = bound;
}

static void
count_cut(const struct group *group, struct sw_advice *advice)
{
	const uint32_t *now = group->flow_policy->timeouts.seconds;

	for (size_t i = 0; i < group->n; i++) {
		const struct sw_silence_sum *sum = &group->sums[i];

		for (unsigned b = 0; b < SW_SILENCE_BUCKETS; b++) {
			uint32_t n = sw_silence_sums_both(&sum->cut[b]);

			if (is_allowed(&sum->what, b, now)) {
				advice->cured += n;
				continue;
			}
			advice->cut += n;
			count_keepalives(advice, &sum->cut[b], b);
			if (b > sw_silence_rows_bucket(SW_SILENCE_DAY - 1))
				advice->for_days += n;
		}
	}
}

static void
count_survived(const struct group *group, struct sw_advice *advice)
{
	for (size_t i = 0; i < group->n; i++)
		for (unsigned b = 0; b < SW_SILENCE_BUCKETS; b++) {
			const struct sw_silence_count *count =
			    &group->sums[i].survived[b];

			advice->survived += sw_silence_sums_both(count);
			advice->survived_by_keepalive += count->keepalive;
		}
}

/* Was this timeout shorter than a silence that could be allowed, and still is?
 */
static bool
cuts_still(const struct group *group, enum sw_timeout timeout)
{
	const uint32_t *now = group->flow_policy->timeouts.seconds;
	unsigned longest = sw_silence_rows_bucket(SW_SILENCE_DAY - 1);

	for (size_t i = 0; i < group->n; i++) {
		const struct sw_silence_sum *sum = &group->sums[i];

		if (sum->what.timeout != timeout &&
		    !(sum->what.both && timeout == SW_TIMEOUT_UNACKNOWLEDGED))
			continue;
		for (unsigned b = 0; b <= longest; b++)
			if (sw_silence_sums_both(&sum->cut[b]) > 0 &&
			    !is_allowed(&sum->what, b, now))
				return true;
	}
	return false;
}

/* The values that hints of the rule name. */
static void
choose(const struct sw_advice_view *view, struct group *group,
    struct sw_advice *advice)
{
	const uint32_t *now = group->flow_policy->timeouts.seconds;
	uint32_t longest[SW_TIMEOUT_COUNT];

	sw_silences_longest(view->silences, advice->rule, longest);
	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++) {
		uint32_t wanted =
		    longest[i] > 0 ? sw_hint_customary(longest[i]) : 0;

		group->set[i] = now[i];
		if (!cuts_still(group, (enum sw_timeout)i))
			continue;
		if (wanted > now[i])
			group->set[i] = wanted;
		advice->timeouts[advice->n_timeouts++] =
		    (struct sw_advice_timeout){ .timeout = (uint8_t)i,
			    .now = now[i],
			    .set = group->set[i] };
	}
}

static uint64_t
entries_for(
    const struct group *group, enum sw_timeout timeout, uint32_t seconds)
{
	uint32_t now = group->flow_policy->timeouts.seconds[timeout];
	uint64_t ended = 0;

	for (size_t i = 0; i < group->n; i++)
		if (group->sums[i].what.timeout == timeout)
			ended += group->sums[i].ended;
	return seconds > now ? (ended * (seconds - now) + group->seconds - 1) /
				   group->seconds
			     : 0;
}

static void
count_saved(const struct group *group, struct sw_advice *advice)
{
	const uint32_t *now = group->flow_policy->timeouts.seconds;

	for (size_t i = 0; i < group->n; i++) {
		const struct sw_silence_sum *sum = &group->sums[i];

		for (unsigned b = 0; b < SW_SILENCE_BUCKETS; b++)
			if (!is_allowed(&sum->what, b, now) &&
			    is_allowed(&sum->what, b, group->set))
				advice->saves +=
				    sw_silence_sums_both(&sum->cut[b]);
	}
	for (size_t i = 0; i < advice->n_timeouts; i++)
		advice->entries += entries_for(group,
		    (enum sw_timeout)advice->timeouts[i].timeout,
		    advice->timeouts[i].set);
}

/* The sum whose timeout alone cut the most, or NULL. */
static const struct sw_silence_sum *
find_main(const struct group *group)
{
	const uint32_t *now = group->flow_policy->timeouts.seconds;
	const struct sw_silence_sum *main = NULL;
	uint64_t most = 0;

	for (size_t i = 0; i < group->n; i++) {
		const struct sw_silence_sum *sum = &group->sums[i];
		uint64_t cut = 0;

		for (unsigned b = 0; b < SW_SILENCE_BUCKETS; b++)
			if (!is_allowed(&sum->what, b, now))
				cut += sw_silence_sums_both(&sum->cut[b]);
		if (!sum->what.both && cut > most) {
			most = cut;
			main = sum;
		}
	}
	return main;
}

/* Each value that saves more than the one before it. */
static void
list_options(const struct group *group, struct sw_advice *advice)
{
	const struct sw_silence_sum *main = find_main(group);
	uint32_t now, saves = 0;

	if (main == NULL)
		return;
	advice->option_of = main->what.timeout;
	now = group->flow_policy->timeouts.seconds[main->what.timeout];
	for (unsigned b = 0; b < SW_SILENCE_BUCKETS - 1; b++) {
		uint32_t n = sw_silence_sums_both(&main->cut[b]);
		uint32_t bound = sw_silence_rows_bound(b);

		if (n == 0 || bound <= now)
			continue;
		saves += n;
		advice->options[advice->n_options++] =
		    (struct sw_advice_option){ .seconds = bound,
			    .saves = saves,
			    .entries = entries_for(group,
				(enum sw_timeout)main->what.timeout, bound) };
	}
}

/* => false, and an empty text, when it does not fit or is not accepted */
static bool
write_line(
    const struct group *group, uint16_t rule, const char *line, char *text)
{
	int n =
	    rule == SW_RULE_DEFAULT
		? snprintf(text, SW_HINT_MAX, "%s", line)
		: snprintf(text, SW_HINT_MAX, "rule %s: %s", group->name, line);

	if (n < SW_HINT_MAX && sw_hint_parses(text))
		return true;
	text[0] = '\0';
	return false;
}

static void
write_timeouts(const struct group *group, struct sw_advice *advice)
{
	char line[SW_HINT_MAX] = "timeouts {";
	size_t used = strlen(line);
	bool any = false;

	for (size_t i = 0; i < advice->n_timeouts; i++) {
		const struct sw_advice_timeout *timeout = &advice->timeouts[i];

		if (timeout->set == timeout->now || used > sizeof line - 48)
			continue;
		used += (size_t)snprintf(line + used, sizeof line - used,
		    "%s %s = %us", any ? " " : "",
		    sw_profile_timeout_text((enum sw_timeout)timeout->timeout),
		    timeout->set);
		any = true;
	}
	snprintf(line + used, sizeof line - used, " }");
	if (any)
		write_line(group, advice->rule, line, advice->line);
}

/* It is better to reset a connection that is silent for days than to keep it. */
static void
write_on_idle(const struct group *group, struct sw_advice *advice)
{
	unsigned b = sw_silence_rows_bucket(SW_SILENCE_DAY - 1) + 1;
	uint32_t n = 0;

	for (size_t i = 0; i < group->n; i++)
		for (unsigned at = b; at < SW_SILENCE_BUCKETS; at++)
			if (group->sums[i].what.timeout ==
			    SW_TIMEOUT_ESTABLISHED)
				n += sw_silence_sums_both(
				    &group->sums[i].cut[at]);
	if (n > 0 && advice->for_days > 0 &&
	    group->flow_policy->on_idle == SW_IDLE_EXPIRE)
		write_line(
		    group, advice->rule, "on-idle = reset", advice->on_idle);
}

static uint64_t
seconds_of(const struct sw_advice_view *view)
{
	uint64_t seconds = sw_time_ms_since(view->sums->from, view->now) / 1000;

	return seconds > 0 ? seconds : 1;
}

static void
make(const struct sw_advice_view *view, struct group *group,
    struct sw_advice *advice)
{
	group->name = sw_policy_rule_name(view->policy, advice->rule);
	group->flow_policy = sw_policy_flow_policy(view->policy, advice->rule);
	group->seconds = seconds_of(view);
	count_cut(group, advice);
	count_survived(group, advice);
	choose(view, group, advice);
	write_timeouts(group, advice);
	write_on_idle(group, advice);
	if (advice->line[0] != '\0')
		count_saved(group, advice);
	list_options(group, advice);
}

bool
sw_advice_next(
    const struct sw_advice_view *view, size_t *at, struct sw_advice *advice)
{
	const struct sw_silence_sum *list = view->sums->list;

	while (*at < view->sums->n) {
		struct group group = { .sums = &list[*at] };
		uint16_t rule = list[*at].what.rule;

		while (*at < view->sums->n && list[*at].what.rule == rule) {
			(*at)++;
			group.n++;
		}
		if (rule != SW_RULE_DEFAULT &&
		    !sw_policy_names(view->policy, rule))
			continue;
		*advice = (struct sw_advice){ .rule = rule };
		make(view, &group, advice);
		return true;
	}
	return false;
}

bool
sw_advice_speaks(const struct sw_advice *advice)
{
	return advice->cut > 0 || advice->survived > 0 || advice->cured > 0;
}
