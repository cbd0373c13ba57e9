/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain, for a line of the log: what it says, what its cause means, and
 * what the daemon, when it runs, still knows of it.
 */
#include <string.h>

#include "ctl/explain.h"
#include "ctl/log_line.h"
#include "ctl/text.h"

/* A value was in quotes, where a backslash protects the next character. */
static void
print_value(const char *value, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (value[i] == '\\' && i + 1 < length)
			i++;
		putchar(value[i]);
	}
	putchar('\n');
}

static void
print_fields(const struct sw_ctl *ctl, const struct sw_log_line *line)
{
	sw_explain_heading(ctl, "The line says");
	for (size_t i = 0; i < line->n_fields; i++) {
		printf("  %-9s ", line->fields[i].key);
		print_value(line->fields[i].value, line->fields[i].length);
	}
}

/* An incident the daemon may remember. */
struct wanted {
	const char *id;
	json_t *found; /* NULL: not yet */
};

static bool
hear_incident(const json_t *object, void *context)
{
	struct wanted *wanted = context;

	if (sw_talk_json_is(object, "incident") && wanted->found == NULL &&
	    strcmp(sw_talk_json_text(object, "id"), wanted->id) == 0)
		wanted->found = json_deep_copy(object);
	return wanted->found == NULL;
}

static void
print_incident(const struct sw_ctl *ctl, const json_t *incident)
{
	char drops[SW_TEXT], clients[SW_TEXT], first[SW_TEXT], last[SW_TEXT];
	uint64_t n = sw_talk_json_count(incident, "clients");
	uint64_t m = sw_talk_json_count(incident, "drops");

	putchar('\n');
	sw_explain_heading(ctl, "The incident");
	printf("  %s: %s drop%s, %s client%s > %s\n",
	    sw_talk_json_text(incident, "cause"), sw_text_count(m, drops),
	    sw_text_s(m), sw_text_count(n, clients), sw_text_s(n),
	    sw_talk_json_text(incident, "server"));
	printf("  from %s to %s, rule %s%s\n",
	    sw_text_moment(sw_talk_json_real(incident, "first"), first),
	    sw_text_moment(sw_talk_json_real(incident, "last"), last),
	    sw_talk_json_text(incident, "rule"),
	    sw_talk_json_true(incident, "open") ? ", going on" : "");
}

/* Its closing line names no cause; the daemon may know it. */
static int
explain_incident(struct sw_ctl *ctl, const struct sw_log_line *line)
{
	struct sw_question question = sw_talk_question(ctl, "drops");
	struct wanted wanted = { .id = line->incident };
	enum sw_cause cause = line->cause;

	question.verbatim = false;
	question.quiet = true;
	sw_talk_question_add(&question, "limit=1");
	(void)sw_talk_ask(&question, hear_incident, &wanted);
	if (cause == SW_CAUSE_COUNT)
		cause =
		    sw_cause_by_name(sw_talk_json_text(wanted.found, "cause"));
	if (ctl->json) {
		if (cause != SW_CAUSE_COUNT)
			sw_explain_cause_json(cause);
		if (wanted.found != NULL)
			sw_explain_object(wanted.found);
		return SW_EXIT_OK;
	}
	print_fields(ctl, line);
	if (wanted.found != NULL)
		print_incident(ctl, wanted.found);
	json_decref(wanted.found);
	if (cause != SW_CAUSE_COUNT) {
		putchar('\n');
		sw_explain_cause(ctl, cause);
	}
	return SW_EXIT_OK;
}

static const char *
cause_name(size_t i)
{
	return i < SW_CAUSE_COUNT ? sw_cause_text((enum sw_cause)i)->name
				  : NULL;
}

static int
not_understood(const char *text)
{
	int near = sw_command_nearest(text, cause_name, 4);

	if (near >= 0)
		return sw_command_fail(SW_EXIT_USAGE,
		    "unknown cause '%s'; did you mean '%s'?", text,
		    cause_name((size_t)near));
	return sw_command_fail(SW_EXIT_USAGE,
	    "'%.60s' is not a cause, a pair of endpoints or a line of "
	    "synward's log; synwardctl explain lists all causes",
	    text);
}

int
sw_explain_line(struct sw_ctl *ctl, const char *text)
{
	struct sw_log_line line;

	if (!sw_log_line_read(text, &line))
		return not_understood(text);
	if (line.incident[0] != '\0')
		return explain_incident(ctl, &line);
	if (ctl->json) {
		if (line.cause != SW_CAUSE_COUNT)
			sw_explain_cause_json(line.cause);
		return line.from[0] != '\0' ? sw_explain_ends(ctl, line.from,
						  line.to, line.proto, true)
					    : SW_EXIT_OK;
	}
	print_fields(ctl, &line);
	if (line.cause != SW_CAUSE_COUNT) {
		putchar('\n');
		sw_explain_cause(ctl, line.cause);
	}
	if (line.from[0] == '\0')
		return SW_EXIT_OK;
	putchar('\n');
	sw_explain_heading(ctl, "The connection");
	return sw_explain_ends(ctl, line.from, line.to, line.proto, true);
}
