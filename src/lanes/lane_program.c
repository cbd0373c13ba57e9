/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is pinned already, by this build and for the same queue, goes
 * on: rules that use it stay valid, and its open lanes are closed by the
 * worker that takes its maps over.  Otherwise a new one is loaded; each pin is
 * made under another name first and moved over the old one, because a table
 * of legacy iptables cannot be changed while a pin it names is missing.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "engine/table/lane.h"
#include "lanes/bpffs.h"
#include "lanes/lane_maps.h"
#include "lanes/lane_program.h"
#include "lanes/program_bytes.h"

enum { PATH = 128, MAJOR_LEAST = 5, MINOR_LEAST = 12 };

static const char *const map_names[SW_LANE_MAPS] = {
	[SW_LANE_MAP_CONTROL] = "control",
	[SW_LANE_MAP_LANES] = "lanes",
	[SW_LANE_MAP_STAMPS] = "stamps",
};

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
	uint32_t sets = 1;
	struct stat net;

	while (sets < SW_LANE_SETS_MOST && sets * SW_LANE_WAYS < program->lanes)
		sets *= 2;
	if (stat("/proc/self/ns/net", &net) < 0)
		net.st_ino = 0;
	return (struct sw_lane_control){ .magic = SW_LANE_MAGIC,
		.version = SW_LANE_VERSION,
		.sets = sets,
		.build = hash_of(
		    sw_lane_program_bytes, sw_lane_program_bytes_length),
		.instance = (uint64_t)program->queue << 48 ^ net.st_ino };
}

static void
close_maps(struct sw_lane_program *program)
{
	for (int i = 0; i < SW_LANE_MAPS; i++) {
		if (program->maps[i] >= 0)
			close(program->maps[i]);
		program->maps[i] = -1;
	}
}

/* Is the pinned one the one we would load? */
static bool
adopt(struct sw_lane_program *program, const struct sw_lane_control *wanted)
{
	struct sw_lane_control found;
	char path[PATH];
	int fd = bpf_obj_get(SW_LANE_PIN);

	if (fd < 0)
		return false;
	close(fd);
	for (int i = 0; i < SW_LANE_MAPS; i++) {
		snprintf(path, sizeof path, SW_LANE_BPFFS "/%s", map_names[i]);
		program->maps[i] = bpf_obj_get(path);
	}
	if (sw_lane_maps_peek(program->maps[SW_LANE_MAP_CONTROL], &found) &&
	    found.magic == wanted->magic && found.version == wanted->version &&
	    found.sets == wanted->sets && found.build == wanted->build &&
	    found.instance == wanted->instance &&
	    program->maps[SW_LANE_MAP_LANES] >= 0 &&
	    program->maps[SW_LANE_MAP_STAMPS] >= 0)
		return true;
	close_maps(program);
	return false;
}

static int
pin(int fd, const char *name)
{
	char path[PATH], beside[PATH];

	snprintf(path, sizeof path, SW_LANE_BPFFS "/%s", name);
	snprintf(beside, sizeof beside, SW_LANE_BPFFS "/%s_new", name);
	if (unlink(beside) < 0 && errno != ENOENT)
		return -errno;
	if (bpf_obj_pin(fd, beside) < 0)
		return -errno;
	return rename(beside, path) < 0 ? -errno : 0;
}

/* Maps first: a program that is found has its maps beside it. */
static int
pin_all(struct sw_lane_program *program, struct bpf_object *object)
{
	struct bpf_program *code = bpf_object__next_program(object, NULL);
	int error = 0;

	for (int i = 0; error == 0 && i < SW_LANE_MAPS; i++)
		error = pin(program->maps[i], map_names[i]);
	if (error == 0)
		error = pin(bpf_program__fd(code), "needs_daemon");
	return error < 0
		   ? fail(program, error, "cannot pin the program in %s: %s",
			 SW_LANE_BPFFS, strerror(-error))
		   : 0;
}

static int
take_maps(struct sw_lane_program *program, struct bpf_object *object)
{
	for (int i = 0; i < SW_LANE_MAPS; i++) {
		program->maps[i] =
		    dup(bpf_object__find_map_fd_by_name(object, map_names[i]));
		if (program->maps[i] < 0)
			return fail(program, -errno, "map %s: %s", map_names[i],
			    strerror(errno));
	}
	return 0;
}

static int
size_maps(struct bpf_object *object, uint32_t sets)
{
	int error = 0;

	for (int i = SW_LANE_MAP_LANES; error == 0 && i < SW_LANE_MAPS; i++)
		error = bpf_map__set_max_entries(
		    bpf_object__find_map_by_name(object, map_names[i]),
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
	error = take_maps(program, object);
	if (error == 0 &&
	    !sw_lane_maps_stamp(program->maps[SW_LANE_MAP_CONTROL], wanted))
		error = fail(program, -errno,
		    "cannot map the program's memory: %s", strerror(errno));
	return error == 0 ? pin_all(program, object) : error;
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
		close_maps(program);
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
	return adopt(program, &wanted) ? 0 : load(program, &wanted);
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

	for (int i = 0; i < SW_LANE_MAPS; i++)
		program->maps[i] = -1;
	program->why[0] = '\0';
	if (program->lanes == 0)
		return fail(program, -ENOENT, "offload { lanes = 0 }");
	if (!is_new_enough(release))
		return fail(program, -ENOSYS, "Linux %s is older than %d.%d",
		    release, MAJOR_LEAST, MINOR_LEAST);
	libbpf_set_print(NULL); /* our line says why */
	return sw_bpffs_run(work, program);
}
