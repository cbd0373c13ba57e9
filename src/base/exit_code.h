/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exit_code: the exit codes of synwardd and synwardctl.
 */
#ifndef SYNWARD_BASE_EXIT_CODE_H
#define SYNWARD_BASE_EXIT_CODE_H

/* Exit codes of all programs. */
enum sw_exit {
	SW_EXIT_OK = 0,
	SW_EXIT_FAILURE = 1,
	SW_EXIT_USAGE = 2,
	SW_EXIT_UNREACHABLE = 3,
	SW_EXIT_NOTHING = 4,
	SW_EXIT_NOT_PERMITTED = 5,
	SW_EXIT_CONFIG = 78,
};

#endif
