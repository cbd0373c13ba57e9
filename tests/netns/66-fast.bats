# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The fast path: the kernel passes the plain packets of open connections, and
# nothing that people see or that policy says is different.

bats_require_minimum_version 1.5.0
load support

PIN=/run/synward-bpf/needs_daemon

setup_file()
{
	pins_forget
	rig_up
	rsyslog_up
	for port in 7000 7001; do
		echo_up $port
	done
	spawn server udp socat -T 30 UDP4-LISTEN:7002,fork EXEC:cat
}

teardown_file()
{
	rig_down
	pins_forget
}

setup()
{
	log_mark
	conf </dev/null
}

teardown()
{
	local name
	for name in a b; do
		[ ! -e "$RIG/pids/$name" ] || session_close $name
	done
	in_gateway iptables -w -t security -F FORWARD
	in_gateway ip6tables -w -t security -F FORWARD
	unmark
	[ ! -e "$RIG/pids/synwardd" ] || synwardd_down
}

# On the gateway's network, where pins are seen.
in_gateway()
{
	nsenter --net="/run/netns/$(netns gateway)" "$@"
}

fast_up()
{
	synwardd_up
	[ -e $PIN ] || skip "this kernel takes no program: $(ctl status |
		grep 'fast path')"
	local tool
	for tool in iptables ip6tables; do
		in_gateway $tool -w -t security -A FORWARD -m bpf \
			--object-pinned $PIN -j NFQUEUE --queue-num 0
		in_gateway $tool -w -t security -A FORWARD -j ACCEPT
	done
}

# rule_packets LINE [TOOL]: of the queue's rule, 1, or the one after it, 2
rule_packets()
{
	in_gateway "${2:-iptables}" -w -t security -nvxL FORWARD |
		awk -v line="$1" 'NR == line + 2 { print $1 }'
}

# talk NAME COUNT: so many lines there and back
talk()
{
	local i
	for i in $(seq "$2"); do
		session_say "$1" "line $i"
		session_hears "$1" "line $i"
	done
}

# of PORT KEY: a member of the connection's object
of()
{
	ctl flows --json "port=$1" | grep -oP "\"$2\":\K[^,}]*"
}

udp_is_over()
{
	! of 7002 idle >>"$RIG/idle"
}

one_timeout()
{
	ctl metrics | grep -qxF 'synward_flows_ended_total{how="timeout"} 1'
}

metric()
{
	ctl metrics | awk -v name="$1" '$1 == name { print $2 }'
}

@test "packets of an open connection are passed in the kernel and counted" {
	fast_up
	session_open a "$SERVER4" 7000
	session_open b "$SERVER6" 7001
	talk a 20
	talk b 20
	[ "$(of 7000 offload)" = true ]
	[ "$(of 7001 offload)" = true ]
	local queued passed
	queued=$(rule_packets 1)
	passed=$(rule_packets 2)
	echo "IPv4: $queued in the queue, $passed in the kernel"
	[ "$queued" -lt 15 ]
	[ "$passed" -ge 30 ]
	[ $((queued + passed)) -eq \
		$(($(of 7000 packets) + $(of 7000 reply_packets))) ]
	[ "$(metric synward_offload_packets_total)" -eq \
		$((passed + $(rule_packets 2 ip6tables))) ]
	ctl offload | grep -q 'fast path: on, 2 of 65,536 lanes used'
	ctl flows port=7000 | grep -q ' yes '
	never_logged 'Not a Valid|Out of window|Denied'
}

@test "a killed or refused connection is over at once" {
	fast_up
	session_open a "$SERVER4" 7000
	session_open b "$SERVER4" 7001
	talk a 10
	talk b 10
	ctl kill port=7000
	session_say a late
	logged 'Not a Valid'
	fails session_heard a late
	conf <<-'END'
	rule "strict" { tracking = strict }
	END
	# An acknowledgement of b may still be under way, so the counts are read
	# before the reload.
	local before opened
	before=$(rule_packets 1)
	opened=$(metric synward_offload_opened_total)
	ctl reload
	talk b 1
	[ "$(rule_packets 1)" -gt "$before" ]
	[ "$(metric synward_offload_opened_total)" -gt "$opened" ]
}

@test "a change of routes returns connections to the queue" {
	fast_up
	session_open a "$SERVER4" 7000
	talk a 10
	local before
	before=$(rule_packets 1)
	talk a 3
	[ "$(rule_packets 1)" -eq "$before" ]
	in_gateway ip route add 10.99.0.0/24 via "$SERVER4"
	sleep 0.3
	talk a 3
	[ "$(rule_packets 1)" -gt "$before" ]
	in_gateway ip route del 10.99.0.0/24
}

# Packets that have left for the guests.
left_for_guests()
{
	in_gateway iptables -w -t mangle -nvxL POSTROUTING |
		awk '/ guests / { print $1 }'
}

unmark()
{
	in_gateway iptables -w -t mangle -F
	in_gateway ip rule del fwmark 9 2>/dev/null || true
}

# Routed by a mark that comes in the middle of a connection, of which no route
# tells.
@test "a connection never leaves by an interface that a rule denies" {
	host_add guest
	link_add gateway guests guest eth0
	address gateway guests 10.3.0.1/24
	in_gateway ip route add default via 10.3.0.2 table 9
	in_gateway ip rule add fwmark 9 lookup 9
	in_gateway ip neigh add 10.3.0.2 lladdr 02:00:00:00:00:09 dev guests
	in_gateway iptables -w -t mangle -A POSTROUTING -o guests
	conf <<-'END'
	rule "guests" { out = { guests } action = deny }
	END
	fast_up
	session_open a "$SERVER4" 7000
	talk a 10
	[ "$(of 7000 offload)" = false ]
	ctl offload port=7000 | grep -q 'another rule denies it on another'
	in_gateway iptables -w -t mangle -A PREROUTING -p tcp --dport 7000 \
		-j MARK --set-mark 9
	session_say a secret
	logged 'Denied by rule .*rule=guests'
	[ "$(left_for_guests)" -eq 0 ]
	unmark
	session_hears a secret
	# Without the rule the kernel carries it.
	synwardd_down
	conf </dev/null
	synwardd_up
	session_open b "$SERVER4" 7000
	talk b 10
	[ "$(of 7000 offload)" = true ]
}

@test "ten kills of the worker: every packet passes and is counted" {
	fast_up
	session_open a "$SERVER4" 7000
	talk a 10
	for i in $(seq 10); do
		kill -s KILL "$(worker)"
		talk a 3
		wait_for 10 ctl status >/dev/null
	done
	talk a 1
	sleep 0.3 # for the last acknowledgement
	echo "$(rule_packets 1) + $(rule_packets 2) of $(of 7000 packets) and" \
		"$(of 7000 reply_packets)"
	[ $(($(rule_packets 1) + $(rule_packets 2))) -eq \
		$(($(of 7000 packets) + $(of 7000 reply_packets))) ]
	never_logged 'Not a Valid|Out of window|Denied'
}

@test "a lane keeps its flow alive, and silence ends it" {
	conf <<-'END'
	timeouts { udp = 3s  unreplied_udp = 3s }
	END
	fast_up
	client timeout 20 python3 - <<-'END'
	import socket, time
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.connect(("10.2.0.2", 7002))
	s.settimeout(5)
	for i in range(45):
	    s.send(b"x")
	    s.recv(9)
	    time.sleep(0.2)
	END
	[ "$(of 7002 offload)" = true ]
	[ "$(of 7002 packets)" -eq 45 ]
	wait_for 8 udp_is_over
	wait_for 5 one_timeout
	# The last look before its end, and none after it.
	tail -n 1 "$RIG/idle" | grep -qP '^(2\.[0-9]|3\.0)'
}

# The last packets were the kernel's; the log counts from them.
@test "what comes too late says how long its connection was silent" {
	conf <<-'END'
	timeouts { established = 3s  unacknowledged = 3s }
	END
	fast_up
	session_open a "$SERVER4" 7000
	local i began silent idle
	for i in $(seq 14); do
		talk a 1
		sleep 0.3
	done
	[ "$(of 7000 offload)" = true ]
	talk a 1
	began=$(date +%s%N)
	sleep 4.4
	silent=$((($(date +%s%N) - began) / 1000000))
	session_say a late
	logged 'cause=idle-expired.* timeout=3s'
	idle=$(log_lines | grep -oP 'cause=idle-expired.* idle=\K[0-9]+' |
		head -n 1)
	echo "silent for $silent ms, idle=${idle}s"
	((idle * 1000 <= silent + 500 && idle * 1000 >= silent - 1500))
}

@test "without a daemon the lease ends, then the rule decides" {
	conf <<-'END'
	offload { lease = 2s }
	END
	fast_up
	session_open a "$SERVER4" 7000
	talk a 10
	local parent worker
	parent=$(pid_of synwardd)
	worker=$(worker)
	kill -s STOP "$parent"
	kill -s KILL "$worker"
	talk a 2
	sleep 3
	session_say a lost
	sleep 1
	fails session_heard a lost
	kill -s CONT "$parent"
	wait_for 10 session_heard a lost
}

@test "status says why the fast path is off" {
	conf <<-'END'
	offload { lanes = 0 }
	END
	synwardd_up
	ctl status | grep -qF 'fast path: off (offload { lanes = 0 })'
	ctl offload | grep -qF 'fast path: off (offload { lanes = 0 })'
	synwardd_down
	conf <<-'END'
	rule "slow" { port = { 7000 } fast = off }
	END
	fast_up
	session_open a "$SERVER4" 7000
	talk a 10
	[ "$(of 7000 offload)" = false ]
	ctl offload port=7000 | grep -q 'its rule says fast = off'
}
