/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: stores files and values in a configuration that is being read.
 */
#ifndef SYNWARD_CONF_LOAD_H
#define SYNWARD_CONF_LOAD_H

#include <sys/types.h>

#include "conf/origin.h"

/* A file being read, and the file that includes it. */
struct sw_reading {
	const struct sw_reading *outer;
	const char *name; /* NULL for a text, which cannot include files */
	dev_t device;
	ino_t inode;
};

struct sw_load {
	struct sw_conf *conf;
	struct sw_conf_errors *errors;
	bool any_owner; /* the files may belong to any user */
	bool alone;	/* reads a text, which can name no files */
	const struct sw_reading *reading;
	unsigned files; /* included so far */
	size_t bytes;	/* of all files */
};

/* Reads one file and its includes into the conf. */
void sw_load_file(struct sw_load *loader, const char *path);
/* Reads all files of conf.d beside the file. */
void sw_load_directory(struct sw_load *loader, const char *file);
/* Reads a text, which cannot include files. */
void sw_load_text(struct sw_load *loader, const char *name, const char *text);

/* --- for conf_parse and conf_set --- */

/* Reads the file of a set, named at the place, without looking at what
 * it holds.  Its faults are reported.
 * => false, or its number among the files of the origins */
bool sw_load_list(struct sw_load *loader, struct sw_origin at, const char *set,
    const char *path, uint32_t *file);

/* Adds an error at this place. */
void sw_load_complain(const struct sw_load *loader, struct sw_origin at,
    const char *key, const char *fix, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Stores a value of the key; "first" when it starts a new list of values.
 * Values of rules belong to the last rule added. */
void sw_load_value(struct sw_load *loader, int key, struct sw_origin at,
    const char *text, bool first);
/* Reports the key's value as if its text had been refused. */
void sw_load_refuse(const struct sw_load *loader, int key, struct sw_origin at,
    const char *text, const struct sw_fault *fault);
/* Reads another file in place of the include.
 * => false when the reading of the including file must end */
bool
sw_load_include(struct sw_load *loader, struct sw_origin at, const char *name);

#endif
