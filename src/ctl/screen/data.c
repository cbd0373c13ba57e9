/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three questions make a look: status, the busiest flows, and incidents.
 * Rates follow from two looks, by the daemon's own clock.
 */
#include <string.h>

#include "ctl/screen/top.h"
#include "protocol/filter.h"

enum { WORDS = 24 };

/* A look in the making. */
struct look {
	json_t *status;
	json_t *queues, *busy, *incidents;
};

static bool
take(const json_t *object, void *context)
{
	struct look *look = context;
	json_t *array = NULL;

	if (sw_talk_json_is(object, "status"))
		look->status = json_deep_copy(object);
	else if (sw_talk_json_is(object, "queue"))
		array = look->queues;
	else if (sw_talk_json_is(object, "busy"))
		array = look->busy;
	else if (sw_talk_json_is(object, "incident"))
		array = look->incidents;
	if (array != NULL)
		json_array_append_new(array, json_deep_copy(object));
	return true;
}

static struct sw_question
question_for(const struct sw_top *top, const char *command)
{
	struct sw_question question = sw_talk_question(top->ctl, command);

	question.verbatim = false;
	question.quiet = top->n_rates > 0 || top->status != NULL;
	return question;
}

static int
ask_busiest(const struct sw_top *top, struct look *look)
{
	struct sw_question question = question_for(top, "busiest");
	char words[SW_TOP_FILTER], limit[32], *rest = words, *word;
	int code;

	snprintf(limit, sizeof limit, "limit=%d", SW_TOP_BUSY);
	sw_talk_question_add(&question, limit);
	snprintf(words, sizeof words, "%s", top->filter);
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			sw_talk_question_add(&question, word);
	code = sw_talk_ask(&question, take, look);
	return code;
}

static int
ask_all(const struct sw_top *top, struct look *look)
{
	struct sw_question status = question_for(top, "status");
	struct sw_question drops = question_for(top, "drops");
	int code = sw_talk_ask(&status, take, look);

	if (code == SW_EXIT_OK)
		code = ask_busiest(top, look);
	sw_talk_question_add(&drops, "limit=1");
	if (code == SW_EXIT_OK)
		code = sw_talk_ask(&drops, take, look);
	if (code == SW_EXIT_OK && look->status == NULL)
		code = SW_EXIT_FAILURE;
	return code;
}

static double
difference(const json_t *now, const json_t *before, const char *object,
    const char *key)
{
	double a = sw_talk_json_real(json_object_get(now, object), key);
	double b = sw_talk_json_real(json_object_get(before, object), key);

	return a > b ? a - b : 0;
}

/* Seconds between the two looks; 0 when the daemon has restarted. */
static double
seconds_between(const json_t *now, const json_t *before)
{
	double gone = sw_talk_json_real(now, "uptime") -
		      sw_talk_json_real(before, "uptime");

	return before != NULL && gone > 0 ? gone : 0;
}

static void
note_rates(struct sw_top *top)
{
	double gone = seconds_between(top->status, top->before);
	const json_t *now = top->status, *then = top->before;

	if (gone <= 0)
		return;
	memmove(&top->rates[1], &top->rates[0],
	    (SW_TOP_SAMPLES - 1) * sizeof top->rates[0]);
	top->rates[0] = (struct sw_top_rates){
		.passed = difference(now, then, "packets", "passed") / gone,
		.dropped = difference(now, then, "packets", "dropped") / gone,
		.bytes =
		    difference(now, then, "packets", "bytes_passed") / gone,
		.opened = difference(now, then, "flows", "opened") / gone,
	};
	if (top->n_rates < SW_TOP_SAMPLES)
		top->n_rates++;
}

double
sw_top_data_cause_rate(const struct sw_top *top, const char *cause)
{
	double gone = seconds_between(top->status, top->before);

	if (gone <= 0)
		return 0;
	return difference(top->status, top->before, "drops", cause) / gone;
}

static void
release(struct look *look)
{
	json_decref(look->status);
	json_decref(look->queues);
	json_decref(look->busy);
	json_decref(look->incidents);
}

void
sw_top_data_look(struct sw_top *top)
{
	struct look look = { NULL, json_array(), json_array(), json_array() };

	top->code = ask_all(top, &look);
	if (top->code != SW_EXIT_OK) {
		release(&look);
		return;
	}
	json_decref(top->before);
	json_decref(top->queues);
	json_decref(top->busy);
	json_decref(top->incidents);
	top->before = top->status;
	top->status = look.status;
	top->queues = look.queues;
	top->busy = look.busy;
	top->incidents = look.incidents;
	note_rates(top);
}

void
sw_top_data_free(struct sw_top *top)
{
	json_decref(top->status);
	json_decref(top->before);
	json_decref(top->queues);
	json_decref(top->busy);
	json_decref(top->incidents);
}

static bool
is_state(const char *word)
{
	for (unsigned i = 0; i < SW_STATE_COUNT; i++)
		if (strcmp(word, sw_event_state_text(i)) == 0)
			return true;
	return false;
}

/* The key a bare word most likely means. */
static const char *
key_for(const char *word)
{
	struct sw_prefix prefix;

	if (sw_filter_is_condition(word))
		return "";
	if (strspn(word, "0123456789-") == strlen(word))
		return "port=";
	if (sw_filter_prefix(word, &prefix))
		return "host=";
	if (is_state(word))
		return "state=";
	return sw_filter_protocol(word) >= 0 ? "proto=" : "rule=";
}

bool
sw_top_data_set_filter(
    struct sw_top *top, const char *typed, char *why, size_t size)
{
	char words[SW_TOP_FILTER], all[SW_TOP_FILTER] = "";
	char *rest = words, *word, condition[SW_TOP_FILTER + 8];
	struct sw_filter filter = { .subjects = SW_FILTER_FLOWS };

	snprintf(words, sizeof words, "%s", typed);
	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word == '\0')
			continue;
		snprintf(
		    condition, sizeof condition, "%s%s ", key_for(word), word);
		condition[strlen(condition) - 1] = '\0';
		if (!sw_filter_add(&filter, condition, why, size))
			return false;
		if (strlen(all) + strlen(condition) + 2 > sizeof all) {
			snprintf(why, size, "the filter is too long");
			return false;
		}
		strcat(strcat(all, all[0] != '\0' ? " " : ""), condition);
	}
	if (!sw_filter_finish(&filter, why, size))
		return false;
	strcpy(top->filter, all);
	return true;
}
