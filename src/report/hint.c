/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hint is "rule NAME: LINE", or just "LINE" when it is for packets without a
 * rule, or a complete rule in the syntax of a configuration.  To check the
 * first form, it becomes a rule of that name with LINE as its body.
 *
 * Hints repeat and parsing is expensive, so the results for the last few texts
 * are kept.  A flood of different hints costs one parse each and no memory.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "diagnose/hint_related.h"
#include "net/synproxy.h"
#include "report/hint.h"
#include "report/hint_kernel.h"
#include "synward/diagnose.h"

enum { KEPT = 64, TEXT = SW_HINT_MAX + SW_RULE_NAME_MAX + 16 };

struct answer {
	char text[SW_HINT_MAX];
	bool parses;
};

struct sw_hints {
	struct sw_silences *silences;
	bool owned;				 /* silences */
	int synproxy;				 /* descriptor, or -1 */
	const struct sw_kernel_settings *kernel; /* NULL: not its words */
	char in_its_words[SW_HINT_MAX];
	struct answer kept[KEPT];
	unsigned next; /* the next entry to overwrite */
	uint64_t refused;
};

struct sw_hints *
sw_hints_create(struct sw_silences *silences)
{
	struct sw_hints *hints = calloc(1, sizeof *hints);

	if (hints == NULL)
		return NULL;
	hints->synproxy = -1;
	hints->owned = silences == NULL;
	hints->silences =
	    silences != NULL ? silences : calloc(1, sw_silences_memory());
	if (hints->silences == NULL) {
		free(hints);
		return NULL;
	}
	return hints;
}

void
sw_hints_destroy(struct sw_hints *hints)
{
	if (hints == NULL)
		return;
	if (hints->owned)
		free(hints->silences);
	free(hints);
}

void
sw_hints_use_synproxy(struct sw_hints *hints, int fd)
{
	hints->synproxy = fd;
}

void
sw_hints_speak_kernel(
    struct sw_hints *hints, const struct sw_kernel_settings *kernel)
{
	hints->kernel = kernel;
}

void
sw_hints_note(struct sw_hints *hints, const struct sw_event *event, bool passed)
{
	sw_silences_note(hints->silences, event, passed);
}

struct sw_silences *
sw_hints_silences(struct sw_hints *hints)
{
	return hints->silences;
}

/* Turns the hint into a configuration.  => false when it does not fit */
static bool
as_configuration(const char *hint, char *text, size_t size)
{
	const char *colon;
	int n;

	if (strncmp(hint, "rule ", 5) != 0 || hint[5] == '"') {
		n = snprintf(text, size, "%s\n", hint);
		return n > 0 && (size_t)n < size;
	}
	colon = strstr(hint, ": ");
	if (colon == NULL)
		return false;
	n = snprintf(text, size, "rule \"%.*s\" { %s }\n",
	    (int)(colon - hint - 5), hint + 5, colon + 2);
	return n > 0 && (size_t)n < size;
}

bool
sw_hint_parses(const char *hint)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf;
	char text[TEXT];

	if (!as_configuration(hint, text, sizeof text))
		return false;
	conf = sw_conf_parse(text, "hint", &errors);
	sw_conf_errors_free(&errors);
	if (conf == NULL)
		return false;
	sw_conf_free(conf);
	return true;
}

static const struct answer *
ask(struct sw_hints *hints, const char *text)
{
	struct answer *answer;

	for (unsigned i = 0; i < KEPT; i++)
		if (strcmp(hints->kept[i].text, text) == 0)
			return &hints->kept[i];
	answer = &hints->kept[hints->next++ % KEPT];
	snprintf(answer->text, sizeof answer->text, "%s", text);
	answer->parses = sw_hint_parses(text);
	if (!answer->parses)
		hints->refused++;
	return answer;
}

/* Does it answer a SYN that nobody has seen? */
static bool
answers_unseen(const struct sw_event *event)
{
	static const uint8_t judged = SW_SYN | SW_ACK | SW_FIN | SW_RST;
	const struct sw_refusal *refused = &event->refused;

	return event->kind == SW_EVENT_REFUSED &&
	       refused->message == SW_MESSAGE_NOT_SYN && !refused->has_flow &&
	       (refused->tcp_flags & judged) == (SW_SYN | SW_ACK);
}

/* The kernel's SYNPROXY sent that SYN, and translates numbers after the
 * queue, so that the connection cannot be followed there. */
static bool
hint_synproxy(const struct sw_event *event, char *text, size_t size)
{
	const struct sw_endpoints *ends = &event->refused.ends;
	char server[48];
	int n;

	sw_hint_related_address(
	    &ends->src, ends->family, server, sizeof server);
	n = snprintf(text, size,
	    "rule \"synproxy-%u\" { protocol = tcp to = { %s } port = { %u } "
	    "tracking = off }",
	    ends->sport, server, ends->sport);
	return n > 0 && (size_t)n < size;
}

static bool
write_hint(const struct sw_hints *hints, const struct sw_event *event,
    const uint32_t *longest, const char *rule_name, char *text, size_t size)
{
	if (answers_unseen(event) && sw_synproxy_has_accepted(hints->synproxy))
		return hint_synproxy(event, text, size);
	return sw_hint(event, longest, rule_name, text, size);
}

const char *
sw_hints_for(
    struct sw_hints *hints, const struct sw_event *event, const char *rule_name)
{
	uint32_t longest[SW_TIMEOUT_COUNT];
	char text[SW_HINT_MAX];
	const struct answer *answer;

	sw_silences_longest(hints->silences, sw_hint_rule(event), longest);
	if (hints->kernel != NULL)
		switch (sw_hint_kernel(event, longest, hints->kernel,
		    hints->in_its_words, SW_HINT_MAX)) {
		case SW_HINT_KERNEL_WRITTEN:
			return hints->in_its_words;
		case SW_HINT_KERNEL_NONE:
			return NULL;
		case SW_HINT_KERNEL_OTHER:
			break;
		}
	if (!write_hint(hints, event, longest, rule_name, text, sizeof text))
		return NULL;
	answer = ask(hints, text);
	return answer->parses ? answer->text : NULL;
}

uint64_t
sw_hints_refused(const struct sw_hints *hints)
{
	return hints->refused;
}
