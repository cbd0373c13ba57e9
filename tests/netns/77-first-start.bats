# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A first start on a gateway that is in use: connections that the kernel's own
# tracker knows are not cut, as far as the rules allow them.

load support

setup_file()
{
	rig_up
	rsyslog_up
	spawn server chat "$RIG_ROOT/tests/netns/chat" serve 7000
	wait_for 5 listening server 7000
	# It speaks only when a file says so.
	spawn server late socat -t 60 \
		"TCP6-LISTEN:7001,ipv6only=0,fork,reuseaddr" \
		"SYSTEM:while [ ! -e $RIG/speak ]; do sleep 0.1; done; echo late; cat"
	wait_for 5 listening server 7001
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
	track
}

teardown()
{
	local name
	for name in talk late-client; do
		[ ! -e "$RIG/pids/$name" ] || finish $name KILL || true
		rm -f "$RIG/$name.out" "$RIG/speak"
	done
	[ ! -e "$RIG/pids/synwardd" ] || synwardd_down
	unhook
	gateway nft flush ruleset
}

# The kernel tracks what is forwarded, as on a gateway with a firewall of its
# own.
track()
{
	gateway nft -f - <<-'END'
	table inet own {
		chain forward {
			type filter hook forward priority filter; policy accept;
			ct state established,related counter accept
		}
	}
	END
}

tracked()
{
	gateway conntrack -L -p tcp --state ESTABLISHED 2>/dev/null |
		grep -c ASSURED
}

all_tracked()
{
	[ "$(tracked)" -ge "$1" ]
}

# talk ADDRESS COUNT EVERY SECONDS: connections are up, and the kernel knows
talk()
{
	gateway conntrack -F 2>/dev/null
	spawn client talk "$RIG_ROOT/tests/netns/chat" talk "$1" 7000 "${@:2}"
	wait_for 20 said up
	wait_for 10 all_tracked "$2"
}

said()
{
	grep -q "^$1" "$RIG/talk.out"
}

# plug_in [CONFIGURATION on standard input]
plug_in()
{
	conf
	synwardd_up
	hook
}

# lived COUNT: all of them
lived()
{
	wait_for 40 said '[0-9]* alive'
	tail -n 3 "$RIG/talk.out"
	said "$1 alive, 0 cut"
}

@test "200 open connections: none is cut" {
	talk "$SERVER4" 200 2 14
	plug_in <<-END
	default-action = deny
	rule "chat" { protocol = tcp  to = { $SERVER4 }  port = { 7000 } }
	END
	logged 'first start: the kernel tracks 2[0-9][0-9] connections, taken over as their packets come where the rules allow them'
	lived 200
	never_logged 'Not a Valid'
	ctl status --json | grep -q '"opened":200,'
	[ "$(ctl metrics | awk '/^synward_packets_total{verdict="drop"}/ { print $2 }')" -eq 0 ]
}

@test "IPv6: none is cut" {
	talk "$SERVER6" 50 2 12
	plug_in <<-END
	default-action = deny
	rule "chat" { protocol = tcp  to = { $SERVER6 }  port = { 7000 } }
	END
	lived 50
	never_logged 'Not a Valid'
}

@test "behind DNAT and MASQUERADE: none is cut" {
	gateway nft -f - <<-END
	table ip translates {
		chain before {
			type nat hook prerouting priority dstnat;
			ip daddr 10.1.0.1 tcp dport 7000 dnat to $SERVER4
		}
		chain after {
			type nat hook postrouting priority srcnat;
			oifname "servers" masquerade
		}
	}
	END
	talk 10.1.0.1 50 2 12
	plug_in <<-END
	default-action = deny
	rule "chat" { protocol = tcp  from = { $CLIENT4 }  to = { $SERVER4 }
		port = { 7000 }  in = clients  out = servers }
	END
	lived 50
	never_logged 'Not a Valid'
}

@test "what the rules deny is cut" {
	talk "$SERVER4" 20 1 6
	plug_in <<-'END'
	default-action = deny
	END
	wait_for 40 said '[0-9]* alive'
	said '0 alive, 20 cut'
	logged "Denied by rule \[.*\] TCP $CLIENT4:"
}

@test "the called side speaks first; its opener stays the client" {
	spawn client late-client socat -u "TCP4:$SERVER4:7001" \
		"OPEN:$RIG/late.heard,creat,append"
	wait_for 10 all_tracked 1
	plug_in <<-END
	default-action = deny
	rule "late" { protocol = tcp  to = { $SERVER4 }  port = { 7001 } }
	END
	touch "$RIG/speak"
	wait_for 5 grep -q late "$RIG/late.heard"
	sleep 1
	ctl flows --json | grep -q "\"src\":\"$CLIENT4\".*\"dst\":\"$SERVER4\".*\"dport\":7001.*\"rule\":\"late\""
	never_logged 'Not a Valid|Denied'
}

@test "a SYN on the ports of such a connection is judged by itself" {
	spawn client late-client socat -u "TCP4:$SERVER4:7001,bind=:45000" \
		"OPEN:$RIG/late.heard,creat,append"
	wait_for 10 all_tracked 1
	plug_in <<-END
	default-action = deny
	rule "late" { protocol = tcp  from = { $CLIENT4 }  to = { $SERVER4 } }
	END
	mute server 7001
	craft server "IP(src='$SERVER4', dst='$CLIENT4')/TCP(sport=7001, dport=45000, flags='S')"
	logged "Denied by rule \[S\] TCP $SERVER4:7001 > $CLIENT4:45000"
}
