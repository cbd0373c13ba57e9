/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: the table of all keys.
 *
 * A key is listed twice when it may be set both for all rules and in one rule;
 * the rule's row then has no default of its own and inherits the other's value.
 */
#include <string.h>
#include <syslog.h>

#include "conf/schema.h"
#include "synward/time.h"

static const struct sw_word booleans[] = {
	{ "true", true, false },
	{ "false", false, false },
	{ "yes", true, true },
	{ "no", false, true },
	{ "on", true, true },
	{ "off", false, true },
	{ NULL, 0, false },
};

static const struct sw_word modes[] = {
	{ "enforce", false, false },
	{ "observe", true, false },
	{ NULL, 0, false },
};

static const struct sw_word sources[] = {
	{ "queue", false, false },
	{ "tap", true, false },
	{ NULL, 0, false },
};

static const struct sw_word trackings[] = {
	{ "normal", SW_TRACK_NORMAL, false },
	{ "loose", SW_TRACK_LOOSE, false },
	{ "strict", SW_TRACK_STRICT, false },
	{ "off", SW_TRACK_OFF, false },
	{ NULL, 0, false },
};

static const struct sw_word on_reloads[] = {
	{ "keep", false, false },
	{ "recheck", true, false },
	{ NULL, 0, false },
};

static const struct sw_word on_idles[] = {
	{ "expire", SW_IDLE_EXPIRE, false },
	{ "reset", SW_IDLE_RESET, false },
	{ "probe", SW_IDLE_PROBE, false },
	{ NULL, 0, false },
};

static const struct sw_word on_orphans[] = {
	{ "drop", SW_ORPHAN_DROP, false },
	{ "reset", SW_ORPHAN_RESET, false },
	{ "accept", SW_ORPHAN_ACCEPT, false },
	{ NULL, 0, false },
};

static const struct sw_word actions[] = {
	{ "allow", SW_DENY_NOT, false },
	{ "deny", SW_DENY_DROP, false },
	{ "reject", SW_DENY_REJECT, false },
	{ NULL, 0, false },
};

static const struct sw_word bys[] = {
	{ "server", SW_BY_SERVER, false },
	{ "client", SW_BY_CLIENT, false },
	{ "either", SW_BY_EITHER, false },
	{ NULL, 0, false },
};

static const struct sw_word fasts[] = {
	{ "on", false, false },
	{ "off", true, false },
	{ NULL, 0, false },
};

static const struct sw_word facilities[] = {
	{ "daemon", LOG_DAEMON, false },
	{ "auth", LOG_AUTH, false },
	{ "authpriv", LOG_AUTHPRIV, false },
	{ "cron", LOG_CRON, false },
	{ "kern", LOG_KERN, false },
	{ "mail", LOG_MAIL, false },
	{ "syslog", LOG_SYSLOG, false },
	{ "user", LOG_USER, false },
	{ "local0", LOG_LOCAL0, false },
	{ "local1", LOG_LOCAL1, false },
	{ "local2", LOG_LOCAL2, false },
	{ "local3", LOG_LOCAL3, false },
	{ "local4", LOG_LOCAL4, false },
	{ "local5", LOG_LOCAL5, false },
	{ "local6", LOG_LOCAL6, false },
	{ "local7", LOG_LOCAL7, false },
	{ NULL, 0, false },
};

#define OF(type, member)                         \
	.offset = offsetof(struct type, member), \
	.size = sizeof(((struct type *)0)->member)
#define CONF(member) OF(sw_conf, member)
#define RULE(member) OF(sw_conf_rule, member)
#define RULE_LIST(member, number) \
	RULE(member), .count = offsetof(struct sw_conf_rule, number)
#define ZONE(member) OF(sw_conf_zone, member)
#define RELATED(member) OF(sw_conf_related, member)
#define RELATED_LIST(member, number) \
	RELATED(member), .count = offsetof(struct sw_conf_related, number)
#define CONF_LIST(member, number) \
	CONF(member), .count = offsetof(struct sw_conf, number)
#define WORD(list) .kind = SW_KIND_WORD, .words = (list)
#define RANGE(kind_, least_, most_) \
	.kind = SW_KIND_##kind_, .range = { least_, most_ }
#define LASTS RANGE(DURATION, 1, SW_TIMEOUT_LONGEST)

/* One timeout, for all rules and for one rule. */
#define TIMEOUT(name_, text_, doc_)                                   \
	{                                                             \
		.section = "timeouts", .name = text_, LASTS,          \
		CONF(otherwise.timeouts.seconds[SW_TIMEOUT_##name_]), \
		.doc = doc_                                           \
	}
#define RULE_TIMEOUT(name_, text_)                                           \
	{ .section = "rule.timeouts",                                        \
		.name = text_,                                               \
		LASTS,                                                       \
		RULE(rule.flow_policy.timeouts.seconds[SW_TIMEOUT_##name_]), \
		.doc = "The same timeout, for flows of this rule." },

/* clang-format off */
static const struct sw_key keys[] = {
	{ .section = "", .name = "profile",
	  .kind = SW_KIND_PROFILE, CONF(profile), .otherwise = "rfc5382",
	  .doc = "The set of timeouts to use where none is given." },
	{ .section = "", .name = "mode",
	  WORD(modes), CONF(otherwise.observe), .otherwise = "enforce",
	  .doc = "Whether packets are dropped, or only reported." },
	{ .section = "", .name = "tracking",
	  WORD(trackings), CONF(otherwise.tracking), .otherwise = "normal",
	  .doc = "How strictly packets must match the state of their flow." },
	{ .section = "", .name = "resync",
	  WORD(booleans), CONF(otherwise.resync), .otherwise = "false",
	  .doc = "Whether strict tracking adopts sequence numbers that the hosts have proven." },
	{ .section = "", .name = "on-reload",
	  WORD(on_reloads), CONF(recheck), .otherwise = "keep",
	  .doc = "What happens at a reload to connections that the new rules deny." },
	{ .section = "", .name = "on-idle",
	  WORD(on_idles), CONF(otherwise.on_idle), .otherwise = "expire",
	  .doc = "What happens to an established flow at its idle timeout." },
	{ .section = "", .name = "on-orphan",
	  WORD(on_orphans), CONF(otherwise.on_orphan), .otherwise = "drop",
	  .doc = "What happens to a packet that belongs to no flow." },
	{ .section = "", .name = "default-action",
	  WORD(actions), CONF(otherwise.deny), .otherwise = "allow",
	  .doc = "What happens to connections that no rule matches." },

	{ .section = "source", .name = "from",
	  WORD(sources), CONF(source.tap), .otherwise = "queue",
	  .doc = "Whether packets wait in a queue for a verdict, or copies of them are followed beside the kernel's firewall." },
	{ .section = "source", .name = "interfaces",
	  .kind = SW_KIND_INTERFACES,
	  CONF_LIST(source.interfaces, source.n_interfaces),
	  .doc = "The interfaces whose packets are copied." },
	{ .section = "source", .name = "nflog",
	  RANGE(NUMBER, 0, UINT16_MAX), CONF(source.nflog), .otherwise = "0",
	  .doc = "The group to which the kernel's firewall logs what it drops; 0 means none." },

	{ .section = "queue", .name = "first",
	  RANGE(NUMBER, 0, UINT16_MAX), CONF(queue.first), .otherwise = "0",
	  .doc = "The number of the first kernel queue to read." },
	{ .section = "queue", .name = "count",
	  RANGE(NUMBER, 1, 256), CONF(queue.count), .otherwise = "1",
	  .doc = "How many queues are read, each by its own thread." },
	{ .section = "queue", .name = "fail-open",
	  WORD(booleans), CONF(queue.fail_open), .otherwise = "false",
	  .doc = "Whether packets pass unseen when the queue is full or "
		 "nobody reads it." },
	{ .section = "queue", .name = "copy-range",
	  RANGE(SIZE, 192, 65535), CONF(queue.copy_range), .otherwise = "256",
	  .doc = "How many bytes of each packet the kernel copies to synwardd." },
	{ .section = "queue", .name = "spin",
	  RANGE(NUMBER, 0, 1000), CONF(queue.spin), .otherwise = "50",
	  .doc = "For how many microseconds a thread looks for the next "
		 "packet before it sleeps, while pauses are that short." },

	{ .section = "table", .name = "max-flows",
	  RANGE(SIZE, 16, 1u << 26), CONF(table.max_flows),
	  .otherwise = "1M",
	  .doc = "Maximum number of tracked flows." },
	{ .section = "table", .name = "max-embryonic",
	  RANGE(PERCENT, 0, 100), CONF(table.max_embryonic),
	  .otherwise = "25",
	  .doc = "Share of the table that unanswered flows may use, in percent; 0 means no limit." },
	{ .section = "table", .name = "max-src-flows",
	  RANGE(SIZE, 0, 1u << 26), CONF(table.max_src_flows),
	  .otherwise = "0",
	  .doc = "Maximum number of flows of one source address; 0 means no limit." },
	{ .section = "table", .name = "tombstones",
	  RANGE(SIZE, 16, 1u << 26), CONF(table.tombstones),
	  .otherwise = "1M",
	  .doc = "Number of ended flows that are remembered to explain late packets." },

	TIMEOUT(SYN_SENT, "syn_sent",
	    "After the opening SYN, until it is answered."),
	TIMEOUT(SYN_RECV, "syn_recv",
	    "After the SYN was answered, until the handshake is complete."),
	TIMEOUT(ESTABLISHED, "established",
	    "How long an established TCP connection may be silent."),
	TIMEOUT(FIN_WAIT, "fin_wait",
	    "After the first FIN, until it is acknowledged."),
	TIMEOUT(CLOSE_WAIT, "close_wait",
	    "After the first FIN was acknowledged, until the other side also closes."),
	TIMEOUT(LAST_ACK, "last_ack",
	    "After the second FIN, until it is acknowledged."),
	TIMEOUT(TIME_WAIT, "time_wait",
	    "After both sides have closed, for late packets."),
	TIMEOUT(CLOSE, "close", "After a reset."),
	TIMEOUT(UNACKNOWLEDGED, "unacknowledged",
	    "While data is not acknowledged, a window is closed, or the same segment is repeated; a shorter timeout of the state applies instead."),
	TIMEOUT(UNREPLIED_UDP, "unreplied_udp",
	    "For UDP that only one side has sent."),
	TIMEOUT(UDP, "udp", "For UDP that both sides have sent."),
	TIMEOUT(ICMP, "icmp", "For an ICMP or ICMPv6 request."),
	TIMEOUT(OTHER, "other", "For every other protocol."),
	TIMEOUT(SCTP_CLOSED, "sctp_closed",
	    "For an SCTP association that was shut down or aborted."),
	TIMEOUT(SCTP_COOKIE_WAIT, "sctp_cookie_wait",
	    "After INIT, until COOKIE ECHO."),
	TIMEOUT(SCTP_COOKIE_ECHOED, "sctp_cookie_echoed",
	    "After COOKIE ECHO, until COOKIE ACK."),
	TIMEOUT(SCTP_ESTABLISHED, "sctp_established",
	    "How long an established SCTP association may be silent."),
	TIMEOUT(SCTP_SHUTDOWN_SENT, "sctp_shutdown_sent",
	    "After the side that opened has sent SHUTDOWN."),
	TIMEOUT(SCTP_SHUTDOWN_RECD, "sctp_shutdown_recd",
	    "After the other side has sent SHUTDOWN."),
	TIMEOUT(SCTP_SHUTDOWN_ACK_SENT, "sctp_shutdown_ack_sent",
	    "After SHUTDOWN ACK, until SHUTDOWN COMPLETE."),
	TIMEOUT(SCTP_HEARTBEAT_SENT, "sctp_heartbeat_sent",
	    "After a HEARTBEAT on a further pair of addresses, until it is answered."),

	{ .section = "log", .name = "to",
	  .kind = SW_KIND_SINKS, CONF(log.to),
	  .count = offsetof(struct sw_conf, log.n_to),
	  .doc = "Where log lines go." },
	{ .section = "log", .name = "facility",
	  WORD(facilities), CONF(log.facility), .otherwise = "daemon",
	  .doc = "The facility of lines sent to syslog." },
	{ .section = "log", .name = "rate",
	  RANGE(NUMBER, 1, 1000000), CONF(log.rate), .otherwise = "50",
	  .doc = "Maximum number of lines per second; drops without a line are counted in incidents." },
	{ .section = "log", .name = "incident-interval",
	  RANGE(DURATION, 1, 86400), CONF(log.incident_interval),
	  .otherwise = "60s",
	  .doc = "The time between two lines of one incident." },
	{ .section = "log", .name = "ecn",
	  WORD(booleans), CONF(log.ecn), .otherwise = "false",
	  .doc = "Whether the flags ECE and CWR are shown as E and W." },

	{ .section = "control", .name = "socket",
	  .kind = SW_KIND_PATH, .range = { 0, 107 }, CONF(control.socket),
	  .otherwise = "/run/synward/ctl.sock",
	  .doc = "The socket that synwardctl talks to." },
	{ .section = "control", .name = "group",
	  .kind = SW_KIND_GROUP, CONF(control.group), .otherwise = "synward",
	  .doc = "The group whose members may use every command." },
	{ .section = "control", .name = "read-group",
	  .kind = SW_KIND_GROUP, CONF(control.read_group),
	  .otherwise = "synward-read",
	  .doc = "The group whose members may query but not change anything." },

	{ .section = "offload", .name = "lanes",
	  RANGE(SIZE, 0, 1u << 24), CONF(offload.lanes), .otherwise = "64k",
	  .doc = "How many flows can have their packets carried in the kernel; 0 means none." },
	{ .section = "offload", .name = "after",
	  RANGE(NUMBER, 1, 1000000), CONF(offload.after), .otherwise = "8",
	  .doc = "How many packets of a flow synwardd sees before the kernel carries the others." },
	{ .section = "offload", .name = "lease",
	  RANGE(DURATION, 2, 86400), CONF(offload.lease), .otherwise = "10s",
	  .doc = "How long the kernel carries packets without synwardd." },
	{ .section = "hook", .name = "learn",
	  RANGE(DURATION, 0, 86400), CONF(hook.learn), .otherwise = "0",
	  .doc = "How long connections that are older than the table are taken up after a first start." },
	{ .section = "hook", .name = "keep",
	  WORD(booleans), CONF(hook.keep), .otherwise = "false",
	  .doc = "Whether synwardctl hook keep puts the queue's rules back when somebody takes them out." },
	{ .section = "set", .name = "addresses",
	  .kind = SW_KIND_ADDRESSES, OF(sw_conf_set, addresses),
	  .count = offsetof(struct sw_conf_set, n_addresses),
	  .doc = "Addresses of the set." },
	{ .section = "set", .name = "file",
	  .kind = SW_KIND_PATH, OF(sw_conf_set, path),
	  .doc = "A file with further addresses, separated by spaces or lines." },

	{ .section = "zone", .name = "interfaces",
	  .kind = SW_KIND_INTERFACES, ZONE(interfaces),
	  .count = offsetof(struct sw_conf_zone, n_interfaces),
	  .doc = "The interfaces whose hosts are apart from those of others." },

	{ .section = "rule.related", .name = "protocol",
	  .kind = SW_KIND_PROTOCOLS,
	  RELATED_LIST(related.protos, related.n_protos),
	  .doc = "The protocols of a related connection." },
	{ .section = "rule.related", .name = "source-port",
	  .kind = SW_KIND_PORTS,
	  RELATED_LIST(related.source_ports, related.n_source_ports),
	  .doc = "The ports from which it may be opened." },
	{ .section = "rule.related", .name = "from-any-port",
	  WORD(booleans), RELATED(from_any_port), .otherwise = "false",
	  .doc = "Whether it may be opened from any port." },
	{ .section = "rule.related", .name = "to-port",
	  .kind = SW_KIND_TO_PORTS,
	  RELATED_LIST(related.to_ports, related.n_to_ports),
	  .doc = "The ports to which it may be opened, or same: the one that the receiver uses in the parent." },
	{ .section = "rule.related", .name = "by",
	  WORD(bys), RELATED(related.by), .otherwise = "server",
	  .doc = "Which host of the parent may open it." },
	{ .section = "rule.related", .name = "within",
	  LASTS, RELATED(related.within), .otherwise = "60s",
	  .doc = "How long after the last packet of the parent it may be opened." },
	{ .section = "rule.related", .name = "limit",
	  RANGE(NUMBER, 1, UINT16_MAX), RELATED(related.limit),
	  .otherwise = "16",
	  .doc = "How many of them a parent may have at the same time." },

	{ .section = "rule", .name = "protocol",
	  .kind = SW_KIND_PROTOCOLS, RULE_LIST(rule.protos, rule.n_protos),
	  .doc = "The protocols to match, by name or number." },
	{ .section = "rule", .name = "from",
	  .kind = SW_KIND_ADDRESSES, RULE_LIST(from, n_from),
	  .doc = "The source addresses of the opening packet." },
	{ .section = "rule", .name = "to",
	  .kind = SW_KIND_ADDRESSES, RULE_LIST(to, n_to),
	  .doc = "The destination addresses of the opening packet." },
	{ .section = "rule", .name = "source-port",
	  .kind = SW_KIND_PORTS,
	  RULE_LIST(rule.source_ports, rule.n_source_ports),
	  .doc = "The source ports of the opening packet." },
	{ .section = "rule", .name = "port",
	  .kind = SW_KIND_PORTS, RULE_LIST(rule.ports, rule.n_ports),
	  .doc = "The destination ports of the opening packet." },
	{ .section = "rule", .name = "in",
	  .kind = SW_KIND_INTERFACES, RULE_LIST(in, n_in),
	  .doc = "The interfaces on which the first packet arrives." },
	{ .section = "rule", .name = "out",
	  .kind = SW_KIND_INTERFACES, RULE_LIST(out, n_out),
	  .doc = "The interfaces through which the first packet leaves." },
	{ .section = "rule", .name = "phys-in",
	  .kind = SW_KIND_INTERFACES, RULE_LIST(phys_in, n_phys_in),
	  .doc = "The ports of a bridge on which the first packet arrives." },
	{ .section = "rule", .name = "phys-out",
	  .kind = SW_KIND_INTERFACES, RULE_LIST(phys_out, n_phys_out),
	  .doc = "The ports of a bridge through which the first packet leaves." },
	{ .section = "rule", .name = "mark",
	  .kind = SW_KIND_MARK, RULE(rule.mark),
	  .doc = "The mark of the opening packet, and the bits of it that count." },
	{ .section = "rule", .name = "action",
	  WORD(actions), RULE(rule.flow_policy.deny), .otherwise = "allow",
	  .doc = "Whether matching connections may be opened." },
	{ .section = "rule", .name = "tracking",
	  WORD(trackings), RULE(rule.flow_policy.tracking),
	  .doc = "The same as the global key, for flows of this rule." },
	{ .section = "rule", .name = "resync",
	  WORD(booleans), RULE(rule.flow_policy.resync),
	  .doc = "The same as the global key, for flows of this rule." },
	{ .section = "rule", .name = "roam",
	  WORD(booleans), RULE(rule.flow_policy.roam), .otherwise = "false",
	  .doc = "Whether flows of this rule may change interfaces without a check." },
	{ .section = "rule", .name = "fast",
	  WORD(fasts), RULE(rule.flow_policy.queued), .otherwise = "on",
	  .doc = "Whether the kernel may carry packets of this rule." },
	{ .section = "rule", .name = "mode",
	  WORD(modes), RULE(rule.flow_policy.observe),
	  .doc = "The same as the global key, for packets of this rule." },
	{ .section = "rule", .name = "log",
	  WORD(booleans), RULE(rule.flow_policy.log), .otherwise = "true",
	  .doc = "Whether refused packets of this rule are logged, or only "
		 "counted." },
	{ .section = "rule", .name = "on-idle",
	  WORD(on_idles), RULE(rule.flow_policy.on_idle),
	  .doc = "The same as the global key, for flows of this rule." },
	{ .section = "rule", .name = "on-orphan",
	  WORD(on_orphans), RULE(rule.flow_policy.on_orphan),
	  .doc = "The same as the global key, for packets of this rule." },
#define X(name_, text_) RULE_TIMEOUT(name_, text_)
	SW_TIMEOUT_MAP(X)
#undef X
};
/* clang-format on */

enum {
	N_KEYS = sizeof keys / sizeof keys[0],
};

_Static_assert(N_KEYS <= SW_KEYS_MAX, "room for all keys");

const struct sw_key *
sw_schema_keys(size_t *n)
{
	*n = N_KEYS;
	return keys;
}

int
sw_schema_find(const char *section, const char *name)
{
	for (int i = 0; i < N_KEYS; i++)
		if (strcmp(keys[i].section, section) == 0 &&
		    strcmp(keys[i].name, name) == 0)
			return i;
	return -1;
}

bool
sw_schema_is_list(const struct sw_key *key)
{
	return key->count != 0;
}

enum sw_schema_part
sw_schema_part(const struct sw_key *key)
{
	if (strcmp(key->section, "rule.related") == 0)
		return SW_PART_RELATED;
	if (strncmp(key->section, "rule", 4) == 0)
		return SW_PART_RULE;
	if (strcmp(key->section, "set") == 0)
		return SW_PART_SET;
	return strcmp(key->section, "zone") == 0 ? SW_PART_ZONE : SW_PART_WHOLE;
}

/* Found by halving, as the keys are in the order of the parts. */
int
sw_schema_first(enum sw_schema_part part)
{
	int low = 0, high = N_KEYS;

	while (low < high) {
		int middle = (low + high) / 2;

		if (sw_schema_part(&keys[middle]) >= part)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

bool
sw_schema_has_section(const char *section)
{
	for (int i = 0; i < N_KEYS; i++)
		if (strcmp(keys[i].section, section) == 0)
			return true;
	return false;
}

int
sw_schema_parent(const struct sw_key *key)
{
	if (sw_schema_part(key) != SW_PART_RULE || key->otherwise != NULL)
		return -1;
	return sw_schema_find(
	    key->section[4] == '.' ? key->section + 5 : "", key->name);
}

const char *
sw_schema_path(const struct sw_key *key, char text[SW_CONF_NAME])
{
	const char *section = key->section;

	if (sw_schema_part(key) != SW_PART_WHOLE) {
		section += strcspn(section, ".");
		section += *section == '.';
	}
	snprintf(text, SW_CONF_NAME, "%s%s%s", section,
	    *section != '\0' ? "." : "", key->name);
	return text;
}
