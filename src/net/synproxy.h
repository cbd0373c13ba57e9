/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synproxy: has the kernel's SYNPROXY accepted connections in this network?
 *
 * It answers a client's SYN itself, and opens the connection to the server when
 * the client has proven its address.  Neither SYN passes a rule in FORWARD.
 */
#ifndef SYNWARD_NET_SYNPROXY_H
#define SYNWARD_NET_SYNPROXY_H

#include <stdbool.h>
#include <stdint.h>

/* Reads /proc, so it must be called before the sandbox closes the files.
 * => a descriptor of the kernel's counters, -1 where there is no SYNPROXY */
int sw_synproxy_open(void);

/* fd: with 0 or -1, none */
bool sw_synproxy_has_accepted(int fd);

/* For sw_synproxy_has_accepted(): the valid cookies in the text of
 * /proc/net/stat/synproxy, of all processors. */
uint64_t sw_synproxy_cookies(const char *text);

#endif
