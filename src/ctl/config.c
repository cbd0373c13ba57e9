/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload, check, dump-config and metrics: they print what the daemon sends.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "conf/conf.h"
#include "ctl/talk.h"
#include "ctl/text.h"

enum { TIMEOUT_S = 2 }; /* for a daemon that is not needed */

static bool
print_reload(const json_t *object, void *context)
{
	(void)context;
	if (sw_talk_json_is(object, "error"))
		fprintf(stderr, "%s\n%s", sw_talk_json_text(object, "text"),
		    sw_talk_json_text(object, "excerpt"));
	else
		printf("configuration %d is in force, %d rule%s\n",
		    (int)sw_talk_json_count(object, "generation"),
		    (int)sw_talk_json_count(object, "rules"),
		    sw_text_s(sw_talk_json_count(object, "rules")));
	return true;
}

int
sw_command_reload(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "reload");

	return sw_talk_ask(&question, print_reload, NULL);
}

static void
put_number_or_null(struct sw_json *json, const char *key, uint32_t number)
{
	if (number > 0)
		sw_json_put_count(json, key, number);
	else
		sw_json_put_null(json, key);
}

static void
put_text_or_null(struct sw_json *json, const char *key, const char *text)
{
	if (*text != '\0')
		sw_json_put_text(json, key, text);
	else
		sw_json_put_null(json, key);
}

static void
print_error_json(const struct sw_conf_error *error)
{
	const char *class = error->warning ? "warning" : "error";
	struct sw_json json = sw_json_to_stream(stdout);

	sw_json_begin(&json, class);
	sw_json_put_text(&json, "class", class);
	sw_json_put_text(&json, "text", error->text);
	sw_json_put_text(&json, "file", error->file);
	put_number_or_null(&json, "line", error->line);
	put_number_or_null(&json, "column", error->column);
	put_text_or_null(&json, "key", error->key);
	put_text_or_null(&json, "expected", error->expected);
	put_text_or_null(&json, "fix", error->fix);
	sw_json_end(&json);
}

static void
print_errors(const struct sw_ctl *ctl, struct sw_conf_errors *errors)
{
	if (!ctl->json)
		sw_conf_errors_print(errors, stderr);
	for (size_t i = 0; ctl->json && i < errors->n; i++)
		print_error_json(&errors->list[i]);
	sw_conf_errors_free(errors);
}

/* file: NULL for the installed one, which need not be there */
static void
print_good(const struct sw_ctl *ctl, const char *file, size_t rules)
{
	const char *name = file != NULL ? file : SW_CONF_FILE;
	bool absent = access(name, F_OK) < 0;

	if (ctl->json) {
		struct sw_json json = sw_json_to_stream(stdout);

		sw_json_begin(&json, "checked");
		sw_json_put_text(&json, "file", name);
		sw_json_put_count(&json, "rules", rules);
		sw_json_end(&json);
	} else {
		printf("%s: %sgood, %zu rule%s\n", name,
		    absent ? "no such file; the defaults are " : "", rules,
		    sw_text_s(rules));
	}
}

static bool
note_file(const json_t *object, void *context)
{
	char *file = context;
	const char *name =
	    sw_talk_json_text(json_object_get(object, "config"), "file");

	if (sw_talk_json_is(object, "status"))
		snprintf(file, SW_CONF_PATH, "%s", name);
	return true;
}

/* What a reload would load: the file of the daemon that runs.
 * => NULL when none answers, or it uses the installed one */
static const char *
daemon_file(const struct sw_ctl *ctl, char file[SW_CONF_PATH])
{
	struct sw_question question = sw_talk_question(ctl, "status");

	file[0] = '\0';
	question.verbatim = false;
	question.quiet = true;
	question.timeout = TIMEOUT_S;
	if (sw_talk_ask(&question, note_file, file) != SW_EXIT_OK ||
	    file[0] == '\0' || strcmp(file, SW_CONF_FILE) == 0)
		return NULL;
	return file;
}

int
sw_command_check(struct sw_ctl *ctl)
{
	char known[SW_CONF_PATH];
	const char *file =
	    ctl->n_operands > 0 ? ctl->operands[0] : daemon_file(ctl, known);
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf = sw_conf_load(file, &errors);

	print_errors(ctl, &errors);
	if (conf == NULL)
		return SW_EXIT_CONFIG;
	sw_conf_warn(conf, &errors);
	print_errors(ctl, &errors);
	print_good(ctl, file, conf->n_rules);
	sw_conf_free(conf);
	return SW_EXIT_OK;
}

static bool
print_text(const json_t *object, void *context)
{
	(void)context;
	puts(sw_talk_json_text(object, "text"));
	return true;
}

int
sw_command_dump(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "dump-config");

	return sw_talk_ask(&question, print_text, NULL);
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
	const char *name = sw_talk_json_text(family, "name");
	const char *metric = sw_talk_json_text(family, "metric");
	int length = family_length(name, metric, open);

	printf("# HELP %.*s %s\n# TYPE %.*s %s\n", length, name,
	    sw_talk_json_text(family, "help"), length, name, metric);
}

static void
print_sample(const json_t *sample)
{
	const char *key, *comma = "";
	json_t *value;

	fputs(sw_talk_json_text(sample, "name"), stdout);
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
	printf(" %s\n", sw_talk_json_text(sample, "value"));
}

static bool
print_metric(const json_t *object, void *context)
{
	const struct sw_ctl *ctl = context;

	if (sw_talk_json_is(object, "family"))
		print_family(object, sw_command_given(ctl, "openmetrics"));
	else
		print_sample(object);
	return true;
}

int
sw_command_metrics(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "metrics");
	int code = sw_talk_ask(&question, print_metric, ctl);

	if (code == SW_EXIT_OK && !ctl->json)
		puts("# EOF");
	return code;
}
