/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each row becomes events as the engine would leave them behind, with no more
 * filled than the diagnosis may look at.
 */
#include "sequence.h"

#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"

#define START (1000 * SW_NS_PER_SECOND)

/* "c1:40000" and how often one more. */
static struct sw_addr
host_of(const char *text, unsigned more, uint16_t *port, uint32_t *interface)
{
	static const char kinds[] = "csx";
	static const char *const nets[] = { "10.1", "10.2", "198.51" };
	const char *kind = strchr(kinds, text[0]);
	unsigned number = (unsigned)atoi(text + 1) + more;
	const char *colon = strchr(text, ':');
	char address[32];

	ck_assert_ptr_nonnull(kind);
	*port = colon ? (uint16_t)atoi(colon + 1) : 0;
	*interface = text[0] == 'c' ? 1 : 2;
	snprintf(address, sizeof address, "%s.%u.%u", nets[kind - kinds],
	    number / 250, number % 250 + 1);
	return build_addr(address);
}

static unsigned
varied(const struct sequence_row *row, char what, unsigned i)
{
	return row->vary && strchr(row->vary, what) ? i : 0;
}

static struct sw_endpoints
ends_of(const struct sequence_row *row, unsigned i, uint32_t *in, uint32_t *out)
{
	struct sw_endpoints ends = { .family = SW_IPV4, .proto = IPPROTO_TCP };

	ends.src = host_of(row->from, varied(row, 'h', i), &ends.sport, in);
	ends.dst = host_of(row->to, varied(row, 'H', i), &ends.dport, out);
	ends.sport += (uint16_t)varied(row, 'p', i);
	ends.dport += (uint16_t)varied(row, 'P', i);
	if (row->in)
		*in = row->in;
	if (row->out)
		*out = row->out;
	return ends;
}

static void
fill_segment(
    const struct sequence_row *row, unsigned i, struct sw_refusal *refused)
{
	bool bad = strncmp(row->what, "BAD", 3) == 0;
	uint32_t far = varied(row, 's', i) * 0x1234567u;

	refused->message = bad ? SW_MESSAGE_BAD_FLAGS : SW_MESSAGE_NOT_SYN;
	refused->tcp_flags = build_flags(row->what + (bad ? 3 : 0));
	refused->seq = row->seq + far + varied(row, 'd', i) * row->payload;
	refused->ack = row->ack + far + varied(row, 'a', i) * 100;
	refused->payload = row->payload;
	refused->window = 1024;
	refused->has_timestamp = row->stamp != 0;
	refused->tsecr = row->stamp == SEQUENCE_BLANK ? 0 : row->stamp;
	refused->tsval = 7;
}

static uint8_t
type_of(const char *what)
{
	static const struct {
		const char *what;
		uint8_t type;
	} types[] = { { "ping", 8 }, { "pong", 0 }, { "stamp", 14 },
		{ "error", 3 } };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(what, types[i].what) == 0)
			return types[i].type;
	return 42;
}

/* => false: it is TCP */
static bool
fill_icmp(const struct sequence_row *row, struct sw_refusal *refused)
{
	const char *what = row->what;

	if (what[0] < 'a')
		return false;
	refused->message = SW_MESSAGE_NOT_OPENING;
	refused->ends.proto = IPPROTO_ICMP;
	refused->answers =
	    strcmp(what, "pong") == 0 || strcmp(what, "stamp") == 0;
	refused->opens = strcmp(what, "ping") == 0;
	refused->opens_nothing = !refused->answers && !refused->opens;
	refused->icmp_type = type_of(what);
	return true;
}

/* => false: it is a refusal */
static bool
fill_flow(const struct sequence_row *row, struct sw_event *event)
{
	const char *what = row->what;
	struct sw_flow_info *info = &event->info;

	if (strcmp(what, "opens") == 0)
		event->kind = SW_EVENT_OPENED;
	else if (strcmp(what, "works") == 0)
		event->kind = SW_EVENT_ESTABLISHED;
	else if (strcmp(what, "embryo") == 0)
		event->kind = SW_EVENT_ENDED;
	else
		return false;
	info->opener = event->refused.ends;
	info->in = event->in;
	info->out = info->back_in = event->out;
	info->state = SW_STATE_SYN_SENT;
	info->how = SW_END_TIMEOUT;
	return true;
}

static void
step(struct sw_diagnose *diagnose, const struct sequence_row *row, unsigned i,
    char got[64])
{
	struct sw_time now = { START + (row->at + (uint64_t)i * row->every) *
					   SW_NS_PER_MS };
	struct sw_event event = { .kind = SW_EVENT_REFUSED,
		.time = now,
		.route = row->route,
		.route_doubted = row->doubted };
	struct sw_refusal *refused = &event.refused;

	if (strcmp(row->what, "gap") == 0) {
		sw_diagnose_gap(diagnose, now);
		return;
	}
	refused->ends = ends_of(row, i, &event.in, &event.out);
	refused->length = row->length ? row->length : 40 + row->payload;
	if (!fill_flow(row, &event) && !fill_icmp(row, refused))
		fill_segment(row, i, refused);
	sw_diagnose_judge(diagnose, &event);
	snprintf(got, 64, "%s %s", sw_cause_text(event.judgement.cause)->name,
	    sw_cause_confidence_text(event.judgement.confidence));
}

void
sequence_run(const char *name, const struct sequence_row *rows, size_t n)
{
	struct sw_diagnose_config config = { .key = "a key for tests",
		.start = { START } };
	struct sw_diagnose *diagnose = sw_diagnose_create(&config);

	ck_assert_ptr_nonnull(diagnose);
	for (size_t r = 0; r < n; r++) {
		char got[64] = "";

		for (unsigned i = 0; i < (rows[r].n ? rows[r].n : 1); i++)
			step(diagnose, &rows[r], i, got);
		if (rows[r].expected)
			ck_assert_msg(strcmp(got, rows[r].expected) == 0,
			    "%s: row %zu: %s, not %s", name, r + 1, got,
			    rows[r].expected);
	}
	sw_diagnose_destroy(diagnose);
}
