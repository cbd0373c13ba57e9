/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The block begins with a head that never changes, sealed by a sum; its layout
 * number is made of the sizes of the parts and of the fields within them, so a
 * build with other parts does not take it over: it begins a new one.  Version
 * 0.1 left no such block.
 *
 * Totals are written into two copies in turn, each with a number and a sum: a
 * process that dies in between leaves the other copy whole.
 */

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "report/event_check.h"
#include "report/saved_reports.h"

#define MAGIC UINT64_C(0x7374726f70657273) /* "sreports" */

enum {
	LAYOUT = 1, /* + 1 when a part means something else in the same size */
	ALIGN = 4096,
};

static const struct {
	uint32_t size, quota;
} rings[SW_SAVED_RINGS] = {
	[SW_SAVED_EVENTS] = { 8192, 1024 },
	[SW_SAVED_DROPS] = { 4096, 512 },
};

struct head {
	uint64_t magic;
	uint64_t layout;
	uint64_t size;
	uint64_t sum; /* of the above */
};

struct copy {
	uint64_t number; /* the higher one is newer; 0: none */
	uint64_t sum;
	struct sw_saved_totals totals;
};

struct front {
	struct head head;
	struct copy copies[2];
};

/* Where each part begins. */
struct plan {
	size_t silences, incidents, rings[SW_SAVED_RINGS], end;
};

static size_t
align(size_t size)
{
	return (size + ALIGN - 1) / ALIGN * ALIGN;
}

static struct plan
plan_with(size_t silences)
{
	struct plan plan;
	size_t at = align(sizeof(struct front));

	plan.silences = at;
	at += align(silences);
	plan.incidents = at;
	at += align(sw_incidents_memory());
	for (unsigned i = 0; i < SW_SAVED_RINGS; i++) {
		plan.rings[i] = at;
		at += align(sw_event_history_memory(rings[i].size));
	}
	plan.end = at;
	return plan;
}

static struct plan
plan(void)
{
	return plan_with(sw_silences_memory());
}

static uint64_t
layout_number(struct plan where)
{
	const uint64_t numbers[] = { LAYOUT, sw_event_check_layout(),
		sizeof(struct sw_incident), sizeof(struct sw_saved_totals),
		sizeof(struct sw_counts), where.silences, where.incidents,
		where.rings[SW_SAVED_EVENTS], where.rings[SW_SAVED_DROPS],
		where.end };

	return sw_event_check_sum(numbers, sizeof numbers);
}

static struct front *
front_of(const struct sw_saved_reports *reports)
{
	return reports->memory.base;
}

static void *
part(const struct sw_saved_reports *reports, size_t at)
{
	return (uint8_t *)reports->memory.base + at;
}

static void
write_head(struct head *head, struct plan where)
{
	*head = (struct head){ .magic = MAGIC,
		.layout = layout_number(where),
		.size = where.end };
	head->sum = sw_event_check_sum(head, offsetof(struct head, sum));
}

void
sw_saved_reports_seal_former(void *block)
{
	write_head(block, plan_with(sw_silences_memory_former()));
}

int
sw_saved_reports_create(struct sw_saved_reports *reports)
{
	size_t size = plan().end;
	int error =
	    sw_shared_memory_create(&reports->memory, "synward-reports", size);

	if (error == 0)
		write_head(&front_of(reports)->head, plan());
	return error;
}

static bool
head_makes_sense(const struct sw_saved_reports *reports, struct plan where)
{
	const struct head *head = &front_of(reports)->head;

	return head->magic == MAGIC && head->layout == layout_number(where) &&
	       head->size == where.end &&
	       head->sum ==
		   sw_event_check_sum(head, offsetof(struct head, sum));
}

/* => as sw_saved_reports_adopt() */
static int
adopt_as(struct sw_saved_reports *reports, int fd, struct plan where)
{
	int error = sw_shared_memory_adopt(&reports->memory, fd, where.end);

	if (error == 0 && !head_makes_sense(reports, where)) {
		sw_saved_reports_close(reports);
		error = -EINVAL;
	}
	return error;
}

/* Gives the pages back, where the kernel can do that. */
static void
clear(void *pages, size_t size)
{
	if (madvise(pages, size, MADV_REMOVE) != 0)
		memset(pages, 0, size);
}

/* The former part for silences was smaller: what came after it moves, and of
 * itself only the longest ones are taken. */
static int
adopt_former(struct sw_saved_reports *reports, int fd, struct plan former)
{
	struct sw_saved_reports before;
	int error = adopt_as(&before, fd, former);

	if (error < 0)
		return error;
	error = sw_shared_memory_lengthen(&reports->memory, "synward-reports",
	    plan().end, &before.memory, former.incidents);
	if (error == 0) {
		clear(part(reports, former.silences),
		    former.incidents - former.silences);
		sw_silences_take_former(part(reports, plan().silences),
		    part(&before, former.silences));
		write_head(&front_of(reports)->head, plan());
	}
	sw_saved_reports_close(&before);
	return error;
}

int
sw_saved_reports_adopt(struct sw_saved_reports *reports, int fd)
{
	struct plan former = plan_with(sw_silences_memory_former());

	return sw_shared_memory_size(fd) == former.end
		   ? adopt_former(reports, fd, former)
		   : adopt_as(reports, fd, plan());
}

void
sw_saved_reports_close(struct sw_saved_reports *reports)
{
	sw_shared_memory_close(&reports->memory);
}

struct sw_event_history *
sw_saved_reports_history(const struct sw_saved_reports *reports,
    enum sw_saved_ring ring, struct sw_time now)
{
	return sw_event_history_open(part(reports, plan().rings[ring]),
	    rings[ring].size, rings[ring].quota, now);
}

struct sw_incidents *
sw_saved_reports_incidents(const struct sw_saved_reports *reports,
    uint32_t rate, uint32_t interval, struct sw_time now, uint32_t *torn)
{
	return sw_incidents_open(
	    part(reports, plan().incidents), rate, interval, now, torn);
}

struct sw_silences *
sw_saved_reports_silences(const struct sw_saved_reports *reports)
{
	return part(reports, plan().silences);
}

static uint64_t
sum_of(const struct copy *copy)
{
	return copy->number ^
	       sw_event_check_sum(&copy->totals, sizeof copy->totals);
}

/* => the newest copy that is whole, or NULL */
static const struct copy *
newest(const struct sw_saved_reports *reports)
{
	const struct copy *copies = front_of(reports)->copies, *best = NULL;

	for (unsigned i = 0; i < 2; i++)
		if (copies[i].number != 0 &&
		    copies[i].sum == sum_of(&copies[i]) &&
		    (best == NULL || copies[i].number > best->number))
			best = &copies[i];
	return best;
}

bool
sw_saved_reports_totals(
    const struct sw_saved_reports *reports, struct sw_saved_totals *totals)
{
	const struct copy *copy = newest(reports);

	memset(totals, 0, sizeof *totals);
	if (copy != NULL)
		*totals = copy->totals;
	return copy != NULL;
}

void
sw_saved_reports_put_totals(
    struct sw_saved_reports *reports, const struct sw_saved_totals *totals)
{
	struct copy *copies = front_of(reports)->copies;
	struct copy *older =
	    copies[0].number <= copies[1].number ? &copies[0] : &copies[1];
	uint64_t number = copies[0].number > copies[1].number
			      ? copies[0].number
			      : copies[1].number;

	older->number = 0;
	memcpy(&older->totals, totals, sizeof *totals);
	__atomic_store_n(&older->number, number + 1, __ATOMIC_RELEASE);
	older->sum = sum_of(older);
}
