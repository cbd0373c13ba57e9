# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Packets that belong to no connection: each is dropped, does not reach the
# server, and stands in rsyslog's file with its flags.

load support

setup_file()
{
	rig_up
	rsyslog_up
	conf </dev/null
	synwardd_up
	hook
	server iptables -w -A INPUT -p tcp
	server ip6tables -w -A INPUT -p tcp
	client iptables -w -A INPUT -p tcp
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
}

# TCP packets that a host has received
reached()
{
	echo $(($(on "$1" iptables -w -L INPUT -v -x -n |
		awk 'NR > 2 { n += $1 } END { print n + 0 }') + \
		$(on "$1" ip6tables -w -L INPUT -v -x -n |
			awk 'NR > 2 { n += $1 } END { print n + 0 }')))
}

# stray LETTERS PORT HPING-OPTIONS...: one packet from the client
stray()
{
	local letters=$1 port=$2
	shift 2
	client timeout 5 hping3 -q -c 1 -i u1000 -s "$port" -k -p 80 "$@" \
		"$SERVER4" >/dev/null 2>&1 || true
	logged "synwardd.*: Not a Valid SYN Packet \[$letters\] TCP $CLIENT4:$port > $SERVER4:80 .*in=clients out=servers .*len=40"
	[ "$(reached server)" -eq 0 ]
	synwardd_lives
}

@test "a stray ACK is dropped with [A]" {
	stray A 40001 --ack
}

@test "a stray FIN/ACK is dropped with [FA]" {
	stray FA 40002 --fin --ack
}

@test "a stray RST is dropped with [R]" {
	stray R 40003 --rst
}

@test "a stray RST/ACK is dropped with [RA]" {
	stray RA 40004 --rst --ack
}

@test "a stray PSH/ACK is dropped with [PA]" {
	stray PA 40005 --push --ack
}

@test "a stray SYN/ACK is dropped with [SA]" {
	stray SA 40006 --syn --ack
}

@test "a stray FIN/PSH/ACK is dropped with [FPA]" {
	stray FPA 40007 --fin --push --ack
}

@test "each line names its packet only" {
	[ "$(grep -c 'Not a Valid SYN Packet' "$RIG/messages")" -eq 7 ]
}

@test "strays over IPv6 carry bracketed addresses" {
	craft client \
		"[IPv6(dst='$SERVER6')/TCP(sport=40100+n, dport=80, flags=f)
		  for n, f in enumerate(['A', 'FA', 'R', 'PA', 'SA', 'FPA'])]"
	for each in 0:A 1:FA 2:R 3:PA 4:SA 5:FPA; do
		logged "Not a Valid SYN Packet \[${each#*:}\] TCP \[$CLIENT6\]:4010${each%:*} > \[$SERVER6\]:80 .*len=60"
	done
	[ "$(reached server)" -eq 0 ]
}

@test "strays from the server's side name the interfaces the other way" {
	craft server \
		"IP(dst='$CLIENT4')/TCP(sport=443, dport=40200, flags='SA')"
	logged "Not a Valid SYN Packet \[SA\] TCP $SERVER4:443 > $CLIENT4:40200 .*in=servers out=clients"
	[ "$(reached client)" -eq 0 ]
}

@test "flags that mean nothing have their own message" {
	craft client \
		"[IP(dst='$SERVER4')/TCP(sport=40300+n, dport=80, flags=f)
		  for n, f in enumerate(['', 'SF', 'SR', 'FPU'])]"
	logged "Invalid TCP flags \[-\] TCP $CLIENT4:40300 > "
	logged "Invalid TCP flags \[FS\] TCP $CLIENT4:40301 > "
	logged "Invalid TCP flags \[SR\] TCP $CLIENT4:40302 > "
	logged "Invalid TCP flags \[FPU\] TCP $CLIENT4:40303 > "
	log_has 'cause=bad-flags'
	[ "$(reached server)" -eq 0 ]
}

@test "ECE and CWR are no part of the codes" {
	craft client \
		"IP(dst='$SERVER4')/TCP(sport=40400, dport=80, flags='AEC')"
	logged "Not a Valid SYN Packet \[A\] TCP $CLIENT4:40400 > "
}

@test "a payload never enters a line" {
	craft client \
		"IP(dst='$SERVER4')/TCP(sport=40500, dport=80, flags='PA')/Raw(b'secret-payload')"
	logged "Not a Valid SYN Packet \[PA\] TCP $CLIENT4:40500 > .*len=54"
	never_logged secret-payload
}

@test "a SYN from the same ports still opens" {
	echo_up 80
	client timeout 5 bash -c "exec 9<>/dev/tcp/$SERVER4/80 &&
		echo hello >&9 && read -r line <&9 && [ \"\$line\" = hello ]"
	[ "$(reached server)" -gt 0 ]
}
