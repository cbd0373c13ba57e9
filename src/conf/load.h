/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_load: takes files and values into a configuration that is being read.
 */
#ifndef SYNWARD_CONF_LOAD_H
#define SYNWARD_CONF_LOAD_H

#include <sys/types.h>

#include "conf/origin.h"

/* A file being read, and the one that includes it. */
struct sw_reading {
	const struct sw_reading *outer;
	const char *name; /* NULL for a text, which cannot include */
	dev_t device;
	ino_t inode;
};

struct sw_load {
	struct sw_conf *conf;
	struct sw_conf_errors *errors;
	bool any_owner; /* whoever may have written the files */
	const struct sw_reading *reading;
	unsigned files; /* included so far */
	size_t bytes;	/* of all files */
};

/* Reads one file and what it includes into the conf. */
void sw_load_file(struct sw_load *loader, const char *path);
/* The same for all files of conf.d beside the file. */
void sw_load_directory(struct sw_load *loader, const char *file);
/* The same for a text, which can not include. */
void sw_load_text(struct sw_load *loader, const char *name, const char *text);

/* --- for conf_parse --- */

/* Adds an error at the place. */
void sw_load_complain(const struct sw_load *loader, struct sw_origin at,
    const char *key, const char *fix, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* A value of the key, "first" when it begins the key's values anew.
 * Values of rules are those of the last rule added. */
void sw_load_value(struct sw_load *loader, int key, struct sw_origin at,
    const char *text, bool first);
/* Complains of the key's value as if its text had been refused. */
void sw_load_refuse(const struct sw_load *loader, int key, struct sw_origin at,
    const char *text, const struct sw_fault *fault);
/* Reads another file in the place of the include.  => false when the file
 * that includes it must not be read on */
bool
sw_load_include(struct sw_load *loader, struct sw_origin at, const char *name);

#endif
