/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows are sorted by what they count, and neighbours are added up.  They may
 * be written meanwhile: a row that another has taken in between is left out.
 */
#include <stdlib.h>

#include "report/silence_internal.h"
#include "report/silence_sums.h"

enum { ROWS = SW_SILENCE_SETS * SW_SILENCE_WAYS };

struct place {
	uint32_t order; /* rule, timeout, both */
	uint32_t row;
};

static uint32_t
order_of(const struct sw_silence_what *what)
{
	return (uint32_t)what->rule << 16 | (uint32_t)what->timeout << 8 |
	       what->both;
}

static int
compare(const void *a, const void *b)
{
	const struct place *left = a, *right = b;

	if (left->order != right->order)
		return left->order < right->order ? -1 : 1;
	return left->row < right->row ? -1 : left->row > right->row;
}

static uint64_t
slice_of(struct sw_time time)
{
	return time.ns / SW_NS_PER_SECOND / SW_SILENCE_SLICE;
}

static size_t
find_rows(const struct sw_silence_rows *rows, struct sw_time since,
    struct place places[ROWS])
{
	struct sw_silence_what what;
	uint64_t slice;
	size_t n = 0;

	for (uint32_t i = 0; i < ROWS; i++)
		if (sw_silence_rows_read(&rows->rows[i], &what, &slice) &&
		    slice >= slice_of(since))
			places[n++] = (struct place){ order_of(&what), i };
	qsort(places, n, sizeof *places, compare);
	return n;
}

static void
add_counts(struct sw_silence_count to[SW_SILENCE_BUCKETS],
    const struct sw_silence_count from[SW_SILENCE_BUCKETS])
{
	for (unsigned i = 0; i < SW_SILENCE_BUCKETS; i++) {
		to[i].data += sw_silence_rows_get(&from[i].data);
		to[i].keepalive += sw_silence_rows_get(&from[i].keepalive);
	}
}

static void
add_row(struct sw_silence_sums *sums, const struct sw_silence_row *row,
    uint32_t order)
{
	struct sw_silence_sum *sum = &sums->list[sums->n];
	struct sw_silence_what what;
	uint64_t slice;

	if (!sw_silence_rows_read(row, &what, &slice) ||
	    order_of(&what) != order)
		return;
	if (sums->n > 0 && order_of(&sum[-1].what) == order) {
		sum--;
	} else {
		sum->what = what;
		sums->n++;
	}
	add_counts(sum->survived, row->survived);
	add_counts(sum->cut, row->cut);
	sum->ended += sw_silence_rows_get(&row->ended);
}

/* The time since which nothing is missing. */
static struct sw_time
known_since(const struct sw_silence_rows *rows, struct sw_time since)
{
	uint64_t forgotten =
	    __atomic_load_n(&rows->forgotten, __ATOMIC_RELAXED);
	uint64_t from = slice_of(since) * SW_SILENCE_SLICE * SW_NS_PER_SECOND;

	if (from < rows->began)
		from = rows->began;
	return (struct sw_time){ from < forgotten ? forgotten : from };
}

bool
sw_silence_sums_read(const struct sw_silences *silences, struct sw_time since,
    struct sw_silence_sums *sums)
{
	const struct sw_silence_rows *rows = &silences->rows;
	struct place *places = calloc(ROWS, sizeof *places);
	size_t n;

	*sums = (struct sw_silence_sums){ .n = 0 };
	if (places == NULL)
		return false;
	sums->from = known_since(rows, since);
	n = find_rows(rows, sums->from, places);
	sums->list = calloc(n + 1, sizeof *sums->list);
	for (size_t i = 0; sums->list != NULL && i < n; i++)
		add_row(sums, &rows->rows[places[i].row], places[i].order);
	free(places);
	return sums->list != NULL;
}

void
sw_silence_sums_free(struct sw_silence_sums *sums)
{
	free(sums->list);
	*sums = (struct sw_silence_sums){ .n = 0 };
}
