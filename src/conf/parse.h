/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse: the grammar of a configuration.
 *
 *	statement = NAME ("=" | "+=") (VALUE | "{" VALUE ("," VALUE)* "}")
 *		  | NAME ["TITLE"] "{" statement* "}"
 *		  | include("FILE")
 */
#ifndef SYNWARD_CONF_PARSE_H
#define SYNWARD_CONF_PARSE_H

#include "conf/load.h"

/* Reads the text of a file, given by its number in the origins, and passes
 * values and includes to the loader.  A wrong value is reported and skipped.
 * => false after reporting an error of syntax or an unknown name, which ends
 *    the reading */
bool sw_conf_parse_text(struct sw_load *loader, uint32_t file);

/* Explains a name that the section does not have: the rest of a sentence, and
 * the name that was meant, or NULL. */
const char *
sw_conf_unknown(const char *section, const char *name, char *text, size_t size);

#endif
