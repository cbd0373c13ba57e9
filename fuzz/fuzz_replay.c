/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_replay: any file is replayed to its end or to where it is damaged,
 * and the sum of what became of its records is their number.
 *
 * Input: the file.  It is printed as objects, each of which must be JSON;
 * one file in four is printed for people, too, and both readings must come
 * to the same.
 */
#include <jansson.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "must.h"
#include "replay/replay.h"
#include "shards/rule_slots.h"
#include "unpack/unpack.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH = 64, SIZE_MOST = 1 << 16 };

static const char configuration[] =
    "tracking = strict\n"
    "table { max-flows = 64  tombstones = 64 }\n"
    "rule 'off' { protocol = udp  port = { 53 }  tracking = off }\n"
    "rule 'in' { in = { lan0 }  protocol = tcp  port = { 80 }\n"
    "  on-idle = reset  timeouts { established = 5s } }\n"
    "rule 'no' { protocol = tcp  port = { 23 }  action = deny }\n";

/* Loaded before the first input, never changed. */
static struct sw_conf *conf;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_rule_slots *slots = sw_rule_slots_create();

	(void)argc;
	(void)argv;
	conf = sw_conf_parse(configuration, "fuzz", &errors);
	MUST(conf != NULL && slots != NULL);
	MUST(sw_conf_compile_slots(conf, slots) == 0);
	sw_rule_slots_destroy(slots);
	return 0;
}

/* => descriptor of a file that holds the input */
static int
keep(const uint8_t *data, size_t size, char path[PATH])
{
	int fd = memfd_create("replay", 0);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, PATH, "/proc/self/fd/%d", fd);
	return fd;
}

static void
must_add_up(const struct sw_replay_summary *summary)
{
	uint64_t judged = 0, skipped = 0;

	for (unsigned i = 0; i < SW_LINK_OUTCOMES; i++)
		skipped += summary->skipped[i];
	MUST(summary->records == summary->passed + summary->dropped + skipped);
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		judged += summary->judged.drops[i];
	MUST(judged >= summary->dropped);
	MUST(summary->counts.flows <= summary->counts.flow_limit);
	MUST(summary->last.ns >= summary->first.ns);
}

/* => what was printed; the caller's */
static char *
run(const char *path, bool json, bool has_link,
    struct sw_replay_summary *summary)
{
	char error[SW_CAPTURE_ERROR] = "", *text = NULL;
	struct sw_capture *capture = sw_capture_open(path, error);
	struct sw_replay_options options = { .conf = conf,
		.json = json,
		.all = json,
		.has_link = has_link,
		.link = SW_LINK_RADIOTAP };
	size_t size = 0;

	memset(summary, 0, sizeof *summary);
	options.out = open_memstream(&text, &size);
	MUST(options.out != NULL);
	if (capture == NULL) {
		MUST(error[0] != '\0');
	} else {
		MUST(sw_replay_run(capture, &options, summary) == 0);
		must_add_up(summary);
	}
	sw_replay_summary_print(summary, "file", true, options.out);
	sw_capture_close(capture);
	fclose(options.out);
	return text;
}

/* As many objects as records, each with its frame's number. */
static void
must_be_objects(char *text, uint64_t records)
{
	char *rest = text, *line;
	uint64_t frame = 0;

	while (frame < records && (line = strsep(&rest, "\n")) != NULL) {
		json_t *object = json_loads(line, 0, NULL);

		MUST(json_is_object(object));
		frame++;
		MUST((uint64_t)json_integer_value(
			 json_object_get(object, "frame")) == frame);
		json_decref(object);
	}
	MUST(frame == records);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_replay_summary one, other;
	char path[PATH];
	char *text;
	int fd;

	/* For compressed files see fuzz_unpack.c: some are very long. */
	if (size > SIZE_MOST ||
	    (size >= SW_UNPACK_MAGIC && sw_unpack_format(data) != NULL))
		return -1;
	fd = keep(data, size, path);
	text = run(path, true, size % 8 < 4, &one);
	must_be_objects(text, one.records);
	free(text);
	if (size % 4 == 0) {
		free(run(path, false, size % 8 < 4, &other));
		MUST(
		    one.dropped == other.dropped && one.passed == other.passed);
	}
	close(fd);
	return 0;
}
