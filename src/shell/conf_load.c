/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_load: libConfuse reads, this takes.
 *
 * libConfuse keeps no values here.  Every option is made of a row of the
 * schema and points at a tap, in the place meant for an option's own
 * variable; each value read comes through take() at once, with the key, the
 * line and the section it stands in.  So values of one key given twice, or
 * of two rules with one name, are all seen, and in the order of the files.
 *
 * A file with an include is read in the middle of the one that includes it.
 * All files go through the same options; what a later file sets replaces
 * what an earlier one did.
 */
#include <confuse.h>
#include <stdlib.h>
#include <string.h>

#include "shell/conf_load.h"
#include "shell/conf_rule.h"
#include "shell/conf_scan.h"
#include "shell/conf_syntax.h"

enum {
	OPTIONS = 20, /* of one section, at most */
	INCLUDE_DEPTH = 10,
	FILES_MAX = 1000, /* read in all, includes among them */
};

static const char *const sections[] = { "queue", "table", "timeouts", "log",
	"control", "rule", "rule.timeouts" };

enum {
	N_SECTIONS = sizeof sections / sizeof sections[0],
	RULE_SECTION = 5,
};

/* Where an option's values go.  libConfuse writes to slot. */
struct tap {
	void *slot;
	struct sw_loader *loader;
	int key;
};

/* A file being read, and the one that includes it. */
struct reading {
	const struct reading *outer;
	const char *name;
	uint32_t file;
	dev_t device;
	ino_t inode;
	bool told; /* what ended the reading was said */
};

struct sw_loader {
	struct sw_conf *conf;
	struct sw_conf_errors *errors;
	cfg_t *root;
	struct reading *reading;
	unsigned files;
	bool in_rule; /* conf's last rule is the one being read */
	struct tap taps[SW_KEYS_MAX + 1];
};

/* --- values --- */

static struct sw_conf_rule *
rule_now(const struct sw_loader *loader)
{
	return &loader->conf->rules[loader->conf->n_rules - 1];
}

static struct sw_rule_origins *
rule_origins(const struct sw_loader *loader)
{
	return &loader->conf->origins->rules[loader->conf->n_rules - 1];
}

/* Begins the rule whose section libConfuse has just opened.
 * => false when there can be no other */
static bool
rule_begin(struct sw_loader *loader)
{
	cfg_t *section = cfg_getsec(loader->root, "rule");

	loader->in_rule = sw_conf_rule_add(loader->conf, section->title,
	    loader->reading->file, loader->root->line, loader->errors);
	return loader->in_rule;
}

/* libConfuse is at a rule's closing brace. */
static int
rule_end(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct tap *tap = (const void *)opt->subopts->simple_value.ptr;
	struct sw_loader *loader = tap->loader;
	bool begun = loader->in_rule || rule_begin(loader);

	(void)cfg;
	loader->in_rule = false;
	cfg_opt_rmnsec(opt, 0);
	return begun ? 0 : -1;
}

/* Says where a value stands: rule "db": or nothing. */
static const char *
place(const struct sw_loader *loader, const struct sw_key *key, char *text,
    size_t size)
{
	*text = '\0';
	if (sw_key_of_rule(key))
		snprintf(
		    text, size, "rule \"%s\": ", rule_now(loader)->rule.name);
	return text;
}

static void
refuse_value(struct sw_loader *loader, const struct sw_key *key, int line,
    const char *value, const struct sw_fault *fault)
{
	char where[SW_RULE_NAME_MAX + 16], path[SW_CONF_NAME];
	char shown[SW_SHOWN_MAX];

	if (sw_key_of_rule(key))
		rule_origins(loader)->damaged = true;
	sw_conf_complain(loader->errors, loader->reading->name, line,
	    "%s%s = %s: %s; write %s", place(loader, key, where, sizeof where),
	    sw_key_path(key, path),
	    *value != '\0' ? sw_conf_shown(value, shown) : "\"\"", fault->why,
	    fault->write);
}

/* A key begins anew: in one file that may happen once. */
static void
begin_value(struct sw_loader *loader, const struct sw_key *key,
    const struct sw_origin *origin, int line)
{
	char where[SW_RULE_NAME_MAX + 16], path[SW_CONF_NAME];

	if (origin->line == 0 || origin->file != loader->reading->file)
		return;
	sw_conf_complain(loader->errors, loader->reading->name, line,
	    "%s%s is set twice, first in line %d; write it once",
	    place(loader, key, where, sizeof where), sw_key_path(key, path),
	    origin->line);
}

/* libConfuse has read a value. */
static int
take(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct tap *tap = (const void *)opt->simple_value.ptr;
	struct sw_loader *loader = tap->loader;
	size_t n;
	const struct sw_key *key = sw_keys(&n) + tap->key;
	bool of_rule = sw_key_of_rule(key);
	struct sw_origin *origin;
	struct sw_fault fault;
	void *base;

	*(void **)result = NULL;
	if (of_rule && !loader->in_rule && !rule_begin(loader))
		return -1;
	base = of_rule ? (void *)rule_now(loader) : loader->conf;
	origin = sw_origin_at(loader->conf->origins,
	    of_rule ? rule_origins(loader) : NULL, tap->key);
	if ((opt->flags & CFGF_RESET) != 0) { /* "=", not "+=" or "," */
		opt->flags &= ~CFGF_RESET;
		begin_value(loader, key, origin, cfg->line);
		sw_field_clear(key, base);
		origin->line = 0;
	}
	if (origin->line == 0)
		*origin =
		    (struct sw_origin){ loader->reading->file, cfg->line };
	if (!sw_field_take(key, base, value, &fault))
		refuse_value(loader, key, cfg->line, value, &fault);
	return 0;
}

/* --- files --- */

static void
complain_syntax(struct sw_loader *loader, int line, const char *what)
{
	loader->reading->told = true;
	sw_conf_complain(
	    loader->errors, loader->reading->name, line, "%s", what);
}

/* libConfuse found something wrong. */
static void __attribute__((format(printf, 2, 0)))
refuse_syntax(cfg_t *cfg, const char *format, va_list ap)
{
	const struct tap *tap = (const void *)cfg->opts->simple_value.ptr;
	char what[400];

	if (sw_syntax_text(cfg, format, ap, what, sizeof what))
		complain_syntax(tap->loader, cfg->line, what);
}

/* Says which files include each other in a circle. */
static bool
refuse_loop(struct sw_loader *loader, const struct reading *again, int line)
{
	for (const struct reading *r = loader->reading; r != NULL; r = r->outer)
		if (r->device == again->device && r->inode == again->inode) {
			sw_conf_complain(loader->errors, loader->reading->name,
			    line,
			    "include loop: %s is being read already; write "
			    "the file without this include",
			    again->name);
			return true;
		}
	return false;
}

/* Has libConfuse read the first bytes of a text.  => false when it ended
 * before them */
static bool
parse(struct sw_loader *loader, char *bytes, size_t n)
{
	int line = loader->root->line;
	FILE *file;
	bool whole;

	if (n == 0)
		return true;
	file = fmemopen(bytes, n, "r");
	if (file == NULL)
		return false;
	whole = cfg_parse_fp(loader->root, file) == CFG_SUCCESS;
	fclose(file);
	loader->root->line = line;
	return whole;
}

/* libConfuse's lexer may have stopped inside a string, and stays there
 * until any configuration is freed. */
static void
lexer_reset(void)
{
	cfg_opt_t none[] = { CFG_END() };
	cfg_t *cfg = cfg_init(none, CFGF_NONE);

	if (cfg != NULL)
		cfg_free(cfg);
}

/* A file ended in the middle of a rule. */
static void
rule_drop(struct sw_loader *loader)
{
	cfg_opt_t *rules = cfg_getopt(loader->root, "rule");

	while (cfg_opt_size(rules) > 0)
		cfg_opt_rmnsec(rules, 0);
	if (loader->in_rule)
		rule_origins(loader)->damaged = true;
	loader->in_rule = false;
}

/* => false when the text was not read to its end */
static bool
read_text(struct sw_loader *loader, struct reading *reading,
    struct sw_conf_text *text)
{
	struct sw_scan_result scan;
	int64_t file = sw_origins_file(loader->conf->origins, reading->name);
	char what[400];
	bool whole;

	if (file < 0) {
		sw_conf_complain(
		    loader->errors, reading->name, 0, "memory is short");
		return false;
	}
	reading->file = (uint32_t)file;
	reading->outer = loader->reading;
	loader->reading = reading;
	sw_conf_scan(text->bytes, text->length, &scan);
	whole = parse(loader, text->bytes, scan.sound);
	if (scan.line > 0 && !reading->told) {
		snprintf(what, sizeof what, "%s; write %s", scan.fault.why,
		    scan.fault.write);
		complain_syntax(loader, scan.line, what);
	} else if (!whole && !reading->told) {
		complain_syntax(loader, 0,
		    "the file ends too early; write what is missing");
	}
	if (!whole)
		rule_drop(loader);
	loader->reading = (struct reading *)(uintptr_t)reading->outer;
	if (!whole && loader->reading == NULL)
		lexer_reset();
	return whole && scan.line == 0;
}

static bool
too_many(struct sw_loader *loader, int line)
{
	unsigned depth = 0;

	for (const struct reading *r = loader->reading; r != NULL; r = r->outer)
		depth++;
	if (depth <= INCLUDE_DEPTH && ++loader->files <= FILES_MAX)
		return false;
	sw_conf_complain(loader->errors, loader->reading->name, line,
	    "too many includes; write at most %d, %d deep", FILES_MAX,
	    INCLUDE_DEPTH);
	return true;
}

/* line: of the include, 0 for a file nobody included. */
static bool
read_file(struct sw_loader *loader, const char *path, int line)
{
	struct reading reading = { .name = path };
	struct sw_conf_text text;
	const char *wrong = sw_conf_text_read(path, &text);
	bool whole;

	if (wrong != NULL && line > 0) {
		sw_conf_complain(loader->errors, loader->reading->name, line,
		    "%s cannot be read: %s; write the name of a file that can",
		    path, wrong);
		return true;
	}
	if (wrong != NULL) {
		sw_conf_complain(loader->errors, path, 0,
		    "cannot be read: %s; name a file that can", wrong);
		return false;
	}
	reading.device = text.device;
	reading.inode = text.inode;
	whole = !refuse_loop(loader, &reading, line) &&
		read_text(loader, &reading, &text);
	free(text.bytes);
	return whole;
}

/* libConfuse has read include("FILE"). */
static int
include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	const struct tap *tap = (const void *)opt->simple_value.ptr;
	struct sw_loader *loader = tap->loader;
	struct reading *outer = loader->reading;
	char *path;
	bool whole;

	if (argc != 1 || outer->inode == 0) {
		complain_syntax(loader, cfg->line,
		    "include does not fit here; write what the file holds");
		return -1;
	}
	if (*argv[0] == '\0') {
		complain_syntax(loader, cfg->line,
		    "include names no file; write include(\"FILE\")");
		return -1;
	}
	if (too_many(loader, cfg->line)) {
		outer->told = true;
		return -1;
	}
	path = sw_conf_beside(outer->name, argv[0]);
	if (path == NULL)
		return -1;
	whole = read_file(loader, path, cfg->line);
	free(path);
	outer->told = !whole;
	return whole ? 0 : -1;
}

void
sw_loader_file(struct sw_loader *loader, const char *path)
{
	read_file(loader, path, 0);
}

void
sw_loader_text(
    struct sw_loader *loader, const char *name, struct sw_conf_text *text)
{
	struct reading reading = { .name = name };

	read_text(loader, &reading, text);
}

/* --- options --- */

/* Fills in the options of a section from the schema.  => how many */
static size_t
options_fill(struct sw_loader *loader, const char *section, cfg_opt_t *options)
{
	size_t n, used = 0;
	const struct sw_key *keys = sw_keys(&n);

	for (size_t k = 0; k < n; k++) {
		if (strcmp(keys[k].section, section) != 0)
			continue;
		loader->taps[k].loader = loader;
		loader->taps[k].key = (int)k;
		options[used++] = (cfg_opt_t){
			.name = keys[k].name,
			.type = CFGT_PTR,
			.flags = sw_key_is_list(&keys[k]) ? CFGF_LIST : 0,
			.parsecb = take,
			.simple_value.ptr = &loader->taps[k].slot,
		};
	}
	return used;
}

static void
root_fill(struct sw_loader *loader, cfg_opt_t root[],
    cfg_opt_t lists[N_SECTIONS][OPTIONS])
{
	struct tap *tap = &loader->taps[SW_KEYS_MAX];
	size_t used = options_fill(loader, "", root), rule_used = 0;

	for (unsigned i = 0; i < N_SECTIONS; i++) {
		size_t n = options_fill(loader, sections[i], lists[i]);

		if (i == RULE_SECTION)
			rule_used = n;
		if (i <= RULE_SECTION)
			root[used++] = (cfg_opt_t)CFG_SEC(
			    sections[i], lists[i], CFGF_NONE);
	}
	lists[RULE_SECTION][rule_used] =
	    (cfg_opt_t)CFG_SEC("timeouts", lists[RULE_SECTION + 1], CFGF_NONE);
	root[used - 1].flags = CFGF_MULTI | CFGF_TITLE;
	root[used - 1].validcb = rule_end;
	tap->loader = loader;
	root[used] = (cfg_opt_t)CFG_FUNC("include", include);
	root[used].simple_value.ptr = &tap->slot;
}

struct sw_loader *
sw_loader_create(struct sw_conf *conf, struct sw_conf_errors *errors)
{
	cfg_opt_t root[OPTIONS] = { CFG_END() };
	cfg_opt_t lists[N_SECTIONS][OPTIONS] = { { CFG_END() } };
	struct sw_loader *loader = calloc(1, sizeof *loader);

	if (loader == NULL)
		return NULL;
	loader->conf = conf;
	loader->errors = errors;
	root_fill(loader, root, lists);
	loader->root = cfg_init(root, CFGF_NONE);
	if (loader->root == NULL) {
		free(loader);
		return NULL;
	}
	cfg_set_error_function(loader->root, refuse_syntax);
	return loader;
}

void
sw_loader_destroy(struct sw_loader *loader)
{
	if (loader == NULL)
		return;
	cfg_free(loader->root);
	free(loader);
}
