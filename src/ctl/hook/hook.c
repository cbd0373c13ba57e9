/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook up, down, show.
 *
 * Which queues, and whether packets pass while nobody reads them, is taken
 * from the configuration, so that rule and daemon agree.  down takes away
 * whatever synward put anywhere, however it was put there.
 *
 * Where the daemon's program is pinned, iptables is preferred, because a rule
 * of nftables cannot use the program.  A change of tool puts the new rules
 * before it removes the old ones: for a moment packets come to the queue
 * twice, which is harmless, instead of not at all.  If the old ones cannot be
 * removed, the new ones go again.
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

static const char *const programs[SW_HOOK_FAMILIES] = { "iptables",
	"ip6tables" };

/* How many there are on this host, IPv4 first. */
static size_t
families(void)
{
	return access("/proc/net/if_inet6", R_OK) == 0 ? 2 : 1;
}

/* => exit code */
static int
read_wish(const struct sw_ctl *ctl, struct sw_hook_wish *wish)
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
	sw_conf_free(conf);
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

static int
take_down(void)
{
	int code = sw_hook_nft_down();

	if (code == SW_EXIT_OK)
		code = sw_hook_iptables_clear(families(), NULL);
	if (code == SW_EXIT_OK)
		code = sw_hook_pin_remove();
	return code;
}

static void
say_plain(const char *program, char *errors)
{
	errors[strcspn(errors, "\n")] = '\0';
	fprintf(stderr,
	    "synwardctl: the fast path is off: %s cannot use " SW_HOOK_PIN
	    ": %s\n",
	    program, errors[0] != '\0' ? errors : "it cannot be run");
}

/* Without the match where a family does not have it.  => exit code */
static int
put_family(
    const char *program, struct sw_hook_wish wish, struct sw_hook_place *place)
{
	char *errors = sw_hook_iptables_up(program, &wish, place);
	int code = SW_EXIT_OK;

	if (errors != NULL && wish.match) {
		say_plain(program, errors);
		free(errors);
		wish.match = false;
		errors = sw_hook_iptables_up(program, &wish, place);
	}
	if (errors != NULL)
		code = sw_hook_iptables_fail(program, errors);
	free(errors);
	return code;
}

/* Removes all that is elsewhere; what was put only if old rules still feed
 * the queue.  => exit code */
static int
settle_iptables(const struct sw_hook_place places[SW_HOOK_FAMILIES])
{
	int nft = sw_hook_nft_down();
	int iptables = sw_hook_iptables_clear(families(), places);

	if (nft == SW_EXIT_OK && iptables == SW_EXIT_OK)
		return SW_EXIT_OK;
	if (sw_hook_nft_feeds() || sw_hook_iptables_feeds(families(), places))
		sw_hook_iptables_clear(families(), NULL);
	return nft != SW_EXIT_OK ? nft : iptables;
}

static int
put_iptables(const struct sw_hook_wish *wish)
{
	struct sw_hook_place places[SW_HOOK_FAMILIES];
	int code = SW_EXIT_OK;

	for (size_t i = 0; i < families() && code == SW_EXIT_OK; i++)
		code = put_family(programs[i], *wish, &places[i]);
	return code == SW_EXIT_OK ? settle_iptables(places) : code;
}

static int
put_nft(const struct sw_hook_wish *wish)
{
	int code = sw_hook_nft_up(wish);

	if (code != SW_EXIT_OK)
		return code;
	code = sw_hook_iptables_clear(families(), NULL);
	if (code != SW_EXIT_OK && sw_hook_iptables_feeds(families(), NULL))
		sw_hook_nft_down();
	return code;
}

/* Does iptables take the match?  What was put for the trial is replaced. */
static bool
match_works(const struct sw_hook_wish *wish)
{
	struct sw_hook_place place;
	char *errors = sw_hook_iptables_up(programs[0], wish, &place);

	if (errors != NULL)
		say_plain(programs[0], errors);
	free(errors);
	return errors == NULL;
}

static int
put_by(const char *with, struct sw_hook_wish *wish)
{
	if (with != NULL && strcmp(with, "nft") == 0)
		return put_nft(wish);
	wish->match = sw_hook_pin_prepare(wish->first);
	if (with != NULL)
		return put_iptables(wish);
	if (wish->match && !match_works(wish))
		wish->match = false;
	if (!wish->match && sw_hook_nft_works())
		return put_nft(wish);
	return put_iptables(wish);
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
	return code == SW_EXIT_OK ? put_by(with, &wish) : code;
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

/* Our rules in nftables, iptables and ip6tables. */
enum { SHOWN = 1 + SW_HOOK_FAMILIES };

static void
show_fast_path(const struct sw_ctl *ctl, char *texts[SHOWN])
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
	static const char *const names[SHOWN] = { "nft", "iptables",
		"ip6tables" };
	char *texts[SHOWN] = {
		sw_hook_nft_show(), sw_hook_iptables_show(programs[0]),
		families() > 1 ? sw_hook_iptables_show(programs[1]) : strdup("")
	};
	bool any = false;

	for (int i = 0; i < SHOWN; i++) {
		any = any || texts[i][0] != '\0';
		if (ctl->json)
			print_json(names[i], texts[i]);
		else
			fputs(texts[i], stdout);
	}
	if (any)
		show_fast_path(ctl, texts);
	for (int i = 0; i < SHOWN; i++)
		free(texts[i]);
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
	if (strcmp(what, "show") == 0)
		return show(ctl);
	return sw_command_fail(
	    SW_EXIT_USAGE, "'%s' is unknown; write up, down or show", what);
}
