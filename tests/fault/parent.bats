# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The supervising parent where no service manager runs, while 50 checked
# connections and 1,000 datagrams a second pass.

bats_require_minimum_version 1.5.0
load ../netns/support
load succession

setup_file()
{
	rig_up
	echo 'log { to = { stderr } }' | conf
	# No service manager: nothing is notified, nothing restarts us.
	unset INVOCATION_ID NOTIFY_SOCKET
	start
	hook
	canary_up
}

teardown_file()
{
	rig_down
}

setup()
{
	: >"$RIG/synwardd.out"
	# Connections pass only while a daemon runs.
	[ -e "$RIG/pids/synwardd" ] || return 0
	sing
}

# start [OPTIONS]: returns when the daemon answers.
start()
{
	spawn gateway synwardd "$SYNWARD_BUILD/synwardd" \
		-c "$RIG/synward.conf" "$@"
	wait_for 10 answers
}

answers()
{
	ctl status >"$RIG/status" 2>&1
}

status_says()
{
	answers && grep -q "$1" "$RIG/status"
}

# children: of the parent, a line each
children()
{
	pgrep -P "$(pid_of synwardd)"
}

@test "the daemon stays in the foreground: one parent, one worker" {
	local parent
	parent=$(pid_of synwardd)
	[ "$(cat "/proc/$parent/comm")" = synwardd ]
	[ "$(children)" = "$(worker)" ]
	# The whole program is these two, in the session it was started in.
	[ "$(gateway pgrep -x synwardd | sort -n | xargs)" = \
		"$(printf '%s\n' "$parent" "$(worker)" | sort -n | xargs)" ]
	[ "$(ps -o sid= -p "$parent")" = "$(ps -o sid= -p "$(worker)")" ]
	unharmed
}

@test "a killed worker is followed by another" {
	local before
	before=$(worker)
	kill -s KILL "$before"
	wait_for 5 said 'took over [1-9][0-9]* flows.*signal 9'
	[ "$(children)" = "$(worker)" ]
	unharmed
}

# Every local user could fill a socket that has a name, and a worker that is
# not heard is taken for hung.
@test "no other process finds a socket that leads to the parent" {
	# shellcheck disable=SC2016 # awk expands these itself
	run gateway awk '$5 == "0002" && NF > 7' /proc/net/unix
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	unharmed
}

@test "a killed parent: the worker goes on, and log and status say so" {
	local left
	left=$(worker)
	status_says healthy
	kill -s KILL "$(pid_of synwardd)"
	wait_for 5 said "the parent process, $(pid_of synwardd), is gone: this worker goes on"
	wait_for 5 status_says 'the parent process is gone: '
	gone "$(pid_of synwardd)"
	head -n 1 "$RIG/status" | grep -q ' DEGRADED (parent process gone), '
	grep -q "restart synwardd with the service manager, or end process $left and start synwardd again" "$RIG/status"
	[ "$(pgrep -c -P "$left")" -eq 0 ]
	unharmed
	rm "$RIG/pids/synwardd"
	echo "$left" >"$RIG/left"
}

@test "a daemon started beside that worker names it and ends" {
	local left
	left=$(cat "$RIG/left")
	run -1 gateway timeout 10 "$SYNWARD_BUILD/synwardd" \
		-c "$RIG/synward.conf"
	[[ $output == *"already read by process $left (synwardd): end it first"* ]]
	run ! gone "$left"
	answers
}

@test "once that worker has ended, another daemon starts clean" {
	local left
	left=$(cat "$RIG/left")
	kill "$left"
	wait_for 5 gone "$left"
	start -f
	status_says healthy
	sing
	unharmed
	finish synwardd
}

@test "an end that is meant leaves no process" {
	local all pid
	start
	all="$(pid_of synwardd) $(worker)"
	finish synwardd
	for pid in $all; do
		gone "$pid"
	done
}

# reader_is STOP|KILL: the daemon writes what it does to standard error, and
# the reader of that is stopped, with no room left in the pipe, or killed.
reader_is()
{
	local before
	rm -f "$RIG/said"
	mkfifo "$RIG/said"
	spawn gateway reader cat "$RIG/said"
	# shellcheck disable=SC2016 # the other shell expands it
	spawn gateway synwardd sh -c 'exec "$1" -f -c "$2" 2>"$3"' sh \
		"$SYNWARD_BUILD/synwardd" "$RIG/synward.conf" "$RIG/said"
	wait_for 10 answers
	kill -s "$1" "$(pid_of reader)"
	[ "$1" = KILL ] || dd if=/dev/zero of="$RIG/said" bs=4096 \
		oflag=nonblock 2>/dev/null || true
	before=$(worker)
	kill -s KILL "$before"
	wait_for 5 another_worker "$before"
	wait_for 5 answers
	finish reader KILL || true
	finish synwardd
}

another_worker()
{
	[ -n "$(worker)" ] && [ "$(worker)" -ne "$1" ]
}

@test "a reader of standard error that stops keeps no worker from following" {
	reader_is STOP
}

@test "nor does one that is gone" {
	reader_is KILL
}
