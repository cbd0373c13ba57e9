/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue of held records.  Each has two texts: the output of the record itself
 * once it is decided, and the output of the records between it and the next
 * held one.  While nothing is held, no output is buffered.
 *
 * The limits are those of a Linux kernel that reassembles fragments: 30 seconds
 * and 4 MiB of fragments.  The number of fragments and the buffered text are
 * limited as well, so that no capture can exhaust the memory.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/hold.h"

#define SECONDS 30u
#define BYTES (UINT64_C(4) << 20)
#define FRAGMENTS 4096u
#define TEXT (UINT64_C(64) << 20)
#define CUT 64u /* first fragments that the capture has cut */

struct text {
	FILE *stream;
	char *bytes; /* valid after fflush() */
	size_t size;
};

struct node {
	struct sw_replay_held held; /* must be the first member: see release */
	bool decided;
	struct text own, behind;
	struct node *next;
};

struct sw_replay_hold {
	FILE *out;
	struct node *head, *tail;
	uint32_t waiting;
	uint64_t bytes; /* of the held fragments */
	uint64_t text;	/* buffered after all but the last record */
	bool failed;
	struct sw_packet cut[CUT]; /* a ring */
	unsigned n_cut;		   /* all so far */
};

struct sw_replay_hold *
sw_replay_hold_create(FILE *out)
{
	struct sw_replay_hold *hold = calloc(1, sizeof *hold);

	if (hold != NULL)
		hold->out = out;
	return hold;
}

static bool
open_text(struct text *text)
{
	text->stream = open_memstream(&text->bytes, &text->size);
	return text->stream != NULL;
}

static void
close_text(struct text *text)
{
	if (text->stream != NULL)
		fclose(text->stream);
	free(text->bytes);
}

static void
free_node(struct node *node)
{
	close_text(&node->own);
	close_text(&node->behind);
	free(node);
}

void
sw_replay_hold_destroy(struct sw_replay_hold *hold)
{
	struct node *next;

	if (hold == NULL)
		return;
	for (struct node *node = hold->head; node != NULL; node = next) {
		next = node->next;
		free_node(node);
	}
	free(hold);
}

FILE *
sw_replay_hold_out(const struct sw_replay_hold *hold)
{
	return hold->tail == NULL ? hold->out : hold->tail->behind.stream;
}

static size_t
size_of(struct sw_replay_hold *hold, struct text *text)
{
	if (fflush(text->stream) != 0 || ferror(text->stream))
		hold->failed = true;
	return text->size;
}

bool
sw_replay_hold_add(struct sw_replay_hold *hold, const struct sw_record *record,
    const struct sw_packet *packet, struct sw_time now)
{
	struct node *node = calloc(1, sizeof *node);

	if (node == NULL)
		return false;
	if (!open_text(&node->own) || !open_text(&node->behind)) {
		free_node(node);
		return false;
	}
	node->held.record = *record;
	node->held.record.bytes = NULL;
	node->held.packet = *packet;
	node->held.since = now;
	node->held.out = node->own.stream;
	if (hold->tail == NULL) {
		hold->head = node;
	} else {
		hold->text += size_of(hold, &hold->tail->behind);
		hold->tail->next = node;
	}
	hold->tail = node;
	hold->waiting++;
	hold->bytes += packet->length;
	return true;
}

static bool
same_datagram(const struct sw_packet *a, const struct sw_packet *b)
{
	return a->fragment.id == b->fragment.id &&
	       a->ends.family == b->ends.family &&
	       memcmp(&a->ends.src, &b->ends.src, sizeof a->ends.src) == 0 &&
	       memcmp(&a->ends.dst, &b->ends.dst, sizeof a->ends.dst) == 0 &&
	       (a->ends.family == SW_IPV6 || a->ends.proto == b->ends.proto);
}

struct sw_replay_held *
sw_replay_hold_match(struct sw_replay_hold *hold, const struct sw_packet *first)
{
	for (struct node *node = hold->head; node != NULL; node = node->next)
		if (!node->decided && same_datagram(&node->held.packet, first))
			return &node->held;
	return NULL;
}

void
sw_replay_hold_cut(struct sw_replay_hold *hold, const struct sw_packet *first)
{
	hold->cut[hold->n_cut++ % CUT] = *first;
}

bool
sw_replay_hold_is_cut(
    const struct sw_replay_hold *hold, const struct sw_packet *packet)
{
	unsigned n = hold->n_cut < CUT ? hold->n_cut : CUT;

	for (unsigned i = 0; packet->fragment.offset > 0 && i < n; i++)
		if (same_datagram(&hold->cut[i], packet))
			return true;
	return false;
}

/* The head cannot be decided already: it would have been printed. */
struct sw_replay_held *
sw_replay_hold_overdue(
    struct sw_replay_hold *hold, struct sw_time now, bool all)
{
	struct node *node = hold->head;

	if (node == NULL)
		return NULL;
	if (all || hold->waiting > FRAGMENTS || hold->bytes > BYTES ||
	    hold->text + size_of(hold, &hold->tail->behind) > TEXT ||
	    sw_time_ms_since(node->held.since, now) >= SECONDS * 1000u)
		return &node->held;
	return NULL;
}

static void
print(struct sw_replay_hold *hold, struct text *text)
{
	size_t size = size_of(hold, text);

	if (size > 0)
		fwrite(text->bytes, 1, size, hold->out);
}

static void
pop(struct sw_replay_hold *hold)
{
	struct node *node = hold->head;

	print(hold, &node->own);
	print(hold, &node->behind);
	if (node != hold->tail)
		hold->text -= node->behind.size;
	else
		hold->tail = NULL;
	hold->head = node->next;
	free_node(node);
}

void
sw_replay_hold_release(struct sw_replay_hold *hold, struct sw_replay_held *held)
{
	struct node *node = (struct node *)held;

	node->decided = true;
	hold->waiting--;
	hold->bytes -= held->packet.length;
	while (hold->head != NULL && hold->head->decided)
		pop(hold);
}

bool
sw_replay_hold_failed(const struct sw_replay_hold *hold)
{
	return hold->failed;
}
