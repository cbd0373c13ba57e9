/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outside: where synward and the kernel part at the edge of a window.
 *
 * The kernel lets by, with be_liberal, whatever is outside, and learns
 * nothing of it, but for what overshoots a grant by no more than the window:
 * that counts as sent in either grade.  synward keeps beside the record what
 * segments outside tell (engine/tcp/lost.h), until both sides agree.
 */
#ifndef SYNWARD_PROOF_OUTSIDE_H
#define SYNWARD_PROOF_OUTSIDE_H

#include "compare.h"

/* Is it beyond the grant, and counts for the kernel all the same? */
bool overshoots(const struct outcome *outcome);
bool strict_overshoots(const struct outcome *outcome);

/* Does it use the window that a SYN alone has told?  The kernel knows of none
 * until the third segment. */
bool syn_grants(const struct outcome *outcome);

/* Outside, and the time of our entry begins anew, for both sides were heard
 * there or the segment is credible. */
bool lives_outside(const struct outcome *outcome);

/* The record beside ours stood the test of time, and is told. */
bool presumed(const struct outcome *outcome);

/* The claims of both sides agree: our record took them over. */
bool set_right(const struct outcome *outcome);

/* Did the called side send a SYN that was set aside? */
bool server_called(const struct outcome *outcome);

/* May windows differ from here on, for one of these reasons? */
bool moves_windows_outside(const struct outcome *outcome);

#endif
