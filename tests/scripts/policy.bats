# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# One capture, many policies: what synwardctl replay says each would have
# done to the same packets.

bats_require_minimum_version 1.5.0

setup_file()
{
	export CAPTURE=$BATS_FILE_TMPDIR/policy.pcap
	/usr/bin/python3 - "$CAPTURE" <<-'END'
	import sys
	from scapy.layers.inet import IP, TCP, UDP
	from scapy.layers.inet6 import IPv6
	from scapy.utils import wrpcap

	C, D, S, L = "10.1.0.2", "10.1.0.3", "10.2.0.2", "10.8.0.9"

	def tcp(src, sport, dst, dport, flags, seq=0, ack=0):
	    ip = IPv6 if ":" in src else IP
	    return ip(src=src, dst=dst) / TCP(
	        sport=sport, dport=dport, flags=flags, seq=seq, ack=ack,
	        window=65535)

	packets = [
	    tcp(C, 4000, S, 80, "S", 1000),                     # 1
	    tcp(S, 80, C, 4000, "SA", 5000, 1001),              # 2
	    tcp(C, 4000, S, 80, "A", 1001, 5001),               # 3
	    tcp(C, 4000, S, 80, "PA", 1001001, 5001) / b"far",  # 4
	    tcp(D, 4001, S, 81, "S", 1),                        # 5
	    tcp(D, 4001, S, 81, "A", 2, 2),                     # 6
	    tcp(C, 4002, L, 4000, "PA", 7, 7) / b"odd",         # 7
	    tcp(L, 4000, C, 4002, "PA", 7, 10) / b"odd",        # 8
	    IP(src=C, dst=S) / UDP(sport=4003, dport=53) / b"?",  # 9
	    tcp(C, 4004, S, 82, "SF", 1),                       # 10
	    tcp("fd01::2", 4005, "fd02::2", 80, "S", 1),        # 11
	    tcp(C, 4000, S, 80, "PA", 1001, 5001) / b"late",    # 12
	]
	for n, packet in enumerate(packets):
	    packet.time = 1700000000 + n * 0.01
	packets[-1].time += 100
	wrpcap(sys.argv[1], packets)
	END
}

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${SYNWARD_BUILD:-$root/build}
	cd "$BATS_TEST_TMPDIR" || return
}

# Standard input is the policy; each refused packet becomes a line: frame,
# verdict, message, rule, with what was done instead of a drop.
refusals()
{
	cat >a.conf
	"$build/synwardctl" replay --json -c a.conf "$CAPTURE" |
		/usr/bin/python3 -c '
import json, sys
for line in sys.stdin:
    drop = json.loads(line)
    action = drop.get("action")
    print(drop["frame"], drop["verdict"], action + "," if action else "",
          drop["message"] + ",", drop["rule"])' | tr -s ' '
}

# is POLICY REFUSALS
is()
{
	diff <(refusals <<<"$1") <(printf '%s' "$2")
}

@test "the defaults" {
	is '' '6 drop Not a Valid SYN Packet, default
7 drop Not a Valid SYN Packet, default
8 drop Not a Valid SYN Packet, default
10 drop Invalid TCP flags, default
'
}

@test "deny, by address and port, and what follows it" {
	is 'rule "no" { protocol = tcp from = { 10.1.0.3 } port = { 81 } action = deny }
	rule "odd" { to = { 10.8.0.0/16 } action = deny }' \
		'5 drop Denied by rule, no
6 drop Denied by rule, no
7 drop Denied by rule, odd
8 drop Denied by rule, odd
10 drop Invalid TCP flags, default
'
}

@test "default-action = deny: rules say what may" {
	is 'default-action = deny
	rule "web" { protocol = tcp to = { 10.2.0.2, fd02::/16 } port = { 80-82 } }' \
		'6 drop Not a Valid SYN Packet, web
7 drop Denied by rule, default
8 drop Denied by rule, default
9 drop Denied by rule, default
10 drop Invalid TCP flags, web
'
}

@test "tracking = off: both directions of what only looks like TCP" {
	is 'rule "odd" { protocol = tcp from = { 10.1.0.0/16 } to = { 10.8.0.9 }
		port = { 4000 } tracking = off }' \
		'6 drop Not a Valid SYN Packet, default
10 drop Invalid TCP flags, default
'
}

@test "tracking = loose: picked up in its middle" {
	is 'rule "odd" { protocol = tcp port = { 4000 } tracking = loose }' \
		'6 drop Not a Valid SYN Packet, default
10 drop Invalid TCP flags, default
'
}

@test "tracking = strict: far ahead of the window" {
	is 'tracking = strict' '4 drop Out of window, default
6 drop Not a Valid SYN Packet, default
7 drop Not a Valid SYN Packet, default
8 drop Not a Valid SYN Packet, default
10 drop Invalid TCP flags, default
'
}

@test "mode = observe: all pass, and each is told" {
	is 'mode = observe
	rule "no" { port = { 81 } action = deny }' \
		'5 pass would drop, Denied by rule, no
6 pass would drop, Denied by rule, no
7 pass would drop, Not a Valid SYN Packet, default
8 pass would drop, Not a Valid SYN Packet, default
10 pass would drop, Invalid TCP flags, default
'
}

@test "mode = observe of a rule" {
	is 'rule "new" { protocol = tcp port = { 4000 } mode = observe }' \
		'6 drop Not a Valid SYN Packet, default
7 pass would drop, Not a Valid SYN Packet, new
8 pass would drop, Not a Valid SYN Packet, new
10 drop Invalid TCP flags, default
'
}

@test "on-orphan, for all and by rule" {
	is 'on-orphan = reset
	rule "odd" { protocol = tcp from = { 10.1.0.0/16 } port = { 4000 }
		on-orphan = accept }' \
		'6 drop reset, Not a Valid SYN Packet, default
7 pass accept, Not a Valid SYN Packet, odd
8 pass accept, Not a Valid SYN Packet, odd
10 drop Invalid TCP flags, default
'
}

@test "timeouts, by profile, by value, and by rule" {
	late='6 drop Not a Valid SYN Packet, default
7 drop Not a Valid SYN Packet, default
8 drop Not a Valid SYN Packet, default
10 drop Invalid TCP flags, default
12 drop Not a Valid SYN Packet, '
	is 'timeouts { established = 99s }' "${late}default
"
	is 'rule "web" { port = { 80 } timeouts { established = 99s } }' \
		"${late}web
"
	is 'timeouts { established = 99s }
	rule "web" { port = { 80 } timeouts { established = 101s } }' \
		"${late%12 *}"
	is 'profile = forcepoint' "${late%12 *}"
}
