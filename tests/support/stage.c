/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage loads its configuration as the daemon does, through the loader's
 * own door, gives rules their slots and compiles them; eth1 and eth2 are the
 * interfaces 1 and 2, the first where 10.1.0.0/16 and fd01::/16 are.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "balance.h"
#include "build.h"
#include "config.h"
#include "shards/rule_slots.h"
#include "stage.h"
#include "synward/cause.h"

static const struct sw_iface links[] = { { "eth1", 1, false, 0 },
	{ "eth2", 2, false, 0 }, { "eth3", 3, false, 0 },
	{ "eth4", 4, false, 0 }, { "eth3001", 3001, false, 0 } };

static void
load(struct stage *stage, const char *text)
{
	stage->conf = config_taken(text);
	ck_assert_int_eq(sw_conf_compile_slots(stage->conf, stage->slots), 0);
	stage->policy = sw_conf_compile_policy(stage->conf, links, 5);
	ck_assert_ptr_nonnull(stage->policy);
}

struct stage
stage_open(const char *text)
{
	struct sw_limits limits = { .max_flows = 1024,
		.max_embryonic = 100,
		.tombstones = 65536,
		.events = 64,
		.key = "a key for tests" };
	struct stage stage = { .slots = sw_rule_slots_create() };

	load(&stage, text);
	stage.engine = sw_engine_create(
	    &limits, NULL, stage.policy, (struct sw_time){ 0 });
	ck_assert_ptr_nonnull(stage.engine);
	return stage;
}

void
stage_close(struct stage *stage)
{
	sw_engine_destroy(stage->engine);
	sw_policy_destroy(stage->policy);
	sw_rule_slots_destroy(stage->slots);
	sw_conf_free(stage->conf);
}

void
stage_reload(struct stage *stage, const char *text, uint32_t at)
{
	struct sw_policy *old = stage->policy;
	struct sw_conf *old_conf = stage->conf;

	load(stage, text);
	sw_engine_adopt(stage->engine, stage->policy,
	    (struct sw_time){ at * SW_NS_PER_MS });
	sw_policy_destroy(old);
	sw_conf_free(old_conf);
}

static void
take_events(struct stage *stage)
{
	struct sw_event event;

	stage->has_refused = false;
	while (sw_engine_take(stage->engine, &event)) {
		if (event.kind == SW_EVENT_REFUSED) {
			stage->refused = event;
			stage->has_refused = true;
		}
		if (event.kind == SW_EVENT_SEND) {
			ck_assert_uint_lt(stage->n_sent, STAGE_SENT_MAX);
			stage->sent[stage->n_sent++] = event;
		}
	}
}

/* The interface of a row, or what goes by the address. */
static uint32_t
interface_of(int given, uint32_t otherwise)
{
	if (given == 0)
		return otherwise;
	return given == STAGE_NONE ? 0 : (uint32_t)given;
}

static uint8_t
icmp_kind(const char *what)
{
	if (strcmp(what, "link") == 0)
		return SW_ICMP_LOCAL;
	return strcmp(what, "ping") == 0 ? SW_ICMP_REQUEST : SW_ICMP_REPLY;
}

static uint8_t
proto_of(const char *what, bool v6)
{
	if (strcmp(what, "udp") == 0)
		return IPPROTO_UDP;
	if (strcmp(what, "gre") == 0)
		return IPPROTO_GRE;
	if (what[0] == 'p' || what[0] == 'l')
		return v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	return IPPROTO_TCP;
}

static struct sw_packet
packet_of(const struct stage_row *row)
{
	bool v6 = strchr(row->src, ':') != NULL;
	bool from_1 = strncmp(row->src, "10.1.", 5) == 0 ||
		      strncmp(row->src, "fd01:", 5) == 0;
	struct sw_packet packet = { .length = 60,
		.in = interface_of(row->in, from_1 ? 1 : 2),
		.out = interface_of(row->out, from_1 ? 2 : 1),
		.local = row->in == STAGE_NONE || row->out == STAGE_NONE,
		.ttl = 64 };
	uint8_t proto = proto_of(row->what, v6);

	packet.ends =
	    build_ends(row->src, row->sport, row->dst, row->dport, proto);
	if (proto == IPPROTO_TCP) {
		packet.tcp.flags = build_flags(row->what);
		packet.tcp.kind = (uint8_t)sw_tcp_kind(packet.tcp.flags);
		packet.tcp.seq = row->seq;
		packet.tcp.ack = row->ack;
		packet.tcp.window = 65535;
		packet.tcp.payload = strchr(row->what, 'P') != NULL ? 10 : 0;
	} else if (sw_proto_is_icmp(proto)) {
		packet.icmp.kind = icmp_kind(row->what);
	}
	return packet;
}

static const char *
action_text(uint8_t action)
{
	static const char *const texts[] = { [SW_ACTION_DROP] = "",
		[SW_ACTION_WOULD_DROP] = "would drop ",
		[SW_ACTION_RESET] = "reset ",
		[SW_ACTION_REJECT] = "reject ",
		[SW_ACTION_ACCEPT] = "accept ",
		[SW_ACTION_NOTED] = "noted ",
		[SW_ACTION_KERNEL] = "kernel " };

	return texts[action];
}

/* "pass", or "drop: Denied by rule, guest" */
static void
outcome(const struct stage *stage, enum sw_verdict verdict, char text[128])
{
	size_t used = (size_t)snprintf(
	    text, 128, "%s", verdict == SW_PASS ? "pass" : "drop");

	if (stage->has_refused)
		snprintf(text + used, 128 - used, ": %s%s, %s",
		    action_text(stage->refused.refused.action),
		    sw_cause_message_text(stage->refused.refused.message),
		    sw_policy_rule_name(stage->policy, stage->refused.rule));
}

void
stage_try(struct stage *stage, const struct stage_row *row, char text[128])
{
	struct sw_packet packet = packet_of(row);
	enum sw_verdict verdict;

	sw_engine_place(stage->engine, &packet);
	verdict = sw_engine_step(
	    stage->engine, &packet, (struct sw_time){ row->at * SW_NS_PER_MS });
	take_events(stage);
	balance_check(
	    stage->engine, (struct sw_time){ row->at * SW_NS_PER_MS });
	outcome(stage, verdict, text);
}

void
stage_step(struct stage *stage, const char *name, unsigned number,
    const struct stage_row *row)
{
	char text[128];

	stage_try(stage, row, text);
	ck_assert_msg(strcmp(text, row->expected) == 0,
	    "%s, packet %u: \"%s\", not \"%s\"", name, number, text,
	    row->expected);
}

void
stage_sweep(struct stage *stage, uint32_t at)
{
	sw_engine_sweep(stage->engine, (struct sw_time){ at * SW_NS_PER_MS },
	    sw_engine_slots(stage->engine));
	take_events(stage);
	balance_check(stage->engine, (struct sw_time){ at * SW_NS_PER_MS });
}
