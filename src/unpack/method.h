/* SPDX-License-Identifier: Apache-2.0 */
/*
 * method: what a library for one format of compression does.
 *
 * unpack/gzip.c uses zlib, unpack/zstd.c libzstd, and
 * unpack/xz.c liblzma.  Where one of them is not built in, the file with
 * _none in its name has a method that only names the library.
 */
#ifndef SYNWARD_UNPACK_METHOD_H
#define SYNWARD_UNPACK_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Input that is left, and room that is left for output. */
struct sw_unpack_piece {
	const uint8_t *in;
	size_t in_size;
	uint8_t *out;
	size_t out_size;
	bool is_last; /* no input follows */
};

enum sw_unpack_step {
	SW_UNPACK_GOES_ON, /* more input or more room is needed */
	SW_UNPACK_ENDS,	   /* the file may end here */
	SW_UNPACK_FAILS,
};

struct sw_unpack_method {
	const char *library;
	uint32_t ratio;	       /* output bytes for one of input, at most; 0:
				 any number */
	void *(*create)(void); /* NULL: the library is not built in */
	void (*destroy)(void *state);
	/* Takes some input and makes some output; *why is valid until the next
	 * call if it fails. */
	enum sw_unpack_step (*step)(
	    void *state, struct sw_unpack_piece *piece, const char **why);
};

extern const struct sw_unpack_method sw_unpack_gzip, sw_unpack_zstd,
    sw_unpack_xz;

/* Memory that a decompressor may use; all files of the usual settings need
 * less. */
#define SW_UNPACK_MEMORY (UINT64_C(1) << 27)

#endif
