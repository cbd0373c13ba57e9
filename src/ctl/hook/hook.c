/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook up, down, show.
 *
 * Which queues, and whether packets pass while nobody reads them, is taken
 * from the configuration, so that rule and daemon agree.  down takes away
 * whatever synward put anywhere, however it was put there.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "conf/conf.h"
#include "ctl/hook/hook.h"
#include "ctl/talk.h"
#include "net/queue_proc.h"

enum { EXAMPLE_GROUP = 5 };

int
sw_hook_wish_load(const struct sw_ctl *ctl, struct sw_hook_wish *wish)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf =
	    sw_conf_load(sw_command_value(ctl, "config"), &errors);

	sw_conf_errors_print(&errors, stderr);
	sw_conf_errors_free(&errors);
	if (conf == NULL)
		return SW_EXIT_CONFIG;
	wish->first = conf->queue.first;
	wish->count = conf->queue.count;
	wish->bypass = conf->queue.fail_open;
	wish->none = conf->source.tap;
	wish->keep = conf->hook.keep;
	sw_conf_free(conf);
	return SW_EXIT_OK;
}

/* => exit code */
static int
read_wish(const struct sw_ctl *ctl, struct sw_hook_wish *wish)
{
	int code = sw_hook_wish_load(ctl, wish);

	if (code != SW_EXIT_OK)
		return code;
	wish->chain[SW_HOOK_FORWARD] = !sw_command_given(ctl, "no-forward");
	wish->chain[SW_HOOK_INPUT] = sw_command_given(ctl, "input");
	wish->chain[SW_HOOK_OUTPUT] = sw_command_given(ctl, "output");
	wish->chain[SW_HOOK_POSTROUTING] = wish->chain[SW_HOOK_OUTPUT];
	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++)
		if (wish->chain[i])
			return SW_EXIT_OK;
	return sw_command_fail(
	    SW_EXIT_USAGE, "--no-forward needs --input or --output");
}

/* The process that keeps the rules lets us change them.  => exit code */
static int
put(const char *with, struct sw_hook_wish *wish)
{
	int channel = sw_hook_channel_pause();
	int code = sw_hook_put(with, wish);

	sw_hook_channel_resume(channel);
	return code;
}

static int
take_down(void)
{
	int channel = sw_hook_channel_pause();
	int code = sw_hook_take_down();

	sw_hook_channel_resume(channel);
	return code;
}

static bool
say_learning(const json_t *object, void *context)
{
	(void)context;
	if (sw_talk_json_is(object, "learning"))
		fprintf(stderr,
		    "synwardctl: synwardd takes up open connections for %d s\n",
		    (int)sw_talk_json_count(object, "seconds"));
	return true;
}

/* Before the rule, so that no connection is cut in between.  => exit code */
static int
learn(const struct sw_ctl *ctl)
{
	const char *duration = sw_command_value(ctl, "learn");
	struct sw_question question = sw_talk_question(ctl, "learn");
	char word[64];

	if (duration == NULL)
		return SW_EXIT_OK;
	snprintf(word, sizeof word, "for=%s", duration);
	sw_talk_question_add(&question, word);
	question.verbatim = false;
	return sw_talk_ask(&question, say_learning, NULL);
}

static int
put_up(const struct sw_ctl *ctl)
{
	const char *with = sw_command_value(ctl, "with");
	struct sw_hook_wish wish = { 0 };
	int code;

	if (with != NULL && strcmp(with, "nft") != 0 &&
	    strcmp(with, "iptables") != 0)
		return sw_command_fail(SW_EXIT_USAGE,
		    "--with: '%s' is unknown; write nft or iptables", with);
	code = read_wish(ctl, &wish);
	if (code == SW_EXIT_OK && wish.none) {
		fputs("synwardctl: source.from = tap needs no rule, so none is "
		      "put, and ours are removed\n",
		    stderr);
		return take_down();
	}
	if (code == SW_EXIT_OK)
		code = learn(ctl);
	return code == SW_EXIT_OK ? put(with, &wish) : code;
}

static void
print_reader(unsigned queue)
{
	char who[128];
	int account = sw_queue_proc_open();

	if (sw_queue_proc_holder(account, (uint16_t)queue, who, sizeof who))
		printf("queue %u is read by %s\n", queue, who);
	else
		printf("queue %u has no reader: the kernel drops its packets, "
		       "or lets them pass if the rule says bypass\n",
		    queue);
	if (account >= 0)
		close(account);
}

static void
print_readers(const struct sw_ctl *ctl)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf =
	    sw_conf_load(sw_command_value(ctl, "config"), &errors);

	sw_conf_errors_free(&errors);
	if (conf == NULL)
		return;
	for (unsigned i = 0; i < conf->queue.count; i++)
		print_reader(conf->queue.first + i);
	sw_conf_free(conf);
}

static void
print_json(const char *in, const char *text)
{
	struct sw_json json = sw_json_to_stream(stdout);

	if (*text == '\0')
		return;
	sw_json_begin(&json, "hook");
	sw_json_put_text(&json, "in", in);
	sw_json_put_text(&json, "text", text);
	sw_json_end(&json);
}

/* Beside ours they send packets to the queue twice.
 * => whether there are any */
static bool
show_others(const struct sw_ctl *ctl)
{
	char *text = sw_hook_others();
	bool any = text[0] != '\0';
	char *rest = text, *line;

	if (ctl->json)
		print_json("other", text);
	else
		while ((line = strsep(&rest, "\n")) != NULL && *line != '\0')
			printf("not by synward: %s\n", line);
	free(text);
	return any;
}

void
sw_hook_texts_read(char *texts[SW_HOOK_TEXTS])
{
	texts[0] = sw_hook_nft_show();
	for (size_t i = 0; i < SW_HOOK_FAMILIES; i++)
		texts[1 + i] = i < sw_hook_families()
				   ? sw_hook_iptables_show(sw_hook_programs[i])
				   : strdup("");
}

void
sw_hook_texts_free(char *texts[SW_HOOK_TEXTS])
{
	for (size_t i = 0; i < SW_HOOK_TEXTS; i++)
		free(texts[i]);
}

static void
show_fast_path(const struct sw_ctl *ctl, char *texts[SW_HOOK_TEXTS])
{
	const char *const state[] = { "off", "on" }, *why;
	/* Both families have the match, or none. */
	bool on = sw_hook_pin_is_used(texts[0], texts[1], &why);

	if (ctl->json) {
		struct sw_json json = sw_json_to_stream(stdout);

		sw_json_begin(&json, "hook");
		sw_json_put_text(&json, "in", "fast-path");
		sw_json_put_text(&json, "state", state[on]);
		sw_json_put_text(&json, "text", why);
		sw_json_end(&json);
	} else {
		printf("fast path %s: %s\n", state[on], why);
	}
}

/* => whether there is any rule of ours */
static bool
show_ours(const struct sw_ctl *ctl)
{
	static const char *const names[SW_HOOK_TEXTS] = { "nft", "iptables",
		"ip6tables" };
	char *texts[SW_HOOK_TEXTS];
	bool any = false;

	sw_hook_texts_read(texts);
	for (int i = 0; i < SW_HOOK_TEXTS; i++) {
		any = any || texts[i][0] != '\0';
		if (ctl->json)
			print_json(names[i], texts[i]);
		else
			fputs(texts[i], stdout);
	}
	if (any)
		show_fast_path(ctl, texts);
	sw_hook_texts_free(texts);
	return any;
}

static int
show_rules(const struct sw_ctl *ctl)
{
	bool any = show_ours(ctl), others = show_others(ctl);

	if (!any && !others && !ctl->json)
		puts("no rule sends packets to the queue; synwardctl hook up "
		     "adds one");
	if ((any || others) && !ctl->json)
		print_readers(ctl);
	return any ? SW_EXIT_OK : SW_EXIT_NOTHING;
}

/* The group of the configuration, or the one that our examples use. */
static int
show_kernel_lines(const struct sw_ctl *ctl)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf =
	    sw_conf_load_any(sw_command_value(ctl, "config"), &errors);
	unsigned group = conf != NULL ? conf->source.nflog : 0;

	sw_conf_errors_free(&errors);
	sw_conf_free(conf);
	sw_hook_kernel_lines(ctl, group > 0 ? group : EXAMPLE_GROUP);
	return SW_EXIT_OK;
}

static int
show(const struct sw_ctl *ctl)
{
	if (sw_command_given(ctl, "kernel"))
		return show_kernel_lines(ctl);
	return show_rules(ctl);
}

int
sw_command_hook(struct sw_ctl *ctl)
{
	const char *what = ctl->operands[0];

	if (strcmp(what, "show") != 0 && geteuid() != 0)
		return sw_command_fail(SW_EXIT_NOT_PERMITTED,
		    "hook %s: only root may do this", what);
	if (strcmp(what, "up") == 0)
		return put_up(ctl);
	if (strcmp(what, "down") == 0)
		return take_down();
	if (strcmp(what, "keep") == 0)
		return sw_hook_keep(ctl);
	if (strcmp(what, "show") == 0)
		return show(ctl);
	return sw_command_fail(SW_EXIT_USAGE,
	    "'%s' is unknown; write up, down, keep or show", what);
}
