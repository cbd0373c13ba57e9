/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signs: what is wrong with this daemon now, why, and since when.
 *
 * The main thread reads all counters once a second, and before each answer
 * about them.  The log hears when a sign begins and when it ends, unless the
 * part that found it logs it by itself.
 */
#ifndef SYNWARD_STATE_SIGNS_H
#define SYNWARD_STATE_SIGNS_H

#include "state/state.h"

enum sw_sign_level {
	SW_SIGN_INFO, /* worth a look, nothing is wrong */
	SW_SIGN_WARN,
	SW_SIGN_BAD, /* something is lost, or soon will be */
};

enum { SW_SIGN_TEXT = 320, SW_SIGN_COMMAND = 64 };

struct sw_signs;

/* A sign that is on. */
struct sw_sign_told {
	const char *name; /* "queue-full" */
	enum sw_sign_level level;
	const char *title;	       /* "queue full" */
	char text[SW_SIGN_TEXT];       /* a sentence: what, and what to do */
	char command[SW_SIGN_COMMAND]; /* of synwardctl, or "" */
	bool dated;		       /* since is known */
	struct sw_time since;
};

/* => NULL when memory is short */
struct sw_signs *sw_signs_create(void);
void sw_signs_destroy(struct sw_signs *signs);

/* Reads all counters.  What a predecessor had counted when this is first called
 * is no news. */
void sw_signs_update(struct sw_daemon *daemon, struct sw_time now);

/* Of all signs, the most urgent first.
 * => false when sign i is off; i is below sw_signs_number() */
bool sw_signs_tell(
    const struct sw_signs *signs, size_t i, struct sw_sign_told *told);
size_t sw_signs_number(void);

/* For metrics: the same signs without a text.
 * => the level of sign i; *name and *on are set */
enum sw_sign_level sw_signs_peek(
    const struct sw_signs *signs, size_t i, const char **name, bool *on);

/* => "healthy", "attention" or "degraded" */
const char *sw_signs_health(const struct sw_signs *signs);

#endif
