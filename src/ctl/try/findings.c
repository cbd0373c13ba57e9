/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three questions: the status has the counts, and those of the kernel's drops
 * by cause; the report has what an enforcing tracker would have dropped, by
 * message and cause; the last drops have connections and hints.  Each kind of
 * refused packets becomes one object:
 *
 *	by		"kernel", or "synward", which would have dropped them
 *	message, cause	as in the log; cause is missing where it is unknown
 *	summary		of the cause
 *	packets		exact
 *	connections	some: client and server
 *	more		there were further connections
 *	hints		what would have saved them
 *	line		one of them, as it was logged
 */
#include <stdint.h>
#include <string.h>

#include "ctl/talk.h"
#include "ctl/try/findings.h"
#include "synward/cause.h"

enum { CONNECTIONS = 3, HINTS = 2 };

static bool
take_status(const json_t *object, void *context)
{
	struct sw_try_findings *findings = context;
	if (sw_talk_json_is(object, "status"))
		findings->status = json_deep_copy(object);
	else if (sw_talk_json_is(object, "advice"))
		json_array_append_new(findings->signs, json_deep_copy(object));
	return true;
}

static const char *
summary_of(const char *cause)
{
	enum sw_cause known = sw_cause_by_name(cause);

	return known != SW_CAUSE_COUNT ? sw_cause_text(known)->summary : "";
}

static bool
is_same(const json_t *kind, const char *key, const char *text)
{
	return strcmp(sw_talk_json_text(kind, key), text) == 0;
}

static json_t *
find(const struct sw_try_findings *findings, const char *by,
    const char *message, const char *cause)
{
	json_t *kind;
	size_t i;

	json_array_foreach(findings->refused, i, kind)
	{
		if (is_same(kind, "by", by) &&
		    is_same(kind, "message", message) &&
		    is_same(kind, "cause", cause))
			return kind;
	}
	return NULL;
}

static void
add_packets(struct sw_try_findings *findings, const char *by,
    const char *message, const char *cause, const char *harm, uint64_t packets)
{
	json_t *kind = find(findings, by, message, cause);
	json_int_t before =
	    (json_int_t)(kind != NULL ? sw_talk_json_count(kind, "packets")
				      : 0);

	if (kind == NULL) {
		kind = json_pack("{ss ss ss* ss* ss* ss* s[] s[]}", "kind",
		    "refused", "by", by, "message", *message ? message : NULL,
		    "cause", *cause ? cause : NULL, "summary",
		    *summary_of(cause) ? summary_of(cause) : NULL, "harm",
		    *harm ? harm : NULL, "connections", "hints");
		json_array_append_new(findings->refused, kind);
	}
	json_object_set_new(
	    kind, "packets", json_integer(before + (json_int_t)packets));
}

static void
take_kernel(struct sw_try_findings *findings)
{
	const json_t *kernel = json_object_get(findings->status, "kernel");
	json_t *drops = json_object_get(kernel, "drops"), *packets;
	const char *cause;

	json_object_foreach(drops, cause, packets)
	{
		add_packets(findings, "kernel", "", cause, "",
		    (uint64_t)json_integer_value(packets));
	}
}

/* Only of packets without a connection the report has the cause; of others
 * the message says it. */
static bool
take_observed(const json_t *object, void *context)
{
	const char *message = sw_talk_json_text(object, "message");
	const char *cause = sw_talk_json_text(object, "cause");
	bool orphan =
	    strcmp(message, sw_cause_message_text(SW_MESSAGE_NOT_SYN)) == 0 ||
	    strcmp(message, sw_cause_message_text(SW_MESSAGE_NOT_OPENING)) == 0;

	if (sw_talk_json_is(object, "observed"))
		add_packets(context, "synward", message, orphan ? cause : "",
		    sw_talk_json_text(object, "harm"),
		    sw_talk_json_count(object, "packets"));
	return true;
}

/* --- connections and hints ------------------------------------------------ */

static bool
is_in(json_t *array, const json_t *value)
{
	json_t *element;
	size_t i;

	json_array_foreach(array, i, element)
	{
		if (json_equal(element, value))
			return true;
	}
	return false;
}

/* => false when there was no room */
static bool
add_once(json_t *array, json_t *value, size_t most)
{
	bool known = is_in(array, value);

	if (known || json_array_size(array) == most) {
		json_decref(value);
		return known;
	}
	json_array_append_new(array, value);
	return true;
}

static bool
take_drop(const json_t *object, void *context)
{
	bool by_kernel = strcmp(sw_talk_json_text(object, "by"), "kernel") == 0;
	const char *message = sw_talk_json_text(object, "message");
	const char *cause = sw_talk_json_text(object, "cause");
	const char *hint = sw_talk_json_text(object, "hint");
	json_t *kind;

	if (!sw_talk_json_is(object, "drop"))
		return true;
	kind = find(context, by_kernel ? "kernel" : "synward",
	    by_kernel ? "" : message, cause);
	if (kind == NULL && !by_kernel)
		kind = find(context, "synward", message, "");
	if (kind == NULL)
		return true;
	if (!add_once(json_object_get(kind, "connections"),
		json_pack("{ss ss}", "client",
		    sw_talk_json_text(object, "client"), "server",
		    sw_talk_json_text(object, "server")),
		CONNECTIONS))
		json_object_set_new(kind, "more", json_true());
	if (*hint != '\0')
		add_once(
		    json_object_get(kind, "hints"), json_string(hint), HINTS);
	if (json_object_get(kind, "line") == NULL)
		json_object_set(kind, "line", json_object_get(object, "line"));
	return true;
}

static int
ask(const char *socket, const char *what, const char *limit, bool quiet,
    bool (*take)(const json_t *, void *), struct sw_try_findings *findings)
{
	struct sw_question question = { .socket = socket, .quiet = quiet };

	sw_talk_question_add(&question, what);
	if (limit != NULL)
		sw_talk_question_add(&question, limit);
	return sw_talk_ask(&question, take, findings);
}

int
sw_try_findings_glance(
    struct sw_try_findings *findings, const char *socket, bool quiet)
{
	int code;

	*findings =
	    (struct sw_try_findings){ NULL, json_array(), json_array() };
	code = ask(socket, "status", NULL, quiet, take_status, findings);
	if (code == SW_EXIT_OK && findings->status == NULL)
		code = SW_EXIT_FAILURE;
	return code;
}

int
sw_try_findings_ask(
    struct sw_try_findings *findings, const char *socket, bool quiet)
{
	int code = sw_try_findings_glance(findings, socket, quiet);

	if (code != SW_EXIT_OK)
		return code;
	take_kernel(findings);
	/* Their exit codes are answers, too. */
	ask(socket, "report", NULL, true, take_observed, findings);
	ask(socket, "drops", "limit=5000", true, take_drop, findings);
	return SW_EXIT_OK;
}

void
sw_try_findings_free(struct sw_try_findings *findings)
{
	json_decref(findings->status);
	json_decref(findings->signs);
	json_decref(findings->refused);
}
