/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The modes, rule sets and hosts of the oracle's world.
 *
 * A mode is a way of tracking and one setting beside it.  Each rule set is
 * written twice: as rules for the engine, and as what it denies.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "policy_oracle.h"

static const char *const tracking_names[] = {
	[SW_TRACK_NORMAL] = "normal",
	[SW_TRACK_LOOSE] = "loose",
	[SW_TRACK_STRICT] = "strict",
	[SW_TRACK_OFF] = "off",
};

enum setting {
	PLAIN,
	ORPHAN_RESET,
	ORPHAN_ACCEPT,
	IDLE_RESET,
	IDLE_PROBE,
	ROAM,
	RESYNC,
	SETTINGS
};

static const char *const setting_names[SETTINGS] = {
	[PLAIN] = "",
	[ORPHAN_RESET] = " on-orphan=reset",
	[ORPHAN_ACCEPT] = " on-orphan=accept",
	[IDLE_RESET] = " on-idle=reset",
	[IDLE_PROBE] = " on-idle=probe",
	[ROAM] = " roam",
	[RESYNC] = " resync",
};

/* The port of the service that the rules name, and the ports that the hosts
 * use: the inside's first. */
#define SERVICE 443
static const uint16_t ports[ORACLE_PORTS][2] = { { 40000, SERVICE },
	{ 3389, SERVICE }, { SERVICE, SERVICE } };

enum set {
	BY_DEFAULT,   /* a rule allows the inside; all else is denied */
	BY_RULE,      /* a rule denies the outside; all else is allowed */
	BY_INTERFACE, /* a rule allows one interface; all else is denied */
	BY_GUEST,     /* a rule denies the third interface first of all */
	BY_LISTS,     /* as by interface, said by lists and exceptions */
	BY_MARK,      /* a rule allows one mark; all else is denied */
	BY_PORT,      /* a rule allows one port of a bridge */
};

static const char *const set_names[ORACLE_SETS] = {
	[BY_DEFAULT] = "denied by default",
	[BY_RULE] = "denied by a rule",
	[BY_INTERFACE] = "allowed by interface",
	[BY_GUEST] = "denied by interface",
	[BY_LISTS] = "allowed by lists",
	[BY_MARK] = "allowed by mark",
	[BY_PORT] = "allowed by bridge port",
};

_Static_assert(ORACLE_MODES == 4 * SETTINGS, "every way, every setting");

void
oracle_mode_name(unsigned mode, char name[ORACLE_NAME])
{
	snprintf(name, ORACLE_NAME, "%s%s", tracking_names[mode / SETTINGS],
	    setting_names[mode % SETTINGS]);
}

const char *
oracle_set_name(unsigned set)
{
	return set_names[set];
}

struct sw_flow_policy
oracle_treatment(unsigned mode)
{
	struct sw_flow_policy flow_policy = { .timeouts =
						  *sw_profile("rfc5382"),
		.tracking = (uint8_t)(mode / SETTINGS),
		.log = true };

	switch ((enum setting)(mode % SETTINGS)) {
	case ORPHAN_RESET:
		flow_policy.on_orphan = SW_ORPHAN_RESET;
		break;
	case ORPHAN_ACCEPT:
		flow_policy.on_orphan = SW_ORPHAN_ACCEPT;
		break;
	case IDLE_RESET:
		flow_policy.on_idle = SW_IDLE_RESET;
		break;
	case IDLE_PROBE:
		flow_policy.on_idle = SW_IDLE_PROBE;
		break;
	case ROAM:
		flow_policy.roam = true;
		break;
	case RESYNC:
		flow_policy.resync = true;
		break;
	case PLAIN:
	case SETTINGS:
		break;
	}
	return flow_policy;
}

/* The prefixes of a side: 10.0.0.0/8 and fd00::/8, or 203.0.0.0/8 and
 * 2001::/16. */
#define ONES 0xff, 0xff, 0xff
static const struct sw_addr_range inside[2] = {
	{ { { 10 } }, { { 10, ONES } }, SW_IPV4 },
	{ { { 0xfd } }, { { 0xfd, ONES, ONES, ONES, ONES, ONES } }, SW_IPV6 },
};
static const struct sw_addr_range outside[2] = {
	{ { { 203 } }, { { 203, ONES } }, SW_IPV4 },
	{ { { 0x20, 0x01 } },
	    { { 0x20, 0x01, 0xff, 0xff, ONES, ONES, ONES, ONES } }, SW_IPV6 },
};
static const struct sw_addr_list from_inside = { inside, 2, false };
static const struct sw_addr_list from_outside = { outside, 2, false };
/* The same as the inside alone. */
static const struct sw_addr_list not_outside[2] = { { outside, 2, true },
	{ (const struct sw_addr_range[]){
	      { .last.b = { ONES, 0xff }, .family = SW_IPV4 },
	      { .last.b = { ONES, ONES, ONES, ONES, ONES, 0xff },
		  .family = SW_IPV6 } },
	    2, false } };
static const struct sw_port_range not_below[] = { { 0, SERVICE - 1, true },
	{ SERVICE + 1, UINT16_MAX, true } };
static const int16_t several[] = { IPPROTO_UDP, IPPROTO_TCP };
/* Of packets that come by the first interface; bridge ports have numbers of
 * their own. */
enum {
	MARK = 0x13,
	MARK_OF_GUEST = 0x23,
	PORTS = 100,
};
static const uint32_t lan_port = ORACLE_LAN + PORTS;
static const struct sw_port_range service = { SERVICE, SERVICE, false };
static const int16_t tcp_only = IPPROTO_TCP;
static const uint32_t lan = ORACLE_LAN, guest_interface = ORACLE_GUEST;

static struct sw_rule
rule_named(const char *name, uint16_t slot, const struct sw_flow_policy *how)
{
	struct sw_rule rule = { .slot = slot,
		.protos = &tcp_only,
		.n_protos = 1,
		.flow_policy = *how };

	strcpy(rule.name, name);
	return rule;
}

static void
match_in(struct sw_rule *rule, const uint32_t *in)
{
	rule->in.only = in;
	rule->in.n_only = 1;
	rule->in.named = true;
}

static void
allow_by_lists(struct sw_rule *rule)
{
	rule->protos = several;
	rule->n_protos = 2;
	rule->from = not_outside;
	rule->n_from = 2;
	rule->ports = not_below;
	rule->n_ports = 2;
	rule->in.except = &guest_interface;
	rule->in.n_except = 1;
}

struct sw_policy *
oracle_policy(unsigned mode, unsigned set)
{
	struct sw_flow_policy allow = oracle_treatment(mode), deny = allow;
	struct sw_rule guest, out, no;
	struct sw_rule rules[2];
	size_t n = 0;

	deny.deny = set == BY_GUEST ? SW_DENY_REJECT : SW_DENY_DROP;
	out = rule_named("out", 1, &allow);
	out.from = &from_inside;
	out.n_from = 1;
	out.ports = &service;
	out.n_ports = 1;
	no = rule_named("no", 2, &deny);
	no.from = &from_outside;
	no.n_from = 1;
	if (set == BY_LISTS)
		allow_by_lists(&out);
	if (set == BY_MARK)
		out.mark = (struct sw_mark_match){ .value = MARK & 0xf0,
			.mask = 0xf0 };
	if (set == BY_PORT)
		out.phys_in = (struct sw_iface_list){
			.only = &lan_port, .n_only = 1, .named = true
		};
	guest = rule_named("guest", 3, &deny);
	match_in(&guest, &guest_interface);
	if (set == BY_INTERFACE)
		match_in(&out, &lan);
	if (set == BY_GUEST)
		rules[n++] = guest;
	rules[n++] = set == BY_RULE ? no : out;
	return sw_policy_compile(rules, n, set == BY_RULE ? &allow : &deny);
}

bool
oracle_denies(unsigned set, enum oracle_side side, bool guest)
{
	if (guest && set >= BY_INTERFACE)
		return true;
	return side == ORACLE_OUTSIDE;
}

bool
oracle_denies_way(unsigned set, enum oracle_side side, bool guest)
{
	if (!guest)
		return false;
	return set == BY_GUEST ||
	       (set >= BY_INTERFACE && side == ORACLE_INSIDE);
}

static struct sw_addr
address(const struct oracle_talk *talk, unsigned side)
{
	const struct sw_addr_range *range = &(
	    side == ORACLE_INSIDE ? inside : outside)[talk->family == SW_IPV6];
	struct sw_addr addr = range->first;
	unsigned last = talk->family == SW_IPV6 ? 15 : 3;

	for (unsigned i = 0; i < 3; i++)
		addr.b[last - i] = (uint8_t)(talk->number >> 8 * i);
	return addr;
}

static uint32_t
home(unsigned side)
{
	return side == ORACLE_INSIDE ? ORACLE_LAN : ORACLE_WAN;
}

struct sw_packet
oracle_packet(const struct oracle_talk *talk, const struct oracle_step *step)
{
	static const uint32_t marks[2][2] = { { MARK, 0 },
		{ MARK_OF_GUEST, MARK_OF_GUEST } };
	struct sw_packet packet = { .length = 40 + step->payload,
		.ttl = 64,
		.in = step->guest ? ORACLE_GUEST : home(step->side),
		.out = home(!step->side),
		.mark = marks[step->guest][step->side] };
	struct sw_tcp_segment *tcp = &packet.tcp;

	packet.phys_in = packet.in + PORTS;
	packet.phys_out = packet.out + PORTS;
	packet.ends.family = talk->family;
	packet.ends.proto = IPPROTO_TCP;
	packet.ends.src = address(talk, step->side);
	packet.ends.dst = address(talk, !step->side);
	packet.ends.sport = ports[talk->ports][step->side];
	packet.ends.dport = ports[talk->ports][!step->side];
	tcp->flags = step->flags;
	tcp->kind = (uint8_t)sw_tcp_kind(step->flags);
	tcp->seq = step->seq;
	tcp->ack = step->flags & SW_ACK ? step->ack : 0;
	tcp->payload = step->payload;
	tcp->window = 65535;
	tcp->sack_permitted = (step->flags & SW_SYN) != 0;
	return packet;
}
