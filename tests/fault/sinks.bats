# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Sinks that hang, vanish or are full: verdicts go on at the same pace, every
# line is written or counted as lost, and the sink hears of its losses when
# it is back.

load ../netns/support
load ../netns/sinks

PORTS=60 TIMES=5

setup()
{
	rig_up
	gateway sysctl -q net.unix.max_dgram_qlen=16
	rsyslog_up
}

teardown()
{
	# A stopped process cannot be asked to end.
	for name in rsyslogd journald; do
		[ ! -e "$RIG/pids/$name" ] ||
			kill -s CONT "$(pid_of $name)" 2>/dev/null || true
	done
	rig_down
}

# start TO: the daemon with that sink, and rules enough for many lines
start()
{
	{
		echo "log { to = { $1, \"file:$RIG/witness\" } rate = 10000 }"
		many_rules $PORTS
	} | conf
	synwardd_up
	hook
	log_mark
}

# Sends strays that make PORTS x TIMES lines.  The witness gets them all.
many_lines()
{
	local before
	before=$(grep -c 'Not a Valid' "$RIG/witness" || true)
	stray_each $PORTS $TIMES
	wait_for 10 witness_has $((before + PORTS * TIMES))
}

witness_has()
{
	[ "$(grep -c 'Not a Valid' "$RIG/witness" || true)" -ge "$1" ]
}

lost()
{
	metric synward_log_lost_total
}

lost_beyond()
{
	[ "$(lost)" -gt "$1" ]
}

# Lines of strays in standard input
count_strays()
{
	grep -c 'Not a Valid' || true
}

# The lines that came, and those reported as lost, are all there were.
# all_told MANY FILE: strays sent, where the sink's lines are
all_told()
{
	local came reported
	came=$(count_strays <"$2")
	reported=$(reported_lost <"$2")
	((came + reported == $1)) || return 1
	echo "# $1 lines: $came came, $reported reported lost" >&3
}

@test "rsyslogd stopped: same pace, losses counted and reported" {
	start syslog
	local before
	before=$(pace)
	kill -s STOP "$(pid_of rsyslogd)"
	many_lines
	same_pace "$before" "$(pace)"
	wait_for 5 lost_beyond 0
	synwardd_lives
	kill -s CONT "$(pid_of rsyslogd)"
	logged 'log: [0-9]+ lines? lost while syslog was away' 10
	wait_for 10 all_told $((PORTS * TIMES)) "$RIG/messages"
	[ "$(lost)" -eq "$(reported_lost <"$RIG/messages")" ]
}

@test "rsyslogd gone and its socket deleted: found again, losses reported" {
	start syslog
	local before
	before=$(pace)
	finish rsyslogd || true
	gateway rm -f /dev/log
	many_lines
	same_pace "$before" "$(pace)"
	[ "$(lost)" -ge $((PORTS * TIMES)) ]
	rsyslog_up
	logged 'log: [0-9]+ lines lost while syslog was away' 10
	wait_for 10 all_told $((PORTS * TIMES)) "$RIG/messages"
	strays 1 -p 99
	logged 'Not a Valid .*:99 '
}

# disk_full KIND: a sink of that kind on a disk of 64 kB; what is there in
# the end is in $RIG/drops.
disk_full()
{
	local before
	gateway mkdir -p "$RIG/disk"
	gateway mount -t tmpfs -o size=64k none "$RIG/disk"
	start "\"$1:$RIG/disk/drops\""
	gateway dd if=/dev/zero of="$RIG/disk/ballast" bs=1k count=40 \
		status=none
	before=$(pace)
	many_lines
	same_pace "$before" "$(pace)"
	wait_for 5 lost_beyond 0
	gateway rm "$RIG/disk/ballast"
	# It reports by itself, without a line to push it.
	wait_for 10 gateway grep -q "lost while $1 was away" "$RIG/disk/drops"
	wait_for 10 disk_told
	[ "$(lost)" -eq "$(reported_lost <"$RIG/drops")" ]
}

disk_told()
{
	gateway cat "$RIG/disk/drops" >"$RIG/drops"
	all_told $((PORTS * TIMES)) "$RIG/drops"
}

@test "disk full: no line is cut, losses counted and reported" {
	disk_full file
	[ "$(grep -cE '^20[0-9T:.+-]+ synwardd\[[0-9]+\]: ' "$RIG/drops")" \
		-eq "$(wc -l <"$RIG/drops")" ]
}

@test "disk full: each line of JSON is an object" {
	disk_full json
	python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)' <"$RIG/drops"
}

@test "journald stopped: same pace, losses counted and reported" {
	journald_up
	start journal
	local before
	before=$(pace)
	kill -s STOP "$(pid_of journald)"
	many_lines
	same_pace "$before" "$(pace)"
	wait_for 5 lost_beyond 0
	kill -s CONT "$(pid_of journald)"
	wait_for 10 journal_told
	[ "$(lost)" -eq "$(reported_lost <"$RIG/journal")" ]
}

journal_told()
{
	journal -t synwardd -o cat >"$RIG/journal"
	all_told $((PORTS * TIMES)) "$RIG/journal"
}

@test "journald killed and started again: losses reported" {
	journald_up
	start journal
	finish journald KILL || true
	many_lines
	wait_for 5 lost_beyond 0
	journald_up
	# The new journald keeps a file of its own beside the old one.
	wait_for 10 journal_told
}

@test "one sink that fails is named in the others" {
	start syslog
	finish rsyslogd || true
	gateway rm -f /dev/log
	strays 1
	wait_for 5 grep -qE 'syslog takes no lines: ' "$RIG/witness"
	rsyslog_up
	logged 'lost while syslog was away' 10
}
