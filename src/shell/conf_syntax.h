/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_syntax: what libConfuse says is wrong, in words that help.
 */
#ifndef SYNWARD_SHELL_CONF_SYNTAX_H
#define SYNWARD_SHELL_CONF_SYNTAX_H

#include <confuse.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* format and ap are as libConfuse's error function gets them.
 * => false when there is nothing to say: the text ended early, which the
 *    caller explains */
bool sw_syntax_text(cfg_t *cfg, const char *format, va_list ap, char *text,
    size_t size) __attribute__((format(printf, 2, 0)));

#endif
