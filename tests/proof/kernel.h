/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel: the real connection tracker of this machine, as a peer.
 *
 * A network namespace of the process's own holds two TUN devices with the
 * kernel's nf_conntrack between them and one rule: what it calls INVALID is
 * dropped.  A packet written to one device either comes out of the other or
 * does not; that is the verdict.  Time is moved by lowering the timeouts of
 * an entry through ctnetlink, so hours pass in microseconds.
 *
 * Needs root.  Nothing outlives the process.
 */
#ifndef SYNWARD_PROOF_KERNEL_H
#define SYNWARD_PROOF_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "synward/policy.h"

struct kernel;

/* What the kernel holds of a conversation. */
struct kernel_entry {
	bool exists;
	uint8_t state;	  /* of TCP, as enum sw_state: the same numbers */
	uint32_t timeout; /* seconds left, rounded down */
	bool assured;
};

/* nf_conntrack_tcp_be_liberal and _loose. */
struct kernel_ways {
	bool liberal, loose;
};

/* Timeouts are set shorter than these by margin seconds, which may be
 * negative.  => NULL after saying why on stderr */
struct kernel *kernel_open(const struct kernel_ways *ways,
    const struct sw_timeouts *timeouts, int32_t margin);
void kernel_close(struct kernel *kernel);

bool kernel_has_ip6(const struct kernel *kernel);

/* Sends a datagram in through device 0 or 1.  => it came out */
bool kernel_step(struct kernel *kernel, unsigned device, const uint8_t *bytes,
    size_t length);

/* Waits for one that did not come out at once: where the machine is busy the
 * kernel sometimes sends it a little later.  => it did */
bool kernel_late(struct kernel *kernel, unsigned device, const uint8_t *bytes,
    size_t length);

/* The entry of what was opened from these ends; of ICMP, by an echo. */
struct kernel_entry
kernel_find(struct kernel *kernel, const struct sw_endpoints *opener);

/* Puts an entry in a state, with so many seconds left. */
void kernel_put(struct kernel *kernel, const struct sw_endpoints *opener,
    uint8_t state, uint32_t timeout);

/* Lets this time pass for an entry. */
void kernel_age(
    struct kernel *kernel, const struct sw_endpoints *opener, uint32_t seconds);

/* Forgets all entries. */
void kernel_flush(struct kernel *kernel);

#endif
