# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The mark of synward's own resets and probes: traffic that carries it is
# judged like any other, and what synward sends passes its own queue.

load support

MARK=0x73796e77

setup_file()
{
	rig_up
	rsyslog_up
	hook
	echo 'log { to = { syslog } }
		timeouts { established = 3s } on-idle = reset' | conf
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
	gateway ip6tables -w -t mangle -F
	gateway iptables -w -F OUTPUT
}

own_packets()
{
	ctl status --json | grep -o '"own":[0-9]*' | head -n 1 | cut -d: -f2
}

stray() # stray ADDRESS SOURCE-PORT
{
	local ip=IP
	[[ $1 != *:* ]] || ip=IPv6
	craft client "$ip(dst='$1')/TCP(sport=$2, dport=9, flags='FA')"
}

@test "a forwarded packet that a rule has marked is judged" {
	gateway iptables -w -t mangle -A PREROUTING -j MARK --set-mark $MARK
	gateway ip6tables -w -t mangle -A PREROUTING -j MARK --set-mark $MARK
	stray "$SERVER4" 4001
	logged "Not a Valid SYN Packet \[FA\] TCP $CLIENT4:4001"
	stray "$SERVER6" 4002
	logged "Not a Valid SYN Packet \[FA\] TCP \[$CLIENT6\]:4002"
	[ "$(own_packets)" = 0 ]
}

@test "a marked packet of another user of the gateway is judged" {
	gateway iptables -w -A OUTPUT -p udp --dport 9 -j NFQUEUE --queue-num 0
	gateway iptables -w -t mangle -A OUTPUT -p udp -j MARK --set-mark $MARK
	local before
	before=$(own_packets)
	gateway setpriv --reuid 65534 --regid 65534 --clear-groups \
		bash -c "echo word >/dev/udp/$SERVER4/9"
	wait_for 5 known_to 9
	[ "$(own_packets)" = "$before" ]
}

known_to() # PORT: there is a flow
{
	ctl flows --json | grep -q "\"dport\":$1[,}]"
}

@test "resets of its own pass its own queue unseen" {
	gateway iptables -w -A OUTPUT -p tcp -j NFQUEUE --queue-num 0
	spawn server right "$RIG_ROOT/tests/netns/peer" listen 7000
	wait_for 5 grep -qx listening "$RIG/right.out"
	spawn client left "$RIG_ROOT/tests/netns/peer" connect "$SERVER4" 7000
	wait_for 8 grep -qx ECONNRESET "$RIG/left.out"
	wait_for 2 grep -qx ECONNRESET "$RIG/right.out"
	[ "$(own_packets)" -ge 2 ]
	never_logged 'Not a Valid'
}
