# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules: which connections they let be, how closely they follow them, and
# what the log says of those they refuse.

bats_require_minimum_version 1.5.0
load support

setup_file()
{
	rig_up
	rsyslog_up
	hook
	witness
	for port in 7000 7001 7002; do
		echo_up $port
	done
	conf </dev/null
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
	local name
	for name in a b; do
		[ ! -e "$RIG/pids/$name" ] || session_close $name
	done
	unhook
	hook
}

# Standard input becomes the configuration in force.
policy()
{
	conf
	synwardd_reload
	never_logged 'configuration: '
}

# refused_at HOST ADDRESS PORT: no connection comes to be
refused_at()
{
	! on "$1" timeout 2 socat -u /dev/null "TCP:$2:$3,connect-timeout=1" \
		2>/dev/null
}

# The same twice in a row: no packet is between the counters it comes from.
refused_at_rest()
{
	local last now
	last=$(refused)
	for _ in $(seq 50); do
		sleep 0.1
		now=$(refused)
		[ "$now" -ne "$last" ] || break
		last=$now
	done
	echo "$now"
}

refused_still()
{
	[ "$(refused)" -eq "$1" ]
}

reaches()
{
	on "$1" socat -t 5 - "TCP:$2:$3,connect-timeout=3" <<<hello |
		grep -qx hello
}

@test "deny: the connection is refused by the rule that is named" {
	policy <<-END
	rule "guest" {
		protocol = tcp
		to = { $SERVER4, $SERVER6 }
		port = { 7001 }
		action = deny
	}
	END
	refused_at client "$SERVER4" 7001
	refused_at client "[$SERVER6]" 7001
	logged "Denied by rule \[S\] TCP $CLIENT4:[0-9]+ > $SERVER4:7001 .*rule=guest"
	logged "Denied by rule \[S\] TCP \[$CLIENT6\]:[0-9]+ > \[$SERVER6\]:7001 .*rule=guest"
	reaches client "$SERVER4" 7000
	reaches client "[$SERVER6]" 7000
}

@test "the first rule that matches decides" {
	policy <<-END
	rule "one" { from = { $CLIENT4 } port = { 7001 } }
	rule "none" { to = { 10.2.0.0/16, fd00:2::/64 } action = deny }
	END
	reaches client "$SERVER4" 7001
	refused_at client "[$SERVER6]" 7001
	logged 'Denied by rule .*:7001 .*rule=none'
	refused_at client "$SERVER4" 7000
	logged 'Denied by rule .*:7000 .*rule=none'
}

@test "default-action = deny: what no rule names is refused" {
	policy <<-'END'
	default-action = deny
	rule "echo" { protocol = tcp port = { 7000 } }
	END
	reaches client "$SERVER4" 7000
	refused_at client "$SERVER4" 7001
	logged 'Denied by rule \[S\] .*:7001 .*rule=default'
}

@test "interfaces: one way is denied, answers of the other are not" {
	spawn client web socat TCP-LISTEN:7100,fork,reuseaddr EXEC:cat
	wait_for 5 listening client 7100
	policy <<-'END'
	rule "inwards" { in = { servers } action = deny }
	END
	refused_at server "$CLIENT4" 7100
	logged 'Denied by rule \[S\] .*:7100 in=servers out=clients .*rule=inwards'
	reaches client "$SERVER4" 7000
	finish web || true
}

@test "log = false: refused, and not a word" {
	policy <<-'END'
	rule "quiet" { port = { 7001 } action = deny log = false }
	END
	refused_at client "$SERVER4" 7001
	never_logged ':7001 '
}

@test "tracking = off: any packet passes, either way, and leaves no entry" {
	policy <<-END
	rule "legacy" {
		protocol = tcp
		to = { $SERVER4/32 }
		port = { 7100 }
		tracking = off
	}
	END
	mute client 41000
	mute server 7100
	local before
	before=$(refused_at_rest)
	craft client "IP(dst='$SERVER4')/TCP(sport=41000,dport=7100,flags='PA',seq=1,ack=1)/b'x'"
	craft server "IP(dst='$CLIENT4')/TCP(sport=7100,dport=41000,flags='SA',seq=9,ack=1)"
	craft server "IP(dst='$CLIENT4')/TCP(sport=7100,dport=41000,flags='F',seq=9,ack=1)"
	never_logged '7100'
	wait_for 3 refused_still "$before"
	run -4 ctl flows port=7100
	# No connection that the server opens from there falls under it.
	ctl which "$SERVER4:7100" "$CLIENT4:41000" | grep -q 'rule *default '
	# Its neighbour is none of that.
	craft client "IP(dst='$SERVER4')/TCP(sport=41000,dport=7101,flags='PA',seq=1,ack=1)/b'x'"
	logged 'Not a Valid SYN Packet \[PA\] TCP .*:7101 '
}

# Two connections begin while nobody looks.
begun_unseen()
{
	unhook
	session_open a "$SERVER4" 7000
	session_open b "$SERVER4" 7001
	hook
}

@test "tracking = loose: a connection is picked up in its middle" {
	policy <<-'END'
	rule "loose" { protocol = tcp port = { 7000 } tracking = loose }
	END
	begun_unseen
	session_say a again
	session_hears a again
	session_say b again
	logged "Not a Valid SYN Packet \[PA\] TCP $CLIENT4:$(session_port b) > .*:7001 "
	fails session_heard b again
}

# Segments of the session's client from opposite places of the number space:
# whatever its own numbers are, one of them is far ahead of its window.
far_ahead()
{
	craft client "[IP(dst='$SERVER4')/TCP(sport=$(session_port "$1"),dport=$2,flags='PA',seq=seq,ack=1)/b'x' for seq in (1, 1 + 2**31)]"
}

@test "tracking = strict: outside of the window is dropped, and only there" {
	policy <<-'END'
	rule "strict" { protocol = tcp port = { 7000 } tracking = strict }
	END
	session_open a "$SERVER4" 7000
	session_open b "$SERVER4" 7001
	far_ahead a 7000
	logged "Out of window \[PA\] TCP $CLIENT4:$(session_port a) > .*:7000 .*rule=strict"
	far_ahead b 7001
	never_logged "$CLIENT4:$(session_port b) > .*:7001 "
	session_say a still
	session_hears a still
	session_say b still
	session_hears b still
}

@test "mode = observe: the log says what would be dropped, and all passes" {
	policy <<-'END'
	mode = observe
	rule "no" { protocol = tcp port = { 7001 } action = deny }
	END
	local before
	before=$(refused_at_rest)
	reaches client "$SERVER4" 7001
	logged 'Denied by rule \[S\] .*:7001 .*action="would drop".*rule=no'
	unhook
	session_open a "$SERVER4" 7000
	hook
	session_say a again
	session_hears a again
	logged 'Not a Valid SYN Packet \[PA\] .*:7000 .*action="would drop"'
	wait_for 3 refused_still "$before"
}

# One more host, at an interface of its own.
guest_up()
{
	host_add guest
	link_add guest eth0 gateway guests
	address guest eth0 10.3.0.2/24 fd00:3::2/64
	address gateway guests 10.3.0.1/24 fd00:3::1/64
	route guest default via 10.3.0.1
	route guest default via fd00:3::1
}

# inject FROM TO: every kind of segment of a connection of the client's
inject()
{
	craft guest "[IP(src='$CLIENT4',dst='$SERVER4')/TCP(sport=$1,dport=$2,flags=f,seq=1,ack=1)/b'x' for f in ('PA', 'FA', 'R', 'RA')]"
}

@test "interfaces: with a client's addresses, a guest gets into no connection" {
	guest_up
	policy <<-'END'
	default-action = deny
	rule "out" { in = { clients } }
	END
	session_open a "$SERVER4" 7000
	inject "$(session_port a)" 7000
	local flags
	for flags in PA FA R RA; do
		logged "Denied by rule \[$flags\] TCP $CLIENT4:$(session_port a) > $SERVER4:7000 in=guests out=servers .*rule=default"
	done
	session_say a still
	session_hears a still
	policy <<-'END'
	default-action = deny
	rule "out" { in = { clients } roam = true }
	END
	log_mark
	inject "$(session_port a)" 7000
	never_logged 'in=guests'
	session_say a again
	session_hears a again
}

# attack PORT FROM: the server, which must not open, tries to reach a port of
# the client's from this port of its own, by a stray ACK first and then as its
# own stack opens connections.
attack()
{
	craft server "IP(dst='$CLIENT4')/TCP(sport=$2,dport=$1,flags='A',seq=5001,ack=1)"
	craft server "IPv6(dst='$CLIENT6')/TCP(sport=$2,dport=$1,flags='A',seq=5001,ack=1)"
	fails on server timeout 3 socat -u /dev/null \
		"TCP4:$CLIENT4:$1,sourceport=$2,reuseaddr,connect-timeout=2"
	fails on server timeout 3 socat -u /dev/null \
		"TCP6:[$CLIENT6]:$1,sourceport=$2,reuseaddr,connect-timeout=2"
}

# The client's own ports, and the service behind one of them.
victim_up()
{
	spawn client victim socat -u TCP6-LISTEN:3389,ipv6only=0,fork,reuseaddr \
		"OPEN:$RIG/victim.got,creat,append"
	wait_for 5 listening client 3389
}

# opens_nothing PORT: nothing denied got in from this port, though the client
# itself gets out, and its port answers who is allowed.
opens_nothing()
{
	attack 3389 "$1"
	logged "Denied by rule \[S\] TCP $SERVER4:$1 > $CLIENT4:3389 .*rule=default"
	logged "Denied by rule \[S\] TCP \[$SERVER6\]:$1 > \[$CLIENT6\]:3389 .*rule=default"
	[ -z "$(client ss -Htn state established,syn-recv 'sport = :3389')" ]
	grep -q . "$RIG/victim.got" 2>/dev/null && return 1
	reaches client "$SERVER4" 7000
}

@test "tracking = loose: a stray ACK opens no way for a SYN from the denied side" {
	victim_up
	policy <<-END
	default-action = deny
	rule "out" {
		protocol = tcp
		from = { 10.1.0.0/24, fd00:1::/64 }
		port = { 443, 7000 }
		tracking = loose
	}
	END
	opens_nothing 443
	finish victim || true
}

@test "tracking = off: no SYN comes from the port of the rule" {
	victim_up
	policy <<-END
	default-action = deny
	rule "bgp" {
		protocol = tcp
		from = { 10.1.0.0/24, fd00:1::/64 }
		port = { 179, 7000 }
		tracking = off
	}
	END
	opens_nothing 179
	finish victim || true
}

# says_report CODE [OPTION...]: the report ends with that code.
says_report()
{
	local expected=$1 code=0
	shift
	ctl report "$@" >"$RIG/report" || code=$?
	cat "$RIG/report"
	((code == expected))
}

@test "report: what observe mode has seen speaks against enforcing, or not" {
	policy <<-'END'
	mode = observe
	rule "denied" { protocol = tcp port = { 7001 } action = deny }
	rule "short" {
		protocol = tcp
		port = { 7000 }
		timeouts { established = 1s }
	}
	END
	says_report 4
	grep 'no packet speaks against enforcing yet' "$RIG/report"
	reaches client "$SERVER4" 7001
	craft client "IP(dst='$SERVER4')/TCP(sport=41009,dport=7002,flags='SF')"
	logged ':7001 .*action="would drop"'
	logged 'Invalid TCP flags \[FS\] .*:7002 .*action="would drop"'
	says_report 4
	grep -E '^denied +Denied by rule +[0-9]+ .*refused, as the rule demands' "$RIG/report"
	grep -E '^default +Invalid TCP flags.* better dropped' "$RIG/report"
	grep 'no packet speaks against enforcing yet' "$RIG/report"
	# A connection that lives longer than its timeout.
	session_open a "$SERVER4" 7000
	sleep 3
	session_say a again
	session_hears a again
	logged 'cause=idle-expired .*action="would drop"'
	says_report 1
	grep -E '^short .*idle-expired +[0-9]+ .*would be cut' "$RIG/report"
	grep 'not safe to enforce: [0-9]+ packets' -E "$RIG/report"
	says_report 1 --json
	grep '"verdict":"unsafe"' "$RIG/report"
	# The same configuration is the same question, another is another.
	synwardd_reload
	says_report 1
	grep -E '^short .*idle-expired +[0-9]+ .*would be cut' "$RIG/report"
	policy <<<'mode = observe'
	says_report 4
	grep 'no packet speaks against enforcing yet' "$RIG/report"
	run ! grep idle-expired "$RIG/report"
	policy <<<'mode = enforce'
	says_report 4 --json
	grep '"verdict":"enforced"' "$RIG/report"
}

@test "mode = observe of a rule spares what that rule names alone" {
	policy <<-'END'
	rule "new" { protocol = tcp port = { 7001 } mode = observe }
	END
	begun_unseen
	session_say b again
	session_hears b again
	logged 'Not a Valid SYN Packet \[PA\] .*:7001 .*action="would drop".*rule=new'
	session_say a again
	logged 'Not a Valid SYN Packet \[PA\] .*:7000 .*rule=default'
	fails session_heard a again
}

@test "max-src-flows: one host has its number of connections, others theirs" {
	synwardd_down || true # another shell's child
	conf <<-'END'
	table { max-src-flows = 2 }
	END
	synwardd_up
	session_open a "$SERVER4" 7000
	session_open b "$SERVER4" 7001
	refused_at client "$SERVER4" 7002
	logged "Table full \[S\] TCP $CLIENT4:[0-9]+ > $SERVER4:7002 .*limit=2.*max-src-flows"
	reaches client "[$SERVER6]" 7002
	session_say a still
	session_hears a still
}
