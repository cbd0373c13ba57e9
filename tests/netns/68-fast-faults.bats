# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The fast path under a hundred checked connections, while the daemon dies,
# reloads and forgets connections: nothing is lost, and every packet is counted.
# The hosts' own count is that of rules before and behind the queue.

bats_require_minimum_version 1.5.0
load support
load ../fault/canary
load ../fault/song

PIN=/run/synward-bpf/needs_daemon

setup()
{
	export SINKS=stderr
	export SYNWARD_FAST=1
}

teardown()
{
	rig_down
	pins_forget
}

# fast_stage: see stage; counts from before the first packet.
fast_stage()
{
	stage_hosts
	witness
	stage_daemon
	[ -e $PIN ] || skip "this kernel takes no program: $(ctl status |
		grep 'fast path')"
}

passed()
{
	echo $(($(counted iptables POSTROUTING) +
		$(counted ip6tables POSTROUTING)))
}

# Of all flows, both ways.
tracked()
{
	ctl flows --json | grep -oP '"(reply_)?packets":\K[0-9]+' |
		awk '{ n += $1 } END { print n + 0 }'
}

metric()
{
	ctl metrics | awk -v name="$1" 'index($0, name) == 1 { n += $2 }
		END { printf "%d\n", n }'
}

# Packets that a dying worker had read but not answered; they come again, so
# they may count twice.
brought_back()
{
	grep -oP '\(\K[0-9]+(?= packets? brought back)' "$RIG/synwardd.out" |
		awk '{ n += $1 } END { print n + 0 }'
}

# song_is_whole WORDS...: every connection heard what it said.
song_is_whole()
{
	local streams broken blocks sent lost doubled
	kill -s TERM "$(pid_of singer)"
	wait_for 30 singer_ended
	rm "$RIG/pids/singer"
	read -r streams broken blocks sent lost doubled <"$RIG/result"
	echo "# $*: $broken of $streams connections broken ($blocks blocks)," \
		"$lost of $sent datagrams lost" >&3
	((streams == 100 && broken == 0 && blocks >= 300 && lost == 0 &&
		doubled == 0))
}

most_are_fast()
{
	local lanes
	lanes=$(metric 'synward_offload_lanes ')
	((lanes >= 100 && lanes <= 120))
}

@test "kills at random moments: every packet passes and is counted" {
	fast_stage <<<'offload { after = 2 }'
	sing 1000
	timeout 100 "$FAULT_HERE/canary" kill "$(pid_of synwardd)" \
		"$RIG/kills" 30
	wait_for 10 ctl status >/dev/null
	rest_song
	local passed tracked again
	passed=$(passed)
	tracked=$(tracked)
	again=$(brought_back)
	echo "# 30 kills: $passed packets passed, $tracked counted," \
		"$again brought back, $(metric synward_offload_packets_total)" \
		"by the kernel" >&3
	[ "$(refused)" -eq 0 ]
	[ "$passed" -le "$tracked" ]
	[ "$tracked" -le $((passed + again)) ]
	[ "$(metric 'synward_offload_lanes ')" -le 120 ]
	go_on_song
	wait_for 10 most_are_fast
	song_is_whole "30 kills"
	fails grep 'Not a Valid' "$RIG/synwardd.out"
}

# Nobody has asked for numbers before: what the lanes counted is in no total.
@test "a kill at rest takes nothing from the totals" {
	fast_stage <<<'offload { after = 2 }'
	sing 1000
	sleep 2
	rest_song
	local passed total
	for _ in 1 2 3; do
		kill -s KILL "$(worker)"
		wait_for 10 ctl status >/dev/null
	done
	passed=$(passed)
	total=$(metric 'synward_packets_total{verdict="pass"}')
	echo "# $passed packets passed, $total in the totals," \
		"$(metric synward_offload_packets_total) by the kernel" >&3
	[ "$total" -eq "$passed" ]
	[ "$(metric synward_offload_packets_total)" -gt $((passed / 2)) ]
	[ "$(tracked)" -eq "$passed" ]
	go_on_song
	song_is_whole "3 kills at rest"
}

# Whatever the worker has reached when it is killed, its successor reads the
# file.
@test "reload and kill at once: nothing breaks, the new rules hold" {
	fast_stage <<<'offload { after = 2 }'
	sing 500
	local i mode
	for i in $(seq 20); do
		mode=strict
		((i % 2)) || mode=normal
		conf <<-END
		log { to = { stderr } }
		offload { after = 2 }
		rule "r$i" { tracking = $mode }
		END
		timeout 5 gateway "$SYNWARD_BUILD/synwardctl" \
			-s "$RIG/ctl.sock" reload >/dev/null 2>&1 &
		sleep "0.0$((i % 10))"
		kill -s KILL "$(worker)" || true
		wait_for 10 ctl status >/dev/null
		ctl status | grep -q ' 1 rule' || return 1
		ctl which "$CLIENT4" "$SERVER4:7100" | grep -q "r$i"
	done
	rest_song
	[ "$(refused)" -eq 0 ]
	[ "$(passed)" -le "$(tracked)" ]
	[ "$(tracked)" -le $(($(passed) + $(brought_back))) ]
	go_on_song
	song_is_whole "20 reloads and kills at once"
}

# 100 flows, 100 times, on lanes that are open when the order is given.
@test "deny and kill: the first packet after the answer obeys" {
	fast_stage <<-'END'
	offload { after = 2 }
	table { max-flows = 100000 }
	END
	spawn server obeys "$BATS_TEST_DIRNAME/obeys" serve
	wait_for 10 grep -q ready "$RIG/obeys.out"
	run client timeout 300 "$BATS_TEST_DIRNAME/obeys" ask "$SERVER4" 100 \
		100 "$RIG/synward.conf" ip netns exec "$(netns gateway)" \
		"$SYNWARD_BUILD/synwardctl" -s "$RIG/ctl.sock"
	echo "$output"
	echo "# ${lines[-1]}, $(metric synward_offload_packets_total) by the" \
		"kernel before" >&3
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "sent 10000 obeyed, 0 passed" ]
	[ "$(metric synward_offload_packets_total)" -ge 40000 ]
}

# The same junk for another connection costs the machine as much.
@test "junk for a connection does not slow it down, and closes no lane" {
	fast_stage <<<'offload { after = 2 }'
	run client timeout 100 "$BATS_TEST_DIRNAME/junk" "$CLIENT4" "$SERVER4" \
		7100 9
	echo "$output"
	echo "# ${lines[0]}; ${lines[1]}; lanes taken" \
		"$(metric synward_offload_taken_total)" >&3
	[ "$status" -eq 0 ]
	[ "$(metric synward_offload_taken_total)" -le 10 ]
	[ "$(metric synward_offload_packets_total)" -ge 1000 ]
	awk '$NF < 0.6 { exit 1 }' <<<"$output"
	[ "${#lines[@]}" -eq 2 ]
}

@test "two workers and four lanes: all is tracked and counted" {
	fast_stage <<-'END'
	queue { count = 2 }
	offload { after = 2  lanes = 4 }
	END
	unhook
	hook --queue-balance 0:1
	sing 500
	sleep 3
	rest_song
	local passed tracked
	passed=$(passed)
	tracked=$(tracked)
	echo "# $passed packets passed, $tracked counted," \
		"$(metric synward_offload_packets_total) by the kernel;" \
		"$(metric synward_offload_full_total) times no lane" >&3
	[ "$passed" -eq "$tracked" ]
	[ "$(refused)" -eq 0 ]
	[ "$(metric 'synward_offload_lanes ')" -le 4 ]
	[ "$(metric synward_offload_packets_total)" -gt 0 ]
	[ "$(metric synward_offload_full_total)" -gt 100 ]
	go_on_song
	song_is_whole "two workers, four lanes"
}

# Segments that came before an earlier one, at both hosts.
out_of_order()
{
	local host
	for host in client server; do
		on "$host" nstat -asz TcpExtTCPOFOQueue
	done | awk '/TCPOFOQueue/ { n += $2 } END { print n + 0 }'
}

# Each has bytes and an end at once, after its lane was opened.
@test "a thousand connections end in order" {
	fast_stage <<<'offload { after = 2 }'
	run client timeout 120 "$BATS_TEST_DIRNAME/in-order" "$SERVER4" 7100 \
		1000
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "1000 of 1000 whole" ]
	[ "$(refused)" -eq 0 ]
	[ "$(metric synward_offload_opened_total)" -ge 1000 ]
	[ "$(metric 'synward_packets_total{verdict="drop"}')" -eq 0 ]
	local segments late
	segments=$(passed)
	late=$(out_of_order)
	echo "# 1000 of 1000 whole, $segments packets," \
		"$(metric synward_offload_packets_total) by the kernel," \
		"$(metric synward_offload_opened_total) lanes opened," \
		"$late out of order" >&3
	((late * 1000 <= segments))
	fails grep 'Not a Valid' "$RIG/synwardd.out"
}
