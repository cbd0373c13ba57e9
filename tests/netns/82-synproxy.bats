# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The kernel's SYNPROXY before the queue: it answers clients, and opens their
# connections to the server itself.

load support

setup_file()
{
	rig_up
	rsyslog_up
	echo_up 7
	conf </dev/null
	synwardd_up
}

teardown_file()
{
	rig_down
}

setup()
{
	gateway sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
	# What one test leaves half open is not answered again in the next.
	server sysctl -qw net.ipv4.tcp_synack_retries=1
	gateway iptables -w -t raw -A PREROUTING -i clients -p tcp --syn \
		--dport 7 -j CT --notrack
	gateway iptables -w -A FORWARD -i clients -p tcp --dport 7 -m conntrack \
		--ctstate INVALID,UNTRACKED -j SYNPROXY --sack-perm \
		--timestamp --wscale 7 --mss 1460 ||
		skip "this kernel has no SYNPROXY"
	gateway iptables -w -A FORWARD -m conntrack --ctstate INVALID -j DROP
	log_mark
}

teardown()
{
	gateway "$SYNWARD_BUILD/synwardctl" hook down
	gateway iptables -w -F FORWARD
	gateway iptables -w -t raw -F PREROUTING
	ctl kill proto=tcp >/dev/null || true
}

hook_up()
{
	gateway "$SYNWARD_BUILD/synwardctl" hook up --with=iptables \
		-c "$RIG/synward.conf" "$@"
}

# Words go there and come back.
talks()
{
	[ "$(printf 'one\ntwo\n' | client timeout 8 nc -N -w 6 "$SERVER4" 7)" = \
		$'one\ntwo' ]
}

HINT='rule "synproxy-7" { protocol = tcp to = { 10.2.0.2/32 } port = { 7 } tracking = off }'

@test "what it opens is not seen in FORWARD, and the hint is the rule that helps" {
	talks
	hook_up
	fails talks
	logged "Not a Valid SYN Packet \[SA\] TCP $SERVER4:7 > $CLIENT4:.*hint="
	log_lines | grep -qF "hint=\"${HINT//\"/\\\"}\""
	echo "$HINT" | conf
	synwardd_reload
	log_mark
	talks
	never_logged 'Not a Valid|Denied'
	conf </dev/null
	synwardd_reload
}

@test "where own packets are queued its connections are followed" {
	hook_up --input --output
	talks
	never_logged 'Not a Valid|Denied|Out of window'
	ctl flows --json port=7 | grep "\"dst\":\"$SERVER4\".*\"rule\":\"default\""
}

@test "strict tracking refuses the numbers that it translates later" {
	echo 'tracking = strict' | conf
	synwardd_reload
	hook_up --input --output
	fails talks
	logged 'Out of window .*hint="tracking = normal"'
	conf </dev/null
	synwardd_reload
}
