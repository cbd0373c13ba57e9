/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream whose bytes come from a decompressor.
 *
 * Each read unpacks until there is some output.  Damage is reported by the read
 * after the last one that had output, so everything before it is used.
 */
#include "unpack/unpack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "unpack/method.h"

#define INPUT 65536

struct format {
	const char *name;
	uint8_t magic[SW_UNPACK_MAGIC], mask[SW_UNPACK_MAGIC];
	const struct sw_unpack_method *method; /* NULL: no library is used */
	const char *tool;
};

#define ALL 0xff, 0xff, 0xff, 0xff

static const struct format formats[] = {
	{ "gzip", { 0x1f, 0x8b, 0x08 }, { 0xff, 0xff, 0xff }, &sw_unpack_gzip,
	    "zcat" },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, { ALL }, &sw_unpack_zstd,
	    "zstdcat" },
	/* It may begin with a frame that is to be skipped. */
	{ "zstd", { 0x50, 0x2a, 0x4d, 0x18 }, { 0xf0, 0xff, 0xff, 0xff },
	    &sw_unpack_zstd, "zstdcat" },
	{ "xz", { 0xfd, 0x37, 0x7a, 0x58 }, { ALL }, &sw_unpack_xz, "xzcat" },
	{ "lz4", { 0x04, 0x22, 0x4d, 0x18 }, { ALL }, NULL, "lz4cat" },
	{ "bzip2", { 0x42, 0x5a, 0x68 }, { 0xff, 0xff, 0xff }, NULL, "bzcat" },
};

struct sw_unpack {
	FILE *file;
	const struct format *format;
	void *state;
	uint8_t input[INPUT];
	struct sw_unpack_piece piece;
	uint64_t
	    position; /* bytes of the file that are in the piece or before */
	bool may_end; /* at the end of a part */
	char error[SW_UNPACK_ERROR];
};

static const struct format *
format_of(const uint8_t magic[SW_UNPACK_MAGIC])
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		const struct format *format = &formats[i];
		bool same = true;

		for (size_t n = 0; n < SW_UNPACK_MAGIC; n++)
			same &=
			    (magic[n] & format->mask[n]) == format->magic[n];
		if (same)
			return format;
	}
	return NULL;
}

const char *
sw_unpack_format(const uint8_t magic[SW_UNPACK_MAGIC])
{
	const struct format *format = format_of(magic);

	return format == NULL ? NULL : format->name;
}

uint64_t
sw_unpack_position(const struct sw_unpack *unpack)
{
	return unpack->position - unpack->piece.in_size;
}

uint64_t
sw_unpack_most(const struct sw_unpack *unpack, uint64_t size)
{
	uint32_t ratio = unpack->format->method->ratio;

	return size > UINT64_MAX / UINT32_MAX ? 0 : size * ratio;
}

const char *
sw_unpack_error(const struct sw_unpack *unpack)
{
	return unpack->error;
}

/* => -1 */
static ssize_t
fail(struct sw_unpack *unpack, const char *why)
{
	snprintf(unpack->error, sizeof unpack->error,
	    "byte %" PRIu64 " of the %s file: %s", sw_unpack_position(unpack),
	    unpack->format->name, why);
	errno = EBADMSG;
	return -1;
}

/* => false after a failure */
static bool
refill(struct sw_unpack *unpack)
{
	struct sw_unpack_piece *piece = &unpack->piece;

	if (piece->in_size > 0 || piece->is_last)
		return true;
	piece->in = unpack->input;
	piece->in_size = fread(unpack->input, 1, INPUT, unpack->file);
	unpack->position += piece->in_size;
	piece->is_last = piece->in_size < INPUT;
	if (!ferror(unpack->file))
		return true;
	fail(unpack, strerror(errno));
	return false;
}

/* Nothing more can be made of the input.
 * => false */
static bool
finish(struct sw_unpack *unpack)
{
	if (unpack->piece.in_size > 0)
		fail(unpack, "invalid data");
	else if (!unpack->may_end)
		fail(unpack, "the file ends before its data does");
	return false;
}

/* => false when the input has come to its end, or after a failure */
static bool
unpack_some(struct sw_unpack *unpack)
{
	struct sw_unpack_piece *piece = &unpack->piece;
	size_t in = piece->in_size, out = piece->out_size;
	const char *why = "";
	enum sw_unpack_step step =
	    unpack->format->method->step(unpack->state, piece, &why);
	bool moved = in > piece->in_size || out > piece->out_size;

	if (step == SW_UNPACK_FAILS) {
		fail(unpack, why);
		return false;
	}
	if (step == SW_UNPACK_ENDS || moved)
		unpack->may_end = step == SW_UNPACK_ENDS;
	if (moved || (in == 0 && !piece->is_last))
		return true;
	return finish(unpack);
}

static ssize_t
read_unpacked(void *cookie, char *buffer, size_t size)
{
	struct sw_unpack *unpack = cookie;
	struct sw_unpack_piece *piece = &unpack->piece;

	if (unpack->error[0] != '\0') {
		errno = EBADMSG;
		return -1;
	}
	if (size > INT32_MAX)
		size = INT32_MAX;
	piece->out = (uint8_t *)buffer;
	piece->out_size = size;
	while (piece->out_size == size)
		if (!refill(unpack) || !unpack_some(unpack))
			break;
	if (piece->out_size == size && unpack->error[0] != '\0')
		return -1;
	return (ssize_t)(size - piece->out_size);
}

/* => false, with the reason in error, when nothing here reads that format */
static bool
is_built_in(const struct format *format, char error[SW_UNPACK_ERROR])
{
	if (format->method != NULL && format->method->create != NULL)
		return true;
	if (format->method == NULL)
		snprintf(error, SW_UNPACK_ERROR,
		    "compressed by %s: try %s FILE | synwardctl replay -",
		    format->name, format->tool);
	else
		snprintf(error, SW_UNPACK_ERROR,
		    "compressed by %s, and synwardctl was built without %s: "
		    "try %s FILE | synwardctl replay -",
		    format->name, format->method->library, format->tool);
	return false;
}

struct sw_unpack *
sw_unpack_open(FILE *file, const uint8_t magic[SW_UNPACK_MAGIC], FILE **stream,
    char error[SW_UNPACK_ERROR])
{
	static const cookie_io_functions_t functions = { .read =
							     read_unpacked };
	const struct format *format = format_of(magic);
	struct sw_unpack *unpack;

	if (!is_built_in(format, error))
		return NULL;
	unpack = calloc(1, sizeof *unpack);
	snprintf(error, SW_UNPACK_ERROR, "%s", strerror(ENOMEM));
	if (unpack == NULL)
		return NULL;
	unpack->file = file;
	unpack->format = format;
	unpack->state = format->method->create();
	*stream =
	    unpack->state == NULL ? NULL : fopencookie(unpack, "r", functions);
	if (*stream != NULL)
		return unpack;
	sw_unpack_close(unpack);
	return NULL;
}

void
sw_unpack_close(struct sw_unpack *unpack)
{
	if (unpack == NULL)
		return;
	if (unpack->state != NULL)
		unpack->format->method->destroy(unpack->state);
	free(unpack);
}
