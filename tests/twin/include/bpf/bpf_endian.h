/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNWARD_TWIN_BPF_ENDIAN_H
#define SYNWARD_TWIN_BPF_ENDIAN_H

#include <endian.h>

#define bpf_htons(n) htobe16(n)
#define bpf_ntohs(n) be16toh(n)
#define bpf_htonl(n) htobe32(n)
#define bpf_ntohl(n) be32toh(n)
#define bpf_cpu_to_be64(n) htobe64(n)
#define bpf_be64_to_cpu(n) be64toh(n)

#endif
