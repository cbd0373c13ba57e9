/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys: one row each, with what has it, how its value is read, and how it
 * is compared.
 *
 * What is not known fits no value, so its negation holds: cause!=ack-scan keeps
 * the events of flows, which have no cause.  An incident summarises many
 * clients or servers; of the others than its first only their networks may be
 * known, so it may fit a value and its negation.
 */
#include <fnmatch.h>
#include <string.h>

#include "protocol/filter_internal.h"

enum {
	LIVES = SW_FILTER_FLOWS | SW_FILTER_EVENTS | SW_FILTER_DROPS,
	TROUBLES = SW_FILTER_DROPS | SW_FILTER_INCIDENTS,
	ALL = SW_FILTER_ALL,
};

static enum filter_fit
fit(bool fits)
{
	return fits ? FIT_YES : FIT_NOT;
}

/* --- ends ------------------------------------------------------------------ */

static bool
same_bits(const struct sw_addr *a, const struct sw_addr *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a->b, b->b, whole) != 0)
		return false;
	return rest == 0 || ((a->b[whole] ^ b->b[whole]) >> (8 - rest)) == 0;
}

static enum filter_fit
covers(
    const struct sw_prefix *prefix, const struct sw_addr *addr, uint8_t family)
{
	return fit(prefix->family == family &&
		   same_bits(&prefix->addr, addr, prefix->bits));
}

/* Other clients of an incident are of the same network, or of any. */
static enum filter_fit
covers_client(const struct sw_prefix *prefix, const struct sw_filter_view *v)
{
	const struct sw_incident *incident = v->incident;
	unsigned network = v->opener.family == SW_IPV6 ? 64 : 24;
	unsigned bits = prefix->bits < network ? prefix->bits : network;

	if (incident == NULL || incident->clients <= 1)
		return covers(prefix, &v->opener.src, v->opener.family);
	if (prefix->family != v->opener.family)
		return FIT_NOT;
	if (incident->any_client)
		return FIT_MAYBE;
	if (!same_bits(&prefix->addr, &v->opener.src, bits))
		return FIT_NOT;
	return prefix->bits <= network ? FIT_YES : FIT_MAYBE;
}

static enum filter_fit
covers_server(const struct sw_prefix *prefix, const struct sw_filter_view *v)
{
	if (v->incident == NULL || v->incident->servers <= 1)
		return covers(prefix, &v->opener.dst, v->opener.family);
	return prefix->family == v->opener.family ? FIT_MAYBE : FIT_NOT;
}

static enum filter_fit
fits_client(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return covers_client(&value->prefix, v);
}

static enum filter_fit
fits_server(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return covers_server(&value->prefix, v);
}

static enum filter_fit
fits_src(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return v->incident != NULL
		   ? covers_client(&value->prefix, v)
		   : covers(&value->prefix, &v->ends.src, v->ends.family);
}

static enum filter_fit
fits_dst(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return v->incident != NULL
		   ? covers_server(&value->prefix, v)
		   : covers(&value->prefix, &v->ends.dst, v->ends.family);
}

static enum filter_fit
fits_host(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	enum filter_fit client = fits_client(value, is, v);
	enum filter_fit server = fits_server(value, is, v);

	if (client == FIT_YES || server == FIT_YES)
		return FIT_YES;
	return client == FIT_MAYBE ? client : server;
}

static enum filter_fit
within(const struct sw_port_range *ports, uint16_t port)
{
	return fit(port >= ports->first && port <= ports->last);
}

static enum filter_fit
fits_port(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	if (!sw_proto_has_ports(v->opener.proto))
		return FIT_NOT;
	if (v->incident != NULL && v->incident->servers > 1)
		return FIT_MAYBE;
	return within(&value->ports, v->opener.dport);
}

static enum filter_fit
fits_sport(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	if (!sw_proto_has_ports(v->opener.proto))
		return FIT_NOT;
	if (v->incident != NULL && v->incident->drops > 1)
		return FIT_MAYBE;
	return within(&value->ports, v->opener.sport);
}

static enum filter_fit
fits_proto(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return fit(v->opener.proto == value->number);
}

static enum filter_fit
fits_family(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return fit(v->opener.family == value->number);
}

/* --- names ----------------------------------------------------------------- */

static enum filter_fit
fits_rule(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	const char *name = v->names.rule(v->rule, v->names.context);

	(void)is;
	return fit(fnmatch(value->name, name, 0) == 0);
}

static enum filter_fit
fits_interface(const struct sw_filter_value *value, uint32_t index,
    const struct sw_filter_view *v)
{
	char room[IF_NAMESIZE];
	const char *name = v->names.interface(index, room, v->names.context);

	return fit(name != NULL && fnmatch(value->name, name, 0) == 0);
}

static enum filter_fit
fits_in(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return fits_interface(value, v->in, v);
}

static enum filter_fit
fits_out(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return fits_interface(value, v->out, v);
}

static enum filter_fit
fits_zone(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	const char *name = v->names.zone(v->opener.zone, v->names.context);

	(void)is;
	return fit(name != NULL && fnmatch(value->name, name, 0) == 0);
}

/* --- the flow -------------------------------------------------------------- */

static enum filter_fit
fits_state(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return fit(v->info != NULL && v->info->state == value->number);
}

static enum filter_fit
fits_assured(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return fit(v->info != NULL && v->info->assured == (value->number != 0));
}

static enum filter_fit
fits_end(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return fit(v->info != NULL && v->info->how == value->number);
}

static enum filter_fit
compare(
    enum sw_filter_operator is, uint64_t found, uint64_t value, uint64_t unit)
{
	switch (is) {
	case SW_FILTER_ABOVE:
		return fit(found > value * unit);
	case SW_FILTER_BELOW:
		return fit(found < value * unit);
	case SW_FILTER_LEAST:
		return fit(found >= value * unit);
	case SW_FILTER_MOST:
		return fit(found <= value * unit);
	case SW_FILTER_IS:
	case SW_FILTER_IS_NOT:
		break;
	}
	return fit(found / unit == value);
}

static uint64_t
ns_since(struct sw_time then, struct sw_time now)
{
	return now.ns > then.ns ? now.ns - then.ns : 0;
}

/* The silence that a refusal's evidence tells, else that of the flow. */
static uint64_t
silence_of(const struct sw_filter_view *v)
{
	const struct sw_judgement *judgement;

	if (v->subject != SW_FILTER_DROPS)
		return ns_since(v->info->seen, v->now);
	judgement = &v->event->judgement;
	for (unsigned i = 0; i < judgement->evidences; i++)
		if (judgement->evidence[i].key == SW_EVIDENCE_IDLE)
			return (uint64_t)judgement->evidence[i].value *
			       SW_NS_PER_SECOND;
	return ns_since(v->info->seen, v->now);
}

static enum filter_fit
fits_idle(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	if (v->info == NULL)
		return FIT_NOT;
	return compare(is, silence_of(v), value->number, SW_NS_PER_SECOND);
}

static enum filter_fit
fits_age(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	if (v->info == NULL)
		return FIT_NOT;
	return compare(is, ns_since(v->info->opened, v->now), value->number,
	    SW_NS_PER_SECOND);
}

static enum filter_fit
fits_bytes(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	if (v->info == NULL)
		return FIT_NOT;
	return compare(is, v->info->side[0].bytes + v->info->side[1].bytes,
	    value->number, 1);
}

static enum filter_fit
fits_packets(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	if (v->info == NULL)
		return FIT_NOT;
	return compare(is, v->info->side[0].packets + v->info->side[1].packets,
	    value->number, 1);
}

/* --- the refusal ----------------------------------------------------------- */

static enum filter_fit
fits_kind(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return fit(v->event != NULL && v->event->kind == value->number);
}

static bool
is_refused(const struct sw_filter_view *v)
{
	return v->subject == SW_FILTER_DROPS;
}

static enum filter_fit
fits_cause(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	if (v->incident != NULL)
		return v->incident->mixed
			   ? FIT_MAYBE
			   : fit(v->incident->cause == value->number);
	return fit(is_refused(v) && v->event->judgement.cause == value->number);
}

static enum filter_fit
fits_confidence(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	return fit(
	    is_refused(v) && v->event->judgement.confidence == value->number);
}

static enum filter_fit
fits_message(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	(void)is;
	if (v->incident != NULL)
		return fit(value->number >> v->incident->message & 1);
	return fit(
	    is_refused(v) && (value->number >> v->event->refused.message & 1));
}

static enum filter_fit
fits_verdict(const struct sw_filter_value *value, enum sw_filter_operator is,
    const struct sw_filter_view *v)
{
	static const uint8_t meant[] = {
		[SW_ACTION_DROP] = 1 << FILTER_VERDICT_DROP,
		[SW_ACTION_RESET] =
		    1 << FILTER_VERDICT_DROP | 1 << FILTER_VERDICT_RESET,
		[SW_ACTION_REJECT] =
		    1 << FILTER_VERDICT_DROP | 1 << FILTER_VERDICT_REJECT,
		[SW_ACTION_WOULD_DROP] =
		    1 << FILTER_VERDICT_PASS | 1 << FILTER_VERDICT_WOULD_DROP,
		[SW_ACTION_ACCEPT] =
		    1 << FILTER_VERDICT_PASS | 1 << FILTER_VERDICT_ACCEPT,
		[SW_ACTION_NOTED] = 1 << FILTER_VERDICT_PASS,
		[SW_ACTION_KERNEL] = 1 << FILTER_VERDICT_DROP,
	};

	(void)is;
	if (v->incident != NULL)
		return fit(meant[v->incident->action] >> value->number & 1);
	return fit(is_refused(v) &&
		   (meant[v->event->refused.action] >> value->number & 1));
}

/* --- all keys -------------------------------------------------------------- */

static const struct sw_filter_key keys[] = {
	{ "src", "ADDRESS[/BITS]",
	    "who opened the flow, or sent the dropped packet", ALL, false,
	    sw_filter_value_read_prefix, fits_src, NULL },
	{ "dst", "ADDRESS[/BITS]", "destination: the other side", ALL, false,
	    sw_filter_value_read_prefix, fits_dst, NULL },
	{ "client", "ADDRESS[/BITS]", "the side that opened the connection",
	    ALL, false, sw_filter_value_read_prefix, fits_client, NULL },
	{ "server", "ADDRESS[/BITS]", "the side that it was opened to", ALL,
	    false, sw_filter_value_read_prefix, fits_server, NULL },
	{ "host", "ADDRESS[/BITS]", "address of either side", ALL, false,
	    sw_filter_value_read_prefix, fits_host, NULL },
	{ "port", "PORT[-PORT]", "port of the server", ALL, false,
	    sw_filter_value_read_ports, fits_port, NULL },
	{ "sport", "PORT[-PORT]", "port of the client", ALL, false,
	    sw_filter_value_read_ports, fits_sport, NULL },
	{ "proto", "NAME|NUMBER", "protocol", ALL, false,
	    sw_filter_value_read_protocol, fits_proto,
	    sw_filter_value_name_protocol },
	{ "family", "4|6", "IPv4 or IPv6", ALL, false,
	    sw_filter_value_read_family, fits_family, NULL },
	{ "rule", "NAME", "name of its rule", ALL, false,
	    sw_filter_value_read_pattern, fits_rule, NULL },
	{ "in", "INTERFACE", "interface on which its first packet arrived", ALL,
	    false, sw_filter_value_read_pattern, fits_in, NULL },
	{ "out", "INTERFACE", "interface through which its first packet left",
	    ALL, false, sw_filter_value_read_pattern, fits_out, NULL },
	{ "zone", "NAME", "zone of its interfaces", ALL, false,
	    sw_filter_value_read_pattern, fits_zone, NULL },
	{ "state", "NAME", "state, such as established", LIVES, false,
	    sw_filter_value_read_state, fits_state,
	    sw_filter_value_name_state },
	{ "assured", "yes|no", "established in both directions", LIVES, false,
	    sw_filter_value_read_yes, fits_assured, sw_filter_value_name_yes },
	{ "idle", "DURATION", "idle for longer (>) or shorter (<)", LIVES, true,
	    sw_filter_value_read_duration, fits_idle, NULL },
	{ "age", "DURATION",
	    "opened earlier (>) or later (<) than this long ago", LIVES, true,
	    sw_filter_value_read_duration, fits_age, NULL },
	{ "bytes", "SIZE", "more (>) or fewer (<) bytes, both directions",
	    LIVES, true, sw_filter_value_read_size, fits_bytes, NULL },
	{ "packets", "NUMBER", "more (>) or fewer (<) packets, both directions",
	    LIVES, true, sw_filter_value_read_size, fits_packets, NULL },
	{ "how", "NAME", "how the flow ended, such as timeout",
	    SW_FILTER_EVENTS | SW_FILTER_DROPS, false, sw_filter_value_read_end,
	    fits_end, sw_filter_value_name_end },
	{ "kind", "NAME", "opened, established, ended or drop",
	    SW_FILTER_EVENTS | SW_FILTER_DROPS, false,
	    sw_filter_value_read_kind, fits_kind, sw_filter_value_name_kind },
	{ "cause", "NAME", "cause of a drop, such as idle-expired", TROUBLES,
	    false, sw_filter_value_read_cause, fits_cause,
	    sw_filter_value_name_cause },
	{ "conf", "NAME", "confidence of the cause: low, medium or high",
	    SW_FILTER_DROPS, false, sw_filter_value_read_confidence,
	    fits_confidence, sw_filter_value_name_confidence },
	{ "verdict", "NAME", "drop, pass, reset, reject, would-drop or accept",
	    TROUBLES, false, sw_filter_value_read_verdict, fits_verdict,
	    sw_filter_value_name_verdict },
	{ "message", "NAME", "message of a drop, such as denied-by-rule",
	    TROUBLES, false, sw_filter_value_read_message, fits_message,
	    sw_filter_value_name_message },
};

const struct sw_filter_key *
sw_filter_key_at(unsigned i)
{
	return i < sizeof keys / sizeof keys[0] ? &keys[i] : NULL;
}

const struct sw_filter_key *
sw_filter_key_find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strlen(keys[i].name) == length &&
		    memcmp(keys[i].name, name, length) == 0)
			return &keys[i];
	return NULL;
}
