/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_filter: the same language for flows, drops and incidents, and what a
 * wrong word is told.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "protocol/filter.h"
#include "runner.h"

static const char *
rule_name(uint16_t slot, void *context)
{
	(void)context;
	return slot == 1 ? "db" : "default";
}

static const char *
known_rule(unsigned i, void *context)
{
	return i < 2 ? rule_name((uint16_t)i, context) : NULL;
}

static const char *
interface_name(uint32_t index, char name[IF_NAMESIZE], void *context)
{
	(void)context;
	snprintf(name, IF_NAMESIZE, "eth%u", index);
	return index > 0 ? name : NULL;
}

static const char *
zone_name(uint8_t zone, void *context)
{
	(void)context;
	return zone == 1 ? "red" : NULL;
}

static const struct sw_filter_names names = {
	.rule = rule_name, .interface = interface_name, .zone = zone_name
};

/* Reads words that are separated by blanks.  => false, and why */
static bool
read_words(struct sw_filter *filter, const char *text, char *why, size_t size)
{
	char words[256], *rest = words, *word;

	snprintf(words, sizeof words, "%s", text);
	while ((word = strsep(&rest, " ")) != NULL)
		if (!sw_filter_add(filter, word, why, size))
			return false;
	return sw_filter_finish(filter, why, size);
}

static bool
matches(const char *text, const struct sw_filter_view *view)
{
	struct sw_filter filter = { 0 };
	char why[256];

	ck_assert_msg(read_words(&filter, text, why, sizeof why), "%s", why);
	return sw_filter_match(&filter, view);
}

/* The database answers a client whose flow is over. */
static struct sw_event
late_answer(void)
{
	struct sw_event event = {
		.kind = SW_EVENT_REFUSED, .rule = 1, .in = 2
	};

	event.refused.ends =
	    build_ends("10.0.5.9", 5432, "10.1.2.3", 44120, IPPROTO_TCP);
	event.refused.has_flow = true;
	event.refused.message = SW_MESSAGE_NOT_SYN;
	event.info.opener = sw_packet_endpoints_reverse(&event.refused.ends);
	event.info.state = SW_STATE_ESTABLISHED;
	event.info.how = SW_END_TIMEOUT;
	event.judgement.cause = SW_CAUSE_IDLE_EXPIRED;
	event.judgement.confidence = SW_CONF_HIGH;
	event.judgement.evidences = 1;
	event.judgement.evidence[0] =
	    (struct sw_evidence){ SW_EVIDENCE_IDLE, 3725 };
	return event;
}

static const struct {
	const char *words;
	bool drop, incident;
} rows[] = {
	{ "src=10.0.5.9", true, false },
	{ "client=10.1.2.3", true, true },
	{ "client=10.1.2.200", false, true }, /* perhaps one of the others */
	{ "client=10.1.3.0/24", false, false },
	{ "client!=10.1.2.3", false, true },
	{ "server=10.0.5.0/24", true, true },
	{ "server=10.0.6.0/24", false, false },
	{ "port=5432", true, true },
	{ "port!=80,443", true, true },
	{ "cause=idle-expired,gap", true, true },
	{ "cause!=idle-expired", false, false },
	{ "conf=high", true, false },
	{ "verdict=drop", true, true },
	{ "verdict=pass", false, false },
	{ "message=not-a-valid-syn-packet", true, true },
	{ "message=denied*", false, false },
	{ "state=established", true, false },
	{ "how=timeout", true, false },
	{ "idle>3724", true, false },
	{ "idle>3725", false, false },
	{ "rule=d?", true, true },
	{ "in=eth2", true, true },
	{ "in!=eth*", false, false },
	{ "port=1 or cause=idle-expired", true, true },
	{ "cause=gap or port=1 or port=2", false, false },
	{ "cause=gap port=5432 or rule=db port=5432", true, true },
	{ "rule=db or cause=gap port=1", true, true },
};

START_TEST(drops_and_incidents_are_asked_alike)
{
	struct sw_event event = late_answer();
	struct sw_incident incident = { .drops = 9,
		.clients = 5,
		.servers = 1,
		.rule = 1,
		.in = 2,
		.message = SW_MESSAGE_NOT_SYN,
		.cause = SW_CAUSE_IDLE_EXPIRED,
		.example = sw_packet_endpoints_reverse(&event.refused.ends) };
	struct sw_filter_view drop = sw_filter_view_event(&event, &names);
	struct sw_filter_view many = sw_filter_view_incident(&incident, &names);

	ck_assert_msg(matches(rows[_i].words, &drop) == rows[_i].drop,
	    "drop: %s", rows[_i].words);
	ck_assert_msg(matches(rows[_i].words, &many) == rows[_i].incident,
	    "incident: %s", rows[_i].words);
}
END_TEST

static const struct {
	const char *words;
	uint8_t subjects;
	const char *why; /* a part of it */
} wrong[] = {
	{ "pport=1", 0, "unknown key 'pport'; did you mean 'port'?" },
	{ "caus=gap", 0, "did you mean 'cause'?" },
	{ "bogus=1", 0, "synwardctl flows --help lists all keys" },
	{ "cause=idle-expird", 0, "did you mean 'idle-expired'?" },
	{ "state=establishd", 0, "did you mean 'established'?" },
	{ "verdict=would-dorp", 0, "did you mean 'would-drop'?" },
	{ "conf=hihg", 0, "did you mean 'high'?" },
	{ "port=80,x", 0, "'x': write PORT[-PORT]" },
	{ "cause=gap", SW_FILTER_FLOWS, "only these have 'cause': drops" },
	{ "idle>1", SW_FILTER_INCIDENTS, "only these have 'idle': flows" },
	{ "port>1", 0, "= and != only" },
	{ "idle>1,2", 0, "a list needs = or !=" },
	{ "or port=1", 0, "write a condition before it" },
	{ "port=1 or", 0, "write a condition after it" },
	{ "port", 0, "write a condition as key=value" },
};

START_TEST(a_wrong_word_is_told_what_it_may_have_meant)
{
	struct sw_filter filter = { .subjects = wrong[_i].subjects };
	char why[256];

	ck_assert(!read_words(&filter, wrong[_i].words, why, sizeof why));
	ck_assert_msg(
	    strstr(why, wrong[_i].why) != NULL, "%s: %s", wrong[_i].words, why);
}
END_TEST

START_TEST(a_rule_must_exist)
{
	struct sw_filter good = { 0 }, bad = { 0 };
	char why[256];

	ck_assert(read_words(&good, "rule=db,x* or rule!=default", why, 256));
	ck_assert(sw_filter_check_rules(&good, known_rule, NULL, why, 256));
	ck_assert(read_words(&bad, "port=1 or rule=db,bd", why, 256));
	ck_assert(!sw_filter_check_rules(&bad, known_rule, NULL, why, 256));
	ck_assert_str_eq(why, "there is no rule 'bd'; did you mean 'db'?");
}
END_TEST

/* Names in filters are the messages of the log with dashes. */
START_TEST(each_message_can_be_named)
{
	for (unsigned i = 0; i < SW_MESSAGE_COUNT; i++) {
		struct sw_event event = late_answer();
		struct sw_filter_view view =
		    sw_filter_view_event(&event, &names);
		struct sw_filter filter = { 0 };
		char word[96], why[256];

		event.refused.message = (uint8_t)i;
		snprintf(word, sizeof word, "message=%s",
		    sw_cause_message_text((enum sw_message)i));
		ck_assert(sw_filter_add(&filter, word, why, sizeof why));
		ck_assert_msg(sw_filter_match(&filter, &view), "%s", word);
		event.refused.message = (uint8_t)((i + 1) % SW_MESSAGE_COUNT);
		ck_assert_msg(!sw_filter_match(&filter, &view), "%s", word);
	}
}
END_TEST

static bool
has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *w = words; w != NULL; w = strchr(w, ' ')) {
		w += *w == ' ';
		if (strncmp(w, word, n) == 0 && strchr(" ", w[n]) != NULL)
			return true;
	}
	return false;
}

/* Every action has a verdict of its own, and passes or drops besides. */
START_TEST(each_action_has_its_verdict)
{
	static const struct {
		enum sw_action action;
		const char *words;
	} verdicts[] = {
		{ SW_ACTION_DROP, "drop" },
		{ SW_ACTION_WOULD_DROP, "pass would-drop" },
		{ SW_ACTION_RESET, "drop reset" },
		{ SW_ACTION_REJECT, "drop reject" },
		{ SW_ACTION_ACCEPT, "pass accept" },
	};
	static const char *const all[] = { "drop", "pass", "reset", "reject",
		"would-drop", "accept" };

	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
		for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
			struct sw_event event = late_answer();
			struct sw_filter_view view =
			    sw_filter_view_event(&event, &names);
			char word[32];

			event.refused.action = (uint8_t)verdicts[i].action;
			snprintf(word, sizeof word, "verdict=%s", all[k]);
			ck_assert_msg(matches(word, &view) ==
					  has_word(verdicts[i].words, all[k]),
			    "%s of %s", word, verdicts[i].words);
		}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("filter");

	tcase_add_loop_test(t, drops_and_incidents_are_asked_alike, 0,
	    sizeof rows / sizeof rows[0]);
	tcase_add_loop_test(t, a_wrong_word_is_told_what_it_may_have_meant, 0,
	    sizeof wrong / sizeof wrong[0]);
	tcase_add_test(t, a_rule_must_exist);
	tcase_add_test(t, each_message_can_be_named);
	tcase_add_test(t, each_action_has_its_verdict);
	return run_case("filter", t);
}
