/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf: a whole configuration, from files to rules ready for the engine.
 *
 * It begins with the defaults of the schema, takes what the files say, lets
 * rules inherit what they leave open, and is checked last.  One error and
 * there is no configuration at all: the one in force stays.
 *
 * libConfuse's lexer keeps its place in globals, so threads take turns: the
 * desk has hints read while the main thread may be at a reload.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell/conf_check.h"
#include "shell/conf_load.h"

static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;

struct source {
	const char *name;
	const char *text; /* NULL: of the file and what is beside it */
	bool optional;	  /* there may be no such file */
};

static void
defaults(struct sw_conf *conf)
{
	size_t n;
	const struct sw_key *keys = sw_keys(&n);
	struct sw_fault fault;

	for (size_t k = 0; k < n; k++)
		if (!sw_key_of_rule(&keys[k]) && keys[k].otherwise != NULL)
			sw_field_take(
			    &keys[k], conf, keys[k].otherwise, &fault);
	conf->otherwise.log = true;
}

static struct sw_conf *
conf_create(void)
{
	struct sw_conf *conf = calloc(1, sizeof *conf);

	if (conf == NULL)
		return NULL;
	conf->origins = sw_origins_create();
	if (conf->origins == NULL) {
		free(conf);
		return NULL;
	}
	defaults(conf);
	return conf;
}

void
sw_conf_free(struct sw_conf *conf)
{
	size_t n;
	const struct sw_key *keys = sw_keys(&n);

	if (conf == NULL)
		return;
	for (size_t i = 0; i < conf->n_rules; i++)
		for (size_t k = 0; k < n; k++)
			if (sw_key_of_rule(&keys[k]))
				sw_field_clear(&keys[k], &conf->rules[i]);
	free(conf->rules);
	sw_origins_destroy(conf->origins);
	free(conf);
}

/* Timeouts that were not given are the profile's. */
static void
profile_apply(struct sw_conf *conf)
{
	const struct sw_timeouts *profile = sw_profile(conf->profile);

	for (unsigned t = 0; t < SW_TIMEOUT_COUNT; t++) {
		int k = sw_key_find("timeouts", sw_timeout_text(t));

		if (conf->origins->key[k].line == 0)
			conf->otherwise.timeouts.seconds[t] =
			    profile->seconds[t];
	}
}

/* What a rule leaves open it takes from the whole. */
static void
rule_inherit(struct sw_conf *conf, size_t rule)
{
	size_t n;
	const struct sw_key *keys = sw_keys(&n);

	for (size_t k = (size_t)sw_key_first_of_rule(); k < n; k++) {
		int parent = sw_key_parent(&keys[k]);

		if (parent < 0 ||
		    sw_origin_given(&conf->origins->rules[rule], (int)k))
			continue;
		memcpy((char *)&conf->rules[rule] + keys[k].offset,
		    (const char *)conf + keys[parent].offset, keys[k].size);
	}
	conf->rules[rule].rule.has_in = conf->rules[rule].n_in > 0;
	conf->rules[rule].rule.has_out = conf->rules[rule].n_out > 0;
}

/* => the conf, or NULL when anything is wrong with it */
static struct sw_conf *
finish(struct sw_conf *conf, struct sw_conf_errors *errors)
{
	profile_apply(conf);
	for (size_t i = 0; i < conf->n_rules; i++)
		rule_inherit(conf, i);
	sw_conf_check(conf, errors);
	if (errors->n == 0)
		return conf;
	sw_conf_free(conf);
	return NULL;
}

static void
load_directory(
    struct sw_loader *loader, const char *file, struct sw_conf_errors *errors)
{
	char *path = sw_conf_beside(file, "conf.d");
	const char *wrong;
	char **list;
	size_t n;

	if (path == NULL)
		return;
	wrong = sw_conf_directory(path, &list, &n);
	if (wrong != NULL)
		sw_conf_complain(errors, path, 0, "cannot be read: %s", wrong);
	for (size_t i = 0; wrong == NULL && i < n; i++)
		sw_loader_file(loader, list[i]);
	if (wrong == NULL)
		sw_conf_directory_free(list, n);
	free(path);
}

/* Takes the file and what is beside it into the conf.
 * => false when memory is short */
static bool
take_files(struct sw_conf *conf, const struct source *source,
    struct sw_conf_errors *errors)
{
	struct sw_loader *loader = sw_loader_create(conf, errors);

	if (loader == NULL)
		return false;
	if (!source->optional || access(source->name, F_OK) == 0 ||
	    errno != ENOENT)
		sw_loader_file(loader, source->name);
	load_directory(loader, source->name, errors);
	sw_loader_destroy(loader);
	return true;
}

/* The same for a text. */
static bool
take_text(struct sw_conf *conf, const struct source *source,
    struct sw_conf_errors *errors)
{
	struct sw_conf_text bytes = { .bytes = strdup(source->text),
		.length = strlen(source->text) };
	struct sw_loader *loader = sw_loader_create(conf, errors);
	bool taken = loader != NULL && bytes.bytes != NULL;

	if (taken)
		sw_loader_text(loader, source->name, &bytes);
	free(bytes.bytes);
	sw_loader_destroy(loader);
	return taken;
}

static struct sw_conf *
read_source(const struct source *source, struct sw_conf_errors *errors)
{
	struct sw_conf *conf = conf_create();
	bool taken = false;

	memset(errors, 0, sizeof *errors);
	if (conf != NULL) {
		pthread_mutex_lock(&reading);
		taken = source->text != NULL ? take_text(conf, source, errors)
					     : take_files(conf, source, errors);
		pthread_mutex_unlock(&reading);
	}
	if (taken)
		return finish(conf, errors);
	sw_conf_complain(errors, source->name, 0, "memory is short");
	sw_conf_free(conf);
	return NULL;
}

struct sw_conf *
sw_conf_load(const char *file, struct sw_conf_errors *errors)
{
	struct source source = {
		.name = file != NULL ? file : SW_CONF_FILE,
		.optional = file == NULL,
	};

	return read_source(&source, errors);
}

struct sw_conf *
sw_conf_parse(const char *text, const char *name, struct sw_conf_errors *errors)
{
	struct source source = { .name = name, .text = text };

	return read_source(&source, errors);
}
