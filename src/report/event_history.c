/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each place holds one record: the event, its number, and a sum over both.
 * The records alone are in the memory that may outlive the process.  Beside
 * them, in memory of our own, are two lists through the places: all in the
 * order of their numbers, and those of each class in the same order.  At open
 * the lists are made again from the records that are whole.
 *
 * The number is written last and removed first, so a process that dies while
 * it writes leaves an empty place or a sum that does not fit.
 *
 * Which class has the most events is asked only while all places are taken
 * and the class of a new event is below its quota; then all counts, two bytes
 * each, are looked at.
 */

#include <stdlib.h>
#include <string.h>

#include "report/event_check.h"
#include "report/event_history.h"

enum {
	CLASSES = 1024, /* class 0 takes what finds none of its own */
	NOWHERE = UINT32_MAX,
	SIZE_MOST = 1 << 20,
};

struct record {
	uint64_t number; /* from 1; 0: empty */
	uint64_t sum;
	struct sw_event event;
};

_Static_assert(sizeof(struct record) % 8 == 0, "summed in words");

struct place {
	uint32_t before, after; /* in the order of numbers */
	uint32_t next;		/* of its class, or of the free places */
	uint16_t class;
};

struct class
{
	uint64_t key;
	uint32_t oldest, newest;
	uint16_t chain; /* next class of the same hash; 0: none */
};

struct sw_event_history {
	struct record *records;
	struct place *places;
	uint32_t size, quota;
	uint32_t oldest, newest, free;
	uint64_t next; /* number of the next event */
	uint32_t found, torn;
	bool owned;
	struct class classes[CLASSES];
	uint16_t counts[CLASSES];
	uint16_t chains[CLASSES]; /* first class of each hash */
	uint16_t free_class;
};

size_t
sw_event_history_memory(uint32_t size)
{
	return size * sizeof(struct record);
}

/* --- classes --------------------------------------------------------------- */

static uint64_t
key_of(const struct sw_event *event)
{
	bool refused = event->kind == SW_EVENT_REFUSED;
	uint64_t key = event->kind;

	key = key << 8 | (refused ? event->refused.message : 0);
	key = key << 8 | (refused ? event->judgement.cause : 0);
	return key << 16 | event->rule;
}

static uint16_t *
chain_of(struct sw_event_history *history, uint64_t key)
{
	return &history->chains[(key * UINT64_C(0x9e3779b97f4a7c15)) >> 54];
}

static uint16_t
class_of(struct sw_event_history *history, uint64_t key)
{
	uint16_t *chain = chain_of(history, key), class = *chain;

	while (class != 0 && history->classes[class].key != key)
		class = history->classes[class].chain;
	if (class != 0 || history->free_class == 0)
		return class;
	class = history->free_class;
	history->free_class = history->classes[class].chain;
	history->classes[class] = (struct class){ .key = key,
		.oldest = NOWHERE,
		.newest = NOWHERE,
		.chain = *chain };
	return *chain = class;
}

/* The last event of the class is gone. */
static void
free_class(struct sw_event_history *history, uint16_t class)
{
	uint16_t *link = chain_of(history, history->classes[class].key);

	if (class == 0)
		return;
	while (*link != class)
		link = &history->classes[*link].chain;
	*link = history->classes[class].chain;
	history->classes[class].chain = history->free_class;
	history->free_class = class;
}

static uint16_t
largest_class(const struct sw_event_history *history)
{
	uint16_t most = 0;

	for (uint16_t i = 1; i < CLASSES; i++)
		if (history->counts[i] > history->counts[most])
			most = i;
	return most;
}

/* --- places ---------------------------------------------------------------- */

static void
unlink_place(struct sw_event_history *history, uint32_t at)
{
	struct place *place = &history->places[at];

	if (place->before == NOWHERE)
		history->oldest = place->after;
	else
		history->places[place->before].after = place->after;
	if (place->after == NOWHERE)
		history->newest = place->before;
	else
		history->places[place->after].before = place->before;
}

/* Frees the place of the oldest event of the class. */
static void
drop_oldest(struct sw_event_history *history, uint16_t class)
{
	uint32_t at = history->classes[class].oldest;
	struct place *place = &history->places[at];

	history->records[at].number = 0;
	unlink_place(history, at);
	history->classes[class].oldest = place->next;
	if (--history->counts[class] == 0) {
		history->classes[class].newest = NOWHERE;
		free_class(history, class);
	}
	place->next = history->free;
	history->free = at;
}

/* The record at this place is the newest of all, and of its class. */
static void
link_newest(struct sw_event_history *history, uint32_t at, uint16_t class)
{
	struct class *own = &history->classes[class];

	history->places[at] = (struct place){ .before = history->newest,
		.after = NOWHERE,
		.next = NOWHERE,
		.class = class };
	if (history->newest == NOWHERE)
		history->oldest = at;
	else
		history->places[history->newest].after = at;
	history->newest = at;
	if (own->newest == NOWHERE)
		own->oldest = at;
	else
		history->places[own->newest].next = at;
	own->newest = at;
	history->counts[class]++;
}

static uint64_t
sum_of(const struct record *record, uint64_t number)
{
	return sw_event_check_sum(&record->event, sizeof record->event) ^
	       number * UINT64_C(0x9e3779b97f4a7c15);
}

void
sw_event_history_add(
    struct sw_event_history *history, const struct sw_event *event)
{
	uint64_t key = key_of(event), number = history->next++;
	uint16_t class = class_of(history, key);
	struct record *record;
	uint32_t at;

	if (history->counts[class] >= history->quota)
		drop_oldest(history, class);
	else if (history->free == NOWHERE)
		drop_oldest(history, largest_class(history));
	/* It may have been the only one of its class. */
	class = class_of(history, key);
	at = history->free;
	history->free = history->places[at].next;
	record = &history->records[at];
	memcpy(&record->event, event, sizeof record->event);
	record->sum = sum_of(record, number);
	__atomic_store_n(&record->number, number, __ATOMIC_RELEASE);
	link_newest(history, at, class);
}

/* --- what a predecessor left ----------------------------------------------- */

static bool
is_whole(const struct record *record, struct sw_time now)
{
	return record->number != 0 && record->number < UINT64_MAX / 2 &&
	       record->sum == sum_of(record, record->number) &&
	       sw_event_check_sane(&record->event, now);
}

/* A record's number, and where it is. */
struct order {
	uint64_t number;
	uint32_t at;
};

static int
by_number(const void *a, const void *b)
{
	const struct order *one = a, *other = b;

	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return one->at < other->at ? -1 : one->at > other->at;
}

/* => how many are whole; the others become free places */
static uint32_t
sift(struct sw_event_history *history, struct order *order, struct sw_time now)
{
	uint32_t n = 0;

	for (uint32_t i = history->size; i-- > 0;) {
		struct record *record = &history->records[i];

		if (is_whole(record, now)) {
			order[n++] = (struct order){ record->number, i };
			continue;
		}
		history->torn += record->number != 0;
		record->number = 0;
		history->places[i].next = history->free;
		history->free = i;
	}
	return n;
}

static void
take_over(
    struct sw_event_history *history, struct order *order, struct sw_time now)
{
	uint32_t n = sift(history, order, now);

	qsort(order, n, sizeof *order, by_number);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = order[i].at;
		uint16_t class =
		    class_of(history, key_of(&history->records[at].event));

		link_newest(history, at, class);
		history->next = order[i].number + 1;
		if (history->counts[class] > history->quota)
			drop_oldest(history, class);
	}
	history->found = n;
}

static void
init_classes(struct sw_event_history *history)
{
	history->classes[0].oldest = history->classes[0].newest = NOWHERE;
	for (uint16_t i = CLASSES - 1; i > 0; i--) {
		history->classes[i].chain = history->free_class;
		history->free_class = i;
	}
}

/* => false when memory is short */
static bool
init(struct sw_event_history *history, void *memory, struct sw_time now)
{
	struct order *order = calloc(history->size, sizeof *order);

	history->places = calloc(history->size, sizeof *history->places);
	history->owned = memory == NULL;
	history->records =
	    memory != NULL ? memory
			   : calloc(history->size, sizeof *history->records);
	history->oldest = history->newest = history->free = NOWHERE;
	history->next = 1;
	init_classes(history);
	if (order != NULL && history->places != NULL &&
	    history->records != NULL)
		take_over(history, order, now);
	free(order);
	return order != NULL && history->places != NULL &&
	       history->records != NULL;
}

struct sw_event_history *
sw_event_history_open(
    void *memory, uint32_t size, uint32_t quota, struct sw_time now)
{
	struct sw_event_history *history = calloc(1, sizeof *history);

	if (history == NULL)
		return NULL;
	history->size = size < SIZE_MOST ? size : SIZE_MOST;
	history->quota = quota < UINT16_MAX ? quota : UINT16_MAX - 1;
	if (!init(history, memory, now)) {
		sw_event_history_close(history);
		return NULL;
	}
	return history;
}

void
sw_event_history_close(struct sw_event_history *history)
{
	if (history == NULL)
		return;
	if (history->owned)
		free(history->records);
	free(history->places);
	free(history);
}

uint32_t
sw_event_history_found(const struct sw_event_history *history, uint32_t *torn)
{
	*torn = history->torn;
	return history->found;
}

/* --- readers --------------------------------------------------------------- */

uint64_t
sw_event_history_next(const struct sw_event_history *history)
{
	return history->next;
}

static uint64_t
number_at(const struct sw_event_history *history, uint32_t at)
{
	return history->records[at].number;
}

/* The place of the last event whose number is below this one.  A cursor's own
 * place is near; without it, the search begins at the newest. */
static uint32_t
last_below(
    const struct sw_event_history *history, uint64_t number, uint32_t place)
{
	uint32_t at = history->newest, after;

	if (at == NOWHERE || number <= number_at(history, history->oldest))
		return NOWHERE;
	if (place < history->size && number_at(history, place) != 0 &&
	    number_at(history, place) < number)
		at = place;
	while (at != NOWHERE && number_at(history, at) >= number)
		at = history->places[at].before;
	while (at != NOWHERE &&
	       (after = history->places[at].after) != NOWHERE &&
	       number_at(history, after) < number)
		at = after;
	return at;
}

size_t
sw_event_history_read(const struct sw_event_history *history,
    struct sw_event_cursor *cursor, uint64_t *missed, struct sw_event *events,
    size_t max)
{
	uint32_t at = last_below(history, cursor->next, cursor->place);
	size_t n = 0;

	at = at == NOWHERE ? history->oldest : history->places[at].after;
	for (; n < max && at != NOWHERE; at = history->places[at].after) {
		const struct record *record = &history->records[at];

		if (cursor->next != 0)
			*missed += record->number - cursor->next;
		events[n++] = record->event;
		cursor->next = record->number + 1;
		cursor->place = at;
	}
	if (n == 0 && cursor->next == 0)
		cursor->next = history->next;
	return n;
}

size_t
sw_event_history_read_back(const struct sw_event_history *history,
    struct sw_event_cursor *cursor, struct sw_event *events, size_t max)
{
	uint32_t at = NOWHERE;
	size_t n = 0;

	if (cursor->place < history->size &&
	    number_at(history, cursor->place) == cursor->next)
		at = history->places[cursor->place].before;
	else
		at = last_below(history, cursor->next, cursor->place);
	for (; n < max && at != NOWHERE; at = history->places[at].before) {
		events[n++] = history->records[at].event;
		cursor->next = number_at(history, at);
		cursor->place = at;
	}
	return n;
}
