# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The daemon dies, and nobody notices.  A longer run: cmake --build build
# --target kill9

@test "40 kills at random moments: no connection broken, no packet lost" {
	KILL9_GAP_MAX=250 run "$BATS_TEST_DIRNAME/kill9" 40
	echo "$output"
	echo "# ${lines[-1]}" >&3
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == "40 kills: 0 of 100 connections broken"* ]]
}
