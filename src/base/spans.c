/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spans: keeps sets of numbers in order.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/spans.h"

void
sw_spans_free(struct sw_spans *spans)
{
	free(spans->list);
	*spans = (struct sw_spans){ 0 };
}

void
sw_spans_add(struct sw_spans *spans, sw_wide first, sw_wide last)
{
	size_t room = spans->room > 0 ? spans->room * 2 : 4;
	struct sw_span *list;

	if (spans->failed)
		return;
	if (spans->n == spans->room) {
		list = realloc(spans->list, room * sizeof *list);
		if (list == NULL) {
			spans->failed = true;
			return;
		}
		spans->list = list;
		spans->room = room;
	}
	spans->list[spans->n++] = (struct sw_span){ first, last };
}

static int
by_first(const void *a, const void *b)
{
	const struct sw_span *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static bool
is_ordered(const struct sw_spans *spans)
{
	for (size_t i = 1; i < spans->n; i++)
		if (spans->list[i].first < spans->list[i - 1].first)
			return false;
	return true;
}

void
sw_spans_settle(struct sw_spans *spans)
{
	size_t kept = 0;

	if (spans->n == 0)
		return;
	if (!is_ordered(spans))
		qsort(spans->list, spans->n, sizeof *spans->list, by_first);
	for (size_t i = 1; i < spans->n; i++) {
		struct sw_span *last = &spans->list[kept];
		const struct sw_span *next = &spans->list[i];

		/* The second test cannot wrap: the first has failed. */
		if (next->first <= last->last ||
		    next->first - 1 == last->last) {
			if (next->last > last->last)
				last->last = next->last;
			continue;
		}
		spans->list[++kept] = *next;
	}
	spans->n = kept + 1;
}

/* What is left of one span; *at: the first of the others that may reach it. */
static void
add_rest(struct sw_spans *rest, struct sw_span span,
    const struct sw_spans *other, size_t *at)
{
	while (*at < other->n && other->list[*at].last < span.first)
		++*at;
	for (size_t i = *at; i < other->n; i++) {
		const struct sw_span *out = &other->list[i];

		if (out->first > span.last)
			break;
		if (out->first > span.first)
			sw_spans_add(rest, span.first, out->first - 1);
		if (out->last >= span.last)
			return;
		span.first = out->last + 1;
	}
	sw_spans_add(rest, span.first, span.last);
}

void
sw_spans_remove(struct sw_spans *spans, const struct sw_spans *other)
{
	struct sw_spans rest = { 0 };
	size_t at = 0;

	if (other->n == 0 || spans->n == 0)
		return;
	for (size_t i = 0; i < spans->n; i++)
		add_rest(&rest, spans->list[i], other, &at);
	rest.failed = rest.failed || spans->failed || other->failed;
	free(spans->list);
	*spans = rest;
}

const struct sw_span *
sw_spans_find(const struct sw_span *list, size_t n, sw_wide value)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (list[middle].last < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && list[low].first <= value ? &list[low] : NULL;
}

sw_wide
sw_spans_addr(const struct sw_addr *addr, enum sw_family family)
{
	uint64_t half[2];

	memcpy(half, addr->b, sizeof half);
	if (family == SW_IPV4)
		return be64toh(half[0]) >> 32;
	return (sw_wide)be64toh(half[0]) << 64 | be64toh(half[1]);
}

struct sw_addr
sw_spans_to_addr(sw_wide value, enum sw_family family)
{
	uint64_t half[2] = { (uint64_t)(value >> 64), (uint64_t)value };
	struct sw_addr addr;

	if (family == SW_IPV4) {
		half[0] = (uint64_t)value << 32;
		half[1] = 0;
	}
	half[0] = htobe64(half[0]);
	half[1] = htobe64(half[1]);
	memcpy(addr.b, half, sizeof addr.b);
	return addr;
}
