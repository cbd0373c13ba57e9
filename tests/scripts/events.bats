# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What is written of drops is what doc/LOG.md and doc/event.schema.json say.

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${SYNWARD_BUILD:-$root/build}
	schema=$root/tests/support/schema
	cd "$BATS_TEST_TMPDIR" || exit
}

causes()
{
	sed -n 's/^SW_CAUSE([A-Z_]*, "\([a-z-]*\)".*/\1/p' \
		"$root/include/synward/cause.def"
}

messages()
{
	sed -n '/^#define SW_MESSAGE_MAP/,/^$/s/.*X([A-Z_]*, "\([^"]*\)").*/\1/p' \
		"$root/include/synward/cause.h"
}

evidence()
{
	sed -n '/^#define SW_EVIDENCE_MAP/,/^$/s/.*X([A-Z_]*, "\([a-z]*\)", ".*/\1/p' \
		"$root/include/synward/cause.h"
}

# capture: every kind of record that replay tells differently
capture()
{
	/usr/bin/python3 - <<-'END'
	import logging
	logging.getLogger("scapy").setLevel(logging.ERROR)
	from scapy.all import (ARP, ICMP, IP, TCP, UDP, Ether, IPv6, Raw,
	    ICMPv6EchoRequest, PcapWriter)
	net = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
	to = net / IP(src="10.1.0.2", dst="10.2.0.2")
	back = net / IP(src="10.2.0.2", dst="10.1.0.2")
	six = net / IPv6(src="fd00::1", dst="fd00::2")
	a = dict(sport=4000, dport=80)
	b = dict(sport=80, dport=4000)
	packets = [
	    to / TCP(**a, flags="S", seq=100),
	    back / TCP(**b, flags="SA", seq=500, ack=101),
	    to / TCP(**a, flags="A", seq=101, ack=501),
	    to / TCP(**a, flags="PA", seq=101, ack=501) / Raw(b"x"),
	    ARP(),
	    to / TCP(sport=5, dport=6, flags="FA"),
	    to / TCP(sport=5, dport=6, flags="FS"),
	    six / TCP(sport=5, dport=6, flags="R"),
	    six / ICMPv6EchoRequest(id=7),
	    to / ICMP(id=9),
	    back / ICMP(type=0, id=10),
	    back / ICMP(type=42),
	    to / UDP(sport=1, dport=53),
	    net / IP(src="10.1.0.2", dst="10.2.0.2", proto=6) / Raw(b"abc"),
	    net / IP(src="10.1.0.2", dst="10.2.0.2", proto=143) / Raw(b"abc"),
	    net / IP(src="10.1.0.2", dst="10.2.0.2", ihl=4) / Raw(b"abc"),
	]
	with PcapWriter("some.pcap", linktype=1) as out:
	    for i, packet in enumerate(packets):
	        if not packet.haslayer(Ether):
	            packet = net / packet
	        packet.time = 1700000000 + i
	        out.write(packet)
	    # The established connection, silent for ten hours.
	    late = to / TCP(**a, flags="PA", seq=102, ack=501) / Raw(b"y")
	    late.time = 1700036000
	    out.write(late)
	END
}

@test "replay --json fits the schema" {
	capture
	"$build/synwardctl" replay some.pcap --json >out.json
	run "$schema" replay_refusal <out.json
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(wc -l <out.json)" -ge 5 ]
	grep -q '"cause":"idle-expired","conf":"high","idle":359' out.json
	grep -q '"message":"Not a Valid Opening Packet","alias":"Not a Valid SYN Packet".*"type":42,.*"cause":"opens-nothing","conf":"high"' out.json
}

@test "replay --json --all fits the schema" {
	capture
	"$build/synwardctl" replay some.pcap --json --all >out.json
	run "$schema" replay_refusal replay_packet replay_skipped <out.json
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(wc -l <out.json)" -eq 17 ]
}

@test "replay of observe mode fits the schema" {
	capture
	echo 'mode = observe' >observe.conf
	"$build/synwardctl" replay some.pcap -c observe.conf --json >out.json
	run "$schema" replay_refusal <out.json
	echo "$output"
	[ "$status" -eq 0 ]
	grep -q '"verdict":"pass",.*"action":"would drop"' out.json
}

@test "a line that does not fit is refused" {
	run "$schema" <<<'{"time":1,"priority":5,"text":"x","more":1}'
	[ "$status" -ne 0 ]
	run "$schema" <<<'{"time":1,"priority":9,"text":"x"}'
	[ "$status" -ne 0 ]
	run "$schema" sink_refusal <<<'{"time":1,"priority":5,"text":"x"}'
	[ "$status" -ne 0 ]
	run "$schema" sink_text <<<'{"time":1,"priority":5,"text":"x"}'
	[ "$status" -eq 0 ]
}

@test "the schema names every cause, message and kind of evidence" {
	/usr/bin/python3 - "$root/doc/event.schema.json" \
		"$(causes)" "$(messages)" "$(evidence)" <<-'END'
	import json, sys
	schema = json.load(open(sys.argv[1]))["$defs"]
	causes, messages, evidence = (a.splitlines() for a in sys.argv[2:])
	assert schema["cause"]["enum"] == causes, causes
	properties = schema["refusal"]["properties"]
	assert properties["message"]["enum"] == messages, messages
	assert len(evidence) > 10 and set(evidence) <= set(properties), evidence
	END
}

@test "doc/LOG.md names every cause, message and key" {
	missing=
	while read -r word; do
		grep -qF "\`$word\`" "$root/doc/LOG.md" || missing+="$word, "
	done < <(causes; messages; evidence)
	echo "missing: $missing"
	[ -z "$missing" ]
	[ "$(causes | wc -l)" -eq 17 ]
	[ "$(messages | wc -l)" -eq 8 ]
	keys=$(sed -n 's/.*sw_fields_add_[a-z]*([^"]*"\([a-z]*\)".*/\1/p' \
		"$root/src/report/field.c" | sort -u)
	[ "$(wc -l <<<"$keys")" -gt 10 ]
	for key in $keys; do
		grep -qF "\`$key\`" "$root/doc/LOG.md" || missing+="$key, "
	done
	echo "missing keys: $missing"
	[ -z "$missing" ]
}

@test "the example of doc/LOG.md is what its grammar says" {
	/usr/bin/python3 - "$root/doc/LOG.md" <<-'END'
	import re, sys
	lines = [l.rstrip() for l in open(sys.argv[1])
	    if re.match(r"(Not a|Incident)", l)]
	value = r'(?:[A-Za-z0-9\-_.:/+@]+|"(?:[^"\\]|\\.)*")'
	line = re.compile(r"[A-Z][A-Za-z ]+ \[(-|F?S?R?P?A?U?E?W?)\] \S+ \S+ > \S+"
	    rf"( [a-z]+={value})*")
	assert line.fullmatch(lines[0]), lines[0]
	assert len(lines) == 3
	END
}
