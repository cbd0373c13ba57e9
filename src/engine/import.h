/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import: counting the flows an engine begins with.
 */
#ifndef SYNWARD_ENGINE_IMPORT_H
#define SYNWARD_ENGINE_IMPORT_H

struct sw_engine;

/* Brings states, embryonic flows and sources up to what the table holds. */
void sw_import_count(struct sw_engine *engine);

#endif
