# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Causes of packets whose connection nobody knows: scans, echoes of forgery,
# half of a connection, connections older than the daemon, and what looks like
# them.

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

# --- strangers -------------------------------------------------------------

@test "backscatter: SYN/ACKs from everywhere" {
	server hping3 -q --rand-source -S -A -c 60 -i u20000 -s 80 -p 1025 \
		"$CLIENT4" >/dev/null 2>&1 || true
	judged backscatter
}

@test "backscatter: refusals from everywhere" {
	craft server "[IP(src=f'198.51.{n}.{n * 3 % 251}', dst=f'10.1.0.{n + 10}') /
		TCP(sport=80, dport=1024 + n * 577 % 60000, flags='RA', seq=0,
			ack=n * 7919) for n in range(60)]"
	judged backscatter
}

@test "ack-scan: nmap -sA over two hundred ports" {
	client nmap -n -Pn -sA -p 1-200 --max-retries 0 --min-rate 500 \
		"$SERVER4" >/dev/null
	judged ack-scan
}

@test "ack-scan: nmap -sM" {
	client nmap -n -Pn -sM -p 1-100 --max-retries 0 --min-rate 500 \
		"$SERVER4" >/dev/null
	judged ack-scan
}

@test "ack-scan: one port of many hosts" {
	client nmap -n -Pn -sA -p 80 --max-retries 0 --min-rate 500 \
		10.2.0.10-100 >/dev/null
	judged ack-scan
}

@test "backscatter: a real server is flooded in our hosts' names" {
	local last
	requests_go_around
	for last in 50 51 52 53; do
		client hping3 -q -S -a "10.1.0.$last" -p 80 -c 10 -i u20000 \
			"$SERVER4" >/dev/null 2>&1 || true
	done
	sleep 4
	judged backscatter
}

# --- halves ----------------------------------------------------------------

@test "asymmetric: requests pass the gateway by" {
	requests_go_around
	three_ask
	requests_come_back
	judged asymmetric
}

@test "asymmetric: answers pass the gateway by" {
	answers_go_around
	three_ask
	answers_come_back
	judged asymmetric
}

@test "asymmetric: the log names both interfaces" {
	requests_go_around
	answers_take_the_other_link
	three_ask
	answers_come_back
	requests_come_back
	judged asymmetric
	logged 'in=servers2 .*cause=asymmetric conf=high .*route=servers'
}

@test "not asymmetric: answers come by the other link of a pair" {
	answers_take_the_other_link
	client curl -sS -o /dev/null "http://$SERVER4/small?[1-5]"
	nothing_judged
	session_open a "$SERVER4" 7001
	sleep 3
	session_say a "after the silence"
	judged idle-expired
	answers_come_back
	session_close a
}

# stand PORT COUNT: so many connections to it stand at the server
stand()
{
	[ "$(server ss -Hnt state established "sport = :$1" | wc -l)" -eq "$2" ]
}

# both_vanish NAME NAME: as if the power had failed
both_vanish()
{
	local host name
	for host in client server; do
		lost "$host" OUTPUT -p tcp --tcp-flags RST RST
		lost "$host" OUTPUT -p tcp --tcp-flags FIN FIN
	done
	for name; do
		finish "$name" KILL || true
	done
	wait_for 10 hosts_rest
	found_again client OUTPUT
	found_again server OUTPUT
}

@test "not idle-expired: the ports of a silent connection are used again" {
	spawn server deaf socat -u TCP4-LISTEN:7002,reuseaddr -
	wait_for 5 listening server 7002
	spawn client talker socat \
		"TCP4:$SERVER4:7002,sourceport=41000,reuseaddr" -,ignoreeof
	wait_for 5 stand 7002 1
	sleep 0.2
	both_vanish talker deaf
	sleep 2
	spawn server deaf socat -u TCP4-LISTEN:7002,reuseaddr -
	wait_for 5 listening server 7002
	requests_go_around
	client timeout 3 socat -u \
		"TCP4:$SERVER4:7002,sourceport=41000,reuseaddr" - || true
	judged asymmetric
}

@test "port-reuse: the next connection began elsewhere" {
	spawn server brief socat TCP4-LISTEN:7010,reuseaddr,fork \
		'SYSTEM:echo hi; read x'
	wait_for 5 listening server 7010
	client timeout 1 socat -u \
		"TCP4:$SERVER4:7010,sourceport=42000,reuseaddr,linger=0" - \
		>/dev/null || true
	sleep 2
	requests_go_around
	answers_go_around
	spawn client again socat "TCP4:$SERVER4:7010,sourceport=42000,reuseaddr" \
		SYSTEM:"sleep 2.5; echo on"
	wait_for 5 stand 7010 1
	sleep 0.2
	requests_come_back
	answers_come_back
	sleep 3.5
	finish again || true
	judged port-reuse
}

# What lies behind the window may be an old duplicate and passes; of numbers
# all around the circle half lie ahead.
@test "out-of-window: strict tracking" {
	local port
	session_open a "$SERVER4" 7003
	port=$(session_port a)
	craft client \
		"[IP(dst='$SERVER4')/TCP(sport=$port, dport=7003, flags='PA',
			seq=n << 29, ack=n << 29)/b'x' for n in range(8)]"
	judged out-of-window
	session_close a
}

# Before the law is broken often enough nobody can know; that these hosts miss
# SYNs for another reason has been seen, so it is not taken for a gap.
@test "not-tcp: numbers that stand still, both ways" {
	mute client 4001
	mute server 4000
	for n in 1 2 3 4 5 6; do
		craft client "[IP(dst='$SERVER4')/TCP(sport=4001, dport=4000,
			flags='PA', seq=1000, ack=7000)/(b'x'*(50*$n+n))
			for n in range(5)]"
		craft server "[IP(dst='$CLIENT4')/TCP(sport=4000, dport=4001,
			flags='PA', seq=7000, ack=1000)/(b'y'*(60*$n+n))
			for n in range(5)]"
	done
	judged not-tcp unknown
	logged 'cause=not-tcp .*tracking = off'
}

# --- gaps ------------------------------------------------------------------

@test "gap: the daemon starts among connections" {
	local n
	for n in 1 2 3 4 5 6; do
		session_open s$n "$SERVER4" 7000
	done
	synwardd_down || true
	synwardd_up
	scene_goes_on
	for n in 1 2 3 4 5 6; do
		session_say s$n "is anybody there?"
	done
	sleep 1
	judged gap
	for n in 1 2 3 4 5 6; do
		session_close s$n
	done
}

@test "gap: connections opened while the queue was passed by" {
	local n
	unhook
	hook --queue-num 0 --queue-bypass
	synwardd_down || true
	for n in 1 2 3 4; do
		session_open s$n "$SERVER4" 7000
	done
	synwardd_up
	scene_goes_on
	for n in 1 2 3 4; do
		session_say s$n "is anybody there?"
	done
	sleep 1
	judged gap
	for n in 1 2 3 4; do
		session_close s$n
	done
	unhook
	hook
}

@test "not ack-scan: a proxy with forty clients after a restart" {
	local n
	spawn server talker socat -U TCP4-LISTEN:7010,reuseaddr,fork \
		'SYSTEM:while true; do echo word; sleep 0.3; done'
	wait_for 5 listening server 7010
	for n in {1..40}; do
		spawn client "crowd$n" timeout 20 socat -u "TCP4:$SERVER4:7010" -
	done
	wait_for 10 stand 7010 40
	sleep 1
	synwardd_down || true
	synwardd_up
	scene_goes_on
	sleep 3
	judged gap
	for n in {1..40}; do
		finish "crowd$n" KILL || true
	done
}

@test "not idle-expired: the daemon itself stood still" {
	spawn server talker socat -U TCP4-LISTEN:7002,reuseaddr \
		'SYSTEM:while true; do echo word; sleep 0.2; done'
	wait_for 5 listening server 7002
	spawn client listener socat -u "TCP4:$SERVER4:7002" -
	sleep 1
	scene_goes_on
	kill -s STOP "$(pid_of synwardd)"
	sleep 4
	kill -s CONT "$(pid_of synwardd)"
	sleep 2
	finish listener KILL || true
	nothing_judged
}

@test "evicted: the table is full" {
	synwardd_down || true
	{
		grep -v '^control' "$RIG/synward.conf"
		echo 'table { max-flows = 16 }'
	} | conf
	synwardd_up
	scene_goes_on
	for n in {1..24}; do
		spawn client "crowd$n" timeout 12 socat -u "TCP4:$SERVER4:7000" -
	done
	sleep 2
	judged evicted
	logged 'Table full .*cause=evicted .*hint="table \{ max-flows = 32 \}"'
	for n in {1..24}; do
		finish "crowd$n" KILL || true
	done
	synwardd_down || true
	causes_conf
	synwardd_up
}

@test "idle-expired: both ends are reset when on-idle says so" {
	synwardd_down || true
	{
		grep -v '^control' "$RIG/synward.conf"
		echo 'on-idle = reset'
	} | conf
	synwardd_up
	scene_goes_on
	session_open a "$SERVER4" 7001
	sleep 4
	judged idle-expired
	logged 'Connection idle reset .*cause=idle-expired conf=high action=reset idle=[23]s timeout=2s'
	synwardd_down || true
	causes_conf
	synwardd_up
}

@test "the confusion matrix: nothing wrong, unknown below 5 %" {
	matrix_holds
}
