/* SPDX-License-Identifier: Apache-2.0 */
/* What a refused text was refused for is what its test fails with. */
#include "config.h"

#include <check.h>

struct sw_conf *
config_taken(const char *text)
{
	struct sw_conf_errors errors;
	struct sw_conf *conf = sw_conf_parse(text, "text", &errors);

	ck_assert_msg(conf != NULL, "%s\n%s",
	    errors.n > 0 ? errors.list[0].text : "no reason given", text);
	ck_assert_uint_eq(errors.n, 0);
	sw_conf_errors_free(&errors);
	return conf;
}

void
config_dump(const struct sw_conf *conf, char *text, size_t size)
{
	FILE *out = fmemopen(text, size, "w");

	ck_assert_ptr_nonnull(out);
	sw_conf_dump(conf, out);
	ck_assert_uint_lt((size_t)ftell(out), size - 1);
	ck_assert_int_eq(fclose(out), 0);
}
