/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: reads the files of a configuration and stores their values.
 *
 * A value is stored in its field as soon as it is read, so values of a key that
 * is given twice are all checked, in the order of the files.  An included file
 * is read in the middle of the one that includes it; what a later file sets
 * replaces an earlier value.  The texts of files stay in memory, because errors
 * and warnings show lines of them; their number and size are limited.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/file.h"
#include "conf/load.h"
#include "conf/parse.h"

enum {
	INCLUDE_DEPTH = 10,
	FILES_MAX = 1000,     /* included files in total */
	BYTES_MAX = 64 << 20, /* bytes of all files together */
	PLACE = SW_RULE_NAME_MAX + 16,
};

/* --- values --- */

/* What the keys of the last set or rule belong to; of the whole: NULL. */
static struct sw_rule_origins *
origins_of(const struct sw_load *loader, const struct sw_key *key)
{
	const struct sw_conf *conf = loader->conf;

	switch (sw_schema_part(key)) {
	case SW_PART_WHOLE:
		break;
	case SW_PART_SET:
		return &conf->origins->sets[conf->n_sets - 1];
	case SW_PART_ZONE:
		return &conf->origins->zones[conf->n_zones - 1];
	case SW_PART_RELATED:
		return &conf->origins->related[conf->n_related - 1];
	case SW_PART_RULE:
		return &conf->origins->rules[conf->n_rules - 1];
	}
	return NULL;
}

/* What has the field of the key. */
static void *
base_of(const struct sw_load *loader, const struct sw_key *key)
{
	struct sw_conf *conf = loader->conf;

	switch (sw_schema_part(key)) {
	case SW_PART_WHOLE:
		break;
	case SW_PART_SET:
		return &conf->sets[conf->n_sets - 1];
	case SW_PART_ZONE:
		return &conf->zones[conf->n_zones - 1];
	case SW_PART_RELATED:
		return &conf->related[conf->n_related - 1];
	case SW_PART_RULE:
		return &conf->rules[conf->n_rules - 1];
	}
	return conf;
}

/* Names the owner of a key: rule "db": or nothing. */
static const char *
owner(const struct sw_load *loader, const struct sw_key *key, char text[PLACE])
{
	const struct sw_conf *conf = loader->conf;

	*text = '\0';
	switch (sw_schema_part(key)) {
	case SW_PART_WHOLE:
		break;
	case SW_PART_SET:
		snprintf(text, PLACE,
		    "set \"%s\": ", conf->sets[conf->n_sets - 1].name);
		break;
	case SW_PART_ZONE:
		snprintf(text, PLACE,
		    "zone \"%s\": ", conf->zones[conf->n_zones - 1].name);
		break;
	case SW_PART_RELATED:
	case SW_PART_RULE:
		snprintf(text, PLACE,
		    "rule \"%s\": ", conf->rules[conf->n_rules - 1].rule.name);
		break;
	}
	return text;
}

void
sw_load_complain(const struct sw_load *loader, struct sw_origin at,
    const char *key, const char *fix, const char *format, ...)
{
	struct sw_blame blame = sw_origin_blame(loader->conf->origins, at);
	char what[480];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	blame.key = key;
	blame.fix = fix;
	sw_conf_error_complain(loader->errors, &blame, "%s", what);
}

/* When a reason begins with the value, the value is not repeated. */
void
sw_load_refuse(const struct sw_load *loader, int k, struct sw_origin at,
    const char *text, const struct sw_fault *fault)
{
	size_t n;
	const struct sw_key *key = sw_schema_keys(&n) + k;
	char place[PLACE], path[SW_CONF_NAME], buffer[SW_SHOWN_MAX];
	const char *shown =
	    *text != '\0' ? sw_conf_error_shown(text, buffer) : "\"\"";
	bool named = strncmp(fault->why, shown, strlen(shown)) == 0;

	if (origins_of(loader, key) != NULL)
		origins_of(loader, key)->damaged = true;
	sw_schema_path(key, path);
	sw_load_complain(loader, at, path, fault->fix, "%s%s%s%s: %s; write %s",
	    owner(loader, key, place), path, named ? "" : " = ",
	    named ? "" : shown, fault->why, fault->write);
}

/* A key starts a new list of values; that may happen once in a file. */
static void
refuse_twice(const struct sw_load *loader, const struct sw_key *key,
    struct sw_origin first, struct sw_origin at)
{
	char place[PLACE], path[SW_CONF_NAME];

	if (first.line == 0 || first.file != at.file)
		return;
	sw_schema_path(key, path);
	sw_load_complain(loader, at, path, NULL,
	    "%s%s is set twice, first in line %u; write it once",
	    owner(loader, key, place), path, first.line);
}

void
sw_load_value(struct sw_load *loader, int k, struct sw_origin at,
    const char *text, bool first)
{
	size_t n;
	struct sw_conf *conf = loader->conf;
	const struct sw_key *key = sw_schema_keys(&n) + k;
	void *base = base_of(loader, key);
	struct sw_origin *origin =
	    sw_origin_at(conf->origins, origins_of(loader, key), k);
	struct sw_fault fault;

	if (first) {
		refuse_twice(loader, key, *origin, at);
		sw_field_clear(key, base);
	}
	if (first || origin->line == 0)
		*origin = at;
	if (!sw_field_take(key, base, text, &fault))
		sw_load_refuse(loader, k, at, text, &fault);
}

/* --- files --- */

/* Takes ownership of the text.
 * => false when it was not read to its end */
static bool
read_text(struct sw_load *loader, struct sw_reading *reading, const char *name,
    char *text, size_t length)
{
	int64_t file =
	    sw_origins_file(loader->conf->origins, name, text, length);
	bool whole;

	if (file < 0) {
		sw_conf_complain_file(loader->errors, name, "out of memory");
		return false;
	}
	reading->outer = loader->reading;
	loader->reading = reading;
	whole = sw_conf_parse_text(loader, (uint32_t)file);
	loader->reading = reading->outer;
	return whole;
}

static bool
is_read_already(const struct sw_load *loader, const struct sw_reading *again)
{
	for (const struct sw_reading *r = loader->reading; r != NULL;
	     r = r->outer)
		if (r->device == again->device && r->inode == again->inode)
			return true;
	return false;
}

static const char loop[] = "an include loop";

/* => the reason to refuse the file that was opened, or NULL */
static const char *
refusal_of(struct sw_load *loader, const struct sw_conf_text *text,
    const char *path, char why[SW_DISTRUST_MAX])
{
	if (!loader->any_owner &&
	    !sw_conf_file_is_trusted(&text->status, path, why))
		return why;
	if (text->length > (size_t)BYTES_MAX - loader->bytes)
		return "with this file, all files together are larger than 64 "
		       "MiB";
	loader->bytes += text->length;
	return NULL;
}

/* => true when the file was read to its end.  false when it was not read at
 *    all, with the error in why or in static storage, which the caller
 *    reports */
static bool
read_file(struct sw_load *loader, const char *path, const char **wrong,
    char why[SW_DISTRUST_MAX])
{
	struct sw_reading reading = { .name = path };
	struct sw_conf_text text;

	*wrong = sw_conf_file_read(path, &text);
	if (*wrong != NULL)
		return false;
	reading.device = text.status.st_dev;
	reading.inode = text.status.st_ino;
	if (is_read_already(loader, &reading))
		*wrong = loop;
	else
		*wrong = refusal_of(loader, &text, path, why);
	if (*wrong == NULL)
		return read_text(
		    loader, &reading, path, text.bytes, text.length);
	free(text.bytes);
	return false;
}

void
sw_load_file(struct sw_load *loader, const char *path)
{
	char why[SW_DISTRUST_MAX];
	const char *wrong;

	read_file(loader, path, &wrong, why);
	if (wrong == why)
		sw_conf_complain_file(
		    loader->errors, path, "is refused: %s", why);
	else if (wrong != NULL)
		sw_conf_complain_file(loader->errors, path,
		    "cannot be read: %s; name a readable file", wrong);
}

static bool
too_many(struct sw_load *loader)
{
	unsigned depth = 0;

	for (const struct sw_reading *r = loader->reading; r != NULL;
	     r = r->outer)
		depth++;
	return depth > INCLUDE_DEPTH || ++loader->files > FILES_MAX;
}

static void
refuse_include(const struct sw_load *loader, struct sw_origin at,
    const char *path, const char *wrong, const char *why)
{
	if (wrong == loop)
		sw_load_complain(loader, at, "include", NULL,
		    "include loop: %.200s is already being read; write the "
		    "file without this include",
		    path);
	else if (wrong == why)
		sw_load_complain(loader, at, "include", NULL,
		    "%.200s is refused: %s", path, why);
	else
		sw_load_complain(loader, at, "include", NULL,
		    "%.200s cannot be read: %s; write the name of a readable "
		    "file",
		    path, wrong);
}

/* A file that cannot be opened is an error of this line alone; an error inside
 * the file ends the reading of both. */
bool
sw_load_include(struct sw_load *loader, struct sw_origin at, const char *name)
{
	char why[SW_DISTRUST_MAX], *path;
	const char *wrong;
	bool whole;

	if (too_many(loader)) {
		sw_load_complain(loader, at, "include", NULL,
		    "too many includes; write at most %d, %d deep", FILES_MAX,
		    INCLUDE_DEPTH);
		return false;
	}
	path = sw_conf_file_beside(loader->reading->name, name);
	if (path == NULL) {
		sw_load_complain(loader, at, "include", NULL, "out of memory");
		return false;
	}
	whole = read_file(loader, path, &wrong, why);
	if (wrong != NULL)
		refuse_include(loader, at, path, wrong, why);
	free(path);
	return whole || wrong != NULL;
}

/* => what is wrong with the directory, or NULL when its files were read */
static const char *
read_directory(
    struct sw_load *loader, const char *path, char why[SW_DISTRUST_MAX])
{
	struct sw_conf_directory directory;
	const char *wrong = sw_conf_file_read_directory(path, &directory);

	if (wrong != NULL)
		return wrong;
	if (directory.n > 0 && !loader->any_owner &&
	    !sw_conf_file_is_trusted(&directory.status, path, why))
		wrong = why;
	for (size_t i = 0; wrong == NULL && i < directory.n; i++)
		sw_load_file(loader, directory.list[i]);
	sw_conf_file_free_directory(&directory);
	return wrong;
}

void
sw_load_directory(struct sw_load *loader, const char *file)
{
	char why[SW_DISTRUST_MAX], *path = sw_conf_file_beside(file, "conf.d");
	const char *wrong;

	if (path == NULL) {
		sw_conf_complain_file(loader->errors, file, "out of memory");
		return;
	}
	wrong = read_directory(loader, path, why);
	if (wrong != NULL)
		sw_conf_complain_file(loader->errors, path, "%s: %s",
		    wrong == why ? "is refused" : "cannot be read", wrong);
	free(path);
}

/* => why the file may not be read, or NULL */
static const char *
list_read(struct sw_load *loader, const char *path, struct sw_conf_text *text,
    char why[SW_DISTRUST_MAX])
{
	const char *wrong;

	if (++loader->files > FILES_MAX)
		return "it is one file too many";
	wrong = sw_conf_file_read(path, text);
	if (wrong == NULL && (wrong = refusal_of(loader, text, path, why)))
		free(text->bytes);
	return wrong;
}

bool
sw_load_list(struct sw_load *loader, struct sw_origin at, const char *set,
    const char *path, uint32_t *file)
{
	char why[SW_DISTRUST_MAX];
	struct sw_conf_text text;
	const char *wrong = loader->alone ? "a file cannot be read here"
					  : list_read(loader, path, &text, why);
	int64_t number;

	if (wrong != NULL) {
		sw_load_complain(loader, at, "file", NULL,
		    "set \"%s\": %.200s %s: %s%s", set, path,
		    wrong == why ? "is refused" : "cannot be read", wrong,
		    wrong == why ? "" : "; write the name of a readable file");
		return false;
	}
	number = sw_origins_file(
	    loader->conf->origins, path, text.bytes, text.length);
	if (number < 0)
		sw_load_complain(loader, at, "file", NULL, "out of memory");
	*file = (uint32_t)number;
	return number >= 0;
}

void
sw_load_text(struct sw_load *loader, const char *name, const char *text)
{
	struct sw_reading reading = { 0 };
	char *copy = strdup(text);

	loader->alone = true;
	if (copy == NULL)
		sw_conf_complain_file(loader->errors, name, "out of memory");
	else
		read_text(loader, &reading, name, copy, strlen(copy));
}
