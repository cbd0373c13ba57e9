/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames: compares outcomes with their rows.
 */
#include "frames.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define WIRE 1000

static unsigned
digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

size_t
frames_bytes(const char *text, uint8_t bytes[FRAME_MOST], size_t *ip)
{
	size_t n = 0;

	*ip = SIZE_MAX;
	while (*text != '\0') {
		if (*text == '|')
			*ip = n;
		if (*text == '|' || *text == ' ') {
			text++;
			continue;
		}
		ck_assert_uint_lt(n, FRAME_MOST);
		bytes[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
	return n;
}

void
frames_expect(const struct frame_row *row)
{
	uint8_t frame[FRAME_MOST];
	size_t ip, size = frames_bytes(row->frame, frame, &ip);
	struct sw_link link = { 0 };
	enum sw_link_outcome outcome =
	    sw_link_layer_strip(row->type, frame, size, WIRE, &link);
	const char *name = row->name == NULL ? "" : row->name;

	ck_assert_msg(outcome == row->outcome, "%s: %d, not %d", row->what,
	    outcome, row->outcome);
	if (outcome != SW_LINK_IP)
		return;
	ck_assert_ptr_eq(link.ip, frame + ip);
	ck_assert_uint_eq(
	    link.stated, row->stated != 0 ? row->stated : WIRE - ip);
	ck_assert_uint_eq(link.ifindex, row->ifindex);
	ck_assert_uint_eq(link.out_ifindex, row->out_ifindex);
	ck_assert_uint_eq(link.mark, row->mark);
	ck_assert_int_eq(link.outgoing, row->outgoing);
	ck_assert_uint_eq(link.name_size, strlen(name));
	if (link.name_size > 0)
		ck_assert_mem_eq(link.name, name, link.name_size);
}

static enum sw_link_outcome
strip_part(const struct frame_row *row, const uint8_t *frame, size_t n,
    uint32_t length)
{
	struct sw_link link;
	uint8_t *exact = malloc(n > 0 ? n : 1); /* a sanitizer sees the end */
	enum sw_link_outcome outcome;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, frame, n);
	outcome = sw_link_layer_strip(row->type, exact, n, length, &link);
	free(exact);
	return outcome;
}

void
frames_expect_cut(const struct frame_row *row)
{
	uint8_t frame[FRAME_MOST];
	size_t ip, size = frames_bytes(row->frame, frame, &ip);

	for (size_t n = 0; n < size && n < ip; n++) {
		enum sw_link_outcome part = strip_part(row, frame, n, WIRE);
		enum sw_link_outcome whole =
		    strip_part(row, frame, n, (uint32_t)n);

		ck_assert_msg(part != SW_LINK_IP && part != SW_LINK_CORRUPT,
		    "%s: %d after %zu bytes", row->what, part, n);
		ck_assert_msg(row->outcome != SW_LINK_IP || part == SW_LINK_CUT,
		    "%s: %d after %zu bytes", row->what, part, n);
		ck_assert_msg(
		    whole != SW_LINK_IP &&
			(whole != SW_LINK_CUT || row->type == SW_LINK_NFLOG),
		    "%s: %d, a frame of %zu bytes", row->what, whole, n);
	}
}
