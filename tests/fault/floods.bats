# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Attacks at full rate, and what is not well formed: a hundred connections
# go on beside them, and what is refused is counted.

load ../netns/support
load ../netns/sinks
load canary

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

dropped()
{
	metric synward_packets_total '"verdict":"drop"'
}

@test "SYN flood at full rate from random addresses" {
	stage <<<'table { max-flows = 20000 max-embryonic = 25 }'
	sing
	flood 6 -S -p 80 --rand-source
	(($(metric synward_embryonic_flows) <= 5000))
	# Which of the half-open had to go, or could not come, is counted.
	(($(metric synward_flows_ended_total evicted) + $(dropped) > 1000))
	status_says 'half open|table is'
	same_worker
	unharmed "SYN flood, $(metric synward_flows_opened_total) opened," \
		"$(dropped) refused"
}

@test "ACK flood with random tuples" {
	stage </dev/null
	sing
	# What diagnosis may use is touched by the first flood, and is all.
	local after_first
	flood 2 -A -p ++1 --rand-source
	after_first=$(memory)
	flood 6 -A -p ++1 --rand-source
	(($(dropped) > 10000))
	(($(memory) < after_first + 512))
	same_worker
	unharmed "ACK flood, $(dropped) refused"
}

# Datagrams whose flows would meet in a hundredth of the table, if its key
# were known: then 200 of 5,000 would find room.  Under a key of its own it
# takes them all, at the usual pace.
@test "tuples crafted to collide, by somebody who has not the key" {
	stage <<<'table { max-flows = 10000 max-embryonic = 100 }'
	"$SYNWARD_BUILD/tests/collide" 10000 5000 >"$RIG/crafted" \
		2>"$RIG/guessed"
	mute_unreachable
	sing
	local before after opened
	opened=$(metric synward_flows_opened_total)
	before=$(pace)
	craft client - <"$RIG/crafted"
	# They are all there at once.
	(($(metric synward_embryonic_flows) >= 5000))
	after=$(pace)
	opened=$(($(metric synward_flows_opened_total) - opened))
	((opened >= 5000))
	[ "$(dropped)" -eq 0 ]
	same_pace "$before" "$after"
	same_worker
	unharmed "hash flooding, $opened flows found room;" \
		"with the key guessed $(<"$RIG/guessed")"
}

# Nobody answers to a datagram.
mute_unreachable()
{
	server iptables -w -A INPUT -p udp --dport 8000:8100 -j DROP
}

# The client opens connections until it has so many, and keeps them.
crowd()
{
	# shellcheck disable=SC2016 # python's own
	spawn client crowd python3 -c '
import socket, sys, time
kept = []
for n in range(int(sys.argv[3])):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex((sys.argv[1], int(sys.argv[2])))
    kept.append(s)
print("open", flush=True)
time.sleep(60)' "$SERVER4" 7100 "$1"
	wait_for 10 grep -q open "$RIG/crowd.out"
}

@test "a full table refuses the new, never the established" {
	stage <<<'table { max-flows = 300 max-embryonic = 50 }'
	sing
	crowd 600
	logged 'Table full \[S\] TCP .*cause=evicted' 10
	wait_for 5 degraded 'table is (100|9[0-9]) % full'
	finish crowd KILL || true
	unharmed "table full, $(dropped) refused"
}

@test "malformed and cut packets" {
	stage </dev/null
	sing
	craft client \
		"__import__('random').seed(7) or [
		  IP(dst='$SERVER4', proto=n % 256)/Raw(__import__('random').randbytes(n % 61))
		  for n in range(6000)]" \
		"__import__('random').seed(8) or [
		  IPv6(dst='$SERVER6', nh=n % 256)/Raw(__import__('random').randbytes(n % 61))
		  for n in range(6000)]" \
		"[IP(dst='$SERVER4')/TCP(flags='S', dataofs=n % 16, options=[('MSS', 9)])
		  for n in range(2000)]"
	(($(metric synward_refused_total alformed) > 1000))
	same_worker
	unharmed "malformed, $(dropped) refused"
}

@test "fragments: whole datagrams pass, a flood of pieces does no harm" {
	stage </dev/null
	sing
	client ping -q -i 0.02 -c 50 -s 6000 -W 2 "$SERVER4" |
		grep -q ' 0% packet loss'
	client ping -q -i 0.02 -c 50 -s 6000 -W 2 "$SERVER6" |
		grep -q ' 0% packet loss'
	flood 4 --udp -p 53 -d 1200 --frag --mtu 96 --rand-source
	client ping -q -c 5 -i 0.2 -s 6000 -W 2 "$SERVER4" |
		grep -q ' 0% packet loss'
	same_worker
	unharmed "fragments, $(dropped) refused"
}

@test "chains of extension headers" {
	stage </dev/null
	sing
	craft client \
		"[IPv6(dst='$SERVER6')/__import__('functools').reduce(lambda a, b: a/b,
		  [IPv6ExtHdrDestOpt() for _ in range(n % 14)], IPv6ExtHdrDestOpt())
		  /TCP(sport=20000 + n, dport=7100, flags='A') for n in range(2000)]"
	(($(metric synward_refused_total alformed) > 400))
	logged 'Not a Valid SYN Packet \[A\] TCP \[fd00:1::2\]:20'
	same_worker
	unharmed "extension headers, $(dropped) refused"
}

@test "segments of 64 kB with partial checksums arrive whole" {
	stage </dev/null
	client ethtool -k eth0 | grep -q '^generic-segmentation-offload: on'
	web_up
	head -c 60M /dev/urandom >"$RIG/www/large"
	local sum address
	sum=$(sha256sum <"$RIG/www/large")
	sing
	for address in "$SERVER4" "[$SERVER6]"; do
		[ "$(client curl -sS --globoff --max-time 60 \
			"http://$address/large" | sha256sum)" = "$sum" ]
	done
	[ "$(metric synward_packets_total '"verdict":"drop"')" -eq 0 ]
	unharmed "GSO"
}
