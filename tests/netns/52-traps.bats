# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What looks like a cause and is another: where a diagnosis that is too sure
# of itself would tell an administrator what is not true.

load scenes

setup_file()
{
	scenes_up
}

teardown_file()
{
	scenes_down
}

setup()
{
	scene_begins
}

teardown()
{
	bridge_ends
	marks_end
	scene_ends
	[ ! -e "$RIG/pids/holder" ] || finish holder KILL || true
	[ ! -e "$RIG/pids/holders" ] || finish holders KILL || true
}

daemon_again()
{
	synwardd_down || true
	synwardd_up
	scene_goes_on
}

# --- openings --------------------------------------------------------------

# The header's length promises options that are not there.
@test "denied-before: a SYN that was malformed" {
	mute client 4020
	mute server 4021
	craft client "IP(dst='$SERVER4')/TCP(sport=4020, dport=4021, flags='S',
		seq=1000, dataofs=15)"
	craft server "IP(dst='$CLIENT4')/TCP(sport=4021, dport=4020, flags='SA',
		seq=5000, ack=1001)"
	craft client "[IP(dst='$SERVER4')/TCP(sport=4020, dport=4021, flags=f,
		seq=1001, ack=5001)/d for f, d in (('A', b''), ('PA', b'x'))]"
	judged denied-before unknown
	logged 'Malformed packet .*what="TCP header length'
	logged '\[SA\] .*cause=denied-before conf=high'
}

# A packet that is late by a moment is no proof of another way.
@test "asymmetric, low: an ACK is seen before its SYN/ACK" {
	local n
	for n in 0 1 2 3; do
		mute client $((4030 + n))
	done
	mute server 4040
	craft client "[IP(src=f'10.1.0.{n % 3 + 2}', dst='$SERVER4') /
		TCP(sport=4030 + n, dport=4040, flags=f, seq=1000 + (f != 'S'),
			ack=5001 * (f != 'S')) for n in range(4)
		for f in 'SA']"
	craft server "[IP(dst=f'10.1.0.{n % 3 + 2}') / TCP(sport=4040,
		dport=4030 + n, flags='SA', seq=5000, ack=1001)
		for n in range(4)]"
	judged asymmetric
	never_logged ':4040 .*cause=asymmetric conf=(medium|high)'
}

# --- tools and phones ------------------------------------------------------

@test "not gap: nmap finds out the operating system, after a start" {
	daemon_again
	client timeout 60 nmap -n -Pn -O --osscan-guess --max-os-tries 2 \
		-p 80,9990 "$SERVER4" >/dev/null || true
	judged bad-flags ack-scan
	never_logged 'cause=gap'
}

# many_ports FIRST LAST: the server takes connections on all of these
many_ports()
{
	spawn server holders python3 -c "
import selectors, socket
sel = selectors.DefaultSelector()
kept = [socket.create_server(('', p)) for p in range($1, $2 + 1)]
for listener in kept:
    sel.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in sel.select():
        kept.append(key.fileobj.accept()[0])
"
	wait_for 5 listening server "$2"
}

# The client opens one connection to each and closes all on SIGUSR1.
opens_all()
{
	rm -f "$RIG/holder.out"
	spawn client holder python3 -c "
import signal, socket, time
kept = [socket.create_connection(('$SERVER4', p), 5)
        for p in range($1, $2 + 1)]
signal.signal(signal.SIGUSR1, lambda *_: [s.close() for s in kept])
print('open', flush=True)
while True:
    time.sleep(1)
"
	wait_for 10 grep -q open "$RIG/holder.out"
}

# The daemon is older than a minute by then, so that nobody makes allowance
# for its start; stacks that give up soon still repeat each FIN.
@test "not ack-scan: a host closes thirty connections that are older" {
	many_ports 7100 7129
	opens_all 7100 7129
	client sysctl -q net.ipv4.tcp_orphan_retries=4
	daemon_again
	sleep 62
	kill -s USR1 "$(pid_of holder)"
	sleep 4
	client sysctl -q net.ipv4.tcp_orphan_retries=1
	judged gap
	never_logged 'cause=ack-scan'
	never_logged 'cause=gap conf=high'
}

@test "not ack-scan: the same from a host without time stamps" {
	many_ports 7130 7154
	client sysctl -q net.ipv4.tcp_timestamps=0
	opens_all 7130 7154
	client sysctl -q net.ipv4.tcp_orphan_retries=4
	daemon_again
	kill -s USR1 "$(pid_of holder)"
	sleep 4
	client sysctl -q net.ipv4.tcp_orphan_retries=1 \
		net.ipv4.tcp_timestamps=1
	judged gap
}

# --- ICMP ------------------------------------------------------------------

@test "opens-nothing: types that nobody tracks, between many hosts" {
	craft client "[IP(src=f'10.1.0.{n % 3 + 2}', dst='$SERVER4') /
		ICMP(type=t) / (b'x' * 4) for n in range(9)
		for t in (42, 40, 37, 7)]"
	craft server "[IP(src=f'198.51.100.{n}', dst=f'10.1.0.{n % 3 + 2}') /
		ICMP(type=43) / (b'x' * 4) for n in range(20)]"
	judged opens-nothing
	logged 'Not a Valid Opening Packet \[-\] ICMP .*type=42 code=0 cause=opens-nothing conf=high'
}

@test "opens-nothing: errors about what never was" {
	craft server "[IP(src=f'198.51.100.{n}', dst='$CLIENT4') /
		ICMP(type=3, code=1) / IP(src='$CLIENT4', dst=f'198.51.{n}.1') /
		TCP(sport=4000 + n, dport=80, seq=n * 77777)
		for n in range(40)]"
	judged opens-nothing
}

# --- ways ------------------------------------------------------------------

#	client eth7 10.7.0.1 ── b1 ┐ br0 ┌ b2 ── 10.7.0.2 eth7 server
#
# The gateway's own table has another way to the client.
bridge_begins()
{
	link_add client eth7 gateway b1
	link_add gateway b2 server eth7
	gateway ip link add br0 type bridge
	gateway ip link set b1 master br0
	gateway ip link set b2 master br0
	gateway ip link set br0 up
	address client eth7 10.7.0.1/24
	address server eth7 10.7.0.2/24
	gateway sysctl -q net.bridge.bridge-nf-call-iptables=1
	route gateway 10.7.0.0/24 via "$CLIENT4"
	wait_for 10 client ping -q -c 1 -W 1 10.7.0.2
}

bridge_ends()
{
	gateway ip link del br0 2>/dev/null || true
	client ip link del eth7 2>/dev/null || true
	server ip link del eth7 2>/dev/null || true
	gateway ip route del 10.7.0.0/24 2>/dev/null || true
}

@test "gap, and no route: connections through a transparent bridge" {
	local n
	bridge_begins
	for n in 1 2 3; do
		session_open s$n 10.7.0.2 7000
	done
	daemon_again
	for n in 1 2 3; do
		session_say s$n "is anybody there?"
	done
	sleep 1
	judged gap
	logged 'in=br0 out=br0 .*cause=gap'
	never_logged 'in=br0 .*route='
	for n in 1 2 3; do
		session_close s$n
	done
}

@test "asymmetric, and no route: half of it passes a transparent bridge" {
	bridge_begins
	client ip route add 10.7.0.2/32 via 10.9.0.2 src 10.7.0.1
	client timeout 4 curl -sS -o /dev/null --max-time 3 \
		http://10.7.0.2/small || true
	judged asymmetric
	logged 'in=br0 out=br0 .*cause=asymmetric'
	never_logged 'in=br0 .*route='
}

# What comes from clients goes by the gateway's other link, and comes back by
# it; only the mark says so.
marks_begin()
{
	gateway iptables -w -t mangle -A PREROUTING -i clients \
		-j MARK --set-mark 7
	gateway ip rule add fwmark 7 lookup 100
	gateway ip route add 10.2.0.0/24 via 10.8.0.2 table 100
	server ip route replace 10.1.0.0/24 via 10.8.0.1
}

marks_end()
{
	gateway iptables -w -t mangle -F PREROUTING
	gateway ip rule del fwmark 7 lookup 100 2>/dev/null || true
	gateway ip route flush table 100 2>/dev/null || true
}

@test "gap: a mark decides by which link a connection goes" {
	local n
	marks_begin
	for n in 1 2 3; do
		session_open s$n "$SERVER4" 7000
	done
	daemon_again
	for n in 1 2 3; do
		session_say s$n "is anybody there?"
	done
	sleep 1
	judged gap
	never_logged 'in=servers2 .*route='
	for n in 1 2 3; do
		session_close s$n
	done
}

# --- the queue itself ------------------------------------------------------

@test "legal: a second rule sends each packet to the queue twice" {
	local n
	gateway iptables -w -t mangle -A FORWARD -j NFQUEUE --queue-num 0
	for n in 1 2 3 4 5; do
		client nc -w 4 -z "$SERVER4" 9991 && return 1
	done
	client curl -sS -o /dev/null --parallel "http://$SERVER4/small?[1-20]"
	gateway iptables -w -t mangle -F FORWARD
	nothing_judged
}

# The extension headers and all TCP options are 210 bytes: more than the
# least copy.
@test "legal: our copy ends among the options of a SYN" {
	conf_with 'queue { copy-range = 192 }'
	mute client 4050
	mute server 4051
	craft client "IPv6(dst='$SERVER6') / IPv6ExtHdrDestOpt(options=
		[PadN(optdata=b'\\0' * 108)]) / TCP(sport=4050, dport=4051,
		flags='S', seq=1000, options=[('MSS', 1440), ('SAckOK', b''),
		('Timestamp', (1, 0)), ('NOP', None), ('WScale', 7)])"
	craft server "IPv6(dst='$CLIENT6') / TCP(sport=4051, dport=4050,
		flags='SA', seq=5000, ack=1001, options=[('WScale', 7)])"
	craft client "IPv6(dst='$SERVER6') / TCP(sport=4050, dport=4051,
		flags='A', seq=1001, ack=5001)"
	nothing_judged
	ctl flows | grep -q 'established'
	craft client "IPv6(dst='$SERVER6') / IPv6ExtHdrDestOpt(options=
		[PadN(optdata=b'\\0' * 140)]) / TCP(sport=4060, dport=4051,
		flags='S', seq=1000)"
	logged 'Malformed packet .*what="our copy ends before the headers do".*hint="queue \{ copy-range = 256 \}"'
	synwardd_down || true
	causes_conf
	synwardd_up
}

conf_with()
{
	synwardd_down || true
	{
		grep -v '^control' "$RIG/synward.conf"
		echo "$1"
	} | conf
	synwardd_up
	scene_goes_on
}

@test "the confusion matrix: nothing wrong, unknown below 5 %" {
	matrix_holds
}
