/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: the command around shell/replay.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/command.h"
#include "replay/replay.h"
#include "shards/rule_slots.h"

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

	if (ctl->json && options->quiet)
		sw_replay_summary_json(summary, name, stdout);
	if (ctl->json)
		return;
	if (!options->quiet &&
	    (options->all || summary->dropped + summary->spared > 0))
		putchar('\n');
	sw_replay_summary_print(summary, name, ctl->color, stdout);
}

/* A file of which nothing could be read is no success. */
static int
judge_reading(const struct sw_ctl *ctl, const struct sw_capture *capture,
    const struct sw_replay_summary *summary)
{
	const char *name = ctl->operands[0];

	if (sw_capture_error(capture)[0] != '\0')
		return sw_command_fail(
		    SW_EXIT_FAILURE, "%s: %s", name, sw_capture_error(capture));
	if (summary->records > 0 && summary->unknown == summary->records)
		return sw_command_fail(SW_EXIT_FAILURE,
		    "%s: unknown link type %u; supported are Ethernet, Linux "
		    "cooked, raw IP and BSD loopback",
		    name, summary->unknown_link);
	return SW_EXIT_OK;
}

static int
replay(const struct sw_ctl *ctl, const struct sw_conf *conf,
    struct sw_capture *capture)
{
	struct sw_replay_summary summary;
	struct sw_replay_options options = {
		.conf = conf,
		.json = ctl->json,
		.all = sw_command_given(ctl, "all") &&
		       !sw_command_given(ctl, "summary"),
		.quiet = sw_command_given(ctl, "summary"),
		.out = stdout,
		.progress = isatty(STDERR_FILENO) ? stderr : NULL,
	};
	int error = sw_replay_run(capture, &options, &summary);

	if (error == -EIO)
		return SW_EXIT_FAILURE; /* main tells why */
	if (error != 0)
		return sw_command_fail(SW_EXIT_FAILURE, "%s: %s",
		    ctl->operands[0], strerror(-error));
	print_summary(ctl, &options, &summary);
	return judge_reading(ctl, capture, &summary);
}

int
sw_command_replay(struct sw_ctl *ctl)
{
	struct sw_conf *conf = load_conf(sw_command_value(ctl, "config"));
	char error[SW_CAPTURE_ERROR];
	struct sw_capture *capture;
	int code;

	if (conf == NULL)
		return SW_EXIT_CONFIG;
	capture = sw_capture_open(ctl->operands[0], error);
	if (capture == NULL)
		code = sw_command_fail(
		    SW_EXIT_FAILURE, "%s: %s", ctl->operands[0], error);
	else
		code = replay(ctl, conf, capture);
	sw_capture_close(capture);
	sw_conf_free(conf);
	return code;
}
