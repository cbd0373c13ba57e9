/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reset: an RST ends a flow only if it is exact.
 *
 * RFC 5961 3.2 makes a host obey an RST only when its sequence number is
 * exactly the next one it expects, and send a challenge when it is elsewhere in
 * the window.  A flow's entry follows the same rule, so that nobody who cannot
 * see the connection can end it.
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
