/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import: counts the flows that an engine starts with.
 */
#ifndef SYNWARD_ENGINE_IMPORT_H
#define SYNWARD_ENGINE_IMPORT_H

struct sw_engine;

/* Makes the counts of states, embryonic flows and sources match the table. */
void sw_import_count(struct sw_engine *engine);

#endif
