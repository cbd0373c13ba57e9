# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# song: a pause for the canaries that sing through the gateway, so that what is
# counted stands still.

# rest_song: nobody sends for the moment, and what was sent has arrived.
rest_song()
{
	local singer
	singer=$(pid_of singer)
	# shellcheck disable=SC2046 # numbers
	kill -s STOP "$singer" $(pgrep -P "$singer")
	sleep 1
}

go_on_song()
{
	local singer
	singer=$(pid_of singer)
	# shellcheck disable=SC2046
	kill -s CONT "$singer" $(pgrep -P "$singer")
}
