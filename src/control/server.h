/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: the control socket, which answers synwardctl.
 *
 * A stream socket in the file system.  The kernel reports who connects before a
 * byte is read: root and the configured group may read and change, the read
 * group may read, and others get an error and are disconnected.  One request
 * line (protocol/request.h) is answered by lines of JSON:
 *
 *	{"synward":1,"version":"0.1.0","command":"status"}
 *	{"kind":"status", ...}
 *	{"end":true,"code":0}
 *
 * code is the exit code for synwardctl; with a code above 0 the last line has a
 * member "error".  Everything runs in the main loop in small turns; no packet
 * ever waits for a client.
 */
#ifndef SYNWARD_CONTROL_SERVER_H
#define SYNWARD_CONTROL_SERVER_H

#include "state/state.h"

/* Loads the configuration again, completely or not at all:
 * sw_daemon_reload(). */
typedef int
sw_control_reload(struct sw_daemon *daemon, struct sw_conf_errors *errors);

/*
 * Opens the socket that the configuration names; clients wait until
 * sw_control_server_start().
 * => 0 with daemon->control set, or -errno with the reason in why
 */
int sw_control_server_open(struct sw_daemon *daemon, sw_control_reload *reload,
    char *why, size_t size);

/* Starts to answer, from daemon->loop.
 * => 0, or -errno with daemon->control freed */
int sw_control_server_start(struct sw_daemon *daemon);
void sw_control_server_stop(struct sw_control *control);

#endif
