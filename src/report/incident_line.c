/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the lines of an incident:
 *
 *	Incident 7f3b asymmetric: 412 drops in 60s [SA]=410 [A]=2,
 *	    37 clients > 10.9.0.7:443 in=eth2 out=eth1, since 02:11:08
 *	Incident 7f3b closed: 1630 drops in 252s, last 02:15:20
 *
 * each on one line.  A protocol without flags has its name there, as UDP=412.
 */
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "report/incident_internal.h"

enum { PARTIES_MAX = 160, SERVER_MAX = 80 };

/* A growing text; it is cut at its end. */
struct text {
	char *at;
	size_t left;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *text, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text->at, text->left, format, arguments);
	va_end(arguments);
	if (n < 0)
		return;
	if ((size_t)n >= text->left)
		n = text->left > 0 ? (int)text->left - 1 : 0;
	text->at += n;
	text->left -= (size_t)n;
}

const char *
sw_incident_line_title(const struct sw_incident *incident)
{
	if (incident->mixed)
		return "mixed";
	if (sw_field_tells_cause(incident->message, incident->cause))
		return sw_cause_text(incident->cause)->name;
	return sw_cause_message_text(incident->message);
}

static const char *
about(uint32_t count)
{
	return count > SW_DISTINCT_ROOM ? "about " : "";
}

/* "37 clients", or the client's address when there is one. */
static void
add_clients(struct text *text, const struct sw_incident *incident)
{
	const struct sw_endpoints *ends = &incident->example;
	char address[46];

	if (incident->clients != 1) {
		add(text, "%s%u clients", about(incident->clients),
		    incident->clients);
		return;
	}
	sw_line_address(&ends->src, ends->family, address);
	add(text, "1 client %s", address);
}

void
sw_incident_line_server(const struct sw_incident *incident, char *server)
{
	const struct sw_endpoints *ends = &incident->example;

	if (incident->servers > 1)
		snprintf(server, SERVER_MAX, "%s%u targets",
		    about(incident->servers), incident->servers);
	else
		sw_line_endpoint(
		    &ends->dst, ends->dport, ends->family, ends->proto, server);
}

void
sw_incident_line_parties(const struct sw_incident *incident, char *parties)
{
	struct text text = { parties, PARTIES_MAX };
	char server[SERVER_MAX];

	add_clients(&text, incident);
	sw_incident_line_server(incident, server);
	add(&text, " > %s", server);
}

static void
add_drops(struct text *text, const struct sw_incident_report *report)
{
	const char *s = report->drops == 1 ? "" : "s";

	add(text, "%llu ", (unsigned long long)report->drops);
	switch ((enum sw_action)report->incident.action) {
	case SW_ACTION_DROP:
	case SW_ACTION_RESET:
	case SW_ACTION_REJECT:
		add(text, "drop%s", s);
		break;
	case SW_ACTION_WOULD_DROP:
		add(text, "would-be drop%s", s);
		break;
	case SW_ACTION_ACCEPT:
		add(text, "accepted packet%s", s);
		break;
	case SW_ACTION_KERNEL:
		add(text, "drop%s by the kernel", s);
		break;
	case SW_ACTION_NOTED:
	case SW_ACTION_COUNT:
		break;
	}
	add(text, " in %us", report->seconds);
}

static time_t
wall_seconds(struct sw_time when, int64_t wall_offset)
{
	return ((int64_t)when.ns + wall_offset) / (int64_t)SW_NS_PER_SECOND;
}

static void
add_clock(struct text *text, struct sw_time when, int64_t wall_offset)
{
	time_t seconds = wall_seconds(when, wall_offset);
	struct tm local;

	localtime_r(&seconds, &local);
	add(text, "%02d:%02d:%02d", local.tm_hour, local.tm_min, local.tm_sec);
}

static void
add_tally(struct text *text, const struct sw_incident_report *report)
{
	const struct sw_incident_tally *tally = &report->tally;
	uint8_t proto = report->incident.example.proto;
	char name[16], flags[9];

	if (proto != IPPROTO_TCP && !report->incident.mixed) {
		add(text, "%s=%llu", sw_line_protocol(proto, name),
		    (unsigned long long)report->drops);
		return;
	}
	for (unsigned i = 0; i < tally->n; i++) {
		sw_event_flags_text(tally->list[i].flags, false, flags);
		add(text, "%s[%s]=%llu", i > 0 ? " " : "", flags,
		    (unsigned long long)tally->list[i].drops);
	}
	if (tally->other > 0)
		add(text, " other=%llu", (unsigned long long)tally->other);
}

static void
add_interface(struct text *text, const char *key, const char *name)
{
	const struct sw_field field = { .key = key, .text = name, .unit = "" };
	char room[4 * IF_NAMESIZE + 16];

	if (name == NULL || name[0] == '\0')
		return;
	sw_line_text(&field, room, sizeof room);
	add(text, "%s", room);
}

static void
write_closing(struct text *text, const struct sw_incident_report *report,
    int64_t wall_offset)
{
	add(text, "Incident %04x closed: ", report->incident.id);
	add_drops(text, report);
	add(text, ", last ");
	add_clock(text, report->incident.last, wall_offset);
}

void
sw_incident_line(const struct sw_incident_report *report,
    const struct sw_names *names, int64_t wall_offset, char *line, size_t size)
{
	const struct sw_incident *incident = &report->incident;
	struct text text = { line, size };
	char parties[PARTIES_MAX];

	if (report->closing) {
		write_closing(&text, report, wall_offset);
		return;
	}
	add(&text, "Incident %04x %s: ", incident->id,
	    sw_incident_line_title(incident));
	add_drops(&text, report);
	add(&text, " ");
	add_tally(&text, report);
	sw_incident_line_parties(incident, parties);
	add(&text, ", %s", parties);
	if (!incident->mixed) {
		add_interface(&text, "in", names->in);
		add_interface(&text, "out", names->out);
	}
	add(&text, ", since ");
	add_clock(&text, incident->first, wall_offset);
}

static void
fill_parties(struct sw_fields *fields, const struct sw_incident *incident,
    const struct sw_names *names, struct sw_incident_texts *texts)
{
	const struct sw_endpoints *ends = &incident->example;

	sw_field_protocol(ends->proto, texts->proto);
	sw_fields_add_text(fields, "proto", texts->proto);
	sw_line_address(&ends->src, ends->family, texts->src);
	if (incident->clients == 1)
		sw_fields_add_text(fields, "src", texts->src);
	sw_line_address(&ends->dst, ends->family, texts->dst);
	if (incident->servers == 1)
		sw_fields_add_text(fields, "dst", texts->dst);
	if (incident->servers == 1 && sw_proto_has_ports(ends->proto))
		sw_fields_add_number(fields, "dport", ends->dport, "");
	sw_fields_add_number(fields, "clients", incident->clients, "");
	sw_fields_add_number(fields, "targets", incident->servers, "");
	sw_fields_add_text(fields, "in", names->in);
	sw_fields_add_text(fields, "out", names->out);
	sw_fields_add_text(fields, "rule", names->rule);
}

void
sw_incident_line_fields(const struct sw_incident_report *report,
    const struct sw_names *names, int64_t wall_offset,
    struct sw_incident_texts *texts, struct sw_fields *fields)
{
	const struct sw_incident *incident = &report->incident;
	struct text tally = { texts->tally, sizeof texts->tally };

	fields->n = 0;
	snprintf(texts->id, sizeof texts->id, "%04x", incident->id);
	sw_fields_add_text(fields, "incident", texts->id);
	sw_fields_add_text(
	    fields, "state", report->closing ? "closed" : "open");
	sw_fields_add_number(fields, "drops", (int64_t)report->drops, "");
	sw_fields_add_number(fields, "seconds", report->seconds, "");
	if (!report->closing) {
		add_tally(&tally, report);
		sw_fields_add_text(fields, "tally", texts->tally);
	}
	sw_fields_add_number(
	    fields, "first", wall_seconds(incident->first, wall_offset), "");
	sw_fields_add_number(
	    fields, "last", wall_seconds(incident->last, wall_offset), "");
	if (incident->mixed)
		return;
	sw_fields_add_text(
	    fields, "message", sw_cause_message_text(incident->message));
	sw_fields_add_text(
	    fields, "alias", sw_cause_message_alias(incident->message));
	if (sw_field_tells_cause(incident->message, incident->cause))
		sw_fields_add_text(
		    fields, "cause", sw_cause_text(incident->cause)->name);
	fill_parties(fields, incident, names, texts);
}
