/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload, check, dump-config and metrics: what is printed is what comes.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/talk.h"
#include "ctl/text.h"
#include "shell/conf.h"

static bool
print_reload(const json_t *object, void *context)
{
	(void)context;
	if (sw_json_is(object, "error"))
		fprintf(stderr, "%s\n", sw_json_text(object, "text"));
	else
		printf("configuration %d is in force, %d rule%s\n",
		    (int)sw_json_count(object, "generation"),
		    (int)sw_json_count(object, "rules"),
		    sw_text_s(sw_json_count(object, "rules")));
	return true;
}

int
sw_ctl_reload(struct sw_ctl *ctl)
{
	struct sw_question question = sw_question(ctl, "reload");

	return sw_ask(&question, print_reload, NULL);
}

static void
print_error_json(const struct sw_conf_error *error)
{
	json_t *object =
	    json_pack("{s:s, s:s}", "kind", "error", "text", error->text);

	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

int
sw_ctl_check(struct sw_ctl *ctl)
{
	const char *file = ctl->n_operands > 0 ? ctl->operands[0] : NULL;
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf = sw_conf_load(file, &errors);
	size_t rules = conf != NULL ? conf->n_rules : 0;
	bool good = conf != NULL;

	for (size_t i = 0; i < errors.n; i++)
		if (ctl->json)
			print_error_json(&errors.list[i]);
		else
			fprintf(stderr, "%s\n", errors.list[i].text);
	sw_conf_errors_free(&errors);
	if (conf != NULL)
		sw_conf_free(conf);
	if (!good)
		return SW_EXIT_CONFIG;
	if (ctl->json)
		printf("{\"kind\":\"checked\",\"rules\":%zu}\n", rules);
	else
		printf("%s: good, %zu rule%s\n",
		    file != NULL ? file : SW_CONF_FILE, rules,
		    sw_text_s(rules));
	return SW_EXIT_OK;
}

static bool
print_text(const json_t *object, void *context)
{
	(void)context;
	puts(sw_json_text(object, "text"));
	return true;
}

int
sw_ctl_dump(struct sw_ctl *ctl)
{
	struct sw_question question = sw_question(ctl, "dump-config");

	return sw_ask(&question, print_text, NULL);
}

/* OpenMetrics names the family of a counter without its ending, the older
 * text format with it. */
static int
family_length(const char *name, const char *metric, bool open)
{
	size_t length = strlen(name);

	if (open && strcmp(metric, "counter") == 0 && length > 6)
		length -= strlen("_total");
	return (int)length;
}

static void
print_family(const json_t *family, bool open)
{
	const char *name = sw_json_text(family, "name");
	const char *metric = sw_json_text(family, "metric");
	int length = family_length(name, metric, open);

	printf("# HELP %.*s %s\n# TYPE %.*s %s\n", length, name,
	    sw_json_text(family, "help"), length, name, metric);
}

static void
print_sample(const json_t *sample)
{
	const char *key, *comma = "";
	json_t *value;

	fputs(sw_json_text(sample, "name"), stdout);
	if (json_object_size(json_object_get(sample, "labels")) > 0) {
		putchar('{');
		json_object_foreach(
		    json_object_get(sample, "labels"), key, value)
		{
			printf("%s%s=\"%s\"", comma, key,
			    json_string_value(value));
			comma = ",";
		}
		putchar('}');
	}
	printf(" %s\n", sw_json_text(sample, "value"));
}

static bool
print_metric(const json_t *object, void *context)
{
	const struct sw_ctl *ctl = context;

	if (sw_json_is(object, "family"))
		print_family(object, sw_ctl_given(ctl, "openmetrics"));
	else
		print_sample(object);
	return true;
}

int
sw_ctl_metrics(struct sw_ctl *ctl)
{
	struct sw_question question = sw_question(ctl, "metrics");
	int code = sw_ask(&question, print_metric, ctl);

	if (code == SW_EXIT_OK && !ctl->json)
		puts("# EOF");
	return code;
}
