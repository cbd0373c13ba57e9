/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heed: notes silences, and hands on what a caller wants to know.
 *
 * Whatever is decided here, the packets of a capture were delivered.  So also
 * what follows a refused packet shows how long hosts are silent.
 */
#include "replay/internal.h"

void
sw_replay_heed_refusal(struct sw_hints *hints, const struct sw_policy *policy,
    const struct sw_replay_ears *ears, const struct sw_record *record,
    const struct sw_event *event)
{
	sw_hints_note(hints, event, true);
	if (ears->refused != NULL && record != NULL)
		ears->refused(event, record->frame,
		    sw_policy_rule_name(policy, event->rule), ears->context);
}

void
sw_replay_heed_end(struct sw_hints *hints, const struct sw_policy *policy,
    const struct sw_event *event)
{
	const struct sw_flow_policy *flow_policy =
	    sw_policy_flow_policy(policy, event->info.rule);

	sw_silences_ended(
	    sw_hints_silences(hints), event, &flow_policy->timeouts);
}

void
sw_replay_heed_silences(
    struct sw_hints *hints, struct sw_engine *engine, struct sw_time now)
{
	struct sw_silence silence;

	while (sw_engine_take_silence(engine, &silence))
		sw_silences_survived(sw_hints_silences(hints), &silence, now);
}

void
sw_replay_heed_advise(struct sw_hints *hints, const struct sw_policy *policy,
    struct sw_time now, const struct sw_replay_ears *ears)
{
	struct sw_silence_sums sums;
	struct sw_advice_view view = { .policy = policy,
		.silences = sw_hints_silences(hints),
		.sums = &sums,
		.now = now };

	if (ears->advise == NULL)
		return;
	if (sw_silence_sums_read(view.silences, (struct sw_time){ 0 }, &sums))
		ears->advise(&view, ears->context);
	sw_silence_sums_free(&sums);
}
