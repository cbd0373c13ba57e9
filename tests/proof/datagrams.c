/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scene is a few datagrams between two hosts and a router on the way of
 * either.  Verdict, existence and timer of the entry must be the same, or
 * the difference exactly the one its row names: rows with a name must
 * differ, so that a difference that is gone is noticed, too.
 */

#include "datagrams.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "build.h"

enum differs {
	ALIKE,
	UDP_STREAM,
	GRE_TIME,
	ERROR_NUMBER,
	SHORT_QUOTE,
	LINK_LOCAL,
};

const char *const datagrams_differences[][2] = {
	[ALIKE] = { "alike", "both trackers agree" },
	[UDP_STREAM] = { "udp-stream",
	    "one answer is enough for the longer time of UDP" },
	[GRE_TIME] = { "gre-time", "GRE lives as long as any other protocol" },
	[ERROR_NUMBER] = { "error-number",
	    "an ICMP error must quote a number that may be under way" },
	[SHORT_QUOTE] = { "short-quote",
	    "an ICMP error quotes at least eight bytes" },
	[LINK_LOCAL] = { "link-local",
	    "what belongs to the link itself is never dropped" },
	{ NULL, NULL },
};

enum what {
	PLAIN, /* a datagram of the scene's protocol */
	REQUEST,
	REPLY,
	ADVERT,
	SYN,
	SYNACK,
	ABOUT,	       /* an error about the receiver's last datagram */
	ABOUT_UNKNOWN, /* about ports never used */
	ABOUT_OTHERS,  /* about a datagram of another host */
	ABOUT_NUMBER,  /* about TCP, with a number never sent */
	ABOUT_SHORT,   /* quotes 4 bytes behind IP */
	END
};

struct row {
	char from; /* > opener, < other, ( router to opener, ) to other */
	enum what what;
	uint8_t type; /* of an error; identifier apart from the scene's */
	uint32_t pause;
	enum differs differs;
};

struct scene {
	const char *name;
	uint8_t proto;
	struct row rows[12];
};

static const struct scene scenes[] = {
	{ "udp, silent", IPPROTO_UDP,
	    { { '>', PLAIN, 0, 0, 0 }, { '>', PLAIN, 0, 20, 0 },
		{ '>', PLAIN, 0, 20, 0 }, { '<', PLAIN, 0, 30, 0 },
		{ '>', END, 0, 0, 0 } } },
	{ "udp, answered", IPPROTO_UDP,
	    { { '>', PLAIN, 0, 0, 0 }, { '<', PLAIN, 0, 0, UDP_STREAM },
		{ '>', PLAIN, 0, 0, UDP_STREAM },
		{ '<', PLAIN, 0, 20, UDP_STREAM }, { '>', END, 0, 0, 0 } } },
	{ "echo", IPPROTO_ICMP,
	    { { '<', REPLY, 0, 0, 0 }, { '>', REQUEST, 0, 0, 0 },
		{ '<', REPLY, 0, 0, 0 }, { '<', REPLY, 0, 0, 0 },
		{ '<', REPLY, 1, 0, 0 }, { '>', REQUEST, 0, 20, 0 },
		{ '<', REPLY, 0, 20, 0 }, { '<', REPLY, 0, 30, 0 },
		{ '>', END, 0, 0, 0 } } },
	{ "esp", IPPROTO_ESP,
	    { { '>', PLAIN, 0, 0, 0 }, { '<', PLAIN, 0, 0, 0 },
		{ '>', PLAIN, 0, 590, 0 }, { '<', PLAIN, 0, 590, 0 },
		{ '>', PLAIN, 0, 600, 0 }, { '>', END, 0, 0, 0 } } },
	{ "unheard-of protocol", 253,
	    { { '>', PLAIN, 0, 0, 0 }, { '<', PLAIN, 0, 0, 0 },
		{ '<', PLAIN, 0, 590, 0 }, { '<', PLAIN, 0, 600, 0 },
		{ '>', END, 0, 0, 0 } } },
	{ "gre", IPPROTO_GRE,
	    { { '>', PLAIN, 0, 0, GRE_TIME }, { '<', PLAIN, 0, 0, GRE_TIME },
		{ '>', END, 0, 0, 0 } } },
	{ "error without a flow", IPPROTO_UDP,
	    { { '(', ABOUT, 3, 0, 0 }, { ')', ABOUT, 11, 0, 0 },
		{ '>', END, 0, 0, 0 } } },
	{ "errors about udp", IPPROTO_UDP,
	    { { '>', PLAIN, 0, 0, 0 }, { '(', ABOUT, 3, 0, 0 },
		{ '<', ABOUT, 3, 0, 0 }, { '(', ABOUT, 11, 0, 0 },
		{ '(', ABOUT, 12, 0, 0 }, { '(', ABOUT, 4, 0, 0 },
		{ '(', ABOUT_UNKNOWN, 3, 0, 0 }, { '(', ABOUT_OTHERS, 3, 0, 0 },
		{ '(', ABOUT_SHORT, 3, 0, SHORT_QUOTE },
		{ '(', ABOUT, 3, 30, 0 }, { '>', END, 0, 0, 0 } } },
	{ "error about an answer", IPPROTO_UDP,
	    { { '>', PLAIN, 0, 0, 0 }, { '<', PLAIN, 0, 0, UDP_STREAM },
		{ ')', ABOUT, 3, 0, UDP_STREAM },
		{ '>', ABOUT, 3, 0, UDP_STREAM }, { '>', END, 0, 0, 0 } } },
	{ "errors about an echo", IPPROTO_ICMP,
	    { { '>', REQUEST, 0, 0, 0 }, { '(', ABOUT, 11, 0, 0 },
		{ '(', ABOUT_UNKNOWN, 11, 0, 0 }, { '>', END, 0, 0, 0 } } },
	{ "errors about tcp", IPPROTO_TCP,
	    { { '>', SYN, 0, 0, 0 }, { '(', ABOUT, 3, 0, 0 },
		{ '<', SYNACK, 0, 0, 0 }, { ')', ABOUT, 11, 0, 0 },
		{ '(', ABOUT_UNKNOWN, 3, 0, 0 },
		{ '(', ABOUT_NUMBER, 3, 0, ERROR_NUMBER },
		{ ')', ABOUT_NUMBER, 3, 0, ERROR_NUMBER },
		{ '>', END, 0, 0, 0 } } },
	{ "router advertisement", IPPROTO_ICMP,
	    { { '>', ADVERT, 9, 0, LINK_LOCAL }, { '>', END, 0, 0, 0 } } },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct play {
	struct compare *compare;
	const struct scene *scene;
	struct sw_endpoints opener;
	char src[16], dst[16];
	uint8_t quote[BUILD_MAX], bytes[BUILD_MAX];
};

static void
text_of(const struct sw_addr *addr, char text[16])
{
	snprintf(text, 16, "%u.%u.%u.%u", addr->b[0], addr->b[1], addr->b[2],
	    addr->b[3]);
}

/* From the opener or back, of the scene's protocol. */
static struct build
datagram(struct play *play, bool back, const struct row *row)
{
	struct sw_endpoints ends =
	    back ? sw_endpoints_reverse(&play->opener) : play->opener;
	struct build build = { .src = play->src,
		.dst = play->dst,
		.proto = ends.proto,
		.sport = ends.sport,
		.dport = ends.dport,
		.window = 65535,
		.raw = ends.proto != IPPROTO_TCP && ends.proto != IPPROTO_UDP &&
		       ends.proto != IPPROTO_ICMP,
		.payload_length = ends.proto == IPPROTO_TCP ? 0 : 32 };

	text_of(&ends.src, play->src);
	text_of(&ends.dst, play->dst);
	build.type = row->what == REQUEST ? 8 : row->what == ADVERT ? 9 : 0;
	build.id = (uint16_t)(ends.sport + row->type);
	build.flags = back ? SW_SYN | SW_ACK : SW_SYN;
	build.seq = back ? 5000 : 1000;
	build.ack = back ? 1001 : 0;
	return build;
}

/* What the receiver of an error had sent, as the error quotes it. */
static size_t
quote_of(struct play *play, bool to_opener, const struct row *row)
{
	struct row plain = { .what = REQUEST };
	struct build build = datagram(play, !to_opener, &plain);

	if (row->what == ABOUT_UNKNOWN)
		build.sport = build.dport = build.id = 9;
	if (row->what == ABOUT_OTHERS)
		build.src = "10.0.127.250";
	if (row->what == ABOUT_NUMBER)
		build.seq += 900000;
	build_bytes(&build, play->quote);
	return row->what == ABOUT_SHORT ? 24 : 28;
}

static bool
comes_from_opener(const struct row *row)
{
	return row->from == '>' || row->from == ')';
}

static size_t
error_bytes(struct play *play, const struct row *row)
{
	bool to_opener = !comes_from_opener(row);
	size_t size = quote_of(play, to_opener, row);
	char receiver[16], sender[16];
	struct build build = { .src = sender,
		.dst = receiver,
		.proto = IPPROTO_ICMP,
		.type = row->type,
		.payload = play->quote,
		.payload_length = size };

	text_of(to_opener ? &play->opener.src : &play->opener.dst, receiver);
	text_of(to_opener ? &play->opener.dst : &play->opener.src, sender);
	if (row->from == '(')
		strcpy(sender, "10.1.200.1");
	if (row->from == ')')
		strcpy(sender, "10.0.200.1");
	return build_bytes(&build, play->bytes);
}

static size_t
bytes_of(struct play *play, const struct row *row)
{
	struct build build;

	if (row->what >= ABOUT)
		return error_bytes(play, row);
	build = datagram(play, !comes_from_opener(row), row);
	return build_bytes(&build, play->bytes);
}

static bool
same_life(const struct outcome *o)
{
	const struct view *ours = &o->after[OURS];
	const struct view *kernel = &o->after[KERNEL];

	return ours->exists == kernel->exists &&
	       (!ours->exists || compare_timers_agree(ours, kernel));
}

static bool
as_said(const struct outcome *o, enum differs differs)
{
	const struct view *ours = &o->after[OURS];
	const struct view *kernel = &o->after[KERNEL];
	bool both = o->passed[OURS] && o->passed[KERNEL];

	switch (differs) {
	case ALIKE:
		return o->passed[OURS] == o->passed[KERNEL] && same_life(o);
	case UDP_STREAM:
		return both && ours->exists && kernel->exists &&
		       ours->timeout > 90 && kernel->timeout <= 25;
	case GRE_TIME:
		return both && ours->exists && kernel->exists &&
		       ours->timeout == 600 && kernel->timeout < 200;
	case ERROR_NUMBER:
	case SHORT_QUOTE:
		return !o->passed[OURS] && o->passed[KERNEL] && same_life(o);
	case LINK_LOCAL:
		return o->passed[OURS] && !o->passed[KERNEL] && same_life(o);
	}
	return false;
}

static bool
play_row(struct play *play, size_t number)
{
	const struct row *row = &play->scene->rows[number];
	size_t length = bytes_of(play, row);
	struct outcome o = compare_bytes(play->compare, !comes_from_opener(row),
	    row->pause, play->bytes, length);

	if (as_said(&o, row->differs))
		return true;
	printf("  %s, row %zu: not %s: ours %s, %s %u s; kernel %s, %s %u s\n",
	    play->scene->name, number + 1,
	    datagrams_differences[row->differs][0],
	    o.passed[OURS] ? "passed" : "dropped",
	    o.after[OURS].exists ? "entry" : "no entry", o.after[OURS].timeout,
	    o.passed[KERNEL] ? "passed" : "dropped",
	    o.after[KERNEL].exists ? "entry" : "no entry",
	    o.after[KERNEL].timeout);
	return false;
}

bool
datagrams_run(struct compare *compare)
{
	static struct play play;
	unsigned said = 0, differ = 0, strange = 0;

	play.compare = compare;
	for (size_t i = 0; i < COUNT(scenes); i++) {
		play.scene = &scenes[i];
		play.opener = *compare_begin(compare, scenes[i].proto, false);
		for (size_t r = 0; scenes[i].rows[r].what != END; r++) {
			bool right = play_row(&play, r);

			strange += !right;
			differ += right && scenes[i].rows[r].differs != ALIKE;
			said += right && scenes[i].rows[r].differs == ALIKE;
		}
	}
	printf("\nother protocols: %u datagrams alike, %u differ as meant, "
	       "%u unexplained\n",
	    said, differ, strange);
	return !strange;
}
