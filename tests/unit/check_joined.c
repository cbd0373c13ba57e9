/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A datagram in fragments does to its flow what the whole one would have
 * done: two engines hear the same conversation, one whole and one in pieces
 * of any size and order, and must say the same of it afterwards.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "draw.h"
#include "runner.h"
#include "script.h"
#include "synward/engine.h"

#define DATAGRAMS 40
#define PIECES_MAX 100

/* What is sent, whole. */
struct datagram {
	uint8_t bytes[BUILD_MAX];
	size_t size;
	uint32_t id;
};

/* What one side has come to. */
struct side {
	uint32_t seq, ack;
};

static struct sw_policy *policy;
static struct sw_engine *whole, *pieces;

static struct sw_engine *
open_engine(bool in_order)
{
	const struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 1024,
		.fragments_in_order = in_order,
		.key = "a key for tests" };
	struct sw_engine *engine = sw_engine_create(
	    &limits, NULL, policy, (struct sw_time){ .ns = 1 });

	ck_assert_ptr_nonnull(engine);
	return engine;
}

static void
begin(enum sw_tracking tracking, bool in_order)
{
	struct sw_flow_policy flow_policy = script_treatment(tracking);

	policy = sw_policy_compile(NULL, 0, &flow_policy);
	ck_assert_ptr_nonnull(policy);
	whole = open_engine(in_order);
	pieces = open_engine(in_order);
}

static void
end(void)
{
	sw_engine_destroy(whole);
	sw_engine_destroy(pieces);
	sw_policy_destroy(policy);
}

/* The upper bytes of the datagram, IPv6 extensions among them. */
static size_t
upper_of(const struct datagram *datagram)
{
	const uint8_t *ip = datagram->bytes;

	return datagram->size - (ip[0] >> 4 == 6 ? 40 : (ip[0] & 15u) * 4u);
}

/* Cuts behind header_size or later; => how many pieces */
static unsigned
cut(const struct datagram *datagram, size_t header_size, uint64_t *seed,
    struct sw_packet parts[PIECES_MAX])
{
	size_t upper = upper_of(datagram), at = 0;
	unsigned n = 0;

	while (at < upper) {
		size_t size = 8 * (1 + draw(seed) % 60);
		uint8_t bytes[BUILD_MAX];

		if (n == 0 && size < header_size)
			size = (header_size + 7) / 8 * 8;
		if (n == 0 && size < 256)
			size = 256;
		if (size > upper - at)
			size = upper - at;
		ck_assert_uint_lt(n, PIECES_MAX);
		build_parse(bytes,
		    build_fragment(datagram->bytes, (uint16_t)at,
			(uint16_t)size, datagram->id, bytes),
		    0, &parts[n]);
		ck_assert_uint_eq(parts[n].malformed, SW_PARSE_OK);
		at += size;
		n++;
	}
	return n;
}

/* in_order: the first piece stays the first. */
static void
shuffle(struct sw_packet *parts, unsigned n, bool in_order, uint64_t *seed)
{
	for (unsigned i = n - 1; i > in_order; i--) {
		unsigned k = in_order + draw(seed) % (i + 1 - in_order);
		struct sw_packet kept = parts[i];

		parts[i] = parts[k];
		parts[k] = kept;
	}
}

static void
compare(const struct sw_endpoints *ends, struct sw_time now, unsigned at)
{
	struct sw_flow_info one, other;
	bool known = sw_engine_find(whole, ends, now, &one);

	ck_assert_msg(sw_engine_find(pieces, ends, now, &other) == known,
	    "datagram %u: one engine has the flow alone", at);
	if (known)
		ck_assert_msg(memcmp(&one, &other, sizeof(one)) == 0,
		    "datagram %u: %s end %u ack %u bytes %lu, in pieces %s "
		    "end %u ack %u bytes %lu",
		    at, one.history, one.side[0].next, one.side[0].ack,
		    one.side[0].bytes, other.history, other.side[0].next,
		    other.side[0].ack, other.side[0].bytes);
}

/* The verdict over a datagram is that of the piece that completes it.
 * => false when it was refused: a whole segment leaves a mark even so, a
 * first fragment does not */
static bool
hear(const struct datagram *datagram, size_t header_size, bool in_order,
    struct sw_time now, uint64_t *seed, unsigned at)
{
	struct sw_packet packet, parts[PIECES_MAX];
	enum sw_verdict expected, got = SW_PASS;
	unsigned n = cut(datagram, header_size, seed, parts);

	build_parse(datagram->bytes, datagram->size, 0, &packet);
	ck_assert_uint_eq(packet.malformed, SW_PARSE_OK);
	expected = sw_engine_step(whole, &packet, now);
	if (n > 1)
		shuffle(parts, n, in_order, seed);
	else
		parts[0] = packet; /* not a fragment */
	for (unsigned i = 0; i < n; i++)
		got = sw_engine_step(pieces, &parts[i], now);
	ck_assert_msg(got == expected, "datagram %u: verdict %d, in pieces %d",
	    at, expected, got);
	if (expected == SW_PASS)
		compare(&packet.ends, now, at);
	return expected == SW_PASS;
}

static const uint8_t options4[8] = { 148, 4, 0, 0, 1, 1, 1, 0 };
static const uint8_t extensions6[16] = { IPPROTO_DSTOPTS, 0, 1, 4, 0, 0, 0, 0,
	IPPROTO_TCP, 0, 1, 4, 0, 0, 0, 0 };

static const char *const flags[] = { "S", "SA", "A", "PA", "FA", "FA", "A",
	"RA", "PA", "S", "R", "FPA", "UA" };

/* A segment that may be the next of that side, repeated or astray. */
static void
draw_segment(struct datagram *datagram, bool ip6, struct side side[2],
    unsigned at, uint64_t *seed)
{
	static const char *const hosts[2][2] = { { "10.0.0.1", "10.0.0.2" },
		{ "fd00::1", "fd00::2" } };
	unsigned who = at == 0 ? 0 : at == 1 ? 1 : draw(seed) & 1;
	const char *letters =
	    at < 3 ? flags[at]
		   : flags[2 + draw(seed) % (draw(seed) % 8 ? 2 : 11)];
	size_t payload = draw(seed) % 3 ? draw(seed) % 3000 : 0;
	struct build build = { .src = hosts[ip6][who],
		.dst = hosts[ip6][!who],
		.sport = who ? 80 : 4000,
		.dport = who ? 4000 : 80,
		.flags = build_flags(letters),
		.seq = side[who].seq,
		.ack = strchr(letters, 'A') ? side[!who].seq : 0,
		.window = (uint16_t)(20000 + draw(seed) % 30000),
		.payload_length = payload };

	if (at > 4 && !strpbrk(letters, "SFR") && draw(seed) % 4 == 0)
		build.seq += (uint32_t)(draw(seed) % 60000) - 30000;
	else
		side[who].seq += (uint32_t)payload + !!strchr(letters, 'S') +
				 !!strchr(letters, 'F');
	if (draw(seed) & 1 && ip6) {
		build.extensions = extensions6;
		build.extensions_length = sizeof(extensions6);
		build.extensions_first = IPPROTO_DSTOPTS;
	} else if (draw(seed) & 1) {
		build.ip_options = options4;
		build.ip_options_length = ip6 ? 0 : sizeof(options4);
	}
	datagram->size = build_bytes(&build, datagram->bytes);
	datagram->id = at + 1;
}

START_TEST(conversations_in_pieces)
{
	bool ip6 = _i & 1, in_order = _i & 2;

	for (uint64_t run = 1; run <= 120; run++) {
		uint64_t seed = run * 7919 + (uint64_t)_i;
		struct side side[2] = { { (uint32_t)draw(&seed), 0 },
			{ (uint32_t)draw(&seed), 0 } };

		begin(_i & 4 ? SW_TRACK_STRICT : SW_TRACK_NORMAL, in_order);
		for (unsigned at = 0; at < DATAGRAMS; at++) {
			static struct datagram datagram;
			struct sw_time now = { .ns = SW_NS_PER_SECOND *
						     (at + 1) };

			draw_segment(&datagram, ip6, side, at, &seed);
			if (!hear(&datagram, 40, in_order, now, &seed, at) &&
			    _i & 4)
				break;
		}
		end();
	}
}
END_TEST

/* An INIT with many parameters. */
static const uint8_t long_init[3000] = { 0x0f, 0xa0, 0x01, 0xbb, 0, 0, 0, 0, 0,
	0, 0, 0, 1, 0, 0x0b, 0xac, 0, 0, 0, 7 };

static const struct build others[] = {
	{ .proto = IPPROTO_UDP,
	    .sport = 4000,
	    .dport = 53,
	    .payload_length = 4000 },
	{ .proto = IPPROTO_ICMP, .type = 8, .id = 7, .payload_length = 4000 },
	{ .src = "fd00::1",
	    .dst = "fd00::2",
	    .proto = IPPROTO_ICMPV6,
	    .type = 128,
	    .id = 7,
	    .payload_length = 4000 },
	{ .src = "fd00::1",
	    .dst = "fd00::2",
	    .proto = IPPROTO_UDP,
	    .sport = 4000,
	    .dport = 53,
	    .payload_length = 1000 },
	{ .proto = IPPROTO_ESP, .raw = true, .payload_length = 3000 },
	{ .proto = IPPROTO_SCTP,
	    .raw = true,
	    .payload = long_init,
	    .payload_length = sizeof long_init },
	/* Data in a SYN, as Fast Open sends it */
	{ .sport = 4000,
	    .dport = 80,
	    .flags = SW_SYN,
	    .seq = 100,
	    .payload_length = 2000 },
};

START_TEST(other_protocols_in_pieces)
{
	const unsigned n = sizeof(others) / sizeof(others[0]);
	static struct datagram datagram;
	uint64_t seed = 1 + (uint64_t)_i;

	begin(SW_TRACK_NORMAL, false);
	datagram.size = build_bytes(&others[(unsigned)_i % n], datagram.bytes);
	for (unsigned at = 0; at < 20; at++) {
		datagram.id = at;
		ck_assert(hear(&datagram, 8, (unsigned)_i >= n,
		    (struct sw_time){ .ns = SW_NS_PER_SECOND * (at + 1) },
		    &seed, at));
	}
	end();
}
END_TEST

int
main(void)
{
	const int n = sizeof(others) / sizeof(others[0]);
	TCase *t = tcase_create("joined");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, conversations_in_pieces, 0, 8);
	tcase_add_loop_test(t, other_protocols_in_pieces, 0, 2 * n);
	return run_case("engine: datagrams whole and in pieces", t);
}
