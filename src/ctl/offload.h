/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload: the fast path in one line, as status shows it.
 */
#ifndef SYNWARD_CTL_OFFLOAD_H
#define SYNWARD_CTL_OFFLOAD_H

#include <jansson.h>

void sw_offload_print(const json_t *offload);

#endif
