/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cause_page: what cause.def says, as a manual page and as a journal
 * catalog; both are written when synward is built.
 */
#ifndef SYNWARD_PAGES_CAUSE_PAGE_H
#define SYNWARD_PAGES_CAUSE_PAGE_H

#include <stdio.h>

#include "synward/cause.h"

/* synward-causes(7) in mdoc. */
void sw_cause_page_manual(FILE *out);

/* Entries for the systemd catalog, see journalctl(1) -x. */
void sw_cause_page_catalog(FILE *out);

#endif
