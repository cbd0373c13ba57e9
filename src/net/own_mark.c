/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A forwarded packet has an input interface, whatever its mark; a packet from
 * this host has none.  The kernel reports the user who opened the sending
 * socket: root, before privileges were dropped, or our own user.  When it
 * reports no user, the mark is trusted only in the OUTPUT hook, because kernels
 * before 5.7 omit the input interface of forwarded packets in POSTROUTING.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/own_mark.h"

enum { MAP = 4096 };

uint32_t
sw_own_mark_outside(const char *map, uint32_t uid)
{
	uint32_t inside, outside, n;

	while (sscanf(map, "%" SCNu32 " %" SCNu32 " %" SCNu32, &inside,
		   &outside, &n) == 3) {
		if (uid >= inside && uid - inside < n)
			return outside + (uid - inside);
		map = strchr(map, '\n');
		if (map == NULL)
			break;
		map++;
	}
	return SW_NFQ_NO_UID;
}

void
sw_own_mark_learn(struct sw_own_mark *own)
{
	FILE *file = fopen("/proc/self/uid_map", "re");
	char map[MAP];
	size_t n = 0;

	own->uids[0] = 0;
	own->uids[1] = geteuid();
	if (file != NULL) {
		n = fread(map, 1, sizeof map - 1, file);
		fclose(file);
	}
	if (n == 0)
		return;
	map[n] = '\0';
	for (size_t i = 0; i < 2; i++)
		own->uids[i] = sw_own_mark_outside(map, own->uids[i]);
}

bool
sw_own_mark_sent(
    const struct sw_own_mark *own, const struct sw_nfqueue_packet *packet)
{
	if (packet->mark != SW_OWN_MARK || packet->in != 0)
		return false;
	if (packet->uid == SW_NFQ_NO_UID)
		return packet->local && !packet->routed;
	return packet->uid == own->uids[0] || packet->uid == own->uids[1];
}
