/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: the command around shell/replay.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/advise.h"
#include "ctl/compare.h"
#include "replay/replay.h"
#include "shards/rule_slots.h"

enum { ADVICE_LINE = 8192 };

/* => NULL after telling why */
static struct sw_conf *
load_conf(const char *file)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_rule_slots *slots = sw_rule_slots_create();
	struct sw_conf *conf = file != NULL
				   ? sw_conf_load_any(file, &errors)
				   : sw_conf_parse("", "defaults", &errors);

	sw_conf_errors_print(&errors, stderr);
	sw_conf_errors_free(&errors);
	if (conf != NULL &&
	    (slots == NULL || sw_conf_compile_slots(conf, slots) != 0)) {
		sw_conf_free(conf);
		conf = NULL;
	}
	sw_rule_slots_destroy(slots);
	return conf;
}

static void
print_summary(const struct sw_ctl *ctl, const struct sw_replay_options *options,
    const struct sw_replay_summary *summary)
{
	const char *name = ctl->operands[0];

	if (options->silent)
		return;
	if (ctl->json && options->quiet)
		sw_replay_summary_json(summary, name, stdout);
	if (ctl->json)
		return;
	if (!options->quiet &&
	    (options->all || summary->dropped + summary->spared > 0))
		putchar('\n');
	sw_replay_summary_print(summary, name, ctl->color, stdout);
}

/* "147 (USER0)"; libpcap has no names for the user types. */
static void
describe_link(uint32_t type, char *text, size_t size)
{
	const char *name = sw_capture_link_name(type);

	if (type >= SW_LINK_USER_FIRST && type <= SW_LINK_USER_LAST)
		snprintf(text, size, "%" PRIu32 " (USER%" PRIu32 ")", type,
		    type - SW_LINK_USER_FIRST);
	else if (name != NULL)
		snprintf(text, size, "%" PRIu32 " (%s)", type, name);
	else
		snprintf(text, size, "%" PRIu32, type);
}

/* What is not supported, and what to write instead. */
static void
describe_unknown(
    const struct sw_replay_summary *summary, char *text, size_t size)
{
	const char *guess = sw_capture_link_text(summary->guessed_link);
	char link[64];

	describe_link(summary->unknown_link, link, sizeof link);
	if (summary->is_guessed)
		snprintf(text, size,
		    "link type %s is not supported; its frames look like %s: "
		    "try --link=%" PRIu32,
		    link, guess != NULL ? guess : "another type",
		    summary->guessed_link);
	else
		snprintf(text, size,
		    "link type %s is not supported; if its frames are of "
		    "another type, write that: --link=1 for Ethernet, "
		    "--link=101 for IP",
		    link);
}

/* A file of which nothing could be read is no success. */
static int
judge_links(const struct sw_replay_options *options, const char *name,
    const struct sw_replay_summary *summary)
{
	uint64_t unknown = summary->skipped[SW_LINK_UNKNOWN];
	char text[256];

	if (options->has_link && summary->as_link == 0 && summary->records > 0)
		return sw_command_fail(SW_EXIT_OK,
		    "%s: --link changes nothing: every record has a link type "
		    "that is known",
		    name);
	if (unknown == 0)
		return SW_EXIT_OK;
	describe_unknown(summary, text, sizeof text);
	if (unknown == summary->records)
		return sw_command_fail(SW_EXIT_FAILURE, "%s: %s", name, text);
	return sw_command_fail(SW_EXIT_OK,
	    "%s: %s (%" PRIu64 " of %" PRIu64 " records)", name, text, unknown,
	    summary->records);
}

static int
judge_reading(const struct sw_ctl *ctl, const struct sw_capture *capture,
    const struct sw_replay_options *options,
    const struct sw_replay_summary *summary)
{
	const char *name = ctl->operands[0];
	int code = judge_links(options, name, summary);

	if (sw_capture_error(capture)[0] != '\0')
		return sw_command_fail(
		    SW_EXIT_FAILURE, "%s: %s", name, sw_capture_error(capture));
	return code;
}

static int
replay(const struct sw_ctl *ctl, struct sw_replay_options *options,
    struct sw_capture *capture)
{
	struct sw_replay_summary summary;
	int error = sw_replay_run(capture, options, &summary);

	if (error == -EIO)
		return SW_EXIT_FAILURE; /* main tells why */
	if (error != 0)
		return sw_command_fail(SW_EXIT_FAILURE, "%s: %s",
		    ctl->operands[0], strerror(-error));
	print_summary(ctl, options, &summary);
	return judge_reading(ctl, capture, options, &summary);
}

static int
open_and_replay(const struct sw_ctl *ctl, struct sw_replay_options *options)
{
	char error[SW_CAPTURE_ERROR];
	struct sw_capture *capture = sw_capture_open(ctl->operands[0], error);
	int code;

	if (capture == NULL)
		return sw_command_fail(
		    SW_EXIT_FAILURE, "%s: %s", ctl->operands[0], error);
	code = replay(ctl, options, capture);
	sw_capture_close(capture);
	return code;
}

/* => false after telling why */
static bool
read_link(const struct sw_ctl *ctl, struct sw_replay_options *options)
{
	const char *text = sw_command_value(ctl, "link");

	if (text == NULL)
		return true;
	options->has_link = true;
	if (sw_capture_link_parse(text, &options->link) &&
	    sw_link_layer_knows(options->link))
		return true;
	sw_command_fail(SW_EXIT_USAGE,
	    "--link=%s is no supported link type; write its number or "
	    "libpcap's name, such as 1 or EN10MB for Ethernet, 101 for IP",
	    text);
	return false;
}

/* The same object as the daemon sends, printed or shown. */
static void
show_advice(struct sw_advised *advised, char *line)
{
	json_t *object;

	if (advised->ctl->json) {
		fputs(line, stdout);
		return;
	}
	object = json_loads(line, 0, NULL);
	if (object != NULL)
		sw_advise_print(advised, object);
	json_decref(object);
}

static void
take_advice(const struct sw_advice_view *view, void *context)
{
	char line[ADVICE_LINE];
	struct sw_json json = sw_json_to_buffer(line, sizeof line - 1);
	struct sw_advised *advised = context;
	struct sw_advice advice;
	size_t at = 0;

	while (sw_advice_next(view, &at, &advice)) {
		if (!sw_advice_speaks(&advice))
			continue;
		json.end = 0;
		sw_advice_json(&advice, view, 0, &json);
		line[json.end] = '\0';
		advised->rules += advised->ctl->json && advice.cut > 0;
		show_advice(advised, line);
	}
	for (size_t i = 0; advised->ctl->json && i < view->sums->n; i++) {
		json.end = 0;
		sw_advice_json_sum(&view->sums->list[i], view->policy, &json);
		line[json.end] = '\0';
		show_advice(advised, line);
	}
}

static int
advise(struct sw_ctl *ctl, struct sw_replay_options *options)
{
	struct sw_advised advised = { .ctl = ctl };
	int code;

	options->silent = true;
	options->all = false;
	options->ears.advise = take_advice;
	options->ears.context = &advised;
	code = open_and_replay(ctl, options);
	return code == SW_EXIT_OK ? sw_advise_end(&advised) : code;
}

static void
collect(const struct sw_event *event, uint64_t frame, const char *rule,
    void *context)
{
	sw_compare_add(context, event, frame, rule);
}

static int
compare_with(struct sw_ctl *ctl, struct sw_replay_options *options,
    struct sw_conf *other)
{
	const char *own = sw_command_value(ctl, "config");
	const char *names[2] = { own != NULL ? own : "the defaults",
		sw_command_value(ctl, "compare") };
	struct sw_compared *compared = sw_compare_begin();
	int code;

	if (compared == NULL)
		return sw_command_fail(SW_EXIT_FAILURE, "out of memory");
	options->silent = true;
	options->all = false;
	options->ears.refused = collect;
	options->ears.context = compared;
	code = open_and_replay(ctl, options);
	options->conf = other;
	sw_compare_turn(compared);
	if (code == SW_EXIT_OK)
		code = open_and_replay(ctl, options);
	if (code == SW_EXIT_OK)
		return sw_compare_end(compared, ctl, names);
	sw_compare_free(compared);
	return code;
}

static int
compare(struct sw_ctl *ctl, struct sw_replay_options *options)
{
	struct sw_conf *other;
	int code;

	if (strcmp(ctl->operands[0], "-") == 0)
		return sw_command_fail(SW_EXIT_USAGE,
		    "--compare reads the capture twice: write the name of a "
		    "file instead of -");
	other = load_conf(sw_command_value(ctl, "compare"));
	if (other == NULL)
		return SW_EXIT_CONFIG;
	code = compare_with(ctl, options, other);
	sw_conf_free(other);
	return code;
}

static int
run(struct sw_ctl *ctl, struct sw_replay_options *options)
{
	bool advises = sw_command_given(ctl, "advise");
	bool compares = sw_command_given(ctl, "compare");

	if (advises && compares)
		return sw_command_fail(
		    SW_EXIT_USAGE, "--advise and --compare exclude each other");
	if (advises)
		return advise(ctl, options);
	return compares ? compare(ctl, options) : open_and_replay(ctl, options);
}

int
sw_command_replay(struct sw_ctl *ctl)
{
	struct sw_replay_options options = {
		.json = ctl->json,
		.all = sw_command_given(ctl, "all") &&
		       !sw_command_given(ctl, "summary"),
		.quiet = sw_command_given(ctl, "summary"),
		.out = stdout,
		.progress = isatty(STDERR_FILENO) ? stderr : NULL,
	};
	struct sw_conf *conf;
	int code;

	if (!read_link(ctl, &options))
		return SW_EXIT_USAGE;
	options.conf = conf = load_conf(sw_command_value(ctl, "config"));
	if (conf == NULL)
		return SW_EXIT_CONFIG;
	code = run(ctl, &options);
	sw_conf_free(conf);
	return code;
}
