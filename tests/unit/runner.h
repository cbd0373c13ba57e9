/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner: runs the tests of one program.
 *
 * Each program's main() lists its tests and hands them over as its last
 * act.  How they run is up to Check's environment: CK_VERBOSITY, CK_FORK,
 * CK_RUN_CASE, CK_DEFAULT_TIMEOUT.
 */
#ifndef SYNWARD_TESTS_RUNNER_H
#define SYNWARD_TESTS_RUNNER_H

#include <check.h>

/* => what main() returns: 0 when no test failed
 * => takes ownership */
int run_suite(Suite *suite);

/* A suite of one case. */
int run_case(const char *name, TCase *tcase);

#endif
