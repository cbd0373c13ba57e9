/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge: one function for each cause; all get the same case.
 *
 * A judge that finds evidence for its cause fills confidence and evidence of
 * the judgement and returns true.  The judges in diagnose/judge_flow.c know how
 * the connection began or ended; those in diagnose/judge_stray.c do not, and
 * use what was seen around the packet.
 */
#ifndef SYNWARD_DIAGNOSE_JUDGE_H
#define SYNWARD_DIAGNOSE_JUDGE_H

#include "diagnose/case.h"

typedef bool (*sw_judge)(
    const struct sw_case *c, struct sw_judgement *judgement);

/* diagnose/judge_flow.c */
bool sw_judge_flow_bad_flags(const struct sw_case *c, struct sw_judgement *j);
bool
sw_judge_flow_denied_before(const struct sw_case *c, struct sw_judgement *j);
bool
sw_judge_flow_idle_expired(const struct sw_case *c, struct sw_judgement *j);
bool
sw_judge_flow_embryonic_late(const struct sw_case *c, struct sw_judgement *j);
bool sw_judge_flow_after_reset(const struct sw_case *c, struct sw_judgement *j);
bool sw_judge_flow_late_close(const struct sw_case *c, struct sw_judgement *j);
bool sw_judge_flow_evicted(const struct sw_case *c, struct sw_judgement *j);
bool
sw_judge_flow_keepalive_dead(const struct sw_case *c, struct sw_judgement *j);
bool sw_judge_flow_port_reuse(const struct sw_case *c, struct sw_judgement *j);
bool
sw_judge_flow_out_of_window(const struct sw_case *c, struct sw_judgement *j);

/* diagnose/judge_stray.c */
bool sw_judge_stray_gap(const struct sw_case *c, struct sw_judgement *j);
bool sw_judge_stray_asymmetric(const struct sw_case *c, struct sw_judgement *j);
bool
sw_judge_stray_backscatter(const struct sw_case *c, struct sw_judgement *j);
bool sw_judge_stray_ack_scan(const struct sw_case *c, struct sw_judgement *j);
bool sw_judge_stray_not_tcp(const struct sw_case *c, struct sw_judgement *j);
bool
sw_judge_stray_opens_nothing(const struct sw_case *c, struct sw_judgement *j);

/* Adds evidence while there is room. */
static inline void
sw_judgement_add(
    struct sw_judgement *j, enum sw_evidence_key key, int64_t value)
{
	if (j->evidences < SW_EVIDENCE_MAX)
		j->evidence[j->evidences++] =
		    (struct sw_evidence){ .key = (uint8_t)key, .value = value };
}

static inline bool
sw_judgement_hold(struct sw_judgement *j, enum sw_confidence confidence)
{
	j->confidence = (uint8_t)confidence;
	return true;
}

#endif
