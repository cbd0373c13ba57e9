/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program itself, and around it what the kernel would lend it.
 */
#include <stdlib.h>
#include <string.h>

#include "bpf/needs_daemon.bpf.c"
#include "twin.h"

/* Of the run at hand. */
static _Thread_local struct {
	const struct sw_lanes *lanes;
	uint64_t ns;
	void (*interruption)(void);
} run;

uint64_t
bpf_ktime_get_boot_ns(void)
{
	void (*interruption)(void) = run.interruption;

	run.interruption = NULL;
	if (interruption)
		interruption();
	return run.ns;
}

void
twin_interrupt(void (*interruption)(void))
{
	run.interruption = interruption;
}

int
bpf_skb_load_bytes(
    const struct __sk_buff *skb, uint32_t at, void *to, uint32_t length)
{
	if (at > skb->len || length > skb->len - at)
		return -1;
	memcpy(to, skb->bytes + at, length);
	return 0;
}

void *
bpf_map_lookup_elem(const void *map, const void *key)
{
	uint32_t at = *(const uint32_t *)key;

	if (map == &control)
		return run.lanes->control;
	if (at >= run.lanes->control->sets * SW_LANE_WAYS)
		return NULL;
	if (map == &lanes)
		return &run.lanes->lane[at];
	return &run.lanes->stamps[at];
}

struct sw_lanes
twin_open(uint32_t sets)
{
	size_t n = (size_t)sets * SW_LANE_WAYS;
	struct sw_lanes of = { .lane = aligned_alloc(64, n * sizeof *of.lane),
		.stamps = calloc(n, sizeof *of.stamps),
		.control = calloc(1, sizeof *of.control) };

	if (!of.lane || !of.stamps || !of.control)
		abort();
	memset(of.lane, 0, n * sizeof *of.lane);
	*of.control = (struct sw_lane_control){ .magic = SW_LANE_MAGIC,
		.version = SW_LANE_VERSION,
		.sets = sets,
		.epoch = 1,
		.alive_until = 0x7fffffff,
		.key = { 0x0123456789abcdef, 0x1122334455667788, 3, 5 } };
	return of;
}

void
twin_close(struct sw_lanes *of)
{
	free(of->lane);
	free(of->stamps);
	free(of->control);
}

bool
twin_needs_daemon(const struct sw_lanes *of, const uint8_t *bytes,
    uint32_t length, uint32_t in, uint64_t ns)
{
	struct __sk_buff skb = { .len = length,
		.ifindex = in,
		.protocol = bpf_htons(
		    bytes[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4),
		.bytes = bytes };

	run.lanes = of;
	run.ns = ns;
	return needs_daemon(&skb) != CARRIED;
}
