/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf: a whole configuration, from files to rules that are ready for the
 * engine.
 *
 * It begins with the defaults of the schema, applies the files, lets rules
 * inherit what they leave open, and is checked last.  With a single error there
 * is no configuration at all, and the one in force stays.
 *
 * Nothing is shared, so one thread may read hints while another reloads.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/check.h"
#include "conf/load.h"
#include "conf/rule.h"
#include "conf/set.h"
#include "conf/zone.h"

struct source {
	const char *name;
	const char *text; /* NULL: read the file and conf.d */
	bool optional;	  /* the file may be missing */
	bool any_owner;	  /* accept files that other users can write */
};

static void
defaults(struct sw_conf *conf)
{
	size_t n;
	const struct sw_key *keys = sw_schema_keys(&n);
	struct sw_fault fault;

	for (size_t k = 0; k < n; k++)
		if ((int)k < sw_schema_first(SW_PART_SET) &&
		    keys[k].otherwise != NULL)
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
	const struct sw_key *keys = sw_schema_keys(&n);

	if (conf == NULL)
		return;
	for (size_t i = 0; i < conf->n_rules; i++)
		for (size_t k = 0; k < n; k++)
			if (sw_schema_part(&keys[k]) == SW_PART_RULE)
				sw_field_clear(&keys[k], &conf->rules[i]);
	free(conf->rules);
	free(conf->source.interfaces);
	sw_conf_rule_free_related(conf);
	sw_conf_set_free(conf);
	sw_conf_zone_free(conf);
	sw_origins_destroy(conf->origins);
	free(conf);
}

bool
sw_conf_hears_one(const struct sw_conf *conf)
{
	return conf->source.tap && conf->source.n_interfaces == 1 &&
	       strpbrk(conf->source.interfaces[0], "*!") == NULL;
}

/* => true, and the value comes from source.from, when the key is not given */
static bool
decides(struct sw_conf *conf, const char *name)
{
	struct sw_origin *key = conf->origins->key;
	int k = sw_schema_find("", name);

	if (key[k].line > 0)
		return false;
	key[k] = key[sw_schema_find("source", "from")];
	return true;
}

/* A tap watches the kernel's tracker, and can stop nothing. */
static void
source_apply(struct sw_conf *conf)
{
	if (!conf->source.tap)
		return;
	if (decides(conf, "profile"))
		strcpy(conf->profile, "linux");
	if (decides(conf, "mode"))
		conf->otherwise.observe = true;
	conf->otherwise.watched = conf->source.nflog > 0;
}

/* Timeouts that were not given come from the profile. */
static void
profile_apply(struct sw_conf *conf)
{
	const struct sw_timeouts *profile = sw_profile(conf->profile);

	for (unsigned t = 0; t < SW_TIMEOUT_COUNT; t++) {
		int k = sw_schema_find("timeouts", sw_profile_timeout_text(t));

		if (conf->origins->key[k].line == 0)
			conf->otherwise.timeouts.seconds[t] =
			    profile->seconds[t];
	}
}

/* A rule takes what it leaves open from the whole configuration. */
static void
rule_inherit(struct sw_conf *conf, size_t rule)
{
	size_t n;
	const struct sw_key *keys = sw_schema_keys(&n);

	for (size_t k = (size_t)sw_schema_first(SW_PART_RULE); k < n; k++) {
		int parent = sw_schema_parent(&keys[k]);

		if (parent < 0 ||
		    sw_origin_given(&conf->origins->rules[rule], (int)k))
			continue;
		memcpy((char *)&conf->rules[rule] + keys[k].offset,
		    (const char *)conf + keys[parent].offset, keys[k].size);
	}
}

bool
sw_conf_take_timeouts(
    struct sw_conf *conf, const uint32_t seconds[SW_TIMEOUT_COUNT])
{
	uint32_t *own = conf->otherwise.timeouts.seconds;
	bool changed = false;

	for (unsigned t = 0; t < SW_TIMEOUT_COUNT; t++) {
		int k = sw_schema_find("timeouts", sw_profile_timeout_text(t));

		if (conf->origins->key[k].line > 0 || seconds[t] == 0 ||
		    seconds[t] == own[t])
			continue;
		own[t] = seconds[t];
		changed = true;
	}
	conf->source.timeouts_are_kernels = true;
	for (size_t i = 0; i < conf->n_rules; i++)
		rule_inherit(conf, i);
	return changed;
}

/* => the conf, or NULL when there is an error */
static struct sw_conf *
finish(struct sw_conf *conf, struct sw_conf_errors *errors)
{
	source_apply(conf);
	profile_apply(conf);
	for (size_t i = 0; i < conf->n_rules; i++)
		rule_inherit(conf, i);
	sw_conf_rule_finish_related(conf);
	sw_conf_check(conf, errors);
	if (errors->n == 0)
		return conf;
	sw_conf_free(conf);
	return NULL;
}

static void
take(struct sw_load *loader, const struct source *source)
{
	if (source->text != NULL) {
		sw_load_text(loader, source->name, source->text);
		return;
	}
	if (!source->optional || access(source->name, F_OK) == 0 ||
	    errno != ENOENT)
		sw_load_file(loader, source->name);
	sw_load_directory(loader, source->name);
}

static struct sw_conf *
read_source(const struct source *source, struct sw_conf_errors *errors)
{
	struct sw_conf *conf = conf_create();
	struct sw_load loader = {
		.conf = conf, .errors = errors, .any_owner = source->any_owner
	};

	memset(errors, 0, sizeof *errors);
	if (conf == NULL) {
		sw_conf_complain_file(errors, source->name, "out of memory");
		return NULL;
	}
	take(&loader, source);
	sw_conf_set_finish(&loader);
	return finish(conf, errors);
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
sw_conf_load_any(const char *file, struct sw_conf_errors *errors)
{
	struct source source = {
		.name = file != NULL ? file : SW_CONF_FILE,
		.optional = file == NULL,
		.any_owner = true,
	};

	return read_source(&source, errors);
}

struct sw_conf *
sw_conf_parse(const char *text, const char *name, struct sw_conf_errors *errors)
{
	struct source source = { .name = name, .text = text };

	return read_source(&source, errors);
}
