/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scene is a few datagrams between two hosts and a router on the way of
 * either.  Verdict, existence and timer of the entry must be the same, or
 * the difference exactly the one its row names: rows with a name must
 * differ, so that a difference that is gone is noticed, too.
 */

#include "datagrams.h"

#include <arpa/inet.h>
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
		{ '<', REPLY, 1, 0, 0 }, { '>', REPLY, 0, 0, 0 },
		{ '>', REQUEST, 0, 20, 0 }, { '<', REPLY, 0, 20, 0 },
		{ '<', REPLY, 0, 30, 0 }, { '>', END, 0, 0, 0 } } },
	{ "echoes of both with one number", IPPROTO_ICMP,
	    { { '>', REQUEST, 0, 0, 0 }, { '<', REQUEST, 0, 20, 0 },
		{ '>', REPLY, 0, 0, 0 }, { '<', REQUEST, 0, 0, 0 },
		{ '<', REPLY, 0, 10, 0 }, { '>', REPLY, 0, 0, 0 },
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
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	uint8_t quote[BUILD_MAX], bytes[BUILD_MAX];
};

static bool
is_ip6(const struct play *play)
{
	return play->opener.family == SW_IPV6;
}

static void
text_of(const struct play *play, const struct sw_addr *addr, char *text)
{
	inet_ntop(
	    is_ip6(play) ? AF_INET6 : AF_INET, addr->b, text, INET6_ADDRSTRLEN);
}

static bool
is_icmp(uint8_t proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* The same message in ICMPv6. */
static uint8_t
type6(uint8_t type)
{
	static const uint8_t types[] = { [0] = 129,
		[3] = 1,
		[4] = 2,
		[8] = 128,
		[9] = 134,
		[11] = 3,
		[12] = 4 };

	return types[type];
}

/* From the opener or back, of the scene's protocol. */
static struct build
datagram(struct play *play, bool back, const struct row *row)
{
	struct sw_endpoints ends =
	    back ? sw_packet_endpoints_reverse(&play->opener) : play->opener;
	struct build build = { .src = play->src,
		.dst = play->dst,
		.proto = ends.proto,
		.sport = ends.sport,
		.dport = ends.dport,
		.window = 65535,
		.raw = ends.proto != IPPROTO_TCP && ends.proto != IPPROTO_UDP &&
		       !is_icmp(ends.proto),
		.payload_length = ends.proto == IPPROTO_TCP ? 0 : 32 };

	text_of(play, &ends.src, play->src);
	text_of(play, &ends.dst, play->dst);
	build.type = row->what == REQUEST ? 8 : row->what == ADVERT ? 9 : 0;
	if (is_ip6(play))
		build.type = type6(build.type);
	build.id = (uint16_t)(play->opener.sport + row->type);
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
		build.src = is_ip6(play) ? "fd00:a::7ffa" : "10.0.127.250";
	if (row->what == ABOUT_NUMBER)
		build.seq += 900000;
	build_bytes(&build, play->quote);
	return (is_ip6(play) ? 40 : 20) + (row->what == ABOUT_SHORT ? 4 : 8);
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
	char receiver[INET6_ADDRSTRLEN], sender[INET6_ADDRSTRLEN];
	struct build build = { .src = sender,
		.dst = receiver,
		.proto = is_ip6(play) ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
		.type = is_ip6(play) ? type6(row->type) : row->type,
		.payload = play->quote,
		.payload_length = size };

	text_of(
	    play, to_opener ? &play->opener.src : &play->opener.dst, receiver);
	text_of(
	    play, to_opener ? &play->opener.dst : &play->opener.src, sender);
	if (row->from == '(')
		strcpy(sender, is_ip6(play) ? "fd00:b::c8" : "10.1.200.1");
	if (row->from == ')')
		strcpy(sender, is_ip6(play) ? "fd00:a::c8" : "10.0.200.1");
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
	printf(
	    "  %s%s, row %zu: not %s: ours %s, %s %u s; kernel %s, %s %u s\n",
	    play->scene->name, is_ip6(play) ? " (IPv6)" : "", number + 1,
	    datagrams_differences[row->differs][0],
	    o.passed[OURS] ? "passed" : "dropped",
	    o.after[OURS].exists ? "entry" : "no entry", o.after[OURS].timeout,
	    o.passed[KERNEL] ? "passed" : "dropped",
	    o.after[KERNEL].exists ? "entry" : "no entry",
	    o.after[KERNEL].timeout);
	return false;
}

struct tally {
	unsigned said, differ, strange;
};

static void
play_scene(struct play *play, struct tally *tally)
{
	for (size_t r = 0; play->scene->rows[r].what != END; r++) {
		bool alike = play->scene->rows[r].differs == ALIKE;

		if (!play_row(play, r))
			tally->strange++;
		else if (alike)
			tally->said++;
		else
			tally->differ++;
	}
}

/* Of the scenes only that of a router's advertisement has no like in IPv6:
 * there the kernel lets discovery by, too. */
static void
play_all(struct play *play, enum family family, struct tally *tally)
{
	for (size_t i = 0; i < COUNT(scenes); i++) {
		uint8_t proto = scenes[i].proto;

		play->scene = &scenes[i];
		if (family == FAMILY_IP6 && scenes[i].rows[0].what == ADVERT)
			continue;
		if (family == FAMILY_IP6 && proto == IPPROTO_ICMP)
			proto = IPPROTO_ICMPV6;
		play->opener = *compare_begin(play->compare, proto, family);
		play_scene(play, tally);
	}
}

bool
datagrams_run(struct compare *compare)
{
	static struct play play;
	struct tally tally = { 0 };

	play.compare = compare;
	play_all(&play, FAMILY_IP4, &tally);
	if (compare_has_ip6(compare))
		play_all(&play, FAMILY_IP6, &tally);
	printf("\nother protocols: %u datagrams alike, %u differ as meant, "
	       "%u unexplained\n",
	    tally.said, tally.differ, tally.strange);
	return !tally.strange;
}
