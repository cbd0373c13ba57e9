# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A package upgrade over a running version 0.1, and the way back, under a real
# systemd that keeps the descriptors: see pen.  50 checked connections and
# 1,000 datagrams a second pass meanwhile: see canary.

load ../netns/support
load succession
load pen
load former

IDLE=7300  # the port of connections that stay, silent
BRIEF=7200 # of those that are silent for longer than their rule allows

setup_file()
{
	former_known || return 0
	rig_up
	former_make "$BATS_FILE_TMPDIR"
	stage_version former "$BATS_FILE_TMPDIR/build"
	stage_version today "$SYNWARD_BUILD"
	pen_up </dev/null
	canary_up
	echo_up $IDLE
	echo_up $BRIEF
}

# Not in setup_file, where bats takes it for a failure.
setup()
{
	former_known ||
		skip "no git history with commit $FORMER to make version 0.1 from"
}

teardown_file()
{
	[ -z "${RIG:-}" ] || rig_down
}

# begin QUEUES: version 0.1, newly started
begin()
{
	pen systemctl stop synwardd
	pen rm -f /var/log/synward/log
	put_version former
	QUEUES=$1
	settings brief idle
	pen systemctl start synwardd
	runs_version former
}

# settings RULE...: in this order; each is given a slot when it is first seen
settings()
{
	local rule
	{
		echo 'log { to = { "file:/var/log/synward/log" } }'
		echo "queue { count = $QUEUES }"
		for rule in "$@"; do
			case $rule in
			brief) echo 'rule "brief" { protocol = tcp' \
				"port = { $BRIEF } timeouts { established = 2s } }" ;;
			idle) echo 'rule "idle" { protocol = tcp' \
				"port = { $IDLE } }" ;;
			other) echo 'rule "other" { protocol = udp' \
				'port = { 9 } action = deny }' ;;
			esac
		done
	} | pen sh -c 'cat >/etc/synward/synward.conf'
}

log_says()
{
	pen grep -qE -- "$1" /var/log/synward/log
}

# Sessions are closed whatever became of the test.
teardown()
{
	local pipe
	for pipe in "${RIG:-/none}"/*.in; do
		[ ! -p "$pipe" ] || session_close "$(basename "$pipe" .in)"
	done
}

# note NAME: the flows as they are known now
note()
{
	pen synwardctl flows --json >"$RIG/$1"
}

# no_flows FILTER
no_flows()
{
	run pen synwardctl flows "$1"
	[ "$status" -eq 4 ]
}

# Connections of both families that carry a word and then nothing; those of
# the rule brief are over soon, and are remembered.
fall_silent()
{
	local name
	for name in idle4 brief4; do
		session_open "$name" "$SERVER4" "$(port_of "$name")"
	done
	for name in idle6 brief6; do
		session_open "$name" "$SERVER6" "$(port_of "$name")"
	done
	SILENT_SINCE=$(now_ms)
	wait_for 10 no_flows port=$BRIEF
	sleep 1.5 # until each entry has been looked at
}

port_of()
{
	case $1 in
	idle*) echo $IDLE ;;
	brief*) echo $BRIEF ;;
	esac
}

# stories: what is remembered of the connections that are over, but for what
# changes with the time
stories()
{
	explain brief4 "$CLIENT4" "$SERVER4"
	explain brief6 "[$CLIENT6]" "[$SERVER6]"
}

explain()
{
	pen synwardctl explain --json "$2:$(session_port "$1")" "$3:$BRIEF" |
		grep '"kind":"gone"' | grep -oE '"(how|history|rule)":"[^"]*"|"(lived|silent)":[0-9.]*'
}

# followed COMMAND...: another process follows the one that is there.  Every
# flow is taken over, none of them damaged, and every queue's socket.
followed()
{
	local flows
	note before
	stories >"$RIG/stories"
	[ "$(grep -c '"how":"timeout"' "$RIG/stories")" -eq 2 ]
	flows=$(wc -l <"$RIG/before")
	pen truncate -s 0 /var/log/synward/log
	"$@"
	wait_for 5 log_says \
		"took over $flows flows .0 torn ones dropped. and $QUEUES queues"
	note after
	run "$BATS_TEST_DIRNAME/kept" "$RIG/before" "$RIG/after" $IDLE
	echo "$output"
	echo "# ${lines[-1]}" >&3
	[ "$status" -eq 0 ]
	stories | diff "$RIG/stories" -
	queues_whole "$QUEUES"
}

restart()
{
	pen systemctl restart synwardd
}

# Neither we nor the kernel had to drop a packet for lack of room.
queues_whole()
{
	# shellcheck disable=SC2016 # awk's
	gateway awk -v n="$1" '{ lost += $6 + $7 }
		END { exit NR != n || lost > 0 }' \
		/proc/net/netfilter/nfnetlink_queue
}

# told NAME: a late word of a connection that was too long silent is refused,
# and the seconds are those since its last packet.
told()
{
	local port line idle past
	port=$(session_port "$1")
	pen truncate -s 0 /var/log/synward/log
	session_say "$1" late
	past=$((($(now_ms) - SILENT_SINCE) / 1000))
	wait_for 5 log_says ":$port > .*:$BRIEF .*cause=idle-expired"
	line=$(pen grep -m 1 -E ":$port > .*cause=idle-expired" \
		/var/log/synward/log)
	echo "$line"
	[[ $line == *" conf=high "*" timeout=2s "*" rule=brief "* ]]
	idle=${line##* idle=}
	idle=${idle%%s *}
	((idle >= past - 1 && idle <= past + 1))
}

# goes_on NAME WORD
goes_on()
{
	session_say "$1" "$2"
	session_hears "$1" "$2"
}

idle_go_on()
{
	goes_on idle4 "$1"
	goes_on idle6 "$1"
}

upgrade_with()
{
	begin "$1"
	fall_silent
	sing
	put_version today
	# Another order: each rule must keep its slot, and another comes.
	settings other idle brief
	followed restart
	runs_version today
	idle_go_on upgraded
	told brief4
	told brief6
	unharmed "0.1, then this one, $1 queues"
	sing
	followed restart
	idle_go_on again
	unharmed "this one, started again, $1 queues"
}

@test "an upgrade with one queue: flows, stories, rules and counts are kept" {
	upgrade_with 1
}

@test "the same with four" {
	upgrade_with 4
}

# The package is unpacked, and before its scripts restart the unit the worker
# of 0.1 dies: its parent, of 0.1 still, starts what is there now.
@test "a parent of 0.1 whose worker is of this version" {
	begin 2
	fall_silent
	sing
	put_version today
	followed pen kill -s USR2 "$(pen systemctl show --value -p MainPID synwardd)"
	runs_version today
	idle_go_on "under a parent of 0.1"
	told brief4
	followed restart
	idle_go_on "under one of this version"
	unharmed "the worker first, then all"
}

@test "an upgrade to a table of another size and more queues: the flows move" {
	local flows
	begin 1
	fall_silent
	put_version today
	QUEUES=4
	settings brief idle
	pen sh -c 'echo "table { max-flows = 5000 }" >>/etc/synward/synward.conf'
	note before
	flows=$(wc -l <"$RIG/before")
	restart
	wait_for 5 log_says \
		"another size: $flows flows moved, 0 had no room"
	note after
	"$BATS_TEST_DIRNAME/kept" "$RIG/before" "$RIG/after" $IDLE
	idle_go_on moved
}

# 0.1 took a copy-range from 64 on.
@test "a configuration refused now is found before the restart" {
	begin 1
	session_open idle4 "$SERVER4" $IDLE
	pen sh -c 'echo "queue { copy-range = 128 }" \
		>>/etc/synward/synward.conf'
	pen systemctl reload synwardd
	put_version today
	run pen synwardctl check
	echo "$output"
	[ "$status" -eq 78 ]
	[[ $output == *"synward.conf:"*"copy-range"*192* ]]
	runs_version former
	settings brief idle
	pen synwardctl check
	restart
	wait_for 5 log_says 'took over 1 flows .0 torn'
	runs_version today
	goes_on idle4 corrected
}

# It cannot read what a later one wrote.
@test "back to 0.1: it begins with an empty table and says so" {
	begin 2
	put_version today
	restart
	fall_silent
	put_version former
	pen truncate -s 0 /var/log/synward/log
	restart
	runs_version former
	wait_for 5 log_says \
		'the table begins empty: what was left is damaged or of a build'
	session_open new4 "$SERVER4" $IDLE
	session_open new6 "$SERVER6" $IDLE
	[ "$(pen systemctl show --value -p NRestarts synwardd)" -eq 0 ]
	note after
	[ "$(grep -c "\"dport\":$IDLE" "$RIG/after")" -eq 2 ]
}

# ambushed MILLISECONDS: an upgrade whose first process of this version is
# killed so long after its begin, with its worker, if there is one by then.
# Leaves in $HIT how many that were.
ambushed()
{
	local group room
	room=/proc/$(pgrep -P "$(pid_of pen)")/root
	group=$(pen systemctl show --value -p ControlGroup synwardd)
	put_version today
	pen truncate -s 0 /var/log/synward/log
	pen systemctl restart --no-block synwardd
	HIT=$("$BATS_TEST_DIRNAME/ambush" \
		"$room/sys/fs/cgroup/systemd$group/cgroup.procs" \
		"$(find "$room/usr" -path '*/sbin/synwardd')" "$1")
	wait_for 15 settled
}

# This version answers, and a moment later it is the same process.
settled()
{
	local pid
	answers && runs_version today && pid=$(process_of worker) &&
		sleep 0.3 && [ "$(process_of worker)" = "$pid" ] && active
}

# Four connections stand, and nothing else is known.
four_sessions()
{
	session_open half1 "$SERVER4" $IDLE
	session_open half2 "$SERVER6" $IDLE
	session_open half3 "$SERVER4" $IDLE
	session_open half4 "$SERVER6" $IDLE
}

# Either all of them go on, or the table is a new one and the log says so.
whole_or_anew()
{
	local name
	if ! log_says 'took over 4 flows .0 torn'; then
		log_says 'the table begins empty'
		return
	fi
	WHOLE=$((WHOLE + 1))
	for name in half1 half2 half3 half4; do
		goes_on $name upgraded
	done
}

@test "killed at 20 moments of its start: the table whole or a new one" {
	local round rest
	WHOLE=0
	for round in {1..20}; do
		begin $((1 + round % 2 * 3))
		four_sessions
		rest=$((RANDOM % 5 * round))
		ambushed $rest
		echo "killed after $rest ms: $HIT (processes, workers)"
		(($(pen systemctl show --value -p NRestarts synwardd) <= 2))
		whole_or_anew
		teardown
	done
	echo "# 20 kills: $WHOLE tables whole, $((20 - WHOLE)) begun anew" >&3
	((WHOLE > 0))
}
