/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First what was followed and what was missed, because all else rests on it;
 * then what the kernel's firewall dropped; then what an enforcing tracker would
 * have dropped of what passed.
 */
#include <string.h>

#include "ctl/show.h"
#include "ctl/text.h"
#include "ctl/try/report.h"

enum { NAMES = 1024, INDENT = 11 };

static uint64_t
tap_count(const struct sw_try_findings *findings, const char *what)
{
	return sw_talk_json_count(
	    json_object_get(findings->status, "tap"), what);
}

/* --- what was followed ---------------------------------------------------- */

static void
print_left_out(const struct sw_try_findings *findings)
{
	uint64_t local = tap_count(findings, "local"),
		 not_ip = tap_count(findings, "not_ip"),
		 cut = tap_count(findings, "cut");
	char a[SW_TEXT], b[SW_TEXT], c[SW_TEXT];

	if (local + not_ip + cut > 0)
		printf("Left out: %s packets of this host itself, %s that are "
		       "not IP, %s with headers too long to copy.\n",
		    sw_text_count(local, a), sw_text_count(not_ip, b),
		    sw_text_count(cut, c));
}

static void
print_lost(const struct sw_ctl *ctl, const struct sw_try_findings *findings)
{
	uint64_t lost = tap_count(findings, "lost");
	char text[SW_TEXT];

	if (lost == 0)
		puts("The ring lost nothing.");
	else
		printf("%sThe ring lost %s packet%s%s: connections that they "
		       "belonged to may have the cause gap.\n",
		    sw_text_color(ctl, SW_COLOR_YELLOW),
		    sw_text_count(lost, text), sw_text_s(lost),
		    sw_text_color_off(ctl));
}

static void
print_followed(const struct sw_ctl *ctl, const struct sw_try_findings *findings,
    const struct sw_try_links *links)
{
	const json_t *flows = json_object_get(findings->status, "flows");
	uint64_t opened = sw_talk_json_count(flows, "opened"),
		 packets = tap_count(findings, "packets");
	char names[NAMES], time[SW_TEXT], a[SW_TEXT], b[SW_TEXT], c[SW_TEXT];

	printf("%s%s followed for %s%s: %s packet%s, %s connection%s, of which "
	       "%s still open.\n",
	    sw_text_color(ctl, SW_COLOR_BOLD),
	    sw_try_links_names(links, names, sizeof names),
	    sw_text_duration(
		sw_talk_json_real(findings->status, "uptime"), time),
	    sw_text_color_off(ctl), sw_text_count(packets, a),
	    sw_text_s(packets), sw_text_count(opened, b), sw_text_s(opened),
	    sw_text_count(sw_talk_json_count(flows, "now"), c));
	print_lost(ctl, findings);
	print_left_out(findings);
}

/* Interfaces that received nothing, or nothing that is forwarded. */
static void
print_silent(const struct sw_try_findings *findings,
    const struct sw_try_links *links, FILE *out)
{
	bool none = tap_count(findings, "packets") == 0;
	char text[SW_TEXT];

	for (size_t i = 0; i < links->n; i++) {
		const struct sw_try_link *link = &links->list[i];

		if (!link->present)
			fprintf(out, "%s is gone.\n", link->name);
		if (link->received == 0)
			fprintf(out,
			    "%s received no packet: is it one that "
			    "this gateway forwards from?\n",
			    link->name);
		else if (none)
			fprintf(out,
			    "%s received %s packet%s, but none that "
			    "is forwarded.\n",
			    link->name, sw_text_count(link->received, text),
			    sw_text_s(link->received));
	}
}

/* --- what was refused ----------------------------------------------------- */

static void
print_connections(const json_t *kind)
{
	json_t *list = json_object_get(kind, "connections"), *connection;
	bool more = sw_talk_json_true(kind, "more");
	size_t i;

	json_array_foreach(list, i, connection)
	{
		printf("%*s%s > %s%s\n", INDENT, "",
		    sw_talk_json_text(connection, "client"),
		    sw_talk_json_text(connection, "server"),
		    more && i + 1 == json_array_size(list) ? ", and others"
							   : "");
	}
}

static const char *
harm_text(const json_t *kind)
{
	const char *harm = sw_talk_json_text(kind, "harm");

	if (strcmp(harm, "real") == 0)
		return "connections that work today would be cut";
	if (strcmp(harm, "passing") == 0)
		return "open before synward began to follow; it takes such "
		       "connections over where it enforces";
	return strcmp(harm, "none") == 0 ? "better dropped" : "";
}

static void
print_kind(const struct sw_ctl *ctl, const json_t *kind)
{
	const char *cause = sw_talk_json_text(kind, "cause"),
		   *summary = sw_talk_json_text(kind, "summary"),
		   *line = sw_talk_json_text(kind, "line");
	json_t *hints = json_object_get(kind, "hints"), *hint;
	char text[SW_TEXT];
	size_t i;

	printf("%9s  %s%s%s%s%s\n",
	    sw_text_count(sw_talk_json_count(kind, "packets"), text),
	    sw_text_color(ctl, SW_COLOR_BOLD),
	    *cause != '\0' ? cause : sw_talk_json_text(kind, "message"),
	    sw_text_color_off(ctl), *summary != '\0' ? ": " : "", summary);
	if (*harm_text(kind) != '\0')
		printf("%*s%s\n", INDENT, "", harm_text(kind));
	print_connections(kind);
	if (*line != '\0')
		printf("%*s%s%s%s\n", INDENT, "",
		    sw_text_color(ctl, SW_COLOR_DIM), line,
		    sw_text_color_off(ctl));
	json_array_foreach(hints, i, hint)
	{
		printf("%*s%s%s%s\n", INDENT, "",
		    sw_text_color(ctl, SW_COLOR_CYAN), json_string_value(hint),
		    sw_text_color_off(ctl));
	}
}

static uint64_t
sum(const struct sw_try_findings *findings, const char *by)
{
	uint64_t packets = 0;
	json_t *kind;
	size_t i;

	json_array_foreach(findings->refused, i, kind)
	{
		if (strcmp(sw_talk_json_text(kind, "by"), by) == 0)
			packets += sw_talk_json_count(kind, "packets");
	}
	return packets;
}

static void
print_kinds(const struct sw_ctl *ctl, const struct sw_try_findings *findings,
    const char *by)
{
	json_t *kind;
	size_t i;

	json_array_foreach(findings->refused, i, kind)
	{
		if (strcmp(sw_talk_json_text(kind, "by"), by) == 0)
			print_kind(ctl, kind);
	}
}

static void
print_disagreement(const json_t *kernel)
{
	uint64_t alone = sw_talk_json_count(kernel, "alone"),
		 unseen = sw_talk_json_count(kernel, "unseen"),
		 lost = sw_talk_json_count(kernel, "lost");
	char text[SW_TEXT];

	if (alone > 0)
		printf("synward would have passed %s of them: kernel= in their "
		       "lines says where the two differ.\n",
		    sw_text_count(alone, text));
	if (unseen > 0)
		printf("synward has not seen %s of them: they came on another "
		       "interface, or the ring lost them.\n",
		    sw_text_count(unseen, text));
	if (lost > 0)
		printf("%s more were logged and lost before synward could read "
		       "them.\n",
		    sw_text_count(lost, text));
}

static void
print_kernel(const struct sw_ctl *ctl, const struct sw_try_findings *findings)
{
	const json_t *kernel = json_object_get(findings->status, "kernel");
	uint64_t packets = sum(findings, "kernel");
	int group = (int)sw_talk_json_count(kernel, "group");
	char text[SW_TEXT];

	if (kernel == NULL)
		return;
	putchar('\n');
	if (packets == 0) {
		printf("The kernel's firewall logged no drop to group %d.\n",
		    group);
		return;
	}
	printf("%sThe kernel's firewall dropped %s packet%s%s, by what it "
	       "logged to group %d:\n",
	    sw_text_color(ctl, SW_COLOR_BOLD), sw_text_count(packets, text),
	    sw_text_s(packets), sw_text_color_off(ctl), group);
	print_kinds(ctl, findings, "kernel");
	print_disagreement(kernel);
}

static void
print_would(const struct sw_ctl *ctl, const struct sw_try_findings *findings)
{
	uint64_t packets = sum(findings, "synward");
	bool kernel = json_object_get(findings->status, "kernel") != NULL;
	char text[SW_TEXT];

	putchar('\n');
	if (packets == 0) {
		printf("An enforcing tracker would have dropped nothing%s.\n",
		    kernel ? " else" : "");
		return;
	}
	printf("%sAn enforcing tracker would have dropped %s packet%s%s%s:\n",
	    sw_text_color(ctl, SW_COLOR_BOLD), sw_text_count(packets, text),
	    sw_text_s(packets), kernel ? " that passed" : "",
	    sw_text_color_off(ctl));
	print_kinds(ctl, findings, "synward");
}

/* Signs that the report does not show in another way. */
static bool
is_shown(const json_t *sign)
{
	static const char *const names[] = { "tap-deaf", "table-full",
		"kernel-full", "kernel-missing", "nflog-off",
		"reporter-behind" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(sw_talk_json_text(sign, "name"), names[i]) == 0)
			return true;
	return false;
}

static void
print_signs(const struct sw_ctl *ctl, const struct sw_try_findings *findings)
{
	json_t *sign;
	size_t i;

	json_array_foreach(findings->signs, i, sign)
	{
		if (is_shown(sign))
			printf("%s%s%s\n", sw_text_color(ctl, SW_COLOR_YELLOW),
			    sw_talk_json_text(sign, "text"),
			    sw_text_color_off(ctl));
	}
}

/* --- the whole ------------------------------------------------------------ */

static void
dump(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
}

static void
print_json(
    const struct sw_try_findings *findings, const struct sw_try_links *links)
{
	const json_t *status = findings->status;
	json_t *list = json_array(), *head, *kind;
	size_t i;

	for (i = 0; i < links->n; i++)
		json_array_append_new(
		    list, json_pack("{ss sI sb}", "name", links->list[i].name,
			      "received", (json_int_t)links->list[i].received,
			      "gone", !links->list[i].present));
	head = json_pack("{ss sf so}", "kind", "try", "seconds",
	    sw_talk_json_real(status, "uptime"), "interfaces", list);
	json_object_set(head, "tap", json_object_get(status, "tap"));
	json_object_set(head, "flows", json_object_get(status, "flows"));
	if (json_object_get(status, "kernel") != NULL)
		json_object_set(
		    head, "kernel", json_object_get(status, "kernel"));
	dump(head);
	json_decref(head);
	json_array_foreach(findings->refused, i, kind)
	{
		dump(kind);
	}
	json_array_foreach(findings->signs, i, kind)
	{
		dump(kind);
	}
}

int
sw_try_report_print(const struct sw_ctl *ctl,
    const struct sw_try_findings *findings, const struct sw_try_links *links)
{
	bool none =
	    tap_count(findings, "packets") == 0 && sum(findings, "kernel") == 0;

	if (ctl->json)
		print_json(findings, links);
	if (none) {
		fputs("No forwarded packet was seen.\n", stderr);
		print_silent(findings, links, stderr);
		return SW_EXIT_NOTHING;
	}
	if (ctl->json)
		return SW_EXIT_OK;
	print_followed(ctl, findings, links);
	print_silent(findings, links, stdout);
	print_signs(ctl, findings);
	print_kernel(ctl, findings);
	print_would(ctl, findings);
	if (json_array_size(findings->refused) > 0)
		puts("\nsynwardctl explain CAUSE says what a cause means, and "
		     "what to check.");
	return SW_EXIT_OK;
}
