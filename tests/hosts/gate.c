/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as a gate that a simulated road leads through.
 */

#include "gate.h"

#include <string.h>

/* No moment is zero. */
#define EPOCH UINT64_C(1000000000000)

const struct sw_timeouts gate_timeouts = { .seconds = {
					       [SW_TIMEOUT_SYN_SENT] = 30,
					       [SW_TIMEOUT_SYN_RECV] = 30,
					       [SW_TIMEOUT_ESTABLISHED] = 400,
					       [SW_TIMEOUT_FIN_WAIT] = 120,
					       [SW_TIMEOUT_CLOSE_WAIT] = 350,
					       [SW_TIMEOUT_LAST_ACK] = 40,
					       [SW_TIMEOUT_TIME_WAIT] = 60,
					       [SW_TIMEOUT_CLOSE] = 10,
					       [SW_TIMEOUT_UNACKNOWLEDGED] =
						   300,
					       [SW_TIMEOUT_UNREPLIED_UDP] = 30,
					       [SW_TIMEOUT_UDP] = 120,
					       [SW_TIMEOUT_ICMP] = 30,
					       [SW_TIMEOUT_OTHER] = 600,
					   } };

const char *const gate_grades[] = { "normal", "loose", "strict", "resync",
	NULL };

bool
gate_grade(const char *name, struct sw_flow_policy *flow_policy)
{
	static const uint8_t tracking[] = { SW_TRACK_NORMAL, SW_TRACK_LOOSE,
		SW_TRACK_STRICT, SW_TRACK_STRICT };

	for (unsigned i = 0; gate_grades[i]; i++) {
		if (strcmp(name, gate_grades[i]) != 0)
			continue;
		*flow_policy =
		    (struct sw_flow_policy){ .timeouts = gate_timeouts,
			    .tracking = tracking[i],
			    .resync = !strcmp(name, "resync") };
		return true;
	}
	return false;
}

struct sw_time
gate_time(uint64_t us)
{
	return (struct sw_time){ EPOCH + us * 1000 };
}

bool
gate_open(
    struct gate *gate, const struct sw_flow_policy *flow_policy, uint32_t flows)
{
	struct sw_limits limits = { .max_flows = flows,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 64,
		.key = "a gate for tests" };

	gate->policy = sw_policy_compile(NULL, 0, flow_policy);
	gate->engine = gate->policy ? sw_engine_create(&limits, NULL,
					  gate->policy, gate_time(0))
				    : NULL;
	if (!gate->engine)
		gate_close(gate);
	return gate->engine;
}

void
gate_close(struct gate *gate)
{
	sw_engine_destroy(gate->engine);
	sw_policy_destroy(gate->policy);
	*gate = (struct gate){ 0 };
}

bool
gate_pass(struct gate *gate, const struct sw_packet *packet, uint64_t us)
{
	struct sw_event event;
	bool passed =
	    sw_engine_step(gate->engine, packet, gate_time(us)) == SW_PASS;

	while (sw_engine_take(gate->engine, &event))
		;
	return passed;
}

struct gate_view
gate_look(
    const struct gate *gate, const struct sw_endpoints *opener, uint64_t us)
{
	struct sw_time now = gate_time(us);
	struct sw_flow_info info;
	uint64_t lasts;
	struct gate_view view = { 0 };

	if (!sw_engine_find(gate->engine, opener, now, &info))
		return view;
	lasts = (uint64_t)info.timeout * 1000;
	view = (struct gate_view){ .exists = true,
		.state = info.state,
		.timeout = info.timeout,
		.idle_ms = sw_time_ms_since(info.seen, now),
		.side = { info.side[0], info.side[1] } };
	view.left_ms = lasts > view.idle_ms ? lasts - view.idle_ms : 0;
	return view;
}
