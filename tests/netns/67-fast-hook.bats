# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The daemon's program and the rule that uses it, together: what comes to the
# queue, what rules behind it see, and what is left when both are removed.

load support

setup_file()
{
	rig_up
	echo_up 7
}

teardown_file()
{
	rig_down
}

setup()
{
	conf <<-END
	log { to = { "file:$RIG/synward.log" } }
	offload { after = 4 }
	END
	synwardd_up
	hook_ctl up
	hook_ctl show | grep '^fast path on: ' || skip "$(ctl status | grep 'fast path')"
}

teardown()
{
	synwardd_down || true
	hook_ctl down
	gateway nft flush ruleset
}

# The daemon pins its program where process 1 sees it, which the gateway's own
# /run is not.
hook_ctl()
{
	ip netns exec "$(netns gateway)" "$SYNWARD_BUILD/synwardctl" hook "$@" \
		-c "$RIG/synward.conf"
}

BPFFS=/run/synward-bpf

# Packets that the kernel carried, and that came to the queue.
carried()
{
	ctl metrics | awk '/^synward_offload_packets_total/ { print $2 }'
}

queued()
{
	ctl metrics | awk '/^synward_verdict_seconds_count/ { n += $2 }
		END { print n }'
}

# talk NAME WORDS: so many words and their echoes
talk()
{
	local i
	for ((i = 0; i < $2; i++)); do
		session_say "$1" "word $i"
		session_hears "$1" "word $i"
	done
}

@test "an established connection leaves the queue, and its end comes back" {
	local before
	session_open one "$SERVER4" 7
	talk one 10
	before=$(queued)
	talk one 30
	[ "$(carried)" -ge 60 ]
	[ $(($(queued) - before)) -le 5 ]
	ctl flows --json port=7 | grep -q '"offload":true'
	session_close one
	ctl flows --json port=7 | fails grep '"offload":true'
}

# counted_behind: packets of a rule after ours
counted_behind()
{
	gateway iptables -t security -L FORWARD -v -x -n |
		awk '/behind/ { n += $1 } END { print n + 0 }'
}

@test "rules behind the queue see what the kernel carries" {
	gateway iptables -t security -A FORWARD -p tcp \
		-m comment --comment behind
	session_open two "$SERVER4" 7
	talk two 10
	local seen
	seen=$(counted_behind)
	talk two 30
	[ $(($(counted_behind) - seen)) -ge 60 ]
	gateway iptables -t security -A FORWARD -p tcp --dport 7 -j DROP
	session_say two lost
	sleep 0.5
	fails session_heard two lost
	gateway iptables -t security -D FORWARD -p tcp --dport 7 -j DROP
	session_hears two lost
	session_close two
}

@test "NAT before and after it works on what the kernel carries" {
	gateway iptables -t nat -A POSTROUTING -o servers -j MASQUERADE
	gateway iptables -t nat -A PREROUTING -p tcp --dport 25 \
		-j DNAT --to-destination "$SERVER4:7"
	session_open three "$GATEWAY4" 25
	talk three 40
	[ "$(carried)" -ge 60 ]
	session_close three
}

@test "putting it down and up under traffic loses nothing" {
	session_open four "$SERVER4" 7
	talk four 10
	for _ in 1 2 3; do
		hook_ctl up
		talk four 10
	done
	hook_ctl down
	fails test -e $BPFFS
	talk four 10
	hook_ctl up
	hook_ctl show | grep "fast path off: there is no program"
	talk four 10
	session_close four
}

@test "up, down and a start of the daemon leave no program behind" {
	for _ in 1 2 3; do
		synwardd_down
		hook_ctl down
		fails test -e $BPFFS
		fails grep -w bpf /proc/self/mounts
		synwardd_up
		hook_ctl up
		hook_ctl show | grep '^fast path on: '
		[ "$(find $BPFFS -name needs_daemon | wc -l)" -eq 1 ]
	done
}
