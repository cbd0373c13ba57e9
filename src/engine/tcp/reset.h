/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_reset: an RST ends a flow only where it is exact.
 *
 * RFC 5961 3.2 has a host obey an RST only when its sequence number is the
 * very next it expects, and ask back when it lies elsewhere in the window.
 * The entry of a flow follows the same rule, so that nobody who can not see
 * the connection ends it.
 */
#ifndef SYNWARD_ENGINE_TCP_RESET_H
#define SYNWARD_ENGINE_TCP_RESET_H

#include "engine/tcp/tcp.h"

bool sw_tcp_reset_is_exact(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment);

/* Steps the flow by an RST. */
enum sw_tcp_outcome
sw_tcp_reset(struct sw_flow *flow, struct sw_flow_history *history,
    struct sw_tcp_step *step, const struct sw_tcp_segment *segment);

#endif
