/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Built without the libraries: each format is refused by the library's name.
 */
#include <check.h>

#include "runner.h"
#include "tape.h"

static const struct {
	const char *bytes, *error;
} files[] = {
	{ "\x1f\x8b\x08\x08rest",
	    "compressed by gzip, and synwardctl was built without zlib: try "
	    "zcat FILE | synwardctl replay -" },
	{ "\x28\xb5\x2f\xfdrest",
	    "compressed by zstd, and synwardctl was built without libzstd: try "
	    "zstdcat FILE | synwardctl replay -" },
	{ "\xfd\x37\x7a\x58rest",
	    "compressed by xz, and synwardctl was built without liblzma: try "
	    "xzcat FILE | synwardctl replay -" },
};

START_TEST(missing_library_is_named)
{
	struct tape w = { 0 };
	char error[SW_CAPTURE_ERROR] = "";

	memcpy(w.bytes, files[_i].bytes, 8);
	w.size = 8;
	ck_assert_ptr_null(tape_open(&w, error));
	ck_assert_str_eq(error, files[_i].error);
}
END_TEST

int
main(void)
{
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, missing_library_is_named, 0,
	    (int)(sizeof files / sizeof files[0]));
	return run_case("unpack_none", tests);
}
