/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin: records where values came from.
 *
 * A value that was not written down came from the key it inherits from, from
 * the profile, or is the default; this is computed on request.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/origin.h"

struct sw_conf_origins *
sw_origins_create(void)
{
	return calloc(1, sizeof(struct sw_conf_origins));
}

void
sw_origins_destroy(struct sw_conf_origins *origins)
{
	if (origins == NULL)
		return;
	for (uint32_t i = 0; i < origins->n_files; i++) {
		free(origins->files[i].name);
		free(origins->files[i].text);
	}
	free(origins->files);
	free(origins->rules);
	free(origins->sets);
	free(origins->zones);
	free(origins->related);
	free(origins);
}

int64_t
sw_origins_file(
    struct sw_conf_origins *origins, const char *name, char *text, size_t n)
{
	uint32_t number = origins->n_files;
	struct sw_conf_source *files =
	    realloc(origins->files, (number + 1) * sizeof *files);
	char *copy = strdup(name);

	if (files != NULL)
		origins->files = files;
	if (files == NULL || copy == NULL) {
		free(copy);
		free(text);
		return -1;
	}
	files[number].name = copy;
	files[number].text = text;
	files[number].length = n;
	origins->n_files++;
	return number;
}

struct sw_blame
sw_origin_blame(const struct sw_conf_origins *origins, struct sw_origin origin)
{
	const struct sw_conf_source *source = &origins->files[origin.file];

	return (struct sw_blame){ .file = source->name,
		.text = source->text,
		.length = source->length,
		.line = origin.line,
		.at = origin.at };
}

void
sw_origin_point_at(struct sw_blame *blame, const char *value)
{
	const char *from = blame->text + blame->at;
	const char *found = strstr(from, value);

	for (; found != NULL && from < found; from++)
		blame->line += *from == '\n';
	blame->at = (uint32_t)(from - blame->text);
}

/* The first key of those whose origins are listed together with that of k; 0:
 * of the whole. */
static int
first_beside(int k)
{
	size_t n;
	enum sw_schema_part part = sw_schema_part(&sw_schema_keys(&n)[k]);

	return sw_schema_first(part);
}

struct sw_origin *
sw_origin_at(
    struct sw_conf_origins *origins, struct sw_rule_origins *rule, int k)
{
	int first = first_beside(k);

	return first == 0 ? &origins->key[k] : &rule->key[k - first];
}

bool
sw_origin_given(const struct sw_rule_origins *rule, int k)
{
	return rule->key[k - sw_schema_first(SW_PART_RULE)].line > 0;
}

const char *
sw_origin_text(const struct sw_conf *conf, const struct sw_rule_origins *rule,
    int k, char *text, size_t size)
{
	size_t n;
	const struct sw_key *key = sw_schema_keys(&n) + k;
	int parent = sw_schema_parent(key);
	struct sw_origin origin = rule != NULL ? rule->key[k - first_beside(k)]
					       : conf->origins->key[k];

	if (origin.line > 0)
		snprintf(text, size, "%s:%u",
		    conf->origins->files[origin.file].name, origin.line);
	else if (parent >= 0)
		sw_origin_text(conf, NULL, parent, text, size);
	else if (strcmp(key->section, "timeouts") == 0 &&
		 conf->source.timeouts_are_kernels)
		snprintf(text, size, "the kernel's tracker");
	else if (strcmp(key->section, "timeouts") == 0)
		snprintf(text, size, "profile %s", conf->profile);
	else
		snprintf(text, size, "default");
	return text;
}

/* Finds "timeouts.established" in sections that begin with prefix. */
static int
key_by_path(const char *prefix, const char *path)
{
	char section[SW_CONF_NAME];
	const char *dot = strrchr(path, '.');
	const char *join = *prefix != '\0' && dot != NULL ? "." : "";

	if (dot == NULL)
		return sw_schema_find(prefix, path);
	snprintf(section, sizeof section, "%s%s%.*s", prefix, join,
	    (int)(dot - path), path);
	return sw_schema_find(section, dot + 1);
}

const char *
sw_conf_origin(
    const struct sw_conf *conf, const char *key, char *text, size_t size)
{
	int k = key_by_path("", key);

	if (k < 0)
		return NULL;
	return sw_origin_text(conf, NULL, k, text, size);
}

const char *
sw_conf_rule_origin(const struct sw_conf *conf, size_t rule, const char *key,
    char *text, size_t size)
{
	int k = key_by_path("rule", key);

	if (k < 0 || rule >= conf->n_rules)
		return NULL;
	return sw_origin_text(conf, &conf->origins->rules[rule], k, text, size);
}
