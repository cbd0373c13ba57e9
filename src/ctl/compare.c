/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two lists of refused packets are merged by their frames into differences,
 * which are sorted by kind, reason and connection, and counted.  A refused
 * packet takes some 100 bytes; of a capture with more than MOST of them only
 * the first are compared, and the rest is counted.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ctl/compare.h"
#include "ctl/text.h"
#include "report/field.h"

enum { MOST = 4 << 20, LISTED = 20, NAMES = 1024 };

enum difference {
	ONLY_FIRST,
	ONLY_SECOND,
	OTHER_REASON,
	DIFFERENCES,
};

struct refusal {
	uint64_t frame, time;
	struct sw_endpoints ends; /* src is the client */
	uint16_t rule;		  /* of names */
	uint8_t message, cause;
	/* Of a difference: its kind, and the second configuration's reason. */
	uint8_t difference, other_message, other_cause;
};

/* Two packets with the same bytes there are refused for the same reasons. */
#define REASON_BYTES                             \
	(offsetof(struct refusal, other_cause) - \
	    offsetof(struct refusal, message) + 1)

struct list {
	struct refusal *refusals;
	size_t n, room;
	uint64_t others; /* for which there was no room */
};

struct sw_compared {
	struct list lists[2], differences;
	unsigned turn;
	bool failed;
	char names[NAMES][72]; /* of rules; all others get the last */
	size_t n_names;
	uint64_t packets[DIFFERENCES], connections[DIFFERENCES];
};

struct sw_compared *
sw_compare_begin(void)
{
	return calloc(1, sizeof(struct sw_compared));
}

void
sw_compare_turn(struct sw_compared *compared)
{
	compared->turn = 1;
}

static void
append(struct sw_compared *compared, struct list *list,
    const struct refusal *refusal)
{
	if (list->n == MOST) {
		list->others++;
		return;
	}
	if (list->n == list->room) {
		size_t room = list->room > 0 ? list->room * 2 : 1024;
		struct refusal *more =
		    realloc(list->refusals, room * sizeof *more);

		if (more == NULL) {
			compared->failed = true;
			return;
		}
		list->refusals = more;
		list->room = room;
	}
	list->refusals[list->n++] = *refusal;
}

static uint16_t
number_of(struct sw_compared *compared, const char *rule)
{
	size_t i = 0;

	while (i < compared->n_names && strcmp(compared->names[i], rule) != 0)
		i++;
	if (i == compared->n_names && i < NAMES) {
		snprintf(
		    compared->names[i], sizeof compared->names[i], "%s", rule);
		compared->n_names++;
	}
	return (uint16_t)(i < NAMES ? i : NAMES - 1);
}

void
sw_compare_add(struct sw_compared *compared, const struct sw_event *event,
    uint64_t frame, const char *rule)
{
	struct refusal refusal = { .frame = frame,
		.time = event->time.ns,
		.ends = event->refused.ends,
		.rule = number_of(compared, rule),
		.message = event->refused.message,
		.cause = event->judgement.cause };

	if (!event->refused.from_opener)
		refusal.ends = sw_packet_endpoints_reverse(&refusal.ends);
	append(compared, &compared->lists[compared->turn], &refusal);
}

/* --- differences ----------------------------------------------------------- */

static int
by_frame(const void *a, const void *b)
{
	const struct refusal *left = a, *right = b;

	return left->frame < right->frame ? -1 : left->frame > right->frame;
}

static int
by_connection(const struct refusal *left, const struct refusal *right)
{
	int order;

	if (left->difference != right->difference)
		return left->difference < right->difference ? -1 : 1;
	order = memcmp(&left->message, &right->message, REASON_BYTES);
	if (order == 0 && left->rule != right->rule)
		order = left->rule < right->rule ? -1 : 1;
	return order != 0
		   ? order
		   : memcmp(&left->ends, &right->ends, sizeof left->ends);
}

static int
by_kind(const void *a, const void *b)
{
	int order = by_connection(a, b);

	return order != 0 ? order : by_frame(a, b);
}

/* qsort() takes no null pointer, not even for no elements. */
static void
sort(struct list *list, int (*compare)(const void *, const void *))
{
	if (list->n > 0)
		qsort(list->refusals, list->n, sizeof *list->refusals, compare);
}

static void
add_difference(struct sw_compared *compared, const struct refusal *refusal,
    enum difference kind, const struct refusal *other)
{
	struct refusal difference = *refusal;

	difference.difference = (uint8_t)kind;
	difference.other_message = other->message;
	difference.other_cause = other->cause;
	append(compared, &compared->differences, &difference);
	compared->packets[kind]++;
}

static void
merge(struct sw_compared *compared)
{
	struct list *a = &compared->lists[0], *b = &compared->lists[1];
	size_t i = 0, j = 0;

	sort(a, by_frame);
	sort(b, by_frame);
	while (i < a->n || j < b->n) {
		const struct refusal *left = i < a->n ? &a->refusals[i] : NULL;
		const struct refusal *right = j < b->n ? &b->refusals[j] : NULL;

		if (right == NULL ||
		    (left != NULL && left->frame < right->frame)) {
			add_difference(compared, left, ONLY_FIRST, left);
			i++;
		} else if (left == NULL || right->frame < left->frame) {
			add_difference(compared, right, ONLY_SECOND, right);
			j++;
		} else {
			if (left->message != right->message ||
			    left->cause != right->cause)
				add_difference(
				    compared, left, OTHER_REASON, right);
			i++;
			j++;
		}
	}
	sort(&compared->differences, by_kind);
}

/* --- output ---------------------------------------------------------------- */

/* The connections of one kind, each with its packets from first to last. */
struct row {
	const struct refusal *first, *last;
	size_t packets;
};

/* => false at the end of the kind */
static bool
next_row(const struct sw_compared *compared, size_t *at, struct row *row)
{
	const struct list *list = &compared->differences;
	size_t i = *at;

	if (i == list->n)
		return false;
	row->first = &list->refusals[i];
	while (
	    i < list->n && by_connection(row->first, &list->refusals[i]) == 0)
		i++;
	row->last = &list->refusals[i - 1];
	row->packets = i - *at;
	*at = i;
	return true;
}

static const char *
reason(uint8_t message, uint8_t cause)
{
	return sw_field_tells_cause(
		   (enum sw_message)message, (enum sw_cause)cause)
		   ? sw_cause_text((enum sw_cause)cause)->name
		   : sw_cause_message_text((enum sw_message)message);
}

static void
print_row(struct sw_columns *columns, const struct sw_compared *compared,
    const struct row *row)
{
	const struct sw_endpoints *ends = &row->first->ends;
	char client[64], server[64], packets[SW_TEXT], first[SW_TEXT],
	    last[SW_TEXT], why[128];

	snprintf(why, sizeof why, "%s",
	    reason(row->first->message, row->first->cause));
	if (row->first->difference == OTHER_REASON)
		snprintf(why, sizeof why, "%s, %s",
		    reason(row->first->message, row->first->cause),
		    reason(row->first->other_message, row->first->other_cause));
	sw_line_endpoint(
	    &ends->src, ends->sport, ends->family, ends->proto, client);
	sw_line_endpoint(
	    &ends->dst, ends->dport, ends->family, ends->proto, server);
	sw_text_columns_row(columns,
	    (const char *const[]){ why, compared->names[row->first->rule],
		client, server, sw_text_count(row->packets, packets),
		sw_text_moment((double)row->first->time / 1e9, first),
		sw_text_moment((double)row->last->time / 1e9, last) });
}

static const struct sw_column row_columns[] = { { "cause", false },
	{ "rule", false }, { "client", false }, { "server", false },
	{ "packets", true }, { "first", false }, { "last", false }, { 0 } };

static void
print_rows(const struct sw_compared *compared, const struct sw_ctl *ctl,
    enum difference kind, bool all)
{
	struct sw_columns columns;
	struct row row;
	size_t at = 0, n = 0;

	sw_text_columns_begin(&columns, ctl, row_columns);
	while (next_row(compared, &at, &row))
		if (row.first->difference == kind && (all || n++ < LISTED))
			print_row(&columns, compared, &row);
	sw_text_columns_end(&columns);
	if (!all && n > LISTED)
		printf(
		    "and %zu more connections: --all lists them\n", n - LISTED);
}

static void
print_kind(const struct sw_compared *compared, const struct sw_ctl *ctl,
    enum difference kind, const char *title)
{
	char packets[SW_TEXT], connections[SW_TEXT];
	uint64_t n = compared->packets[kind];

	if (n == 0 && kind == OTHER_REASON)
		return;
	printf("%s%s%s: ", sw_text_color(ctl, SW_COLOR_BOLD), title,
	    sw_text_color_off(ctl));
	if (n == 0) {
		puts("nothing");
		return;
	}
	printf("%s packet%s of %s connection%s\n", sw_text_count(n, packets),
	    sw_text_s(n),
	    sw_text_count(compared->connections[kind], connections),
	    sw_text_s(compared->connections[kind]));
	print_rows(compared, ctl, kind, sw_command_given(ctl, "all"));
}

static void
print_text(const struct sw_compared *compared, const struct sw_ctl *ctl,
    const char *const names[2])
{
	char title[2][200], first[SW_TEXT], second[SW_TEXT];

	for (unsigned i = 0; i < 2; i++)
		snprintf(title[i], sizeof title[i], "refused by %.160s alone",
		    names[i]);
	printf("%s refuses %s packets, %s %s\n\n", names[0],
	    sw_text_count(compared->lists[0].n, first), names[1],
	    sw_text_count(compared->lists[1].n, second));
	print_kind(compared, ctl, ONLY_FIRST, title[0]);
	putchar('\n');
	print_kind(compared, ctl, ONLY_SECOND, title[1]);
	if (compared->packets[OTHER_REASON] > 0)
		putchar('\n');
	print_kind(
	    compared, ctl, OTHER_REASON, "refused by both, for another reason");
}

static void
put_reason(struct sw_json *json, uint8_t message, uint8_t cause,
    const char *message_key, const char *cause_key)
{
	sw_json_put_text(
	    json, message_key, sw_cause_message_text((enum sw_message)message));
	if (sw_field_tells_cause(
		(enum sw_message)message, (enum sw_cause)cause))
		sw_json_put_text(
		    json, cause_key, sw_cause_text((enum sw_cause)cause)->name);
}

static void
print_json_row(const struct sw_compared *compared, const struct row *row,
    struct sw_json *json)
{
	static const char *const by[DIFFERENCES] = { [ONLY_FIRST] = "first",
		[ONLY_SECOND] = "second",
		[OTHER_REASON] = "both" };
	const struct refusal *first = row->first;

	sw_json_begin(json, "difference");
	sw_json_put_text(json, "refused_by", by[first->difference]);
	put_reason(json, first->message, first->cause, "message", "cause");
	if (first->difference == OTHER_REASON)
		put_reason(json, first->other_message, first->other_cause,
		    "other_message", "other_cause");
	sw_json_put_text(json, "rule", compared->names[first->rule]);
	sw_line_ends_json(&first->ends, json);
	sw_json_put_count(json, "packets", row->packets);
	sw_json_put_count(json, "frame", first->frame);
	sw_json_put_moment(json, "first", (int64_t)first->time);
	sw_json_put_moment(json, "last", (int64_t)row->last->time);
	sw_json_end(json);
}

static void
print_json(const struct sw_compared *compared, const char *const names[2])
{
	static const char *const keys[DIFFERENCES][2] = {
		[ONLY_FIRST] = { "first_packets", "first_connections" },
		[ONLY_SECOND] = { "second_packets", "second_connections" },
		[OTHER_REASON] = { "both_packets", "both_connections" },
	};
	struct sw_json json = sw_json_to_stream(stdout);
	struct row row;
	size_t at = 0;

	while (next_row(compared, &at, &row))
		print_json_row(compared, &row, &json);
	sw_json_begin(&json, "comparison");
	sw_json_put_text(&json, "first", names[0]);
	sw_json_put_text(&json, "second", names[1]);
	for (unsigned i = 0; i < DIFFERENCES; i++) {
		sw_json_put_count(&json, keys[i][0], compared->packets[i]);
		sw_json_put_count(&json, keys[i][1], compared->connections[i]);
	}
	sw_json_end(&json);
}

static int
print(struct sw_compared *compared, const struct sw_ctl *ctl,
    const char *const names[2])
{
	uint64_t others = compared->lists[0].others + compared->lists[1].others;
	struct row row;
	size_t at = 0;

	merge(compared);
	if (compared->failed)
		return sw_command_fail(SW_EXIT_FAILURE, "out of memory");
	while (next_row(compared, &at, &row))
		compared->connections[row.first->difference]++;
	if (ctl->json)
		print_json(compared, names);
	else
		print_text(compared, ctl, names);
	if (others > 0)
		return sw_command_fail(SW_EXIT_FAILURE,
		    "only the first %d refused packets were compared", MOST);
	return compared->differences.n > 0 ? SW_EXIT_OK : SW_EXIT_NOTHING;
}

void
sw_compare_free(struct sw_compared *compared)
{
	for (unsigned i = 0; i < 2; i++)
		free(compared->lists[i].refusals);
	free(compared->differences.refusals);
	free(compared);
}

int
sw_compare_end(struct sw_compared *compared, const struct sw_ctl *ctl,
    const char *const names[2])
{
	int code = print(compared, ctl, names);

	sw_compare_free(compared);
	return code;
}
