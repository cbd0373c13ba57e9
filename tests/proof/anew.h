/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anew: differences about SYNs that do not open a flow: of a handshake that
 * comes again, of a host that has forgotten, of ports that are used again.
 * Each is a test of a row of the table in differences.c.
 */
#ifndef SYNWARD_PROOF_ANEW_H
#define SYNWARD_PROOF_ANEW_H

#include "compare.h"

/* The handshake itself. */
bool both_opened_still(const struct outcome *outcome);
bool both_repeat(const struct outcome *outcome);
bool second_try(const struct outcome *outcome);
bool same_handshake(const struct outcome *outcome);

/* A SYN into a live connection is set aside. */
bool called_beside(const struct outcome *outcome);
bool server_calls(const struct outcome *outcome);
bool server_is_answered(const struct outcome *outcome);
bool server_is_refused(const struct outcome *outcome);
bool syn_remembered(const struct outcome *outcome);
bool server_displaces(const struct outcome *outcome);

/* After its end. */
bool old_syn(const struct outcome *outcome);
bool syn_after_close(const struct outcome *outcome);
bool syn_from_server(const struct outcome *outcome);

#endif
