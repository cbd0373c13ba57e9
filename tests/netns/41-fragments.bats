# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Fragments where no rule has the kernel join them before the queue: whole
# datagrams arrive, whatever the order of their fragments, and half ones open
# nothing.

load support

setup_file()
{
	rig_up
	rsyslog_up
	conf <<-'END'
		rule "deny-23" { protocol = tcp  port = { 23 }  action = deny }
	END
	synwardd_up
	hook
	witness
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
}

# echoes_heard: echo requests that the server's stack has put together
echoes_heard()
{
	server cat /proc/net/snmp | awk '$1 == "Icmp:" && !n { n = split($0, name); next }
		$1 == "Icmp:" { for (i = 1; i <= n; i++)
			if (name[i] == "InEchos") print $i }'
}

has_heard()
{
	[ "$(echoes_heard)" -eq "$1" ]
}

are_refused()
{
	[ "$(refused)" -eq "$1" ]
}

# Three fragments of a datagram with 2000 bytes, in the orders given
ORDERS='[(0,1,2), (0,2,1), (1,0,2), (1,2,0), (2,0,1), (2,1,0)]'

@test "big pings pass both ways" {
	client ping -q -c 3 -i 0.2 -W 2 -s 4000 -M dont "$SERVER4"
	client ping -q -c 3 -i 0.2 -W 2 -s 4000 -M dont "$SERVER6"
	synwardd_lives
}

@test "fragments arrive whole in any order" {
	local before
	before=$(echoes_heard)
	craft client \
		"[(IP(dst='$SERVER4', id=70+k)/ICMP(id=70+k)/(b'x'*2000))
		  .fragment(800)[i] for k, o in enumerate($ORDERS) for i in o]"
	wait_for 5 has_heard $((before + 6))
	never_logged 'Malformed packet'
	synwardd_lives
}

part_of_a_syn()
{
	echo "[(IP(dst='$SERVER4', id=90)/TCP(sport=81, dport=81, flags='S',
		seq=5)/(b'x'*2000)).fragment(800)[$1]]"
}

@test "a connection opens by the last missing fragment" {
	mute server 81
	# Within a second of each other: what waits for its first fragment is
	# forgotten after that.
	craft client "$(part_of_a_syn 2)" 0.1 "$(part_of_a_syn 0)"
	run ctl flows port=81
	[ "$status" -eq 4 ]
	craft client "$(part_of_a_syn 1)"
	wait_for 5 ctl flows port=81 state=syn_sent
}

@test "half of a SYN opens nothing for an answer" {
	craft client \
		"[(IP(dst='$SERVER4', id=91)/TCP(sport=41001, dport=82,
		  flags='S', seq=5)/(b'x'*2000)).fragment(800)[0]]"
	craft server \
		"IP(dst='$CLIENT4')/TCP(sport=82, dport=41001, flags='SA',
		  seq=9, ack=2006)"
	logged "Not a Valid SYN Packet \[SA\] TCP $SERVER4:82 > $CLIENT4:41001 "
}

@test "what comes first does not get by a rule" {
	local before
	before=$(refused)
	craft client \
		"[(IP(dst='$SERVER4', id=92)/TCP(sport=41002, dport=23,
		  flags='S', seq=5)/(b'x'*2000)).fragment(800)[i]
		  for i in (1, 0, 2)]"
	logged "Denied by rule \[S\] TCP $CLIENT4:41002 > $SERVER4:23 .*rule=deny-23"
	wait_for 5 are_refused $((before + 2))
}
