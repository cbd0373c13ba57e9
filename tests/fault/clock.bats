# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Clocks that jump, by a library preloaded into the daemon alone (world.c):
# flows live on a clock that is never stepped, log lines tell the wall clock's
# time.

load ../netns/support
load ../netns/sinks
load canary

setup()
{
	LINES_AT=$BATS_TEST_TMPDIR/lines
	SINKS="\"file:$LINES_AT\"" stage_world <<-'END'
	rule "short" { protocol = tcp  port = { 7 }
		timeouts { established = 18s } }
	rule "brief" { protocol = tcp  port = { 8 }
		timeouts { established = 100s } }
	END
	echo_up 7
	echo_up 8
	echo_up 9
}

teardown()
{
	rig_down
}

# The moment in the line about a stray to this port, seconds since 1970.
told_at()
{
	date +%s -d "$(sed -n "s/ synwardd.*:$1 .*//p" "$LINES_AT" | head -n 1)"
}

told_line()
{
	grep -q "Not a Valid.*$1" "$LINES_AT"
}

# line_tells PORT SECONDS: a stray to this port is told, with a time so far
# from the true one, half a second after the step at the latest
line_tells()
{
	sleep 1
	local from to said
	from=$(date +%s)
	strays 1 -p "$1"
	wait_for 5 told_line ":$1 "
	to=$(date +%s)
	said=$(($(told_at "$1") - $2))
	echo "stray to port $1: between $from and $to, told at $said"
	((said >= from - 1 && said <= to + 1))
}

# still_talks NAME WORD
still_talks()
{
	session_say "$1" "$2"
	session_hears "$1" "$2"
}

flow_gone()
{
	[ -z "$(ctl flows --json "port=$1")" ]
}

# Nobody was taken for hung.
no_watchdog()
{
	same_worker
	! grep -qE 'no sign of life|took over' "$RIG/synwardd.out"
}

@test "the wall clock is put an hour ahead, then two hours back" {
	session_open short "$SERVER4" 7
	sing
	line_tells 91 0
	world wall 3600
	line_tells 92 3600
	sleep 3
	still_talks short after-an-hour
	world wall -3600
	line_tells 93 -3600
	sleep 3
	still_talks short two-hours-before
	# Silence counts as before: 18 s, not more and not less.
	sleep 10
	[ -n "$(ctl flows --json port=7)" ]
	wait_for 15 flow_gone 7
	session_say short too-late
	wait_for 5 told_line ':7 .* cause=idle-expired .* timeout=18s'
	no_watchdog
	unharmed "wall clock stepped by +1 h and -2 h"
	((LOST == 0))
}

# The machine sleeps for 200 s, which is longer than some may be silent.
@test "the machine is suspended and wakes" {
	session_open brief "$SERVER4" 8
	session_open long "$SERVER4" 9
	sing
	world boot 200
	world wall 200
	still_talks long good-morning
	session_say brief good-morning
	wait_for 5 told_line ':8 .* cause=idle-expired .* idle=2[0-9][0-9]s timeout=100s'
	line_tells 94 200
	no_watchdog
	unharmed "suspended for 200 s"
	((LOST == 0))
}
