/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of an incident:
 *
 *	Incident 7f3b asymmetric: 412 drops in 60s [SA]=410 [A]=2,
 *	    37 clients > 10.9.0.7:443 in=eth2 out=eth1, since 02:11:08
 *	Incident 7f3b closed: 1630 drops in 252s, last 02:15:20
 *
 * each on one line.  Protocols without flags stand with their name, as
 * UDP=412.
 */
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "shell/field.h"
#include "shell/incident_part.h"

enum { PARTIES_MAX = 160 };

/* A text that grows; what does not fit is cut. */
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
sw_incident_title(const struct sw_incident *incident)
{
	if (sw_field_tells_cause(incident->message, incident->cause))
		return sw_cause_text(incident->cause)->name;
	return sw_message_text(incident->message);
}

static const char *
about(uint32_t count)
{
	return count > SW_DISTINCT_ROOM ? "about " : "";
}

/* "37 clients", or who it is when it is one. */
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

static void
add_servers(struct text *text, const struct sw_incident *incident)
{
	const struct sw_endpoints *ends = &incident->example;
	char server[64];

	if (incident->servers > 1) {
		add(text, "%s%u targets", about(incident->servers),
		    incident->servers);
		return;
	}
	sw_line_endpoint(
	    &ends->dst, ends->dport, ends->family, ends->proto, server);
	add(text, "%s", server);
}

void
sw_incident_parties(const struct sw_incident *incident, char *parties)
{
	struct text text = { parties, PARTIES_MAX };

	add_clients(&text, incident);
	add(&text, " > ");
	add_servers(&text, incident);
}

static void
add_drops(struct text *text, const struct sw_incident *incident, uint64_t drops)
{
	const char *s = drops == 1 ? "" : "s";

	add(text, "%llu ", (unsigned long long)drops);
	switch ((enum sw_action)incident->action) {
	case SW_ACTION_DROP:
	case SW_ACTION_RESET:
		add(text, "drop%s", s);
		break;
	case SW_ACTION_WOULD_DROP:
		add(text, "would-be drop%s", s);
		break;
	case SW_ACTION_ACCEPT:
		add(text, "accepted packet%s", s);
		break;
	}
}

/* Full seconds, at least one: "in 0s" says nothing. */
static unsigned long long
seconds_between(struct sw_time from, struct sw_time to)
{
	uint64_t seconds = (sw_time_ms_since(from, to) + 500) / 1000;

	return seconds > 0 ? seconds : 1;
}

static void
add_clock(
    struct text *text, const struct incident_view *view, struct sw_time when)
{
	int64_t ns = (int64_t)when.ns + view->wall_offset;
	time_t seconds = (time_t)(ns / (int64_t)SW_NS_PER_SECOND);
	struct tm local;

	localtime_r(&seconds, &local);
	add(text, "%02d:%02d:%02d", local.tm_hour, local.tm_min, local.tm_sec);
}

static int
more_drops_first(const void *a, const void *b)
{
	const struct incident_flags *one = a, *other = b;

	if (one->drops != other->drops)
		return one->drops < other->drops ? 1 : -1;
	return one->flags - other->flags;
}

static void
add_tally(struct text *text, const struct incident_entry *entry)
{
	struct incident_tally tally = entry->tally;
	uint8_t proto = entry->seen.example.proto;
	char name[16], flags[9];

	if (proto != IPPROTO_TCP && entry->key.scope != SCOPE_MIXED) {
		add(text, " %s=%llu", sw_line_protocol(proto, name),
		    (unsigned long long)entry->seen.drops_interval);
		return;
	}
	qsort(tally.list, tally.n, sizeof tally.list[0], more_drops_first);
	for (unsigned i = 0; i < tally.n; i++) {
		sw_flags_text(tally.list[i].flags, false, flags);
		add(text, " [%s]=%llu", flags,
		    (unsigned long long)tally.list[i].drops);
	}
	if (tally.other > 0)
		add(text, " other=%llu", (unsigned long long)tally.other);
}

static void
add_interface(struct text *text, const struct incident_view *view,
    const char *key, uint32_t index)
{
	const char *name = index != 0 ? view->name(index, view->context) : NULL;

	if (name != NULL)
		add(text, " %s=%s", key, name);
}

void
incident_write_interval(const struct incident_entry *entry,
    const struct sw_incident *seen, const struct incident_view *view,
    char *line, size_t size)
{
	bool mixed = entry->key.scope == SCOPE_MIXED;
	struct text text = { line, size };
	char parties[PARTIES_MAX];

	add(&text, "Incident %04x %s: ", seen->id,
	    mixed ? "mixed" : sw_incident_title(seen));
	add_drops(&text, seen, seen->drops_interval);
	add(&text, " in %llus", seconds_between(entry->since, view->now));
	add_tally(&text, entry);
	sw_incident_parties(seen, parties);
	add(&text, ", %s", parties);
	if (!mixed) {
		add_interface(&text, view, "in", seen->in);
		add_interface(&text, view, "out", seen->out);
	}
	add(&text, ", since ");
	add_clock(&text, view, seen->first);
}

void
incident_write_closed(const struct sw_incident *seen,
    const struct incident_view *view, char *line, size_t size)
{
	struct text text = { line, size };

	add(&text, "Incident %04x closed: ", seen->id);
	add_drops(&text, seen, seen->drops);
	add(&text, " in %llus, last ",
	    seconds_between(seen->first, seen->last));
	add_clock(&text, view, seen->last);
}
