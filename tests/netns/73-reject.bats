# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# action = reject: the sender learns at once that it may not.

load support

setup_file()
{
	rig_up
	rsyslog_up
	hook
	echo_up 7000
	conf <<-END
	rule "no" { protocol = { tcp, udp } port = 7000 action = reject }
	rule "no-ping" { protocol = icmp to = { $SERVER4, $SERVER6 }
	                 action = reject }
	rule "silent" { port = 7001 action = deny }
	END
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

# What a UDP client is told by the kernel: an error number, or "nothing".
udp_learns() # udp_learns ADDRESS PORT
{
	client python3 - "$1" "$2" <<-'END'
	import socket, sys
	family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
	s = socket.socket(family, socket.SOCK_DGRAM)
	s.settimeout(2)
	s.connect((sys.argv[1], int(sys.argv[2])))
	try:
	    s.send(b"hello")
	    s.recv(100)
	    print("answer")
	except TimeoutError:
	    print("nothing")
	except OSError as error:
	    print(error.errno)
	END
}

@test "TCP: the connection is refused at once" {
	for address in "$SERVER4" "[$SERVER6]"; do
		run client timeout 3 socat -u /dev/null "TCP:$address:7000"
		[ "$status" = 1 ]
		[[ $output == *"Connection refused"* ]]
	done
	logged "Denied by rule \[S\] TCP $CLIENT4:[0-9]+ > $SERVER4:7000 .*action=reject.* rule=no"
	run client timeout 2 socat -u /dev/null "TCP:$SERVER4:7001"
	[ "$status" = 124 ]
}

@test "UDP: an ICMP error says that it is prohibited" {
	[ "$(udp_learns "$SERVER4" 7000)" = 113 ] # EHOSTUNREACH
	[ "$(udp_learns "$SERVER6" 7000)" = 13 ]  # EACCES
	[ "$(udp_learns "$SERVER4" 7001)" = nothing ]
}

@test "ICMP: a ping is told of the filter" {
	run client ping -c 1 -W 2 "$SERVER4"
	[[ $output == *"From $SERVER4"*"Packet filtered"* ]]
	run client ping -c 1 -W 2 "$SERVER6"
	[[ $output == *"From $SERVER6"*"dministratively prohibited"* ]]
}

@test "which knows of it" {
	ctl which "$CLIENT4" "$SERVER4:7000" | grep -q 'action    reject'
	ctl which "$CLIENT4" "$SERVER4:7000" --json | grep -q '"action":"reject"'
}
