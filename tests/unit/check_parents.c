/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_parents: the table of parents, alone, under several threads, and under
 * the shards that share it.
 */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "build.h"
#include "config.h"
#include "engine/related/parents.h"
#include "runner.h"
#include "shards/shard.h"

enum {
	THREADS = 4,
	TURNS = 20000,
	LIMIT = 3,
};

static const uint8_t key[16] = "a key of 16 byte";

static struct sw_parent
parent_of(uint8_t client, uint16_t port, uint8_t flags)
{
	return (struct sw_parent){ .ends = { .family = SW_IPV4,
				       .src.b = { 10, 0, 0, client },
				       .dst.b = { 10, 9, 9, 9 },
				       .sport = port,
				       .dport = 21,
				       .proto = IPPROTO_TCP },
		.rule = 7,
		.flags = flags,
		.seen = 100u + port,
		.due = 9000,
		.in = { 1, 2 },
		.out = { 3, UINT32_MAX } };
}

START_TEST(keeps_what_it_is_told)
{
	struct sw_parents *parents = sw_parents_create(16, key);
	struct sw_parent a = parent_of(1, 1000, SW_PARENT_ASSURED), b = a, got;
	uint32_t cursor = 0;

	b.ends.sport = 1001;
	b.seen = 5;
	ck_assert(!sw_parents_find(parents, &a.ends, &got));
	sw_parents_note(parents, &a);
	sw_parents_note(parents, &b);
	ck_assert(sw_parents_find(parents, &a.ends, &got));
	ck_assert(sw_packet_endpoints_equal(&got.ends, &a.ends));
	ck_assert_uint_eq(got.rule, 7);
	ck_assert_uint_eq(got.flags, SW_PARENT_ASSURED);
	ck_assert_uint_eq(got.seen, 1100);
	ck_assert_uint_eq(got.due, 9000);
	ck_assert_uint_eq(got.in[1], 2);
	ck_assert_uint_eq(got.out[1], UINT32_MAX);
	a.seen = 7777;
	sw_parents_note(parents, &a);
	ck_assert(sw_parents_find(parents, &a.ends, &got));
	ck_assert_uint_eq(got.seen, 7777);
	ck_assert_uint_eq(sw_parents_count(parents), 2);
	ck_assert(sw_parents_next(parents, &a.ends, &cursor, &got));
	ck_assert(sw_parents_next(parents, &a.ends, &cursor, &got));
	ck_assert(!sw_parents_next(parents, &a.ends, &cursor, &got));
	sw_parents_forget(parents, &a.ends);
	ck_assert(!sw_parents_find(parents, &a.ends, &got));
	ck_assert(sw_parents_find(parents, &b.ends, &got));
	sw_parents_forget(parents, &a.ends);
	sw_parents_forget(parents, &b.ends);
	ck_assert_uint_eq(sw_parents_count(parents), 0);
	sw_parents_destroy(parents);
}
END_TEST

START_TEST(counts_children_up_to_the_limit)
{
	struct sw_parents *parents = sw_parents_create(16, key);
	struct sw_parent parent = parent_of(1, 1000, SW_PARENT_ASSURED), got,
			 again;

	sw_parents_note(parents, &parent);
	ck_assert(sw_parents_find(parents, &parent.ends, &got));
	ck_assert(sw_parents_take(parents, &got, 2));
	ck_assert(sw_parents_take(parents, &got, 2));
	ck_assert(!sw_parents_take(parents, &got, 2));
	sw_parents_note(parents, &parent); /* a packet of it changes nothing */
	ck_assert(!sw_parents_take(parents, &got, 2));
	sw_parents_release(parents, &parent.ends, got.epoch);
	ck_assert(sw_parents_take(parents, &got, 2));
	/* Another parent of these ends is not charged with its children. */
	sw_parents_forget(parents, &parent.ends);
	sw_parents_note(parents, &parent);
	ck_assert(!sw_parents_take(parents, &got, 2));
	ck_assert(sw_parents_find(parents, &parent.ends, &again));
	ck_assert_uint_eq(again.children, 0);
	ck_assert(sw_parents_take(parents, &again, 2));
	sw_parents_release(parents, &parent.ends, got.epoch);
	ck_assert(sw_parents_find(parents, &parent.ends, &again));
	ck_assert_uint_eq(again.children, 1);
	sw_parents_recount(parents);
	ck_assert(sw_parents_find(parents, &parent.ends, &again));
	ck_assert_uint_eq(again.children, 0);
	sw_parents_destroy(parents);
}
END_TEST

/* 64 places: those that are there for a hint, or are not established, leave
 * them to the others. */
START_TEST(gives_way)
{
	static const uint8_t flags[] = { 0, SW_PARENT_HINT,
		SW_PARENT_HINT | SW_PARENT_ASSURED };
	struct sw_parents *parents = sw_parents_create(16, key);
	struct sw_parent got;

	for (uint8_t i = 0; i < 100; i++) {
		struct sw_parent parent = parent_of(i, 1, flags[_i]);

		sw_parents_note(parents, &parent);
	}
	ck_assert_uint_eq(sw_parents_count(parents), 64);
	ck_assert_uint_eq(sw_parents_lost(parents), 0);
	for (uint8_t i = 100; i < 164; i++) {
		struct sw_parent parent = parent_of(i, 1, SW_PARENT_ASSURED);

		sw_parents_note(parents, &parent);
		ck_assert(sw_parents_find(parents, &parent.ends, &got));
	}
	ck_assert_uint_eq(sw_parents_count(parents), 64);
	for (uint8_t i = 164; i < 170; i++) {
		struct sw_parent parent = parent_of(i, 1, SW_PARENT_ASSURED);

		sw_parents_note(parents, &parent);
	}
	ck_assert_uint_eq(sw_parents_lost(parents), 6);
	for (uint8_t i = 0; i < 170; i++) {
		struct sw_parent parent = parent_of(i, 1, 0);

		sw_parents_forget(parents, &parent.ends);
	}
	ck_assert_uint_eq(sw_parents_count(parents), 0);
	sw_parents_destroy(parents);
}
END_TEST

struct race {
	struct sw_parents *parents;
	_Atomic int32_t held; /* children of client 0's parent */
	_Atomic uint32_t wrong;
};

struct racer {
	struct race *race;
	uint8_t number;
};

/* Takes children of a parent that all share, and begins and ends its own. */
static void *
race(void *context)
{
	const struct racer *racer = context;
	struct race *all = racer->race;
	struct sw_parent shared = parent_of(0, 1, SW_PARENT_ASSURED), got;
	struct sw_parent own =
	    parent_of(racer->number, racer->number, SW_PARENT_ASSURED);

	for (unsigned i = 0; i < TURNS; i++) {
		own.seen = own.due = i;
		sw_parents_note(all->parents, &own);
		if (!sw_parents_find(all->parents, &own.ends, &got) ||
		    got.seen != i || got.due != i)
			atomic_fetch_add(&all->wrong, 1);
		if (sw_parents_find(all->parents, &shared.ends, &got) &&
		    sw_parents_take(all->parents, &got, LIMIT)) {
			if (atomic_fetch_add(&all->held, 1) >= LIMIT)
				atomic_fetch_add(&all->wrong, 1);
			atomic_fetch_sub(&all->held, 1);
			sw_parents_release(
			    all->parents, &shared.ends, got.epoch);
		}
		sw_parents_forget(all->parents, &own.ends);
		if (sw_parents_find(all->parents, &own.ends, &got))
			atomic_fetch_add(&all->wrong, 1);
	}
	return NULL;
}

START_TEST(several_threads)
{
	struct race all = { .parents = sw_parents_create(16, key) };
	struct sw_parent shared = parent_of(0, 1, SW_PARENT_ASSURED), got;
	struct racer racers[THREADS];
	pthread_t threads[THREADS];

	sw_parents_note(all.parents, &shared);
	for (uint8_t i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){ &all, (uint8_t)(i + 1) };
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(all.wrong, 0);
	ck_assert_uint_eq(sw_parents_count(all.parents), 1);
	ck_assert(sw_parents_find(all.parents, &shared.ends, &got));
	ck_assert_uint_eq(got.children, 0);
	sw_parents_destroy(all.parents);
}
END_TEST

/* --- under shards --------------------------------------------------------- */

static const struct sw_limits limits = { .max_flows = 1000,
	.max_embryonic = 100,
	.tombstones = 100,
	.events = 64,
	.key = "0123456789abcde" };

static struct sw_policy *
ftp_policy(void)
{
	struct sw_conf *conf =
	    config_taken("default-action = deny\n"
			 "rule \"ftp\" { protocol = tcp port = 21 related { "
			 "protocol = tcp source-port = 20 to-port = "
			 "{ 1024-65535 } limit = 12 } }\n");
	struct sw_policy *policy;

	conf->rules[0].rule.slot = 1;
	policy = sw_conf_compile_policy(conf, NULL, 0);
	ck_assert_ptr_nonnull(policy);
	sw_conf_free(conf);
	return policy;
}

/* => did it pass? */
static bool
step(struct sw_shards *shards, bool from_client, uint16_t sport, uint16_t dport,
    uint8_t flags, uint32_t *shard)
{
	struct sw_packet packet = { .length = 60,
		.in = from_client ? 1 : 2,
		.out = from_client ? 2 : 1 };
	const char *client = "10.1.0.2", *server = "10.2.0.2";
	struct sw_event event;
	struct sw_engine *engine;
	bool passed;

	packet.ends = build_ends(from_client ? client : server, sport,
	    from_client ? server : client, dport, IPPROTO_TCP);
	packet.tcp.flags = flags;
	packet.tcp.kind = (uint8_t)sw_tcp_kind(flags);
	packet.tcp.seq = (from_client ? 1000 : 5000) + !(flags & SW_SYN);
	packet.tcp.ack = flags & SW_ACK ? (from_client ? 5001 : 1001) : 0;
	packet.tcp.window = 65535;
	*shard = sw_shards_choose(shards, &packet);
	engine = shards->list[*shard].engine;
	passed = sw_engine_step(engine, &packet, sw_clock_now()) == SW_PASS;
	while (sw_engine_take(engine, &event))
		;
	return passed;
}

/* Children of one parent, in every shard, and no more than its limit. */
START_TEST(children_in_every_shard)
{
	struct sw_policy *policy = ftp_policy();
	struct sw_shards *shards = sw_shards_create(&limits, 4, policy);
	bool met[4] = { false };
	uint32_t shard;
	int fds[4];

	ck_assert_ptr_nonnull(shards);
	ck_assert(step(shards, true, 40000, 21, SW_SYN, &shard));
	ck_assert(step(shards, false, 21, 40000, SW_SYN | SW_ACK, &shard));
	ck_assert(!step(shards, false, 20, 2000, SW_SYN, &shard));
	ck_assert(step(shards, true, 40000, 21, SW_ACK, &shard));
	for (uint16_t port = 2000; port < 2012; port++) {
		ck_assert(step(shards, false, 20, port, SW_SYN, &shard));
		met[shard] = true;
	}
	ck_assert(met[0] && met[1] && met[2] && met[3]);
	ck_assert(!step(shards, false, 20, 2012, SW_SYN, &shard));
	/* Who comes after knows of them all. */
	for (unsigned i = 0; i < 4; i++)
		fds[i] = fcntl(shards->list[i].memory.fd, F_DUPFD_CLOEXEC, 0);
	sw_shards_destroy(shards);
	shards = sw_shards_open(&limits, 4, policy, fds);
	ck_assert_ptr_nonnull(shards);
	ck_assert(!step(shards, false, 20, 2012, SW_SYN, &shard));
	ck_assert(step(shards, true, 2000, 20, SW_RST | SW_ACK, &shard));
	ck_assert(step(shards, false, 20, 2012, SW_SYN, &shard));
	ck_assert(!step(shards, false, 20, 2013, SW_SYN, &shard));
	sw_shards_destroy(shards);
	sw_policy_destroy(policy);
}
END_TEST

/* The same for a table of another size. */
START_TEST(children_move_to_another_table)
{
	struct sw_policy *policy = ftp_policy();
	struct sw_shards *shards = sw_shards_create(&limits, 4, policy);
	struct sw_shards *two = sw_shards_create(&limits, 2, policy);
	uint32_t shard, lost;

	ck_assert(step(shards, true, 40000, 21, SW_SYN, &shard));
	ck_assert(step(shards, false, 21, 40000, SW_SYN | SW_ACK, &shard));
	ck_assert(step(shards, true, 40000, 21, SW_ACK, &shard));
	for (uint16_t port = 2000; port < 2011; port++)
		ck_assert(step(shards, false, 20, port, SW_SYN, &shard));
	ck_assert_uint_eq(sw_shards_import(two, shards, &lost), 12);
	sw_shards_destroy(shards);
	ck_assert(step(two, false, 20, 2011, SW_SYN, &shard));
	ck_assert(!step(two, false, 20, 2012, SW_SYN, &shard));
	sw_shards_destroy(two);
	sw_policy_destroy(policy);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("parents");

	tcase_add_test(tcase, keeps_what_it_is_told);
	tcase_add_test(tcase, counts_children_up_to_the_limit);
	tcase_add_loop_test(tcase, gives_way, 0, 3);
	tcase_add_test(tcase, several_threads);
	tcase_add_test(tcase, children_in_every_shard);
	tcase_add_test(tcase, children_move_to_another_table);
	return run_case("parents", tcase);
}
