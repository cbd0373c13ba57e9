/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binding a queue and each verdict ask for CAP_NET_ADMIN, opening a raw
 * socket asks for CAP_NET_RAW.  The raw sockets are open before anything is
 * dropped, so that afterwards one capability remains.
 *
 * The user stays the one who started the program: the unit gives it a user
 * of its own, and root without capabilities can still reopen its log files.
 */

#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "shell/privilege.h"

bool
sw_privilege_check(char *why, size_t size)
{
	bool admin, raw;

	capng_get_caps_process();
	admin = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
	raw = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW);
	if (admin && raw)
		return true;
	snprintf(why, size,
	    "not permitted: missing %s%s%s; run as root or by the systemd "
	    "unit, or give the program file what it needs: "
	    "setcap cap_net_admin,cap_net_raw+ep /usr/sbin/synwardd",
	    admin ? "" : "CAP_NET_ADMIN", admin || raw ? "" : " and ",
	    raw ? "" : "CAP_NET_RAW");
	return false;
}

int
sw_privilege_drop(void)
{
	capng_select_t set = CAPNG_SELECT_CAPS;

	/* The bounding set can be emptied only with this one; where it is
	 * missing no_new_privs has the same effect. */
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		set = CAPNG_SELECT_BOTH;
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
		CAP_NET_ADMIN) < 0)
		return -EINVAL;
	if (capng_apply(set) < 0)
		return -EPERM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}
