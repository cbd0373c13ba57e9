# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Floods of packets without a connection: a handful of lines, and the lines
# with the counts in them are all drops, to the last one.

load ../netns/support
load ../netns/sinks

setup()
{
	rig_up
	rsyslog_up
	echo 'log { to = { syslog } incident-interval = 2s }' | conf
	synwardd_up
	hook
	log_mark
}

teardown()
{
	rig_down
}

# flood SECONDS HPING-OPTIONS...: as fast as the client can
flood()
{
	local seconds=$1
	shift
	client timeout "$seconds" hping3 -q --flood "$@" "$SERVER4" \
		>/dev/null 2>&1 || true
}

drops()
{
	metric synward_packets_total '"verdict":"drop"'
}

# No packet is on its way to a verdict any more.
drops_stand()
{
	local before
	before=$(drops)
	sleep 0.5
	[ "$(drops)" -eq "$before" ]
}

# books_balance MOST: all drops are told, in at most so many lines
books_balance()
{
	local dropped lost told lines
	wait_for 10 drops_stand
	dropped=$(drops)
	lost=$(metric synward_events_lost_total)
	synwardd_down
	logged 'synwardd ended'
	told=$(log_lines | told)
	lines=$(log_lines | grep -cE 'Not a Valid|Invalid TCP|Incident')
	echo "# $dropped dropped, $told told in $lines lines," \
		"$lost not taken from the ring" >&3
	((dropped > 30000))
	((told == dropped))
	((lines <= $1))
	[ "$(log_lines | reported_lost)" -eq 0 ]
}

@test "ACKs from a million addresses" {
	flood 5 --rand-source --ack -p 80
	books_balance 100
}

@test "ACKs to all ports from one address" {
	flood 5 --ack -p ++1
	books_balance 60
}

@test "the same ACK again and again" {
	flood 5 --ack -p 80 -s 40000 -k
	books_balance 30
}

@test "SYN/ACKs, resets and FINs at once" {
	local floods=()
	flood 4 --rand-source --syn --ack -p 80 3>&- &
	floods+=($!)
	flood 4 --rand-source --rst -p ++81 3>&- &
	floods+=($!)
	flood 4 --fin --ack -p 82 3>&- &
	floods+=($!)
	wait "${floods[@]}"
	books_balance 200
}
