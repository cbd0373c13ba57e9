# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Causes that a connection's own story tells: each is made to happen by real
# stacks and programs, beside what looks like it and is something else, and
# the daemon's own counts must name it.

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
	scene_ends
}

# --- flags and rules -------------------------------------------------------

@test "bad-flags: NULL, FIN and XMAS probes of nmap" {
	local kind
	for kind in N F X; do
		client nmap -n -Pn -s$kind -p 1-20 --max-retries 0 \
			"$SERVER4" >/dev/null
	done
	judged bad-flags
}

@test "bad-flags: SYN and FIN at once" {
	client hping3 -q -c 3 -i u10000 -S -F -p 80 "$SERVER4" >/dev/null 2>&1 ||
		true
	judged bad-flags
}

@test "denied-before: a client insists on a closed port" {
	client timeout 4 nc -w 3 -z "$SERVER4" 7004 || true
	judged denied-before
}

# --- silence ---------------------------------------------------------------

@test "idle-expired: the client goes on too late" {
	session_open a "$SERVER4" 7001
	sleep 3
	session_say a "after the silence"
	session_close a
	judged idle-expired
	logged 'hint="rule short: timeouts \{ established = [0-9]+s \}"'
}

@test "idle-expired: the server goes on too late" {
	spawn server late socat TCP4-LISTEN:7002,reuseaddr \
		'SYSTEM:read x; echo hello; sleep 4; echo late'
	wait_for 5 listening server 7002
	session_open a "$SERVER4" 7002
	sleep 5
	session_close a
	judged idle-expired
	finish late || true
}

@test "idle-expired: over IPv6" {
	session_open a "$SERVER6" 7001
	sleep 3
	session_say a "after the silence"
	session_close a
	judged idle-expired
}

@test "idle-expired: the answer to a ping comes too late" {
	slow server 3 -p icmp --icmp-type echo-reply
	client ping -q -c 1 -W 4 "$SERVER4" >/dev/null || true
	no_longer_slow server
	judged idle-expired
}

@test "keepalive-dead: a silent client keeps asking" {
	client timeout 9 socat -u \
		"TCP4:$SERVER4:7001,keepalive,keepidle=4,keepintvl=1,keepcnt=4" \
		- >/dev/null 2>&1 || true
	judged keepalive-dead idle-expired
	logged 'cause=keepalive-dead conf=high interval=1s'
}

@test "not keepalive-dead: a sender probes a closed window" {
	spawn server deaf socat -u TCP4-LISTEN:7002,reuseaddr,rcvbuf=4096 \
		EXEC:'sleep 16'
	wait_for 5 listening server 7002
	spawn client talker socat -u OPEN:/dev/zero "TCP4:$SERVER4:7002"
	sleep 14
	finish talker KILL || true
	judged idle-expired
}

# --- openings --------------------------------------------------------------

@test "embryonic-late: the SYN/ACK comes too late" {
	client sysctl -q net.ipv4.tcp_syn_retries=1 \
		net.ipv4.tcp_syn_linear_timeouts=0
	slow server 2.6 -p tcp --tcp-flags SYN,ACK SYN,ACK
	client timeout 3 nc -w 3 -z "$SERVER4" 80 || true
	sleep 1
	no_longer_slow server
	client sysctl -q net.ipv4.tcp_syn_retries=6 \
		net.ipv4.tcp_syn_linear_timeouts=4
	judged embryonic-late
}

@test "embryonic-late: the refusal comes too late" {
	client sysctl -q net.ipv4.tcp_syn_retries=1 \
		net.ipv4.tcp_syn_linear_timeouts=0
	slow server 2.6 -p tcp --tcp-flags RST RST
	client timeout 3 nc -w 3 -z "$SERVER4" 9999 || true
	sleep 1
	no_longer_slow server
	client sysctl -q net.ipv4.tcp_syn_retries=6 \
		net.ipv4.tcp_syn_linear_timeouts=4
	judged embryonic-late
}

@test "legal: ECN, Fast Open, and a hundred downloads" {
	client sysctl -q net.ipv4.tcp_ecn=1 net.ipv4.tcp_fastopen=5
	server sysctl -q net.ipv4.tcp_ecn=1 net.ipv4.tcp_fastopen=1026
	client curl -sS -o /dev/null --parallel --parallel-max 20 \
		--tcp-fastopen "http://$SERVER4/small?[1-100]"
	nothing_judged
}

# --- ends ------------------------------------------------------------------

@test "after-reset: the server has not heard of the reset" {
	spawn server talker socat -U TCP4-LISTEN:7010,reuseaddr \
		'SYSTEM:while true; do echo word; sleep 0.1; done'
	wait_for 5 listening server 7010
	lost server INPUT -p tcp --tcp-flags RST RST
	client timeout 1 socat -u "TCP4:$SERVER4:7010,linger=0" - >/dev/null ||
		true
	sleep 5
	judged after-reset
}

@test "after-reset: a refusal comes twice" {
	tap 'tcp[tcpflags] & tcp-rst != 0'
	client nc -w 1 -z "$SERVER4" 9998 || true
	tapped_again
	judged after-reset
}

@test "late-close: the last ACK is lost, the FIN comes again" {
	spawn server brief socat TCP4-LISTEN:7010,reuseaddr \
		'SYSTEM:cat >/dev/null; sleep 0.5'
	wait_for 5 listening server 7010
	server sysctl -q net.ipv4.tcp_orphan_retries=8
	lost client OUTPUT -p tcp --dport 7010 --tcp-flags ALL ACK
	client timeout 2 bash -c "exec 9<>/dev/tcp/$SERVER4/7010
		echo hello >&9" || true
	sleep 6
	found_again client OUTPUT
	server sysctl -q net.ipv4.tcp_orphan_retries=1
	judged late-close
}

@test "late-close: a FIN from long ago" {
	tap 'tcp[tcpflags] & tcp-fin != 0 and src 10.2.0.2'
	client curl -sS -o /dev/null "http://$SERVER4/small"
	sleep 3
	tapped_again
	judged late-close
}

@test "late-close: half closed for too long names close_wait" {
	spawn server late socat -t 9 TCP4-LISTEN:7010,reuseaddr \
		'SYSTEM:cat >/dev/null; sleep 4; echo done'
	wait_for 5 listening server 7010
	echo question | client timeout 8 socat -t 7 - "TCP4:$SERVER4:7010" ||
		true
	judged late-close
	logged 'cause=late-close .*hint="timeouts \{ close_wait = 5s \}"'
}

@test "evicted: the administrator kills a connection" {
	session_open a "$SERVER4" 7000
	ctl kill port=7000
	session_say a "after that"
	judged evicted
	session_close a
}

@test "the confusion matrix: nothing wrong, unknown below 5 %" {
	matrix_holds
}
