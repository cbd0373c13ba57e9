# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A supervising parent that nobody would start again is killed, while 50
# checked connections and 1,000 datagrams a second pass.

bats_require_minimum_version 1.5.0
load ../netns/support
load succession

setup_file()
{
	rig_up
	echo 'log { to = { stderr } }' | conf
	# Nobody is to be notified, so nobody would start it again.
	unset INVOCATION_ID
	spawn gateway synwardd "$SYNWARD_BUILD/synwardd" -f \
		-c "$RIG/synward.conf"
	wait_for 10 answers
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
	# Without a daemon nobody could sing.
	[ -e "$RIG/pids/synwardd" ] || return 0
	sing
}

answers()
{
	ctl status >"$RIG/status" 2>&1
}

status_says()
{
	answers && grep -q "$1" "$RIG/status"
}

copy()
{
	pgrep -P "$(pid_of synwardd)" -x synwardd-spare
}

@test "a killed parent is followed by its copy, again and again" {
	local next
	for _ in 1 2 3 4 5; do
		wait_for 5 copy
		next=$(copy)
		: >"$RIG/synwardd.out"
		kill -s KILL "$(pid_of synwardd)"
		echo "$next" >"$RIG/pids/synwardd"
		wait_for 5 said "took over [1-9][0-9]* flows.*parent was killed, and process $next follows"
	done
	unharmed
	answers
	run status_says 'supervising parent is gone'
	[ "$status" -eq 1 ]
}

@test "the copy is a parent as any other" {
	kill -s KILL "$(worker)"
	wait_for 5 said 'took over [1-9][0-9]* flows.*signal 9'
	kill -s HUP "$(pid_of synwardd)"
	wait_for 5 said 'configuration 2 in force'
	: >"$RIG/synwardd.out"
	kill -s USR2 "$(pid_of synwardd)"
	wait_for 5 said 'took over [1-9][0-9]* flows.*asked to make room'
	unharmed
}

@test "parent and worker killed at once: the copy starts another" {
	local next
	wait_for 5 copy
	next=$(copy)
	kill -s KILL "$(pid_of synwardd)" "$(worker)"
	echo "$next" >"$RIG/pids/synwardd"
	wait_for 5 said "took over [1-9][0-9]* flows.*process $next follows"
	unharmed
}

@test "parent killed while the worker hangs: the copy ends it by force" {
	local next hung
	wait_for 5 copy
	next=$(copy)
	hung=$(worker)
	kill -s STOP "$hung"
	kill -s KILL "$(pid_of synwardd)"
	echo "$next" >"$RIG/pids/synwardd"
	wait_for 5 said "took over [1-9][0-9]* flows.*process $next follows"
	gone "$hung"
	unharmed
}

@test "the copy that is killed is made anew" {
	local before
	before=$(copy)
	kill -s KILL "$before"
	wait_for 5 another_copy "$before"
	unharmed
}

another_copy()
{
	[ -n "$(copy)" ] && [ "$(copy)" -ne "$1" ]
}

# Anybody on this machine could fill a socket that has a name, and a worker that
# is not heard is taken for hung.
@test "nobody else finds a socket to tell the parent anything" {
	# shellcheck disable=SC2016 # awk expands these itself
	run gateway awk '$5 == "0002" && NF > 7' /proc/net/unix
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	unharmed
}

@test "without parent and copy the worker goes on" {
	local left
	left=$(worker)
	# One that runs would make another copy at once.
	kill -s STOP "$(pid_of synwardd)"
	kill -s KILL "$(copy)" "$(pid_of synwardd)"
	wait_for 5 said "the supervising parent, process [0-9]*, is gone"
	wait_for 5 status_says 'supervising parent is gone'
	gone "$(pid_of synwardd)"
	unharmed
	kill "$left"
	wait_for 5 gone "$left"
	rm "$RIG/pids/synwardd"
}

@test "an end that is meant leaves nobody" {
	spawn gateway synwardd "$SYNWARD_BUILD/synwardd" -f \
		-c "$RIG/synward.conf"
	wait_for 10 copy
	local all pid
	all="$(pid_of synwardd) $(copy) $(worker)"
	finish synwardd
	for pid in $all; do
		gone "$pid"
	done
}

# reader_is STOP|KILL: a daemon tells standard error what it does, and who
# reads that is stopped, with no room left in the pipe, or killed.
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
	wait_for 5 copy
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

@test "one who stops reading what is said keeps no worker from following" {
	reader_is STOP
}

@test "nor one who is gone" {
	reader_is KILL
}
