/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip: gzip files by zlib.
 *
 * A file has one or more members (RFC 1952); zeros after a member are padding.
 */
#include <stdlib.h>
#include <zlib.h>

#include "unpack/method.h"

#define GZIP_ONLY (15 + 16) /* the largest window, and gzip's own header */
#define RATIO 1032	    /* of deflate */

struct state {
	z_stream stream;
	bool ended; /* a member has ended, no other has begun */
};

static void *
create(void)
{
	struct state *state = calloc(1, sizeof *state);

	if (state != NULL && inflateInit2(&state->stream, GZIP_ONLY) != Z_OK) {
		free(state);
		return NULL;
	}
	return state;
}

static void
destroy(void *data)
{
	struct state *state = data;

	inflateEnd(&state->stream);
	free(state);
}

/* => whether another member begins */
static bool
skip_padding(struct sw_unpack_piece *piece)
{
	while (piece->in_size > 0 && *piece->in == 0) {
		piece->in++;
		piece->in_size--;
	}
	return piece->in_size > 0;
}

static enum sw_unpack_step
inflate_piece(
    struct state *state, struct sw_unpack_piece *piece, const char **why)
{
	z_stream *stream = &state->stream;
	int code;

	stream->next_in = (z_const Bytef *)(uintptr_t)piece->in;
	stream->avail_in = (uInt)piece->in_size;
	stream->next_out = piece->out;
	stream->avail_out = (uInt)piece->out_size;
	code = inflate(stream, Z_NO_FLUSH);
	piece->in = stream->next_in;
	piece->in_size = stream->avail_in;
	piece->out = stream->next_out;
	piece->out_size = stream->avail_out;
	state->ended = code == Z_STREAM_END;
	if (state->ended)
		return SW_UNPACK_ENDS;
	if (code == Z_OK || code == Z_BUF_ERROR)
		return SW_UNPACK_GOES_ON;
	*why = stream->msg != NULL ? stream->msg : zError(code);
	return SW_UNPACK_FAILS;
}

/* Lengths are those of unpack/unpack.c's buffers, which fit an unsigned. */
static enum sw_unpack_step
step(void *data, struct sw_unpack_piece *piece, const char **why)
{
	struct state *state = data;

	if (state->ended) {
		if (!skip_padding(piece))
			return SW_UNPACK_ENDS;
		inflateReset(&state->stream);
	}
	return inflate_piece(state, piece, why);
}

const struct sw_unpack_method sw_unpack_gzip = {
	.library = "zlib",
	.ratio = RATIO,
	.create = create,
	.destroy = destroy,
	.step = step,
};
