/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_conf: any text is either refused with a reason or is a configuration
 * that prints as a text which means the same.
 *
 * Input: the text.  It ends at the first NUL, as any string does.
 */
#include <stdint.h>
#include <string.h>

#include "conf/conf.h"
#include "must.h"
#include "shards/rule_slots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* => the caller's */
static char *
dump(const struct sw_conf *conf)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	MUST(out != NULL);
	sw_conf_dump(conf, out);
	MUST(fclose(out) == 0);
	return text;
}

/* Plain ASCII in so many whole lines. */
static void
check_shown(const char *text, size_t size, unsigned lines)
{
	MUST(strnlen(text, size) < size);
	for (; *text != '\0'; text++) {
		MUST(*text == '\n' || (*text >= ' ' && *text < 127));
		MUST(*text != '\n' || lines-- > 0);
		MUST(text[1] != '\0' || lines == 0);
	}
}

/* A conf, or at least one reason that can be shown on a terminal. */
static struct sw_conf *
load(const char *text)
{
	struct sw_conf_errors errors;
	struct sw_conf *conf = sw_conf_parse(text, "text", &errors);

	MUST((conf == NULL) == (errors.n > 0));
	for (size_t i = 0; i < errors.n; i++) {
		const struct sw_conf_error *error = &errors.list[i];

		MUST(strncmp(error->text, "text:", 5) == 0);
		check_shown(error->text, sizeof error->text, 0);
		check_shown(error->excerpt, sizeof error->excerpt,
		    error->line > 0 ? 2 : 0);
		MUST((error->line > 0) == (error->column > 0));
	}
	sw_conf_errors_free(&errors);
	return conf;
}

/* Comments tell where values came from, which differs. */
static void
drop_comments(char *text)
{
	char *to = text;

	while (*text != '\0') {
		if (strncmp(text, "# ", 2) == 0)
			text += strcspn(text, "\n");
		else
			*to++ = *text++;
	}
	*to = '\0';
}

/* Prints, reads back, prints again.  => the second print, the caller's */
static char *
print_twice(const char *first)
{
	struct sw_conf *conf = load(first);
	char *again;

	MUST(conf != NULL);
	again = dump(conf);
	sw_conf_free(conf);
	return again;
}

static void
check_dump(const struct sw_conf *conf)
{
	char *first = dump(conf), *second = print_twice(first);
	char *third = print_twice(second);

	MUST(strcmp(second, third) == 0);
	drop_comments(first);
	drop_comments(second);
	MUST(strcmp(first, second) == 0);
	free(first);
	free(second);
	free(third);
}

/* Whatever was taken can also be put in force. */
static const struct sw_iface links[] = { { "eth0", 1, false, 0 },
	{ "eth1", 2, false, 0 }, { "ppp0", 3, false, 0 },
	{ "br0", 4, true, 0 } };

static void
check_policy(struct sw_conf *conf)
{
	struct sw_rule_slots *slots = sw_rule_slots_create();
	struct sw_policy *policy;

	MUST(slots != NULL);
	MUST(sw_conf_compile_slots(conf, slots) == 0);
	policy = sw_conf_compile_policy(conf, links, 4);
	MUST(policy != NULL);
	sw_policy_destroy(policy);
	sw_rule_slots_destroy(slots);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct sw_conf *conf;

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	conf = load(text);
	if (conf != NULL) {
		check_dump(conf);
		check_policy(conf);
		sw_conf_free(conf);
	}
	free(text);
	return 0;
}
