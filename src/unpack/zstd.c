/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zstd: zstd files by libzstd.
 *
 * A file has one or more frames (RFC 8878), which the library reads one after
 * the other.  Each states how much memory it needs.
 *
 * When a block is damaged, the library keeps to itself what it has unpacked in
 * the same call.  So each call gets no more than the library asks for, which is
 * a block and the header of the next one, without that header, and none while
 * there is output left.
 */
#include <stdlib.h>
#include <zstd.h>

#include "unpack/method.h"

#define WINDOW_LOG 27 /* of SW_UNPACK_MEMORY */
#define FRAME_LEAST 5
#define BLOCK_HEADER 3

struct state {
	ZSTD_DStream *stream;
	size_t wanted; /* bytes of input for the next call */
	bool full;     /* the last call left no room for output */
};

static void *
create(void)
{
	struct state *state = calloc(1, sizeof *state);

	if (state == NULL)
		return NULL;
	state->stream = ZSTD_createDStream();
	if (state->stream == NULL) {
		free(state);
		return NULL;
	}
	ZSTD_DCtx_setParameter(state->stream, ZSTD_d_windowLogMax, WINDOW_LOG);
	state->wanted = FRAME_LEAST;
	return state;
}

static void
destroy(void *data)
{
	struct state *state = data;

	ZSTD_freeDStream(state->stream);
	free(state);
}

/* Passes this much of the input on. */
static size_t
pass(struct state *state, struct sw_unpack_piece *piece, size_t size)
{
	ZSTD_inBuffer in = { piece->in,
		size < piece->in_size ? size : piece->in_size, 0 };
	ZSTD_outBuffer out = { piece->out, piece->out_size, 0 };
	size_t left = ZSTD_decompressStream(state->stream, &out, &in);

	piece->in += in.pos;
	piece->in_size -= in.pos;
	piece->out += out.pos;
	piece->out_size -= out.pos;
	state->full = out.pos == out.size;
	return left;
}

static size_t
without_header(size_t wanted)
{
	return wanted > BLOCK_HEADER ? wanted - BLOCK_HEADER : wanted;
}

/* What had no room in the last call comes first, and alone. */
static enum sw_unpack_step
step(void *data, struct sw_unpack_piece *piece, const char **why)
{
	struct state *state = data;
	size_t room = piece->out_size, left = 0;

	if (state->full)
		left = pass(state, piece, 0);
	if (piece->out_size == room && !ZSTD_isError(left))
		left = pass(state, piece, without_header(state->wanted));
	if (ZSTD_isError(left)) {
		*why = ZSTD_getErrorName(left);
		return SW_UNPACK_FAILS;
	}
	state->wanted = left == 0 ? FRAME_LEAST : left;
	return left == 0 ? SW_UNPACK_ENDS : SW_UNPACK_GOES_ON;
}

const struct sw_unpack_method sw_unpack_zstd = {
	.library = "libzstd",
	.create = create,
	.destroy = destroy,
	.step = step,
};
