/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: configurations of tests, as text in and as text out.
 */
#ifndef SYNWARD_SUPPORT_CONFIG_H
#define SYNWARD_SUPPORT_CONFIG_H

#include "conf/conf.h"

/* Fails the test when the text is refused.  => the caller's */
struct sw_conf *config_taken(const char *text);

/* All its values as sw_conf_dump() writes them; fails the test when they do
 * not fit. */
void config_dump(const struct sw_conf *conf, char *text, size_t size);

#endif
