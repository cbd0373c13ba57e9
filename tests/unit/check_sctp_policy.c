/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy oracle of SCTP: no INIT that a rule denies gets a COOKIE ACK
 * through, whatever else both sides send.
 *
 * The server may not call.  Both sides send any chunks with tags from a small
 * set, so that they often fit; nobody else is heard.
 */

#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "chunks.h"
#include "draw.h"
#include "runner.h"
#include "synward/engine.h"

#define TALKS 4000u
#define PACKETS 24u

struct world {
	struct sw_policy *policy;
	struct sw_engine *engine;
	struct sw_time now;
	uint64_t seed;
	uint64_t passed, inits, cookie_acks; /* of the server's calls */
};

static const struct sw_limits limits = { .max_flows = 65536,
	.max_embryonic = 100,
	.tombstones = 16,
	.events = 64,
	.key = "the oracle's key" };

/* The client may call the server; the server may call if opened. */
static void
begin(struct world *world, enum sw_tracking tracking, bool opened)
{
	static const struct sw_addr_range network = {
		.first = { { 10, 0, 0, 0 } },
		.last = { { 10, 0, 0, 255 } },
		.family = SW_IPV4
	};
	static const struct sw_addr_list client = { .ranges = &network,
		.n = 1 };
	static const int16_t protocol = IPPROTO_SCTP;
	struct sw_flow_policy allow = { .timeouts = *sw_profile("rfc5382"),
		.tracking = (uint8_t)tracking };
	struct sw_rule rule = { .name = "calls",
		.slot = 1,
		.protos = &protocol,
		.n_protos = 1,
		.from = &client,
		.n_from = 1,
		.flow_policy = allow };
	struct sw_flow_policy otherwise = allow;

	otherwise.deny = !opened;
	world->policy = sw_policy_compile(&rule, 1, &otherwise);
	world->now.ns = 1000 * SW_NS_PER_SECOND;
	world->engine =
	    sw_engine_create(&limits, NULL, world->policy, world->now);
	ck_assert_ptr_nonnull(world->engine);
}

static void
end(struct world *world)
{
	sw_engine_destroy(world->engine);
	sw_policy_destroy(world->policy);
}

static uint8_t
draw_type(struct world *world, bool client, bool calls)
{
	uint8_t type = draw(&world->seed) % 16;

	if (client && !calls &&
	    (type == SW_SCTP_INIT || type == SW_SCTP_HEARTBEAT))
		return SW_SCTP_INIT_ACK;
	return type;
}

/* A packet as one side may send it; its tags are often right. */
static struct chunks
draw_packet(struct world *world, bool client, bool calls, unsigned talk)
{
	uint16_t port = (uint16_t)(1024 + talk % 60000);
	struct chunks chunks = { .sport = client ? port : 36412,
		.dport = client ? 36412 : port,
		.tag = 1 + draw(&world->seed) % 3 };

	chunks.n = 1 + (draw(&world->seed) % 4 == 0);
	for (unsigned i = 0; i < chunks.n; i++)
		chunks.chunk[i] =
		    (struct chunk){ .type = draw_type(world, client, calls),
			    .flags = draw(&world->seed) % 8 == 0,
			    .tag = 1 + draw(&world->seed) % 3 };
	if (chunks.chunk[0].type == SW_SCTP_INIT)
		chunks.tag = 0;
	return chunks;
}

static void
send_one(struct world *world, unsigned talk, bool calls)
{
	bool client = draw(&world->seed) & 1;
	struct chunks chunks = draw_packet(world, client, calls, talk);
	uint8_t upper[CHUNKS_BYTES], bytes[BUILD_MAX];
	struct build build = { .src = client ? "10.0.0.1" : "10.0.9.1",
		.dst = client ? "10.0.9.1" : "10.0.0.1",
		.proto = IPPROTO_SCTP,
		.raw = true,
		.payload = upper };
	struct sw_packet packet;

	build.payload_length = chunks_bytes(&chunks, upper);
	sw_packet_parse(bytes, build_bytes(&build, bytes), 0, &packet);
	world->now = sw_time_add_ms(world->now, 1 + draw(&world->seed) % 20);
	if (sw_engine_step(world->engine, &packet, world->now) != SW_PASS)
		return;
	world->passed++;
	world->inits += !client && sw_sctp_has(&packet.sctp, SW_SCTP_INIT);
	world->cookie_acks +=
	    !calls && sw_sctp_has(&packet.sctp, SW_SCTP_COOKIE_ACK);
}

static void
drain(struct sw_engine *engine)
{
	struct sw_event event;

	while (sw_engine_take(engine, &event))
		;
}

static void
talk_all(struct world *world, bool calls)
{
	for (unsigned talk = 0; talk < TALKS; talk++) {
		for (unsigned i = 0; i < PACKETS; i++)
			send_one(world, talk, calls);
		drain(world->engine);
		world->now = sw_time_add_ms(world->now, 1000);
	}
}

/* calls: the client opens as well, by INIT or by HEARTBEAT. */
static struct world
run(enum sw_tracking tracking, bool opened, bool calls)
{
	struct world world = { .seed = 7 + tracking };

	begin(&world, tracking, opened);
	talk_all(&world, calls);
	end(&world);
	return world;
}

START_TEST(no_denied_init_is_answered)
{
	static const enum sw_tracking trackings[] = { SW_TRACK_NORMAL,
		SW_TRACK_LOOSE, SW_TRACK_STRICT };
	struct world world = run(trackings[_i], false, true);

	ck_assert_uint_gt(world.passed, 1000);
	ck_assert_uint_eq(world.inits, 0);
	/* Where only the server calls, nothing passes, unless the rule says
	 * loose and the client seems to be in the middle of an association. */
	world = run(trackings[_i], false, false);
	ck_assert_uint_eq(world.inits, 0);
	if (trackings[_i] == SW_TRACK_LOOSE)
		ck_assert_uint_gt(world.passed, 1000);
	else
		ck_assert_uint_eq(world.passed, 0);
}
END_TEST

/* The oracle sees what a hole would let through. */
START_TEST(a_hole_is_seen)
{
	struct world world = run(SW_TRACK_NORMAL, true, false);

	ck_assert_uint_gt(world.inits, 1000);
	ck_assert_uint_gt(world.cookie_acks, 10);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("policy of SCTP");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, no_denied_init_is_answered, 0, 3);
	tcase_add_test(tcase, a_hole_is_seen);
	return run_case("policy of SCTP", tcase);
}
