/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: what was followed, what was refused and why, for people or as JSON.
 */
#ifndef SYNWARD_CTL_TRY_REPORT_H
#define SYNWARD_CTL_TRY_REPORT_H

#include "ctl/try/findings.h"
#include "ctl/try/links.h"

/* => exit code: SW_EXIT_NOTHING when no packet was followed */
int sw_try_report_print(const struct sw_ctl *ctl,
    const struct sw_try_findings *findings, const struct sw_try_links *links);

#endif
