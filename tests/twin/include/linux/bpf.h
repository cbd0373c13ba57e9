/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's types that src/bpf uses, for a copy of it in userspace.
 */
#ifndef SYNWARD_TWIN_LINUX_BPF_H
#define SYNWARD_TWIN_LINUX_BPF_H

#include <stdint.h>

enum { BPF_MAP_TYPE_ARRAY = 2, BPF_F_MMAPABLE = 1024 };

struct __sk_buff {
	uint32_t len, ifindex;
	uint16_t protocol; /* network byte order */
	const uint8_t *bytes;
};

#endif
