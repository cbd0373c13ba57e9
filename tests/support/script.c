/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps the rows of a script through an engine with one rule, takes the
 * events after each, and compares verdict, state and cause.
 */

#include "script.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "balance.h"
#include "build.h"
#include "synward/diagnose.h"

enum { CAUSE = 64 };

/* A second after the moment tracking began. */
#define START_MS 1000000u

struct run {
	const char *name;
	struct sw_policy *policy;
	struct sw_engine *engine;
	struct sw_diagnose *diagnose;
};

struct sw_packet
script_packet(const struct script_row *row)
{
	bool client = row->from == 'C';
	struct sw_packet packet = { .length = 40 + row->length,
		.in = client ? 1 : 2,
		.out = client ? 2 : 1,
		.ttl = 64 };
	struct sw_tcp_segment *tcp = &packet.tcp;

	ck_assert(client || row->from == 'S');
	packet.ends = client ? build_ends("10.0.0.1", 40000, "10.0.0.2", 80, 6)
			     : build_ends("10.0.0.2", 80, "10.0.0.1", 40000, 6);
	tcp->flags = build_flags(row->flags);
	tcp->kind = (uint8_t)sw_tcp_kind(tcp->flags);
	tcp->seq = row->seq;
	tcp->ack = row->ack;
	tcp->payload = row->length;
	tcp->window = row->window < 0 ? 0
		      : row->window   ? (uint16_t)row->window
				      : 65535;
	tcp->has_wscale = row->wscale > 0;
	tcp->wscale = row->wscale > 0 ? (uint8_t)(row->wscale - 1) : 0;
	tcp->sack_permitted = tcp->flags & SW_SYN && !row->sack;
	tcp->has_sack = row->sack && !(tcp->flags & SW_SYN);
	tcp->sack_edge = row->sack;
	tcp->has_timestamp = row->tsval != 0;
	tcp->tsval = row->tsval;
	return packet;
}

struct sw_flow_policy
script_treatment(enum sw_tracking tracking)
{
	return (struct sw_flow_policy){ .timeouts = *sw_profile("rfc5382"),
		.tracking = (uint8_t)tracking,
		.log = true };
}

static void
begin(
    struct run *run, const char *name, const struct sw_flow_policy *flow_policy)
{
	struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 64,
		.key = "a key for tests" };
	struct sw_diagnose_config config = { .key = "another key one" };
	struct sw_time start = { 0 };

	run->name = name;
	run->policy = sw_policy_compile(NULL, 0, flow_policy);
	ck_assert_ptr_nonnull(run->policy);
	run->engine = sw_engine_create(&limits, NULL, run->policy, start);
	ck_assert_ptr_nonnull(run->engine);
	run->diagnose = sw_diagnose_create(&config);
	ck_assert_ptr_nonnull(run->diagnose);
}

static void
end(struct run *run)
{
	sw_diagnose_destroy(run->diagnose);
	sw_engine_destroy(run->engine);
	sw_policy_destroy(run->policy);
}

static const char *
state_now(
    const struct run *run, const struct sw_packet *packet, struct sw_time now)
{
	struct sw_flow_info info;

	if (!sw_engine_find(run->engine, &packet->ends, now, &info))
		return "-";
	return sw_event_state_text((enum sw_state)info.state);
}

/* Takes all events; cause: that of the last refusal and how sure it is. */
static void
take_cause(struct run *run, char cause[CAUSE])
{
	struct sw_event event;

	cause[0] = '\0';

	while (sw_engine_take(run->engine, &event)) {
		sw_diagnose_judge(run->diagnose, &event);
		if (event.kind != SW_EVENT_REFUSED)
			continue;
		snprintf(cause, CAUSE, "%s %s",
		    sw_cause_text(event.judgement.cause)->name,
		    sw_cause_confidence_text(event.judgement.confidence));
	}
}

/* Is it the expected one, where that may leave out how sure it is? */
static bool
is_cause(const char *cause, const char *expected)
{
	size_t length = strlen(expected);

	return strncmp(cause, expected, length) == 0 &&
	       (cause[length] == ' ' || cause[length] == '\0');
}

static void
step(struct run *run, const struct script_row *row, size_t number)
{
	struct sw_packet packet = script_packet(row);
	struct sw_time now = script_at(row->at);
	enum sw_verdict verdict = sw_engine_step(run->engine, &packet, now);
	const char *state;
	char cause[CAUSE];

	take_cause(run, cause);
	state = state_now(run, &packet, now);

	balance_check(run->engine, now);
	ck_assert_msg(row->expect == '+' || row->expect == '-',
	    "%s: row %zu expects nothing", run->name, number);
	ck_assert_msg((verdict == SW_PASS) == (row->expect == '+'),
	    "%s: row %zu (%c %s) should %s", run->name, number, row->from,
	    row->flags, row->expect == '+' ? "pass" : "be dropped");
	if (row->state)
		ck_assert_msg(!strcmp(state, row->state),
		    "%s: row %zu (%c %s): state %s, not %s", run->name, number,
		    row->from, row->flags, state, row->state);
	if (row->cause)
		ck_assert_msg(is_cause(cause, row->cause),
		    "%s: row %zu (%c %s): cause \"%s\", not %s", run->name,
		    number, row->from, row->flags, cause, row->cause);
}

const struct sw_limits script_limits = { .max_flows = 16,
	.max_embryonic = 100,
	.tombstones = 16,
	.events = 64,
	.key = "a key for tests" };

void *
script_memory(const struct sw_limits *limits)
{
	size_t bytes = (sw_engine_memory(limits) + 63) & ~(size_t)63;
	void *memory = aligned_alloc(64, bytes);

	ck_assert_ptr_nonnull(memory);
	memset(memory, 0, bytes);
	return memory;
}

struct sw_time
script_at(uint64_t ms)
{
	return (struct sw_time){ (START_MS + ms) * SW_NS_PER_MS };
}

void
script_pass(struct sw_engine *engine, const struct script_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sw_packet packet = script_packet(&rows[i]);

		ck_assert_int_eq(
		    sw_engine_step(engine, &packet, script_at(rows[i].at)),
		    SW_PASS);
	}
}

void
script_run(const char *name, const struct sw_flow_policy *flow_policy,
    const struct script_row *rows, size_t n)
{
	struct run run;

	begin(&run, name, flow_policy);
	for (size_t i = 0; i < n; i++)
		step(&run, &rows[i], i + 1);
	end(&run);
}
