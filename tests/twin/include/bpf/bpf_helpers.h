/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel lends to its programs, for a copy in userspace: see twin.c.
 */
#ifndef SYNWARD_TWIN_BPF_HELPERS_H
#define SYNWARD_TWIN_BPF_HELPERS_H

#include <linux/bpf.h>

#define SEC(name)
#define __uint(name, number) int(*name)[number]
#define __type(name, type) type *name
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

uint64_t bpf_ktime_get_boot_ns(void);
int bpf_skb_load_bytes(
    const struct __sk_buff *skb, uint32_t at, void *to, uint32_t length);
void *bpf_map_lookup_elem(const void *map, const void *key);

#endif
