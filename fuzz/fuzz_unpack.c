/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a compressed file.
 *
 * However many bytes are read at once, the same come out, up to the end or the
 * same error, whose place is within the file.  What comes out may be a thousand
 * times as much, so only the beginning is read.
 */
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "unpack/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUTPUT = 1 << 20, SIZE_MOST = 1 << 14 };

struct outcome {
	uint8_t bytes[OUTPUT];
	size_t n;
	char error[SW_UNPACK_ERROR];
	uint64_t position;
};

static struct outcome one, other;

static void
read_all(FILE *stream, size_t at_once, struct outcome *outcome)
{
	size_t n = 1;

	while (n > 0 && outcome->n < OUTPUT) {
		size_t room = OUTPUT - outcome->n;

		n = fread(outcome->bytes + outcome->n, 1,
		    room < at_once ? room : at_once, stream);
		outcome->n += n;
	}
}

/* => false when the library is not built in */
static bool
unpack(const uint8_t *data, size_t size, size_t at_once, bool buffered,
    struct outcome *outcome)
{
	FILE *file = fmemopen((void *)(uintptr_t)data, size, "r"), *stream;
	struct sw_unpack *unpack;

	MUST(file != NULL);
	outcome->n = 0;
	outcome->error[0] = '\0';
	unpack = sw_unpack_open(file, data, &stream, outcome->error);
	if (unpack == NULL) {
		MUST(strstr(outcome->error, "built without") != NULL);
		fclose(file);
		return false;
	}
	if (!buffered)
		setvbuf(stream, NULL, _IONBF, 0);
	read_all(stream, at_once, outcome);
	MUST(!ferror(stream) == (sw_unpack_error(unpack)[0] == '\0'));
	MUST(outcome->n == OUTPUT || ferror(stream) || feof(stream));
	snprintf(outcome->error, sizeof outcome->error, "%s",
	    sw_unpack_error(unpack));
	outcome->position = sw_unpack_position(unpack);
	MUST(outcome->position <= size);
	fclose(stream);
	sw_unpack_close(unpack);
	fclose(file);
	return true;
}

/* liblzma notices some damage sooner or later, by a few bytes of what the
 * damage made. */
static void
must_be_same(bool loosely)
{
	size_t n = one.n < other.n ? one.n : other.n;

	MUST(memcmp(one.bytes, other.bytes, n) == 0);
	MUST(one.n == OUTPUT || (one.error[0] == '\0') == !other.error[0]);
	if (loosely && one.error[0] != '\0')
		return;
	MUST(one.n == other.n);
	MUST(one.n == OUTPUT || strcmp(one.error, other.error) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *format;

	if (size < SW_UNPACK_MAGIC || size > SIZE_MOST)
		return -1;
	format = sw_unpack_format(data);
	if (format == NULL || strcmp(format, "lz4") == 0 ||
	    strcmp(format, "bzip2") == 0)
		return -1;
	if (!unpack(data, size, 4096, true, &one))
		return -1;
	MUST(unpack(data, size, 1 + size % 61, false, &other));
	must_be_same(strcmp(format, "xz") == 0);
	return 0;
}
