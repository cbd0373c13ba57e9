/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forwarded: how many packets this gateway has forwarded, as the kernel counts
 * them, whatever rules they passed.  Packets that a bridge forwards do not
 * count.
 */
#ifndef SYNWARD_NET_FORWARDED_H
#define SYNWARD_NET_FORWARDED_H

#include <stdbool.h>
#include <stdint.h>

/* Descriptors of the kernel's counters, -1 where there are none. */
struct sw_forwarded {
	int ipv4, ipv6;
};

/* Reads /proc, so it must be called before the sandbox closes the files. */
void sw_forwarded_open(struct sw_forwarded *forwarded);
void sw_forwarded_close(struct sw_forwarded *forwarded);

/* => false when the kernel does not tell */
bool sw_forwarded_read(const struct sw_forwarded *forwarded, uint64_t *packets);

/* For sw_forwarded_read(): the counters in the text of /proc/net/snmp and
 * /proc/net/snmp6.  => false when it is not there */
bool sw_forwarded_ipv4(const char *text, uint64_t *packets);
bool sw_forwarded_ipv6(const char *text, uint64_t *packets);

#endif
