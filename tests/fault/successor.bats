# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Ways in which one worker follows another, without systemd, while 50 checked
# connections and 1,000 datagrams a second pass.

load ../netns/support
load succession

setup_file()
{
	rig_up
	settings 5000
	synwardd_up
	hook
	canary_up
}

teardown_file()
{
	rig_down
}

settings()
{
	printf '%s\n' "table { max-flows = $1 }" 'log { to = { stderr } }' |
		conf
}

setup()
{
	: >"$RIG/synwardd.out"
	sing
}

@test "SIGUSR2: another worker takes over, from the program file" {
	local before
	before=$(worker)
	kill -s USR2 "$(pid_of synwardd)"
	wait_for 5 said 'took over [1-9][0-9]* flows.*asked to make room'
	gone "$before"
	unharmed
}

@test "a table of another size: the flows move" {
	settings 200
	kill -s USR2 "$(pid_of synwardd)"
	wait_for 5 said 'another size: [1-9][0-9]* flows moved, 0 had no room'
	unharmed
}

# three_queues [OPTIONS]: of a queue section
three_queues()
{
	settings 8000
	echo "queue { count = 3 $* }" >>"$RIG/synward.conf"
}

@test "several queues instead of one: the flows move" {
	three_queues
	kill -s USR2 "$(pid_of synwardd)"
	wait_for 5 said 'another size: [1-9][0-9]* flows moved, 0 had no room'
	unhook
	hook --queue-balance 0:2
	wait_for 2 queue_bound 2
	unharmed
}

# copying N: so many bytes of each packet come to the next daemon, which lets
# none through to one port.
copying()
{
	three_queues "copy-range = $1"
	echo 'rule "no" { protocol = udp port = { 7777 } action = deny }' \
		>>"$RIG/synward.conf"
}

@test "packets copied whole for the last one are judged by the next" {
	local before
	copying 65531
	kill -s USR2 "$(pid_of synwardd)"
	wait_for 5 said 'took over [1-9][0-9]* flows'
	: >"$RIG/synwardd.out"
	copying 192
	server iptables -w -A INPUT -p udp --dport 7777
	before=$(worker)
	kill -s STOP "$before"
	client bash -c "for ((n = 0; n < 20; n++)); do
		printf '%01200d' 0 >/dev/udp/$SERVER4/7777
	done"
	# On a slow machine its watchdog may have done it.
	kill -s KILL "$before" 2>/dev/null || true
	wait_for 5 said 'took over [1-9][0-9]* flows'
	wait_for 5 said 'Denied by rule .*:7777 '
	unharmed
	server iptables -w -vnL INPUT | grep -q ' 0 .*dpt:7777'
	three_queues
	kill -s USR2 "$(pid_of synwardd)"
	wait_for 5 said 'took over .*asked to make room'
}

# The milliseconds until the one that hangs from now on is followed, as its
# successor's log line tells.
hang()
{
	local begin line
	: >"$RIG/synwardd.out"
	begin=$(now_ms)
	kill -s STOP "$(worker)"
	wait_for 5 said "$FOLLOWED" || return 1
	line=$(grep -m 1 -E "$FOLLOWED" "$RIG/synwardd.out")
	echo $(($(date +%s%3N -d "${line%% *}") - begin))
}

# The start of a process may take long on a busy machine: so three may try.
@test "a worker that hangs is replaced within two seconds" {
	local took n=0 FOLLOWED='took over [1-9][0-9]* flows.*no sign of life'
	until took=$(hang) && ((took <= 2000)); do
		echo "# replaced after $took ms" >&3
		((++n < 3))
	done
	unharmed "replaced after $took ms"
}

@test "crashes again and again, seconds apart: the flows stay" {
	for _ in 1 2 3; do
		sleep 3.5
		kill -s SEGV "$(worker)"
	done
	wait_for 5 said 'took over [1-9][0-9]* flows.*Segmentation'
	unharmed
}

@test "a file that is not good any more: the last good one stays" {
	cp "$RIG/synward.conf" "$RIG/good"
	echo 'timeouts { established = nonsense }' >>"$RIG/synward.conf"
	kill -s KILL "$(worker)"
	wait_for 5 said 'is not good .*nonsense.*the last good one stays'
	unharmed
	wait_for 5 status_says 'the last reload was refused'
	cp "$RIG/good" "$RIG/synward.conf"
	synwardd_reload
	wait_for 5 said 'configuration 2 in force'
}

status_says()
{
	ctl status | grep -q "$1"
}

# More notices than its socket has room for are written to it meanwhile.
@test "a parent that stands still does not hold up its worker" {
	local left
	left=$(worker)
	kill -s STOP "$(pid_of synwardd)"
	for _ in 1 2 3 4 5 6 7 8; do
		sleep 1
		timeout 2 "$SYNWARD_BUILD/synwardctl" -s "$RIG/ctl.sock" status \
			>/dev/null
	done
	kill -s CONT "$(pid_of synwardd)"
	sleep 2
	[ "$(worker)" = "$left" ]
	unharmed
}
