# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The daemon's program and the rule that uses it, together: what comes to the
# queue, what rules behind it see, and what is left when both are removed.

load support

setup_file()
{
	pins_forget
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

metric()
{
	ctl metrics | awk -v name="$1" 'index($1, name) == 1 { n += $2 }
		END { print n + 0 }'
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
	hook_ctl show | grep '^fast path on: '
	local before
	talk four 10
	before=$(carried)
	talk four 30
	[ $(($(carried) - before)) -ge 50 ]
	[ "$(metric synward_drops_total)" -eq 0 ]
	session_close four
}

# The pin is made again from what the daemon holds, however often.
@test "up after down finds the daemon's program" {
	session_open five "$SERVER4" 7
	local before
	for _ in 1 2 3; do
		hook_ctl down
		fails test -e $BPFFS
		hook_ctl up
		hook_ctl show | grep '^fast path on: '
		talk five 10
		before=$(carried)
		talk five 20
		[ $(($(carried) - before)) -ge 36 ]
	done
	# Without a daemon there is none.
	hook_ctl down
	synwardd_down
	hook_ctl up
	hook_ctl show | grep "fast path off: there is no program"
	session_close five
}

# The control block of one program, the rest of another.
@test "pins of a start that died half-way are not believed" {
	local small='offload { after = 4 lanes = 4k }'
	synwardd_down
	hook_ctl down
	conf <<-END
	log { to = { "file:$RIG/synward.log" } }
	$small
	END
	synwardd_up
	mv $BPFFS/control $BPFFS/control_small
	synwardd_down
	conf <<-END
	log { to = { "file:$RIG/synward.log" } }
	offload { after = 4 }
	END
	synwardd_up
	mv $BPFFS/control_small $BPFFS/control
	synwardd_down
	conf <<-END
	log { to = { "file:$RIG/synward.log" } }
	$small
	END
	synwardd_up
	hook_ctl up
	ctl offload | grep -F 'of 4,096 lanes'
	session_open six "$SERVER4" 7
	talk six 40
	[ "$(carried)" -ge 60 ]
	session_close six
}

# lanes_in_kernel: of that unusual number, which no other run here has
lanes_in_kernel()
{
	"$BATS_TEST_DIRNAME/../ctl/pin" --lanes 8192
}

has_none()
{
	[ "$(lanes_in_kernel)" = "0 maps, 0 programs" ]
}

# Of the two maps of lanes and stamps, and their program.  HOOKS=1000 for a
# longer run.
@test "up and down and restarts leave one program and its maps" {
	synwardd_down
	hook_ctl down
	conf <<-END
	log { to = { "file:$RIG/synward.log" } }
	offload { after = 4  lanes = 8k }
	END
	wait_for 10 has_none
	local i
	for i in $(seq "${HOOKS:-60}"); do
		((i % 10 != 1)) || synwardd_up
		hook_ctl up
		((i % 10 != 5)) || kill -s KILL "$(worker)"
		[ "$(lanes_in_kernel)" = "2 maps, 1 programs" ]
		hook_ctl down
		[ "$(lanes_in_kernel)" = "2 maps, 1 programs" ]
		((i % 10 != 0)) || synwardd_down
	done
	wait_for 10 has_none
	fails grep -w bpf /proc/self/mounts
}

# second_up: another daemon, for queue 5 of the same network.
second_up()
{
	cat >"$RIG/second.conf" <<-END
	control { socket = "$RIG/second.sock" }
	log { to = { "file:$RIG/second.log" } }
	queue { first = 5 }
	END
	spawn gateway second "$SYNWARD_BUILD/synwardd" -f -c "$RIG/second.conf"
	wait_for 10 second_answers
}

second_answers()
{
	gateway "$SYNWARD_BUILD/synwardctl" -s "$RIG/second.sock" status \
		>"$RIG/second.status" 2>/dev/null
}

@test "a second daemon leaves the first one's program alone" {
	local program
	program=$(stat -c %i $BPFFS/needs_daemon)
	second_up
	grep 'fast path: off (another synwardd, of queue 0 in network namespace' \
		"$RIG/second.status"
	grep -F 'write offload { lanes = 0 } here' "$RIG/second.status"
	[ "$(stat -c %i $BPFFS/needs_daemon)" = "$program" ]
	run ip netns exec "$(netns gateway)" "$SYNWARD_BUILD/synwardctl" \
		hook up -c "$RIG/second.conf"
	echo "$output"
	[[ $output == *"is that of another synwardd, for queue 0 in network"* ]]
	gateway iptables-save | grep -e '--queue-num 5' | fails grep -e '-m bpf'
	finish second
	hook_ctl up
	hook_ctl show | grep '^fast path on: '
	session_open seven "$SERVER4" 7
	talk seven 40
	[ "$(carried)" -ge 60 ]
	session_close seven
	# Its lease is over with it.
	synwardd_down
	second_up
	grep 'fast path: on' "$RIG/second.status"
	finish second
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
