/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list is filled in the order in which a person wants to read it: message
 * and endpoints (the head of a line), interfaces, the reason with its evidence,
 * and what to change.  A field without a value is left out.
 *
 * A message that states its own reason (a rule denied the packet, the table was
 * full) gets a cause only when a further one was found.
 */
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "report/field.h"
#include "synward/policy.h"

void
sw_fields_add_text(struct sw_fields *fields, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	fields->list[fields->n++] = (struct sw_field){
		.key = key,
		.text = text,
		.unit = "",
	};
}

void
sw_fields_add_number(
    struct sw_fields *fields, const char *key, int64_t number, const char *unit)
{
	fields->list[fields->n++] = (struct sw_field){
		.key = key,
		.number = number,
		.unit = unit,
	};
}

void
sw_field_protocol(uint8_t proto, char *text)
{
	char room[16];
	const char *name = sw_line_protocol(proto, room);
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		text[i] = (char)tolower((unsigned char)name[i]);
	text[i] = '\0';
}

static const char *
verdict_text(enum sw_action action)
{
	bool dropped = action == SW_ACTION_DROP || action == SW_ACTION_RESET ||
		       action == SW_ACTION_REJECT || action == SW_ACTION_KERNEL;

	return dropped ? "drop" : "pass";
}

/* What was done, unless it is the plain drop that everybody expects. */
static const char *
action_text(enum sw_action action)
{
	switch (action) {
	case SW_ACTION_DROP:
		return NULL;
	case SW_ACTION_WOULD_DROP:
		return "would drop";
	case SW_ACTION_RESET:
		return "reset";
	case SW_ACTION_REJECT:
		return "reject";
	case SW_ACTION_ACCEPT:
		return "accept";
	case SW_ACTION_KERNEL:
		return "dropped";
	case SW_ACTION_NOTED:
	case SW_ACTION_COUNT:
		break;
	}
	return NULL;
}

static void
fill_head(struct sw_fields *fields, const struct sw_refusal *refused,
    const struct sw_names *names)
{
	const struct sw_endpoints *ends = &refused->ends;

	sw_fields_add_text(fields, "verdict", verdict_text(refused->action));
	sw_fields_add_text(
	    fields, "message", sw_cause_message_text(refused->message));
	sw_fields_add_text(
	    fields, "alias", sw_cause_message_alias(refused->message));
	if (ends->proto == IPPROTO_SCTP)
		sw_event_chunks_text(refused->chunks, fields->flags);
	else
		sw_event_flags_text(
		    ends->proto == IPPROTO_TCP ? refused->tcp_flags : 0,
		    names->ecn, fields->flags);
	sw_fields_add_text(fields, "flags", fields->flags);
	sw_field_protocol(ends->proto, fields->proto);
	sw_fields_add_text(fields, "proto", fields->proto);
	sw_line_address(&ends->src, ends->family, fields->src);
	sw_line_address(&ends->dst, ends->family, fields->dst);
	sw_fields_add_text(fields, "src", fields->src);
	if (sw_proto_has_ports(ends->proto))
		sw_fields_add_number(fields, "sport", ends->sport, "");
	sw_fields_add_text(fields, "dst", fields->dst);
	if (sw_proto_has_ports(ends->proto))
		sw_fields_add_number(fields, "dport", ends->dport, "");
	for (size_t i = 0; i < fields->n; i++)
		fields->list[i].head = true;
}

static void
fill_packet(struct sw_fields *fields, const struct sw_event *event,
    const struct sw_names *names)
{
	const struct sw_refusal *refused = &event->refused;
	uint16_t id;

	sw_fields_add_text(fields, "in", names->in);
	sw_fields_add_text(fields, "out", names->out);
	sw_fields_add_text(fields, "zone", names->zone);
	sw_fields_add_text(fields, "phys_in", names->phys_in);
	sw_fields_add_text(fields, "phys_out", names->phys_out);
	if (event->mark != 0) {
		snprintf(
		    fields->mark, sizeof fields->mark, "0x%x", event->mark);
		sw_fields_add_text(fields, "mark", fields->mark);
	}
	sw_fields_add_number(fields, "len", refused->length, "");
	if (refused->malformed != SW_PARSE_OK)
		sw_fields_add_text(
		    fields, "what", sw_packet_parse_text(refused->malformed));
	if (!sw_proto_is_icmp(refused->ends.proto) ||
	    refused->malformed != SW_PARSE_OK)
		return;
	sw_fields_add_number(fields, "type", refused->icmp_type, "");
	sw_fields_add_number(fields, "code", refused->icmp_code, "");
	id = refused->opens ? refused->ends.sport : refused->ends.dport;
	if (id != 0)
		sw_fields_add_number(fields, "id", id, "");
}

bool
sw_field_tells_cause(enum sw_message message, enum sw_cause cause)
{
	if (cause != SW_CAUSE_UNKNOWN)
		return true;
	switch (message) {
	case SW_MESSAGE_NOT_SYN:
	case SW_MESSAGE_NOT_OPENING:
	case SW_MESSAGE_BAD_FLAGS:
	case SW_MESSAGE_OUT_OF_WINDOW:
		return true;
	case SW_MESSAGE_IDLE_RESET:
	case SW_MESSAGE_TABLE_FULL:
	case SW_MESSAGE_DENIED:
	case SW_MESSAGE_MALFORMED:
	case SW_MESSAGE_COUNT:
		break;
	}
	return false;
}

bool
sw_field_has_cause(const struct sw_event *event)
{
	return sw_field_tells_cause(
	    event->refused.message, event->judgement.cause);
}

static void
fill_judgement(struct sw_fields *fields, const struct sw_event *event,
    const struct sw_names *names)
{
	const struct sw_judgement *judgement = &event->judgement;

	if (sw_field_has_cause(event)) {
		sw_fields_add_text(
		    fields, "cause", sw_cause_text(judgement->cause)->name);
		sw_fields_add_text(fields, "conf",
		    sw_cause_confidence_text(judgement->confidence));
	}
	sw_fields_add_text(
	    fields, "action", action_text(event->refused.action));
	if (event->refused.action == SW_ACTION_KERNEL)
		sw_fields_add_text(fields, "by", "kernel");
	sw_fields_add_text(fields, "prefix", names->prefix);
	for (unsigned i = 0; i < judgement->evidences; i++) {
		const struct sw_evidence *evidence = &judgement->evidence[i];

		sw_fields_add_number(fields,
		    sw_cause_evidence_name(evidence->key), evidence->value,
		    sw_cause_evidence_unit(evidence->key));
		if (evidence->key == SW_EVIDENCE_TIMEOUT &&
		    sw_event_cut_short(event))
			sw_fields_add_text(fields, "timer",
			    sw_profile_timeout_text(SW_TIMEOUT_UNACKNOWLEDGED));
	}
}

/* "INVALID" is said only where the kernel's rule itself says so. */
static const char *
kernel_text(const struct sw_refusal *refused)
{
	switch ((enum sw_kernel_word)refused->kernel) {
	case SW_KERNEL_ALONE:
	case SW_KERNEL_UNSEEN:
		return refused->why & SW_KERNEL_INVALID ? "INVALID" : "dropped";
	case SW_KERNEL_PASSED:
		return "pass";
	case SW_KERNEL_SILENT:
	case SW_KERNEL_AGREES:
	case SW_KERNEL_UNCLEAR:
	case SW_KERNEL_WORDS:
		break;
	}
	return NULL;
}

static const char *
ours_text(const struct sw_refusal *refused)
{
	switch ((enum sw_kernel_word)refused->kernel) {
	case SW_KERNEL_ALONE:
		return "pass";
	case SW_KERNEL_UNSEEN:
		return "not seen";
	case SW_KERNEL_PASSED:
		return "drop";
	case SW_KERNEL_SILENT:
	case SW_KERNEL_AGREES:
	case SW_KERNEL_UNCLEAR:
	case SW_KERNEL_WORDS:
		break;
	}
	return NULL;
}

static const char *
why_text(const struct sw_refusal *refused)
{
	if (refused->why & SW_KERNEL_STRICT)
		return "tcp_be_liberal=0";
	if (refused->why & SW_KERNEL_LOOSE)
		return "tcp_loose=1";
	if (refused->why & SW_KERNEL_CROWDED)
		return "its table was full";
	if (refused->why & SW_KERNEL_RULED)
		return "its rules deny it";
	return NULL;
}

/* Beside the kernel's firewall: where the two differ. */
static void
fill_kernel(struct sw_fields *fields, const struct sw_refusal *refused)
{
	sw_fields_add_text(fields, "kernel", kernel_text(refused));
	sw_fields_add_text(fields, "ours", ours_text(refused));
	sw_fields_add_text(fields, "why", why_text(refused));
}

/* Adds the fields for a flow whose hosts do not match its windows. */
static void
fill_step(struct sw_fields *fields, const struct sw_event *event)
{
	const struct sw_flow_info *info = &event->info;

	if (!info->lost)
		return;
	sw_fields_add_text(fields, "step", "lost");
	if (info->lost_since.ns != 0)
		sw_fields_add_number(fields, "since",
		    (int64_t)(sw_time_ms_since(info->lost_since, event->time) /
			      1000),
		    "s");
}

void
sw_fields_fill(struct sw_fields *fields, const struct sw_event *event,
    const struct sw_names *names)
{
	fields->n = 0;
	fill_head(fields, &event->refused, names);
	fill_packet(fields, event, names);
	fill_judgement(fields, event, names);
	fill_kernel(fields, &event->refused);
	sw_fields_add_text(fields, "route", names->route);
	if (event->refused.has_flow) {
		fill_step(fields, event);
		sw_fields_add_text(fields, "hist", event->info.history);
	}
	sw_fields_add_text(fields, "rule", names->rule);
	sw_fields_add_text(fields, "hint", names->hint);
}

/* => the number of bytes that c takes when escaped, written to room */
static size_t
escape_byte(unsigned char c, char room[5])
{
	if (c == '"' || c == '\\')
		return (size_t)snprintf(room, 5, "\\%c", c);
	if (c < 0x20 || c > 0x7e)
		return (size_t)snprintf(room, 5, "\\x%02x", c);
	room[0] = (char)c;
	return 1;
}

size_t
sw_field_escape(const char *text, char *out, size_t size)
{
	size_t used = 0;
	char room[5];

	for (; *text != '\0'; text++) {
		size_t n = escape_byte((unsigned char)*text, room);

		if (used + n >= size)
			break;
		memcpy(out + used, room, n);
		used += n;
	}
	if (size > 0)
		out[used] = '\0';
	return used;
}
