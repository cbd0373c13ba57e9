/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cause_page: what cause.def says, for a terminal, as a manual page and as
 * a journal catalog.
 *
 * `synwardctl explain CAUSE` prints the first; the other two are written
 * when synward is built.
 */
#ifndef SYNWARD_SHELL_CAUSE_PAGE_H
#define SYNWARD_SHELL_CAUSE_PAGE_H

#include <jansson.h>
#include <stdio.h>

#include "synward/cause.h"

/* Lines are broken before width columns, at least 40. */
void sw_cause_page_text(enum sw_cause cause, unsigned width, FILE *out);

/* cause, message_id, summary, meaning, check, change (absent where nothing
 * is to be changed).  => new reference */
json_t *sw_cause_page_json(enum sw_cause cause);

/* synward-causes(7) in mdoc. */
void sw_cause_page_manual(FILE *out);

/* Entries for the systemd catalog, see journalctl(1) -x. */
void sw_cause_page_catalog(FILE *out);

#endif
