/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status: one screen.  The command gathers all objects first, because the
 * first line shows the health, which depends on the advice, and the daemon
 * sends the advice later.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/hook/hook.h"
#include "ctl/offload.h"
#include "ctl/talk.h"
#include "ctl/text.h"

enum { QUEUES_SHOWN = 4, ADVICE_SHOWN = 6, CAUSES_SHOWN = 6, WIDTH = 78 };

struct gathered {
	json_t *status;
	json_t *queues, *advice; /* arrays */
};

static bool
gather(const json_t *object, void *context)
{
	struct gathered *all = context;
	json_t *copy = json_deep_copy(object);

	if (sw_talk_json_is(object, "status"))
		all->status = copy;
	else if (sw_talk_json_is(object, "queue"))
		json_array_append_new(all->queues, copy);
	else
		json_array_append_new(all->advice, copy);
	return true;
}

/* How urgent it is: 0 info, 1 warn, 2 bad. */
static int
level_of(const json_t *sign)
{
	const char *level = sw_talk_json_text(sign, "level");

	return strcmp(level, "bad") == 0 ? 2 : strcmp(level, "warn") == 0;
}

/* "DEGRADED (queue full, log lines lost)": the titles of the worst level. */
static void
print_health(const struct sw_ctl *ctl, json_t *advice)
{
	static const char *const words[] = { "healthy", "needs attention",
		"DEGRADED" };
	static const enum sw_color colors[] = { SW_COLOR_GREEN, SW_COLOR_YELLOW,
		SW_COLOR_RED };
	const json_t *sign;
	const char *before = " (";
	int worst = 0;
	size_t i;

	json_array_foreach(advice, i, sign) worst =
	    level_of(sign) > worst ? level_of(sign) : worst;
	printf("%s%s%s", sw_text_color(ctl, colors[worst]), words[worst],
	    sw_text_color_off(ctl));
	json_array_foreach(advice, i, sign)
	{
		if (worst == 0 || level_of(sign) != worst)
			continue;
		printf("%s%s", before, sw_talk_json_text(sign, "title"));
		before = ", ";
	}
	fputs(worst > 0 ? ")" : "", stdout);
}

static void
print_head(const struct sw_ctl *ctl, const struct gathered *all)
{
	const json_t *status = all->status;
	const json_t *config = json_object_get(status, "config");
	char up[SW_TEXT], when[SW_TEXT];

	printf("%ssynward %s%s: ", sw_text_color(ctl, SW_COLOR_BOLD),
	    sw_talk_json_text(status, "version"), sw_text_color_off(ctl));
	print_health(ctl, all->advice);
	printf(", up %s, pid %d, mode %s%s\n",
	    sw_text_duration(sw_talk_json_real(status, "uptime"), up),
	    (int)sw_talk_json_count(status, "pid"),
	    sw_talk_json_text(status, "mode"),
	    sw_talk_json_true(status, "fail_open") ? ", fail-open" : "");
	printf("configuration %d of %s: %d rule%s, profile %s, %s %s\n",
	    (int)sw_talk_json_count(config, "generation"),
	    sw_talk_json_text(config, "file"),
	    (int)sw_talk_json_count(config, "rules"),
	    sw_text_s(sw_talk_json_count(config, "rules")),
	    sw_talk_json_text(config, "profile"),
	    sw_talk_json_true(config, "successful") ? "loaded"
						    : "last reload refused",
	    sw_text_moment(sw_talk_json_real(config, "when"), when));
	if (!sw_talk_json_true(config, "successful"))
		printf("  %s%s%s\n", sw_text_color(ctl, SW_COLOR_RED),
		    sw_talk_json_text(config, "error"), sw_text_color_off(ctl));
	putchar('\n');
}

/* "name 12  other 3" of an object of numbers, at most `most` of them. */
static void
print_counts(const char *indent, const json_t *object, size_t most)
{
	size_t printed = 0, column = strlen(indent);
	const char *key;
	json_t *value;
	char text[SW_TEXT];

	if (json_object_size(object) == 0)
		return;
	fputs(indent, stdout);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		sw_text_count((uint64_t)json_integer_value(value), text);
		column += strlen(key) + strlen(text) + 3;
		if (printed++ == most || column > WIDTH) {
			fputs("...", stdout);
			break;
		}
		printf("%s %s  ", key, text);
	}
	putchar('\n');
}

static void
print_flows(const json_t *flows)
{
	uint64_t now = sw_talk_json_count(flows, "now");
	uint64_t limit = sw_talk_json_count(flows, "limit");
	char a[SW_TEXT], b[SW_TEXT], c[SW_TEXT];

	printf("flows     %s of %s (%d %%), half open %s",
	    sw_text_count(now, a), sw_text_count(limit, b),
	    limit > 0 ? (int)(now * 100 / limit) : 0,
	    sw_text_count(sw_talk_json_count(flows, "embryonic"), c));
	printf(" of %s\n",
	    sw_text_count(sw_talk_json_count(flows, "embryonic_limit"), a));
	print_counts("          ", json_object_get(flows, "state"), 8);
	printf("          opened %s, remembered %s\n",
	    sw_text_count(sw_talk_json_count(flows, "opened"), a),
	    sw_text_count(sw_talk_json_count(flows, "remembered"), b));
}

static void
print_packets(const json_t *packets)
{
	uint64_t would = sw_talk_json_count(packets, "would_drop");
	uint64_t untracked = sw_talk_json_count(packets, "untracked");
	char a[SW_TEXT], b[SW_TEXT];

	printf("packets   passed %s (%s), ",
	    sw_text_count(sw_talk_json_count(packets, "passed"), a),
	    sw_text_bytes(sw_talk_json_real(packets, "bytes_passed"), b));
	printf("dropped %s (%s)\n",
	    sw_text_count(sw_talk_json_count(packets, "dropped"), a),
	    sw_text_bytes(sw_talk_json_real(packets, "bytes_dropped"), b));
	if (would + untracked > 0)
		printf("          observed only %s, untracked %s\n",
		    sw_text_count(would, a), sw_text_count(untracked, b));
}

static void
print_log(const struct sw_ctl *ctl, const json_t *status)
{
	json_t *sinks = json_object_get(status, "log"), *sink;
	const json_t *resets = json_object_get(status, "resets");
	uint64_t sent = sw_talk_json_count(resets, "sent");
	char a[SW_TEXT], b[SW_TEXT];
	size_t i;

	json_array_foreach(sinks, i, sink)
	{
		bool failing = sw_talk_json_true(sink, "failing");

		printf("log       %s: %s lines, %s lost%s%s%s%s\n",
		    sw_talk_json_text(sink, "to"),
		    sw_text_count(sw_talk_json_count(sink, "written"), a),
		    sw_text_count(sw_talk_json_count(sink, "lost"), b),
		    failing ? sw_text_color(ctl, SW_COLOR_RED) : "",
		    failing ? ", failing now: " : "",
		    failing ? sw_talk_json_text(sink, "error") : "",
		    failing ? sw_text_color_off(ctl) : "");
	}
	if (sent > 0)
		printf("resets    %s sent, %s suppressed by the rate limit\n",
		    sw_text_count(sent, a),
		    sw_text_count(sw_talk_json_count(resets, "limited"), b));
}

/* Queues beyond the first few are shown when the kernel lost packets. */
static bool
is_shown(size_t i, const json_t *queue)
{
	return i < QUEUES_SHOWN ||
	       sw_talk_json_count(queue, "queue_dropped") > 0 ||
	       sw_talk_json_count(queue, "user_dropped") > 0 ||
	       !sw_talk_json_true(queue, "bound");
}

static void
print_queues(const struct sw_ctl *ctl, json_t *queues)
{
	static const struct sw_column list[] = { { "queue", true },
		{ "verdicts", true }, { "waiting", true },
		{ "lost: queue full", true }, { "lost: socket full", true },
		{ "mean time", true }, { "", false }, { 0 } };
	struct sw_columns columns;
	char cells[6][SW_TEXT];
	json_t *queue;
	size_t i, left = 0;

	putchar('\n');
	sw_text_columns_begin(&columns, ctl, list);
	json_array_foreach(queues, i, queue)
	{
		if (!is_shown(i, queue)) {
			left++;
			continue;
		}
		sw_text_count(sw_talk_json_count(queue, "number"), cells[0]);
		sw_text_count(sw_talk_json_count(queue, "packets"), cells[1]);
		sw_text_count(sw_talk_json_count(queue, "waiting"), cells[2]);
		sw_text_count(
		    sw_talk_json_count(queue, "queue_dropped"), cells[3]);
		sw_text_count(
		    sw_talk_json_count(queue, "user_dropped"), cells[4]);
		snprintf(cells[5], SW_TEXT, "%.1f us",
		    sw_talk_json_real(queue, "mean_delay_ns") / 1000);
		sw_text_columns_row(&columns,
		    (const char *const[]){ cells[0], cells[1], cells[2],
			cells[3], cells[4], cells[5],
			sw_talk_json_true(queue, "bound") ? "" : "not bound" });
	}
	sw_text_columns_end(&columns);
	if (left > 0)
		printf("%zu more queues without loss\n", left);
}

/* In place of queues, where the source is a tap. */
static void
print_tap(const json_t *tap)
{
	char cells[5][SW_TEXT];

	printf("\ntap       %d interface%s, followed %s, lost %s\n",
	    (int)sw_talk_json_count(tap, "interfaces"),
	    sw_text_s(sw_talk_json_count(tap, "interfaces")),
	    sw_text_count(sw_talk_json_count(tap, "packets"), cells[0]),
	    sw_text_count(sw_talk_json_count(tap, "lost"), cells[1]));
	printf("          left out: %s of this host, %s not IP, %s cut\n",
	    sw_text_count(sw_talk_json_count(tap, "local"), cells[2]),
	    sw_text_count(sw_talk_json_count(tap, "not_ip"), cells[3]),
	    sw_text_count(sw_talk_json_count(tap, "cut"), cells[4]));
}

/* What the kernel's firewall drops, and what would be dropped here. */
static void
print_kernel(const json_t *kernel)
{
	char cells[5][SW_TEXT];

	printf("kernel    group %d: dropped %s as here, %s that pass here, %s "
	       "not seen here\n",
	    (int)sw_talk_json_count(kernel, "group"),
	    sw_text_count(sw_talk_json_count(kernel, "agree"), cells[0]),
	    sw_text_count(sw_talk_json_count(kernel, "alone"), cells[1]),
	    sw_text_count(sw_talk_json_count(kernel, "unseen"), cells[2]));
	printf("          passed %s that would be dropped here, %s unclear\n",
	    sw_text_count(sw_talk_json_count(kernel, "passed"), cells[3]),
	    sw_text_count(sw_talk_json_count(kernel, "unclear"), cells[4]));
	print_counts("          ", json_object_get(kernel, "drops"), 6);
}

static void
print_sign(const struct sw_ctl *ctl, const json_t *sign)
{
	const char *command = sw_talk_json_text(sign, "command");
	int level = level_of(sign);
	char since[SW_TEXT];

	printf("  %s%s%s",
	    level == 0 ? ""
		       : sw_text_color(
			     ctl, level == 2 ? SW_COLOR_RED : SW_COLOR_YELLOW),
	    sw_talk_json_text(sign, "text"),
	    level == 0 ? "" : sw_text_color_off(ctl));
	if (json_object_get(sign, "since") != NULL)
		printf(
		    ", since %s", sw_text_moment_zone(
				      sw_talk_json_real(sign, "since"), since));
	putchar('\n');
	if (*command != '\0')
		printf("    %ssynwardctl %s%s\n",
		    sw_text_color(ctl, SW_COLOR_CYAN), command,
		    sw_text_color_off(ctl));
}

static void
print_advice(const struct sw_ctl *ctl, json_t *advice)
{
	const json_t *sign;
	size_t i;

	if (json_array_size(advice) == 0)
		return;
	printf("\n%scheck next%s\n", sw_text_color(ctl, SW_COLOR_BOLD),
	    sw_text_color_off(ctl));
	json_array_foreach(advice, i, sign)
	{
		if (i == ADVICE_SHOWN)
			break;
		print_sign(ctl, sign);
	}
}

/* Packets came to the queue twice: by which rules, where they can be read. */
static void
print_second_rules(const json_t *packets)
{
	char *text, *rest, *line;

	if (sw_talk_json_count(packets, "twice") == 0 || geteuid() != 0)
		return;
	text = rest = sw_hook_others();
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0')
		printf("  second rule  %s\n", line);
	free(text);
}

static void
print(const struct sw_ctl *ctl, const struct gathered *all)
{
	const json_t *status = all->status;
	const json_t *drops = json_object_get(status, "drops");
	const json_t *tap = json_object_get(status, "tap");
	const json_t *kernel = json_object_get(status, "kernel");

	print_head(ctl, all);
	print_flows(json_object_get(status, "flows"));
	print_packets(json_object_get(status, "packets"));
	if (tap == NULL) {
		fputs("          ", stdout);
		sw_offload_print(json_object_get(status, "offload"));
	}
	print_counts("drops     ", drops, CAUSES_SHOWN);
	print_log(ctl, status);
	if (tap == NULL)
		print_queues(ctl, all->queues);
	else
		print_tap(tap);
	if (kernel != NULL)
		print_kernel(kernel);
	print_advice(ctl, all->advice);
	print_second_rules(json_object_get(status, "packets"));
}

int
sw_command_status(struct sw_ctl *ctl)
{
	struct gathered all = { NULL, json_array(), json_array() };
	struct sw_question question = sw_talk_question(ctl, "status");
	int code = sw_talk_ask(&question, gather, &all);

	if (code == SW_EXIT_OK && all.status != NULL)
		print(ctl, &all);
	json_decref(all.status);
	json_decref(all.queues);
	json_decref(all.advice);
	return code;
}
