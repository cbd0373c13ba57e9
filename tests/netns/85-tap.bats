# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The source is a tap: connections are followed beside the kernel's firewall.
# Nothing is touched, no process keeps a privilege, and what the ring loses is
# counted exactly.

load support

setup_file()
{
	rig_up
	rsyslog_up
	echo_up 7000
	tapped
	synwardd_up
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
}

teardown()
{
	[ ! -e "$RIG/a.in" ] || session_close a
	gateway iptables -w -t raw -F
	gateway iptables -w -F
}

# tapped [INTERFACES]: a configuration for it; short timeouts for one port
tapped()
{
	conf <<-END
	source { from = tap  interfaces = { ${1:-clients, servers} } }
	rule "short" { protocol = tcp  port = { 7000 }
		timeouts { established = 2s } }
	END
}

# tap WHAT: a count of the daemon's tap
tap()
{
	ctl status --json | sed -n 's/.*"tap":{\([^}]*\)}.*/\1/p' |
		tr ',' '\n' | sed -n "s/^\"$1\"://p"
}

all_seen()
{
	echo $(($(tap packets) + $(tap lost) + $(tap local) + \
		$(tap cut) + $(tap not_ip)))
}

tap_reaches()
{
	(($(tap "$1") >= $2))
}

# Packets that came to the gateway with these properties, as the kernel counts
# them where the tap hears them.
count_arrivals()
{
	gateway iptables -w -t raw -A PREROUTING "$@"
}

arrivals()
{
	gateway iptables -w -t raw -L PREROUTING -v -x -n |
		awk 'NR > 2 { n += $1 } END { print n + 0 }'
}

more_arrived_than()
{
	(($(arrivals) > $1))
}

everybody_seen()
{
	(($(all_seen) - $1 >= $(arrivals)))
}

# --- what it is ------------------------------------------------------------

@test "no process keeps a capability" {
	local pid
	for pid in "$(pid_of synwardd)" "$(worker)"; do
		grep -q '^CapEff:[[:space:]]*0*$' "/proc/$pid/status"
		grep -q '^CapPrm:[[:space:]]*0*$' "/proc/$pid/status"
		grep -q '^NoNewPrivs:[[:space:]]*1$' "/proc/$pid/status"
		grep -q '^Seccomp:[[:space:]]*2$' "/proc/$pid/status"
	done
}

@test "no rule is made and no queue is bound" {
	[ -z "$(gateway nft list ruleset)" ]
	fails queue_bound
	ctl status | grep -q 'mode observe'
	ctl status | grep -q '^tap  *2 interfaces'
}

@test "connections are followed, IPv4 and IPv6, both ways" {
	local to flow
	for to in "$SERVER4" "$SERVER6"; do
		session_open a "$to" 7000
		wait_for 5 eval "ctl flows port=7000 state=established |
			grep -q 'ShADad'"
		flow=$(ctl flows --json port=7000 state=established)
		grep -q '"in":"clients"' <<<"$flow"
		session_close a
	done
	never_logged cause=
}

@test "an idle connection: would be dropped, and goes on" {
	session_open a "$SERVER4" 7000
	sleep 3
	session_say a "after the silence"
	session_hears a "after the silence"
	logged 'cause=idle-expired .*idle=[0-9]+s timeout=2s'
	logged 'action="would drop"'
	logged 'in=clients'
}

# kernel NAME VALUE: a setting of the gateway's own tracker
kernel()
{
	gateway sysctl -qw "net.netfilter.nf_conntrack_$1=$2"
}

@test "the timeouts are those of the kernel's tracker, also when they change" {
	local before
	before=$(gateway sysctl -n net.netfilter.nf_conntrack_tcp_timeout_established)
	ctl dump-config | grep -qE "established = .*# the kernel's tracker"
	kernel tcp_timeout_established 2
	logged "timeouts have changed: net.netfilter.nf_conntrack_tcp_timeout_established was [0-9]+, is 2"
	spawn server echo-7001 socat TCP4-LISTEN:7001,reuseaddr EXEC:cat
	wait_for 5 listening server 7001
	session_open a "$SERVER4" 7001
	sleep 3
	session_say a "after the silence"
	logged 'cause=idle-expired .*timeout=2s .*hint="sysctl net.netfilter.nf_conntrack_tcp_timeout_established=[0-9]+"'
	ctl drops --json cause=idle-expired | grep -q "sysctl net.netfilter"
	kernel tcp_timeout_established "$before"
	finish echo-7001 || true
}

@test "a packet for the gateway itself is left out" {
	local before packets
	before=$(tap local)
	packets=$(tap packets)
	client ping -q -c 3 -i 0.2 -W 1 "$GATEWAY4" >/dev/null
	wait_for 5 tap_reaches local $((before + 3))
	[ "$(tap packets)" -eq "$packets" ]
}

@test "a VLAN's frames are followed like others" {
	local before
	before=$(tap packets)
	client /usr/bin/python3 - "$(client cat /sys/class/net/eth0/address)" \
		"$(gateway cat /sys/class/net/clients/address)" <<-'END'
	import sys
	from scapy.all import Dot1Q, Ether, IP, UDP, sendp
	source, to = sys.argv[1:]
	for tags in Dot1Q(vlan=10), Dot1Q(vlan=10) / Dot1Q(vlan=20):
	    frame = Ether(src=source, dst=to) / tags / IP(
	        src="10.1.0.2", dst="10.2.0.2") / UDP(sport=1111, dport=2222)
	    sendp(frame, iface="eth0", verbose=False)
	END
	wait_for 5 tap_reaches packets $((before + 2))
	ctl flows port=2222 | grep -q '10.1.0.2:1111'
}

@test "what was sent to another host is not followed" {
	local before
	before=$(tap packets)
	client /usr/bin/python3 - <<-'END'
	from scapy.all import Ether, IP, UDP, sendp
	sendp(Ether(dst="02:00:00:00:00:99") / IP(src="10.1.0.2",
	    dst="10.2.0.2") / UDP(sport=1113, dport=2223), iface="eth0",
	    verbose=False)
	END
	craft client 'IP(dst="10.2.0.2")/UDP(sport=1112, dport=2222)'
	wait_for 5 tap_reaches packets $((before + 1))
	sleep 0.3
	[ "$(ctl flows --json port=2223 | grep -c 2223)" -eq 0 ]
}

@test "super-packets count with all of their bytes" {
	local bytes
	spawn server sink socat -u TCP4-LISTEN:7009,reuseaddr OPEN:/dev/null
	wait_for 5 listening server 7009
	client bash -c 'head -c 4000000 /dev/zero |
		socat -u - TCP4:10.2.0.2:7009'
	wait_for 5 eval "[ -n \"\$(ctl flows --json port=7009)\" ]"
	bytes=$(ctl flows --json port=7009 |
		grep -oE '"bytes":\[?[0-9]+' | grep -oE '[0-9]+' | sort -n | tail -1)
	[ "${bytes:-0}" -ge 4000000 ]
	never_logged 'cause='
	finish sink || true
}

@test "headers longer than the copy are counted, and explain a gap" {
	local cut
	cut=$(tap cut)
	craft client 'IPv6(dst="fd00:2::2")/IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0" * 250)])/IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 250)])/TCP(sport=5555, dport=81, flags="S")'
	wait_for 5 tap_reaches cut $((cut + 1))
	craft client 'IPv6(dst="fd00:2::2")/TCP(sport=5555, dport=81, flags="PA", seq=7, ack=9)/b"x"'
	logged '5555 .*cause=gap'
}

# --- what it must not do ---------------------------------------------------

# sent PORT: packets of the flow to this port, as the table counts them
sent()
{
	ctl flows --json "port=$1" | grep -oE '"packets":\[?[0-9]+' |
		grep -oE '[0-9]+' | sort -n | tail -1
}

sent_at_least()
{
	(($(sent "$1") >= $2))
}

# Each kill may take along the batch that was being handled, at most 32.
@test "killed at any moment: connections live, and no packet counts twice" {
	local i all
	session_open a "$SERVER4" 7000
	count_arrivals -p udp --dport 9
	spawn client sender timeout 20 hping3 -q --udp -s 4000 -k -p 9 \
		-i u400 -d 20 "$SERVER4"
	for i in 1 2 3 4 5; do
		sleep 0.5
		log_mark
		kill -KILL "$(worker)"
		session_say a "alive $i"
		session_hears a "alive $i"
		logged "took over [0-9]+ flows" 10
	done
	finish sender || true
	all=$(arrivals)
	[ "$all" -ge 1000 ]
	wait_for 10 sent_at_least 9 $((all - 5 * 32))
	[ "$(sent 9)" -le "$all" ]
	[ "$(ctl flows --json port=7000 state=established | grep -c src)" -eq 1 ]
	fails eval "gateway nft list ruleset | grep -qi queue"
}

@test "its successor has no capability either" {
	kill -KILL "$(worker)"
	wait_for 5 worker >/dev/null
	wait_for 5 ctl status >/dev/null
	grep -q '^CapPrm:[[:space:]]*0*$' "/proc/$(worker)/status"
	session_open a "$SERVER4" 7000
	wait_for 5 eval "ctl flows port=7000 state=established | grep -q ShAD"
}

@test "kill --reset and on-idle send nothing" {
	conf <<-'END'
	source { from = tap  interfaces = { clients, servers } }
	on-orphan = reset
	rule "short" { protocol = tcp  port = { 7000 }  on-idle = reset
		timeouts { established = 2s } }
	END
	synwardd_reload
	gateway iptables -w -A OUTPUT -p tcp --tcp-flags RST RST
	session_open a "$SERVER4" 7000
	sleep 3.5
	session_say a "still there"
	session_hears a "still there"
	ctl kill --reset port=7000 || true
	session_say a "and now"
	session_hears a "and now"
	[ "$(gateway iptables -w -L OUTPUT -v -x -n |
		awk 'NR > 2 { print $1 }')" -eq 0 ]
	tapped
	synwardd_reload
}

# --- interfaces ------------------------------------------------------------

@test "an interface that comes later is heard" {
	tapped 'clients, servers, "late*"'
	synwardd_reload
	ctl status | grep -q '^tap  *2 interfaces'
	gateway ip link add late0 type veth peer name other0
	wait_for 5 eval "ctl status | grep -q '^tap  *3 interfaces'"
	gateway ip link del late0
	wait_for 5 eval "ctl status | grep -q '^tap  *2 interfaces'"
	tapped nowhere0
	synwardd_reload
	wait_for 5 eval "ctl status | grep -q 'no interface to tap'"
	tapped
	synwardd_reload
	wait_for 5 eval "! ctl status | grep -q 'no interface to tap'"
}

@test "addresses are translated: one interface shows both directions" {
	tapped clients
	synwardd_reload
	gateway iptables -w -t nat -A POSTROUTING -o servers -j MASQUERADE
	session_open a "$SERVER4" 7000
	session_say a more
	session_hears a more
	wait_for 5 eval "ctl flows port=7000 state=established |
		grep -q 'ShADad'"
	never_logged 'cause='
	session_close a
	gateway iptables -w -t nat -F
	tapped
	synwardd_reload
}

@test "rules that name what a tap does not see deny nothing" {
	conf <<-'END'
	source { from = tap  interfaces = { clients, servers } }
	rule "out" { out = { servers }  port = { 7000 }  protocol = tcp
		action = deny }
	rule "mark" { mark = 7  port = { 7000 }  protocol = tcp
		action = deny }
	rule "allowed" { out = { servers }  in = { clients }  protocol = tcp
		timeouts { established = 4h } }
	default-action = deny
	END
	"$SYNWARD_BUILD/synwardd" --check-config -c "$RIG/synward.conf" 2>&1 |
		grep -q 'a tap does not see out: the rule matches nothing'
	synwardd_reload
	session_open a "$SERVER4" 7000
	wait_for 5 eval "ctl flows port=7000 rule=allowed | grep -q ShAD"
	never_logged 'Denied by rule .*:7000'
	tapped
	synwardd_reload
}

# --- losses ----------------------------------------------------------------

# The daemon stands still while more comes than the ring has room for.
@test "losses are counted exactly, and become a gap" {
	local before pid
	synwardd_down || true
	synwardd_up --single
	pid=$(pid_of synwardd)
	before=$(all_seen)
	count_arrivals -i clients -d "$SERVER4"
	count_arrivals -i servers -s "$SERVER4"
	kill -STOP "$pid"
	spawn client sender timeout 20 hping3 -q --udp --flood -p 9 -d 200 \
		"$SERVER4"
	wait_for 20 more_arrived_than 220000
	finish sender || true
	kill -CONT "$pid"
	wait_for 30 everybody_seen "$before"
	[ "$(tap lost)" -gt 1000 ]
	[ $(($(all_seen) - before)) -eq "$(arrivals)" ]
	ctl status | grep -q 'packets passed and were not followed'
	craft client 'IP(dst="10.2.0.2")/TCP(sport=5556, dport=81, flags="PA", seq=7, ack=9)/b"x"'
	logged '5556 .*cause=gap'
	synwardd_down || true
	synwardd_up
}
