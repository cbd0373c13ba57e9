/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile: sets of timeouts that people already know by name.
 *
 * rfc5382 keeps an established flow for 2 h 4 min, the minimum of RFC 5382
 * REQ-5, because hosts begin to send keepalives after two hours.  The others
 * repeat the defaults of trackers that synward may replace, so that no
 * connection gets a shorter timeout than before the change.
 */
#include <string.h>

#include "synward/policy.h"

struct profile {
	const char *name;
	struct sw_timeouts timeouts;
};

/* In the order of SW_TIMEOUT_MAP: syn_sent syn_recv established fin_wait
 * close_wait last_ack time_wait close unacknowledged, unreplied_udp udp, icmp,
 * other; of SCTP closed cookie_wait cookie_echoed established shutdown_sent
 * shutdown_recd shutdown_ack_sent heartbeat_sent. */
static const struct profile profiles[] = {
	{ "rfc5382", { { 30, 30, 7440, 120, 600, 30, 60, 10, 300, 30, 120, 30,
			 600, 10, 30, 30, 7440, 120, 120, 30, 30 } } },
	{ "linux", { { 120, 60, 432000, 120, 60, 30, 120, 10, 300, 30, 120, 30,
		       600, 10, 3, 3, 210, 3, 3, 3, 30 } } },
	{ "forcepoint", { { 15, 15, 1800, 60, 60, 10, 60, 10, 300, 50, 50, 5,
			    180, 10, 15, 15, 1800, 60, 60, 10, 30 } } },
	{ "pf-normal", { { 120, 30, 86400, 900, 900, 45, 45, 90, 300, 60, 60,
			   20, 60, 90, 120, 30, 86400, 900, 900, 45, 30 } } },
	{ "pf-aggressive", { { 30, 5, 18000, 60, 60, 30, 30, 30, 300, 60, 60,
			       20, 60, 30, 30, 5, 18000, 60, 60, 30, 30 } } },
};

enum {
	N_PROFILES = sizeof profiles / sizeof profiles[0],
};

static const char *const timeout_texts[SW_TIMEOUT_COUNT] = {
#define X(name, text) [SW_TIMEOUT_##name] = text,
	SW_TIMEOUT_MAP(X)
#undef X
};

const char *
sw_profile_timeout_text(enum sw_timeout timeout)
{
	return timeout_texts[timeout];
}

const struct sw_timeouts *
sw_profile(const char *name)
{
	for (size_t i = 0; i < N_PROFILES; i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i].timeouts;
	return NULL;
}

const char *
sw_profile_name(unsigned i)
{
	return i < N_PROFILES ? profiles[i].name : NULL;
}
