/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_flow_kill: a process may be killed at any instruction.
 *
 * A child works on a table in shared memory and is traced one instruction
 * at a time.  What the memory holds after an instruction is what a successor
 * would find, had the child been killed there.  So whenever an instruction
 * has changed the block, a copy of it is opened: every flow the child was
 * not working on must be there and whole, and the one it was working on
 * there and whole or not at all.
 */
#include <check.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/table/flow_bucket.h"
#include "flow_model.h"
#include "runner.h"

enum {
	MAX = 40,	/* eight buckets */
	STEPS = 200000, /* the child needs no more */
};

static const uint8_t key[16] = "sixteen bytes ok";

/* A scene: what is in the table, and what the child does to it. */
struct scene {
	uint8_t *memory, *copy, *last;
	size_t size;
	struct sw_flows *flows;
	struct sw_tuple tuple[MAX];
	uint32_t n; /* flows in the table */
	struct sw_tuple subject;
	uint32_t moments;  /* at which the block was looked at */
	uint32_t absences; /* of these: the subject was not there */
};

typedef void deed(struct scene *scene);

static struct sw_tuple
tuple_of(uint32_t n)
{
	struct sw_endpoints ends = {
		.sport = 1024, .dport = 443, .proto = IPPROTO_TCP
	};
	struct sw_tuple tuple;

	ends.family = n % 3 == 0 ? SW_IPV6 : SW_IPV4;
	ends.src.b[0] = 10;
	memcpy(ends.dst.b, &n, sizeof(n));
	sw_tuple_make(&tuple, &ends);
	return tuple;
}

static void
open_scene(struct scene *scene)
{
	uint32_t restored, torn;

	memset(scene, 0, sizeof(*scene));
	scene->size = sw_flow_open_memory(MAX);
	scene->memory = mmap(NULL, scene->size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(scene->memory, MAP_FAILED);
	scene->copy = aligned_alloc(64, scene->size);
	scene->last = aligned_alloc(64, scene->size);
	ck_assert(scene->copy != NULL && scene->last != NULL);
	scene->flows = sw_flows_open(scene->memory, MAX, key, &restored, &torn);
	ck_assert_ptr_nonnull(scene->flows);
}

static void
close_scene(struct scene *scene)
{
	sw_flow_open_close(scene->flows);
	munmap(scene->memory, scene->size);
	free(scene->copy);
	free(scene->last);
}

static uint32_t
add(struct scene *scene, const struct sw_tuple *tuple)
{
	uint32_t index =
	    sw_flows_insert(scene->flows, tuple, sw_tuple_hash(tuple, key));

	if (index == SW_FLOW_NONE)
		return index;
	sw_flows_at(scene->flows, index)->seen = 4711;
	sw_flows_at(scene->flows, index)->stamped[0] = 4711;
	sw_flows_at(scene->flows, index)->state = SW_STATE_ESTABLISHED;
	sw_flows_set_deadline(scene->flows, index, 1000);
	return index;
}

static void
acquire_privileges(struct scene *scene, const struct sw_tuple *tuple)
{
	ck_assert_uint_ne(add(scene, tuple), SW_FLOW_NONE);
	scene->tuple[scene->n++] = *tuple;
}

/* Where the tuple is, whole; SW_FLOW_NONE: it is not. */
static bool
is_whole(const struct sw_flows *flows, const struct sw_tuple *tuple)
{
	uint32_t index = sw_flows_find(flows, tuple, sw_tuple_hash(tuple, key));

	if (index == SW_FLOW_NONE)
		return false;
	ck_assert_uint_eq(
	    sw_flows_at(flows, index)->state, SW_STATE_ESTABLISHED);
	ck_assert(sw_flows_at(flows, index)->seen == 4711 ||
		  sw_flows_at(flows, index)->seen == 4712);
	ck_assert_uint_eq(sw_flows_at(flows, index)->stamped[0],
	    sw_flows_at(flows, index)->seen);
	ck_assert_uint_ne(sw_flows_deadline(flows, index), 0);
	return true;
}

/* Fills what a successor took over to the brim, and empties it. */
static void
use_up(struct sw_flows *flows)
{
	for (uint32_t n = 9000; sw_flows_count(flows) < MAX; n++) {
		struct sw_tuple tuple = tuple_of(n);

		sw_flows_insert(flows, &tuple, sw_tuple_hash(&tuple, key));
		ck_assert_uint_lt(n, 9000 + 3 * MAX);
	}
	model_empty(flows);
	ck_assert_uint_eq(sw_flows_count(flows), 0);
}

/* What a successor would find now. */
static void
look(struct scene *scene)
{
	uint32_t restored, torn;
	struct sw_flows *flows;
	bool there;

	if (memcmp(scene->last, scene->memory, scene->size) == 0)
		return;
	memcpy(scene->last, scene->memory, scene->size);
	memcpy(scene->copy, scene->memory, scene->size);
	flows = sw_flows_open(scene->copy, MAX, key, &restored, &torn);
	ck_assert_ptr_nonnull(flows);
	for (uint32_t i = 0; i < scene->n; i++)
		ck_assert(is_whole(flows, &scene->tuple[i]));
	there = is_whole(flows, &scene->subject);
	ck_assert_uint_eq(restored, scene->n + there);
	ck_assert_uint_le(torn, 1);
	scene->moments++;
	scene->absences += !there;
	use_up(flows);
	sw_flow_open_close(flows);
}

/* Lets a child do the deed and looks after each of its instructions. */
static void
watch(struct scene *scene, deed *act)
{
	int status = 0;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(2);
		raise(SIGSTOP);
		act(scene);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	for (uint32_t i = 0; WIFSTOPPED(status) && i < STEPS; i++) {
		look(scene);
		ck_assert_int_eq(
		    ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
	}
	if (WIFSTOPPED(status)) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static void
insert_subject(struct scene *scene)
{
	if (add(scene, &scene->subject) == SW_FLOW_NONE)
		_exit(3);
}

static void
remove_subject(struct scene *scene)
{
	uint64_t hash = sw_tuple_hash(&scene->subject, key);

	sw_flows_remove(
	    scene->flows, sw_flows_find(scene->flows, &scene->subject, hash));
}

static void
step_subject(struct scene *scene)
{
	uint64_t hash = sw_tuple_hash(&scene->subject, key);
	uint32_t index = sw_flows_find(scene->flows, &scene->subject, hash);
	volatile struct sw_flow *flow = sw_flows_at(scene->flows, index);

	sw_flows_begin(scene->flows, index, sw_flows_at(scene->flows, index));
	flow->seen = 4712;
	flow->state = SW_STATE_NONE;
	flow->scales = 0xff;
	flow->scales = 0;
	flow->state = SW_STATE_ESTABLISHED;
	flow->stamped[0] = 4712;
	sw_flows_commit(scene->flows);
}

START_TEST(while_a_packet_moves_a_flow)
{
	struct scene scene;

	open_scene(&scene);
	for (uint32_t n = 10; n < 20; n++) {
		struct sw_tuple tuple = tuple_of(n);

		acquire_privileges(&scene, &tuple);
	}
	for (uint32_t family = 0; family < 2; family++) {
		scene.subject = tuple_of(family);
		ck_assert_uint_ne(add(&scene, &scene.subject), SW_FLOW_NONE);
		scene.moments = 0;
		watch(&scene, step_subject);
		ck_assert_uint_gt(scene.moments, 8);
		ck_assert_uint_eq(scene.absences, 0);
		remove_subject(&scene);
	}
	close_scene(&scene);
}
END_TEST

START_TEST(while_a_flow_is_made)
{
	for (uint32_t family = 0; family < 2; family++) {
		struct scene scene;

		open_scene(&scene);
		for (uint32_t n = 10; n < 20; n++) {
			struct sw_tuple tuple = tuple_of(n);

			acquire_privileges(&scene, &tuple);
		}
		scene.subject = tuple_of(family);
		watch(&scene, insert_subject);
		ck_assert_uint_gt(scene.moments, 8);
		ck_assert_uint_gt(scene.absences, 5);
		ck_assert_uint_lt(scene.absences, scene.moments);
		close_scene(&scene);
	}
}
END_TEST

START_TEST(while_a_flow_is_taken_out)
{
	struct scene scene;

	open_scene(&scene);
	for (uint32_t n = 10; n < 30; n++) {
		struct sw_tuple tuple = tuple_of(n);

		acquire_privileges(&scene, &tuple);
	}
	scene.subject = tuple_of(1);
	ck_assert_uint_ne(add(&scene, &scene.subject), SW_FLOW_NONE);
	watch(&scene, remove_subject);
	ck_assert_uint_gt(scene.moments, 2);
	ck_assert_uint_eq(scene.absences, scene.moments - 1);
	close_scene(&scene);
}
END_TEST

/* The next tuple from *n on with this home and other bucket. */
static struct sw_tuple
next_between(uint32_t *n, uint32_t home, uint32_t one, uint32_t other)
{
	const struct sw_buckets buckets = { .count = sw_buckets_needed(MAX) };

	for (;; ++*n) {
		struct sw_tuple tuple = tuple_of(*n);
		struct sw_spot spot =
		    sw_buckets_spot(&buckets, sw_tuple_hash(&tuple, key));

		if (spot.home == home &&
		    sw_buckets_other(&buckets, one, spot.tag) == other) {
			++*n;
			return tuple;
		}
	}
}

START_TEST(while_another_flow_moves_to_make_room)
{
	struct scene scene;
	uint32_t n = 10000;
	struct sw_tuple tuple;

	open_scene(&scene);
	tuple = next_between(&n, 0, 0, 3);
	acquire_privileges(&scene, &tuple);
	while (scene.n < 20) {
		tuple = next_between(&n, 0, 0, 1);
		acquire_privileges(&scene, &tuple);
	}
	scene.subject = next_between(&n, 0, 0, 1);
	watch(&scene, insert_subject);
	ck_assert_uint_gt(scene.moments, 10);
	ck_assert_uint_lt(scene.absences, scene.moments);
	close_scene(&scene);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("flow_kill");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, while_a_packet_moves_a_flow);
	tcase_add_test(tcase, while_a_flow_is_made);
	tcase_add_test(tcase, while_a_flow_is_taken_out);
	tcase_add_test(tcase, while_another_flow_moves_to_make_room);
	return run_case("flow_kill", tcase);
}
