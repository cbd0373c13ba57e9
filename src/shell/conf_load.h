/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_load: turns what libConfuse reads into values of a configuration.
 */
#ifndef SYNWARD_SHELL_CONF_LOAD_H
#define SYNWARD_SHELL_CONF_LOAD_H

#include "shell/conf_file.h"
#include "shell/conf_origin.h"

struct sw_loader;

/* => NULL when memory is short */
struct sw_loader *
sw_loader_create(struct sw_conf *conf, struct sw_conf_errors *errors);
void sw_loader_destroy(struct sw_loader *loader);

/* Reads one file and what it includes into the conf. */
void sw_loader_file(struct sw_loader *loader, const char *path);
/* The same from a text, which can not include. */
void sw_loader_text(
    struct sw_loader *loader, const char *name, struct sw_conf_text *text);

#endif
