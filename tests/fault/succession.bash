# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# succession: what the tests share in which one process follows another while
# 50 checked connections and 1,000 datagrams a second pass: see canary.

canary_up()
{
	spawn server canary "$BATS_TEST_DIRNAME/canary" serve
	wait_for 10 listening server 7100
}

# Returns when all fifty stand.
sing()
{
	rm -f "$RIG"/singer.out
	spawn client singer "$BATS_TEST_DIRNAME/canary" sing \
		"$SERVER4" "$SERVER6" "$RIG/result" --streams 50 --rate 1000
	wait_for 20 singing
	sleep 0.5
}

singing()
{
	grep -qs singing "$RIG/singer.out"
}

said()
{
	grep -qE "$1" "$RIG/synwardd.out"
}

# unharmed [WHAT]: nothing broke, and nothing was lost.
unharmed()
{
	sleep 1
	finish singer || true
	local streams broken blocks sent lost
	read -r streams broken blocks sent lost _ <"$RIG/result"
	echo "# ${1:+$1: }$broken of $streams connections broken," \
		"$lost of $sent packets lost" >&3
	[ "$broken" -eq 0 ] && [ "$lost" -eq 0 ] && [ "$blocks" -gt 0 ]
}
