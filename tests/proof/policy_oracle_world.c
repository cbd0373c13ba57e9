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
};

static const char *const set_names[ORACLE_SETS] = {
	[BY_DEFAULT] = "denied by default",
	[BY_RULE] = "denied by a rule",
	[BY_INTERFACE] = "allowed by interface",
	[BY_GUEST] = "denied by interface",
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
static const struct sw_prefix inside[2] = {
	{ .addr = { { 10 } }, .family = SW_IPV4, .bits = 8 },
	{ .addr = { { 0xfd } }, .family = SW_IPV6, .bits = 8 },
};
static const struct sw_prefix outside[2] = {
	{ .addr = { { 203 } }, .family = SW_IPV4, .bits = 8 },
	{ .addr = { { 0x20, 0x01 } }, .family = SW_IPV6, .bits = 16 },
};
static const struct sw_port_range service = { SERVICE, SERVICE };
static const uint32_t lan = ORACLE_LAN, guest_interface = ORACLE_GUEST;

static struct sw_rule
rule_named(const char *name, uint16_t slot, const struct sw_flow_policy *how)
{
	struct sw_rule rule = {
		.slot = slot, .proto = IPPROTO_TCP, .flow_policy = *how
	};

	strcpy(rule.name, name);
	return rule;
}

static void
match_in(struct sw_rule *rule, const uint32_t *in)
{
	rule->in = in;
	rule->n_in = 1;
	rule->has_in = true;
}

struct sw_policy *
oracle_policy(unsigned mode, unsigned set)
{
	struct sw_flow_policy allow = oracle_treatment(mode), deny = allow;
	struct sw_rule guest, out, no;
	struct sw_rule rules[2];
	size_t n = 0;

	deny.deny = true;
	out = rule_named("out", 1, &allow);
	out.from = inside;
	out.n_from = 2;
	out.ports = &service;
	out.n_ports = 1;
	no = rule_named("no", 2, &deny);
	no.from = outside;
	no.n_from = 2;
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
	if (guest && (set == BY_INTERFACE || set == BY_GUEST))
		return true;
	return side == ORACLE_OUTSIDE;
}

bool
oracle_denies_way(unsigned set, enum oracle_side side, bool guest)
{
	if (!guest)
		return false;
	return set == BY_GUEST ||
	       (set == BY_INTERFACE && side == ORACLE_INSIDE);
}

static struct sw_addr
address(const struct oracle_talk *talk, unsigned side)
{
	const struct sw_prefix *prefix = &(
	    side == ORACLE_INSIDE ? inside : outside)[talk->family == SW_IPV6];
	struct sw_addr addr = prefix->addr;
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
	struct sw_packet packet = { .length = 40 + step->payload,
		.ttl = 64,
		.in = step->guest ? ORACLE_GUEST : home(step->side),
		.out = home(!step->side) };
	struct sw_tcp_segment *tcp = &packet.tcp;

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
