# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What a packet shows beside its addresses: its mark, and the ports of a
# bridge by which it comes and goes.

load support

BRIDGED_CLIENT=10.9.0.2 BRIDGED_SERVER=10.9.0.3

setup_file()
{
	rig_up
	rsyslog_up
	hook
	echo_up 7000
	echo_up 7001
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
	gateway iptables -w -t mangle -F
	unbridge
}

policy()
{
	conf
	synwardd_reload
}

# The gateway as a bridge between both hosts, with addresses of one network.
bridge_up()
{
	gateway ip link add br0 type bridge
	gateway ip link set br0 up
	gateway ip link set clients master br0
	gateway ip link set servers master br0
	gateway sysctl -qw net.bridge.bridge-nf-call-iptables=1
	client ip addr add $BRIDGED_CLIENT/24 dev eth0
	server ip addr add $BRIDGED_SERVER/24 dev eth0
}

unbridge()
{
	gateway ip link del br0 2>/dev/null || return 0
	client ip addr del $BRIDGED_CLIENT/24 dev eth0
	server ip addr del $BRIDGED_SERVER/24 dev eth0
}

# Only a bridge whose packets go to iptables can be asked.
needs_bridge()
{
	gateway test -e /proc/sys/net/bridge/bridge-nf-call-iptables ||
		skip "this kernel has no br_netfilter"
}

# opens HOST ADDRESS PORT: a connection comes to be
opens()
{
	on "$1" timeout 4 socat -u /dev/null "TCP:$2:$3,connect-timeout=2"
}

@test "a rule matches packets by their mark" {
	policy <<-END
	default-action = deny
	rule "marked" { protocol = tcp mark = 0x10/0xf0 }
	END
	gateway iptables -w -t mangle -A PREROUTING -p tcp --dport 7000 \
		-j MARK --set-mark 0x13
	gateway iptables -w -t mangle -A PREROUTING -p tcp --dport 7001 \
		-j MARK --set-mark 0x23
	opens client "$SERVER4" 7000
	fails opens client "$SERVER4" 7001
	logged "Denied by rule \[S\] TCP $CLIENT4:[0-9]+ > $SERVER4:7001 .*mark=0x23 .*rule=default"
	ctl which "$CLIENT4" "$SERVER4:7000" --mark 0x1f | grep -q 'rule      marked'
	ctl which "$CLIENT4" "$SERVER4:7000" --mark 0x2f | grep -q 'no rule matches'
	ctl which "$CLIENT4" "$SERVER4:7000" | grep -q 'give --mark'
}

@test "a rule matches the port of a bridge, in one direction" {
	needs_bridge
	bridge_up
	policy <<-END
	default-action = deny
	rule "out" { protocol = tcp phys-in = { clients } phys-out = servers }
	END
	opens client $BRIDGED_SERVER 7000
	ctl flows --json | grep -q '"phys_in":"clients","phys_out":"servers"'
	spawn client echo-back socat -t 60 \
		TCP4-LISTEN:7002,fork,reuseaddr EXEC:cat
	wait_for 5 listening client 7002
	fails opens server $BRIDGED_CLIENT 7002
	logged "Denied by rule \[S\] TCP $BRIDGED_SERVER:[0-9]+ > $BRIDGED_CLIENT:7002 in=br0 out=br0 phys_in=servers phys_out=clients "
	ctl which $BRIDGED_CLIENT $BRIDGED_SERVER:7000 --in br0 --out br0 \
		--phys-in clients --phys-out servers | grep -q 'rule      out'
	ctl which $BRIDGED_SERVER $BRIDGED_CLIENT:7002 --phys-in servers \
		--phys-out clients | grep -q 'no rule matches'
}

@test "a port of a bridge as in or out is named, by check and in the log" {
	needs_bridge
	bridge_up
	policy <<-END
	rule "never" { in = { clients, "serv*" } action = deny }
	rule "neither" { phys-out = br0 in = "ppp*" action = deny }
	END
	logged 'warning: rule "never": in = clients: this is a port of a bridge'
	logged 'warning: rule "never": in = serv\*: this is a port of a bridge'
	logged 'warning: rule "neither": phys-out = br0: this is no port'
	run gateway "$SYNWARD_BUILD/synwardctl" check "$RIG/synward.conf"
	[ "$status" = 0 ]
	[[ $output == *'in = clients: this is a port of a bridge, and a packet'* ]]
	[[ $output == *'write phys-in = clients'* ]]
	[[ $output == *'in = ppp*: no interface has such a name now'* ]]
}

@test "patterns follow interfaces that come and go" {
	policy <<-END
	default-action = deny
	rule "some" { protocol = tcp in = { "cl*", "!clock" } out = "srv*" }
	END
	fails opens client "$SERVER4" 7000
	gateway ip link set servers down
	gateway ip link set servers name srv0
	gateway ip link set srv0 up
	gateway ip -6 addr add fd00:2::1/64 dev srv0 nodad
	wait_for 5 opens client "$SERVER4" 7000
	gateway ip link set srv0 down
	gateway ip link set srv0 name servers
	gateway ip link set servers up
	fails opens client "$SERVER4" 7000
}
