/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xz: xz files by liblzma.
 *
 * A file has one or more streams, with padding between them; the library reads
 * all of them, and wants to know where the file ends.
 */
#include <lzma.h>
#include <stdlib.h>

#include "unpack/method.h"

static void *
create(void)
{
	static const lzma_stream empty = LZMA_STREAM_INIT;
	lzma_stream *stream = malloc(sizeof *stream);

	if (stream == NULL)
		return NULL;
	*stream = empty;
	if (lzma_stream_decoder(stream, SW_UNPACK_MEMORY, LZMA_CONCATENATED) !=
	    LZMA_OK) {
		free(stream);
		return NULL;
	}
	return stream;
}

static void
destroy(void *data)
{
	lzma_stream *stream = data;

	lzma_end(stream);
	free(stream);
}

static const char *
text_of(lzma_ret code)
{
	if (code == LZMA_MEMLIMIT_ERROR)
		return "its dictionary needs more than 128 MiB";
	if (code == LZMA_OPTIONS_ERROR)
		return "its options are not supported";
	if (code == LZMA_FORMAT_ERROR)
		return "not xz";
	if (code == LZMA_MEM_ERROR)
		return "out of memory";
	return "invalid data";
}

static enum sw_unpack_step
step(void *data, struct sw_unpack_piece *piece, const char **why)
{
	lzma_stream *stream = data;
	lzma_ret code;

	stream->next_in = piece->in;
	stream->avail_in = piece->in_size;
	stream->next_out = piece->out;
	stream->avail_out = piece->out_size;
	code = lzma_code(stream, piece->is_last ? LZMA_FINISH : LZMA_RUN);
	piece->in = stream->next_in;
	piece->in_size = stream->avail_in;
	piece->out = stream->next_out;
	piece->out_size = stream->avail_out;
	if (code == LZMA_STREAM_END)
		return SW_UNPACK_ENDS;
	if (code == LZMA_OK || code == LZMA_BUF_ERROR)
		return SW_UNPACK_GOES_ON;
	*why = text_of(code);
	return SW_UNPACK_FAILS;
}

const struct sw_unpack_method sw_unpack_xz = {
	.library = "liblzma",
	.create = create,
	.destroy = destroy,
	.step = step,
};
