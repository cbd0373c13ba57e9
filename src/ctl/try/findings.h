/* SPDX-License-Identifier: Apache-2.0 */
/*
 * findings: what a daemon that follows copies has found, gathered for a report.
 */
#ifndef SYNWARD_CTL_TRY_FINDINGS_H
#define SYNWARD_CTL_TRY_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>

struct sw_try_findings {
	json_t *status;	 /* NULL: the daemon did not answer */
	json_t *signs;	 /* array: what is wrong with the daemon itself */
	json_t *refused; /* array: an object for each kind of refused packets */
};

/* Asks the daemon with that socket.  quiet: without a word on errors.
 * => exit code; the caller frees the findings in every case */
int sw_try_findings_ask(
    struct sw_try_findings *findings, const char *socket, bool quiet);
/* The same, but only the status and the signs. */
int sw_try_findings_glance(
    struct sw_try_findings *findings, const char *socket, bool quiet);
void sw_try_findings_free(struct sw_try_findings *findings);

#endif
