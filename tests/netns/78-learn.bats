# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A first start on a gateway whose kernel tracks nothing: hook up --learn takes
# up connections that talk, and nothing of it lets anybody in.  Inside is the
# client, which may call port 7000 and 443 of the server and ask its port 53;
# the server may call nobody.

load support

setup_file()
{
	rig_up
	rsyslog_up
	spawn server chat "$RIG_ROOT/tests/netns/chat" serve 7000
	spawn client inside socat -t 60 \
		"TCP6-LISTEN:3389,ipv6only=0,fork,reuseaddr" EXEC:cat
	wait_for 5 listening server 7000
	wait_for 5 listening client 3389
	client nft -f - <<-'END'
	table inet count {
		chain in {
			type filter hook input priority 0;
			tcp flags & (syn | ack) == syn counter comment "syn"
			meta l4proto udp counter comment "udp"
		}
	}
	END
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
	[ ! -e "$RIG/pids/talk" ] || finish talk KILL || true
	rm -f "$RIG/talk.out"
	ctl hook down -c "$RIG/synward.conf" || true
	[ ! -e "$RIG/pids/synwardd" ] || synwardd_down
	client nft reset counters >/dev/null
}

said()
{
	grep -q "^$1" "$RIG/talk.out"
}

# talk ADDRESS COUNT SECONDS: connections are up
talk()
{
	spawn client talk "$RIG_ROOT/tests/netns/chat" talk "$1" 7000 "$2" 1 "$3"
	wait_for 20 said up
}

rules()
{
	conf <<-END
	default-action = deny
	rule "out" { protocol = tcp  from = { $CLIENT4, $CLIENT6 }
		port = { 443, 7000 } }
	rule "dns" { protocol = udp  from = { $CLIENT4 }  port = { 53 } }
	$1
	END
	synwardd_up
}

learn()
{
	rules ""
	ctl hook up --learn 10m -c "$RIG/synward.conf" 2>"$RIG/said"
	grep -q 'takes up open connections for 600 s' "$RIG/said"
}

# Packets of that kind that came to the inside host
came()
{
	client nft list table inet count |
		sed -n "s/.*packets \([0-9]*\) .*comment \"$1\".*/\1/p"
}

# attack PACKET...: from outside, whose own stack stays silent
attack()
{
	craft server "$@"
	sleep 0.5
}

no_flow()
{
	[ "$(ctl flows | grep -cE "$1")" -eq 0 ]
}

@test "connections that talk are not cut, IPv4 and IPv6" {
	local address
	for address in "$SERVER4" "$SERVER6"; do
		talk "$address" 50 10
		learn
		wait_for 40 said '[0-9]* alive'
		tail -n 3 "$RIG/talk.out"
		said '50 alive, 0 cut'
		never_logged 'Not a Valid'
		ctl hook down -c "$RIG/synward.conf"
		synwardd_down
		finish talk || true
	done
}

@test "without learning they are cut" {
	talk "$SERVER4" 10 6
	rules ""
	ctl hook up -c "$RIG/synward.conf"
	wait_for 40 said '[0-9]* alive'
	said '0 alive, 10 cut'
}

@test "status counts it down, and 0 ends it" {
	learn
	ctl status | grep -qE '^  learning for another (10m 00|9m 5[0-9])s: '
	logged 'learning for 600 s: TCP connections'
	run ctl hook up --learn soon -c "$RIG/synward.conf"
	[ "$status" -eq 2 ]
	[[ $output == *"a duration up to 1d, such as 10m, or 0 to end"* ]]
	ctl hook up --learn 0 -c "$RIG/synward.conf"
	[ "$(ctl status | grep -c 'learning for another')" -eq 0 ]
	logged 'learning has ended'
}

@test "hook.learn learns after a first start, and not after another" {
	talk "$SERVER4" 20 12
	rules 'hook { learn = 10m }'
	ctl hook up -c "$RIG/synward.conf"
	logged 'first start: learning for 600 s'
	ctl status | grep -q '^  learning for another '
	local before
	sleep 3
	before=$(worker)
	kill -s KILL "$before"
	another()
	{
		[ -n "$(worker)" ] && [ "$(worker)" != "$before" ] && ctl status >/dev/null
	}
	wait_for 10 another
	[ "$(ctl status | grep -c 'learning for another')" -eq 0 ]
	wait_for 40 said '[0-9]* alive'
	said '20 alive, 0 cut'
}

@test "attack: a stray ACK of a denied direction, then a SYN" {
	learn
	mute server 443
	attack "IP(src='$SERVER4', dst='$CLIENT4')/TCP(sport=443, dport=3389, flags='A', seq=100, ack=1)" \
		"IP(src='$SERVER4', dst='$CLIENT4')/TCP(sport=443, dport=3389, flags='S', seq=101)"
	logged "Denied by rule \[S\] TCP $SERVER4:443 > $CLIENT4:3389"
	[ "$(came syn)" -eq 0 ]
	no_flow 3389
	attack "IP(src='$SERVER4', dst='$CLIENT4')/TCP(sport=443, dport=3389, flags='A', seq=102, ack=1)"
	logged "\[A\] TCP $SERVER4:443 > $CLIENT4:3389"
	no_flow 3389
}

@test "attack: a stray ACK that the inside host answers with RST" {
	learn
	mute server 443
	attack "IP(src='$SERVER4', dst='$CLIENT4')/TCP(sport=443, dport=3390, flags='A', seq=100, ack=77)"
	logged "\[RA?\] TCP $CLIENT4:3390 > $SERVER4:443"
	no_flow 3390
	attack "IP(src='$SERVER4', dst='$CLIENT4')/TCP(sport=443, dport=3390, flags='A', seq=100, ack=77)" \
		"IP(src='$SERVER4', dst='$CLIENT4')/TCP(sport=443, dport=3390, flags='S', seq=100)"
	logged "\[A\] TCP $SERVER4:443 > $CLIENT4:3390"
	logged "\[S\] TCP $SERVER4:443 > $CLIENT4:3390"
	no_flow 3390
	[ "$(came syn)" -eq 0 ]
}

@test "attack: from source port 443, or another privileged port" {
	learn
	mute server 443
	mute server 22
	local port
	for port in 443 22; do
		attack "IP(src='$SERVER4', dst='$CLIENT4')/TCP(sport=$port, dport=3389, flags='S', seq=1)" \
			"IP(src='$SERVER4', dst='$CLIENT4')/TCP(sport=$port, dport=3391, flags='SA', seq=1, ack=1)" \
			"IP(src='$SERVER4', dst='$CLIENT4')/TCP(sport=$port, dport=3392, flags='FA', seq=1, ack=1)"
		logged "\[S\] TCP $SERVER4:$port > $CLIENT4:3389"
		logged "\[SA\] TCP $SERVER4:$port > $CLIENT4:3391"
		logged "\[FA\] TCP $SERVER4:$port > $CLIENT4:3392"
	done
	[ "$(came syn)" -eq 0 ]
	no_flow '338[0-9]|339[0-9]'
}

@test "attack: UDP from port 53 to a service inside" {
	learn
	attack "IP(src='$SERVER4', dst='$CLIENT4')/UDP(sport=53, dport=161)/b'x'"
	logged "Denied by rule \[-\] UDP $SERVER4:53 > $CLIENT4:161"
	[ "$(came udp)" -eq 0 ]
	no_flow ':161'
}
