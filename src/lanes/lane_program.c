/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is pinned already, by this build and for the same queue, goes
 * on: rules that use it stay valid, and its open lanes are closed by the
 * worker that takes its maps over.  Otherwise a new one is loaded and pinned in
 * its place, unless it is for another queue or network and its daemon lives,
 * which the lease tells: that daemon's rules would be given our program.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/table/lane.h"
#include "lanes/bpffs.h"
#include "lanes/lane_maps.h"
#include "lanes/lane_program.h"
#include "lanes/program_bytes.h"

enum { MAJOR_LEAST = 5, MINOR_LEAST = 12 };

/* Until the worker renews it, seconds. */
enum { FIRST_LEASE = 10 };

static int __attribute__((format(printf, 3, 4)))
fail(struct sw_lane_program *program, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(program->why, sizeof program->why, format, arguments);
	va_end(arguments);
	return error;
}

/* FNV-1a */
static uint64_t
hash_of(const unsigned char *bytes, size_t n)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* What this program is for. */
static struct sw_lane_control
control_of(const struct sw_lane_program *program)
{
	struct sw_time until = { sw_clock_now().ns +
				 FIRST_LEASE * SW_NS_PER_SECOND };
	uint32_t sets = 1;

	while (sets < SW_LANE_SETS_MOST && sets * SW_LANE_WAYS < program->lanes)
		sets *= 2;
	return (struct sw_lane_control){ .magic = SW_LANE_MAGIC,
		.version = SW_LANE_VERSION,
		.sets = sets,
		.alive_until = sw_time_tick(until),
		.build = hash_of(
		    sw_lane_program_bytes, sw_lane_program_bytes_length),
		.instance = sw_lane_set_instance(program->queue) };
}

/* Is the pinned one the one we would load? */
static bool
adopt(struct sw_lane_program *program, const struct sw_lane_control *wanted)
{
	struct sw_lane_set *set = &program->set;
	struct sw_lane_control found;

	if (!sw_lane_set_open_pinned(set))
		return false;
	if (sw_lane_maps_peek(set->maps[SW_LANE_MAP_CONTROL], &found) &&
	    found.magic == wanted->magic && found.version == wanted->version &&
	    found.sets == wanted->sets && found.build == wanted->build &&
	    found.instance == wanted->instance)
		return true;
	sw_lane_set_close(set);
	return false;
}

/* => -EBUSY when the pins are those of another daemon, which lives */
static int
respect_others(
    struct sw_lane_program *program, const struct sw_lane_control *wanted)
{
	struct sw_lane_control found;

	if (!sw_lane_set_pinned_control(&found) ||
	    found.instance == wanted->instance ||
	    !sw_lane_set_is_leased(&found))
		return 0;
	return fail(program, -EBUSY,
	    "another synwardd, of queue %u in network namespace %llu, "
	    "uses " SW_LANE_BPFFS
	    "; write offload { lanes = 0 } here, or end that one "
	    "and restart this one",
	    sw_lane_set_queue(found.instance),
	    sw_lane_set_network(found.instance));
}

static int
take_set(struct sw_lane_program *program, struct bpf_object *object)
{
	struct bpf_program *code = bpf_object__next_program(object, NULL);

	program->set.code = dup(bpf_program__fd(code));
	if (program->set.code < 0)
		return fail(program, -errno, "program: %s", strerror(errno));
	for (int i = 0; i < SW_LANE_MAPS; i++) {
		const char *name = sw_lane_set_map_name((enum sw_lane_map)i);

		program->set.maps[i] =
		    dup(bpf_object__find_map_fd_by_name(object, name));
		if (program->set.maps[i] < 0)
			return fail(program, -errno, "map %s: %s", name,
			    strerror(errno));
	}
	return 0;
}

static int
pin(struct sw_lane_program *program)
{
	int error = sw_lane_set_pin(&program->set);

	return error < 0
		   ? fail(program, error, "cannot pin the program in %s: %s",
			 SW_LANE_BPFFS, strerror(-error))
		   : 0;
}

static int
size_maps(struct bpf_object *object, uint32_t sets)
{
	int error = 0;

	for (int i = SW_LANE_MAP_LANES; error == 0 && i < SW_LANE_MAPS; i++)
		error = bpf_map__set_max_entries(
		    bpf_object__find_map_by_name(
			object, sw_lane_set_map_name((enum sw_lane_map)i)),
		    sets * SW_LANE_WAYS);
	return error;
}

static int
fill(struct sw_lane_program *program, struct bpf_object *object,
    const struct sw_lane_control *wanted)
{
	int error = size_maps(object, wanted->sets);

	if (error == 0)
		error = bpf_object__load(object);
	if (error < 0)
		return fail(program, error,
		    "the kernel refuses the program: %s", strerror(-error));
	error = take_set(program, object);
	if (error == 0 &&
	    !sw_lane_maps_stamp(program->set.maps[SW_LANE_MAP_CONTROL], wanted))
		error = fail(program, -errno,
		    "cannot map the program's memory: %s", strerror(errno));
	return error == 0 ? pin(program) : error;
}

static int
load(struct sw_lane_program *program, const struct sw_lane_control *wanted)
{
	struct bpf_object *object = bpf_object__open_mem(
	    sw_lane_program_bytes, sw_lane_program_bytes_length, NULL);
	int error;

	if (object == NULL)
		return fail(program, -errno,
		    "libbpf cannot read the program: %s", strerror(errno));
	error = fill(program, object, wanted);
	bpf_object__close(object);
	if (error < 0)
		sw_lane_set_close(&program->set);
	return error;
}

static int
work(void *context)
{
	struct sw_lane_program *program = context;
	struct sw_lane_control wanted = control_of(program);
	int error = sw_bpffs_mount(SW_LANE_BPFFS);

	if (error < 0)
		return fail(program, error,
		    "cannot mount a bpf file system at "
		    "%s: %s",
		    SW_LANE_BPFFS, strerror(-error));
	error = respect_others(program, &wanted);
	if (error < 0 || adopt(program, &wanted))
		return error;
	return load(program, &wanted);
}

/* => false for a kernel whose programs have no compare-and-swap */
static bool
is_new_enough(char release[65])
{
	struct utsname system;
	unsigned major, minor;

	if (uname(&system) < 0 ||
	    sscanf(system.release, "%u.%u", &major, &minor) != 2)
		return true;
	memcpy(release, system.release, 64);
	release[64] = '\0';
	return major > MAJOR_LEAST ||
	       (major == MAJOR_LEAST && minor >= MINOR_LEAST);
}

int
sw_lane_program_load(struct sw_lane_program *program)
{
	char release[65] = "";

	program->set = SW_LANE_SET_NONE;
	program->why[0] = '\0';
	if (program->lanes == 0)
		return fail(program, -ENOENT, "offload { lanes = 0 }");
	if (!is_new_enough(release))
		return fail(program, -ENOSYS, "Linux %s is older than %d.%d",
		    release, MAJOR_LEAST, MINOR_LEAST);
	libbpf_set_print(NULL); /* our line says why */
	return sw_bpffs_run(work, program);
}
