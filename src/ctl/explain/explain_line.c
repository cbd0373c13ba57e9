/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain, for a line of the log: what it says, what its cause means, and
 * what the daemon, when it runs, still knows of it.
 */
#include <string.h>

#include "ctl/explain/explain.h"
#include "ctl/explain/log_line.h"
#include "ctl/show.h"
#include "ctl/text.h"

enum { WHO = 96 };

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

/* "37 of 10.1.2.0/24", or the one client */
static const char *
clients_of(const json_t *incident, char text[WHO])
{
	uint64_t n = sw_talk_json_count(incident, "clients");
	const char *network = sw_talk_json_text(incident, "network");
	const char *one = sw_talk_json_text(incident, "client");
	char count[SW_TEXT];

	if (*one != '\0')
		snprintf(text, WHO, "1 client %s", one);
	else if (*network != '\0')
		snprintf(text, WHO, "%s clients of %s", sw_text_count(n, count),
		    network);
	else
		snprintf(text, WHO, "%s client%s", sw_text_count(n, count),
		    sw_text_s(n));
	return text;
}

static void
print_incident(const struct sw_ctl *ctl, const json_t *incident)
{
	char drops[SW_TEXT], first[SW_TEXT], last[SW_TEXT], who[WHO];
	char heading[2 * WHO];
	uint64_t m = sw_talk_json_count(incident, "drops");

	snprintf(heading, sizeof heading, "%s: %s drop%s, %s > %s",
	    sw_talk_json_text(incident, "cause"), sw_text_count(m, drops),
	    sw_text_s(m), clients_of(incident, who),
	    sw_talk_json_text(incident, "server"));
	sw_explain_heading(ctl, heading);
	printf("  from %s to %s, rule %s%s\n",
	    sw_text_moment_zone(sw_talk_json_real(incident, "first"), first),
	    sw_text_moment_zone(sw_talk_json_real(incident, "last"), last),
	    sw_talk_json_text(incident, "rule"),
	    sw_talk_json_true(incident, "open") ? ", going on" : "");
}

/* Asks for the incident.  => the daemon's answer as an exit code */
static int
find_incident(struct sw_ctl *ctl, struct wanted *wanted)
{
	struct sw_question question = sw_talk_question(ctl, "incidents");
	int code;

	question.verbatim = false;
	question.quiet = true;
	code = sw_talk_ask(&question, hear_incident, wanted);
	return wanted->found == NULL && code == SW_EXIT_OK ? SW_EXIT_NOTHING
							   : code;
}

/* The connections of an incident with one server, when they are remembered. */
static void
explain_its_ends(struct sw_ctl *ctl, const json_t *incident)
{
	const char *client = sw_talk_json_text(incident, "client");
	char server[SW_SHOW_END];

	if (strchr(sw_talk_json_text(incident, "server"), ' ') != NULL)
		return; /* "812 targets" */
	sw_show_end(incident, "dst", "dport", server);
	if (!ctl->json)
		putchar('\n');
	(void)sw_explain_ends(
	    ctl, server, *client != '\0' ? client : NULL, NULL, true);
}

/* Its closing line names no cause; the daemon may know it.
 * line: NULL where only the identifier is known */
static void
tell_incident(
    struct sw_ctl *ctl, const struct sw_log_line *line, const json_t *found)
{
	enum sw_cause cause = line != NULL ? line->cause : SW_CAUSE_COUNT;

	if (cause == SW_CAUSE_COUNT)
		cause = sw_cause_by_name(sw_talk_json_text(found, "cause"));
	if (ctl->json) {
		if (cause != SW_CAUSE_COUNT)
			sw_explain_cause_json(cause);
		if (found != NULL)
			sw_explain_object(json_deep_copy(found));
	} else {
		if (found != NULL)
			print_incident(ctl, found);
		if (line != NULL)
			print_fields(ctl, line);
		if (cause != SW_CAUSE_COUNT) {
			putchar('\n');
			sw_explain_cause(ctl, cause);
		}
	}
	if (found != NULL)
		explain_its_ends(ctl, found);
}

static int
explain_incident(struct sw_ctl *ctl, const struct sw_log_line *line)
{
	struct wanted wanted = { .id = line->incident };

	(void)find_incident(ctl, &wanted);
	tell_incident(ctl, line, wanted.found);
	json_decref(wanted.found);
	return SW_EXIT_OK;
}

int
sw_explain_incident(struct sw_ctl *ctl, const char *id)
{
	struct wanted wanted = { .id = id };
	int code = find_incident(ctl, &wanted);

	if (code == SW_EXIT_NO_DAEMON)
		return sw_command_fail(SW_EXIT_NO_DAEMON,
		    "an incident can only be looked up in the daemon; is "
		    "synwardd running?");
	if (wanted.found == NULL)
		return sw_command_fail((enum sw_ctl_exit)code,
		    code == SW_EXIT_NOTHING
			? "no incident %s is remembered; synwardctl incidents "
			  "lists those that are"
			: "incident %s cannot be looked up",
		    id);
	tell_incident(ctl, NULL, wanted.found);
	json_decref(wanted.found);
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
	if (line.from[0] != '\0')
		sw_explain_headline(ctl, line.from, line.to, line.proto);
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
