# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Beside the kernel's firewall: each packet that it logs as dropped gets its
# true cause from what the tap has seen, and a hint that helps where it is
# applied.  Where the kernel and synward differ, that is said.

load scenes

setup_file()
{
	stage_up
	web_up
	head -c 200000 /dev/urandom >"$RIG/www/small"
	echo_up 7000
	gateway sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
	firewall
	beside
	synwardd_up
}

teardown_file()
{
	rig_down
}

setup()
{
	firewall
	scene_goes_on
	kernel_counts >"$RIG/kernel-before"
}

teardown()
{
	scene_ends
	kernel tcp_timeout_established 432000
	kernel tcp_be_liberal 0
	kernel tcp_loose 0
}

beside()
{
	conf <<-END
	source { from = tap  interfaces = { clients, servers, servers2 }
		nflog = 5 }
	log { to = { syslog } rate = 1000000 }
	END
}

# A firewall as many have it: what belongs to no connection, and what nobody
# has allowed, is logged and dropped.
firewall()
{
	gateway nft -f - <<-'END'
	flush ruleset
	table inet firewall {
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
			ct state invalid log prefix "INVALID: " group 5 drop
			ct state new tcp dport { 80, 7000-7009 } accept
			meta l4proto { icmp, icmpv6 } accept
			log prefix "no rule: " group 5 drop
		}
	}
	END
}

# kernel NAME VALUE: a setting of the gateway's own tracker
kernel()
{
	gateway sysctl -qw "net.netfilter.nf_conntrack_$1=$2"
}

# idle_after SECONDS: the kernel forgets connections so soon, and synward knows
idle_after()
{
	kernel tcp_timeout_established "$1"
	logged "tcp_timeout_established was [0-9]+, is $1\$"
}

# "cause count" of what the kernel dropped
kernel_counts()
{
	ctl metrics | sed -n \
		's/^synward_kernel_drops_total{cause="\([^"]*\)"} \([0-9]*\)$/\1 \2/p'
}

# compared RESULT: how many packets so far
compared()
{
	ctl metrics | sed -n \
		"s/^synward_kernel_compared_total{result=\"$1\"} //p"
}

kernel_found()
{
	kernel_counts >"$RIG/kernel-after"
	awk 'NR == FNR { before[$1] = $2; next }
		$2 > before[$1] { print $1, $2 - before[$1] }' \
		"$RIG/kernel-before" "$RIG/kernel-after"
}

kernel_found_first()
{
	kernel_found | grep -q "^$1 "
}

# kernel_judged CAUSE...: the kernel dropped packets with these causes, and
# none with another
kernel_judged()
{
	local cause n
	wait_for 8 kernel_found_first "$1"
	sleep 0.5
	while read -r cause n; do
		if [[ " $* " != *" $cause "* ]]; then
			echo "found: $cause, $n times" >&2
			log_lines | tail -n 20 >&2
			return 1
		fi
	done < <(kernel_found)
}

kernel_dropped_nothing()
{
	sleep 0.5
	fails eval "kernel_found | grep ." || {
		log_lines | tail -n 20 >&2
		return 1
	}
}

# The setting that the last hint proposes is applied as it is written.
apply_hint()
{
	local hint
	hint=$(log_lines | grep -oE 'hint="sysctl [^"]*"' | tail -1)
	hint=${hint#hint=\"sysctl }
	echo "applying ${hint%\"}"
	# shellcheck disable=SC2086 # one word for each setting
	gateway sysctl -qw ${hint%\"}
}

idle_talk()
{
	session_open a "$SERVER4" 7000
	sleep 2.2
	session_say a "after the silence"
}

# --- causes ----------------------------------------------------------------

@test "an idle connection: dropped by the kernel, and saved by the hint" {
	idle_after 1
	idle_talk
	fails session_hears a "after the silence" 1
	kernel_judged idle-expired
	logged 'cause=idle-expired conf=high action=dropped by=kernel prefix=INVALID idle=[0-9]+s timeout=1s'
	logged 'hint="sysctl net.netfilter.nf_conntrack_tcp_timeout_established=[0-9]+"'
	finish a KILL || true
	rm -f "$RIG/a.in"
	apply_hint
	logged "tcp_timeout_established was 1, is [0-9]+"
	kernel_counts >"$RIG/kernel-before"
	idle_talk
	session_hears a "after the silence"
	kernel_dropped_nothing
}

@test "a scan: each probe that the kernel drops is part of it" {
	client nmap -n -Pn -sA -p 1-200 --max-retries 0 --min-rate 500 \
		"$SERVER4" >/dev/null
	kernel_judged ack-scan
	logged 'cause=ack-scan .*by=kernel prefix=INVALID'
}

@test "asymmetric: the answers pass the gateway by" {
	answers_go_around
	three_ask
	answers_come_back
	kernel_judged asymmetric
}

@test "late-close: a last segment of a connection that is over" {
	kernel tcp_timeout_time_wait 1
	logged "tcp_timeout_time_wait was [0-9]+, is 1\$"
	client curl -sS -o /dev/null --local-port 6200 "http://$SERVER4/small"
	sleep 2.5
	craft client 'IP(dst="10.2.0.2")/TCP(sport=6200, dport=80, flags="FA", seq=1, ack=1)'
	wait_for 5 eval 'kernel_found | grep -q .'
	kernel tcp_timeout_time_wait 120
	logged ':6200 .*by=kernel prefix=INVALID'
	never_logged ':6200 .*cause=(asymmetric|ack-scan|idle-expired)'
}

@test "a rule of the firewall denies: said as its own" {
	client timeout 3 nc -w 2 -z "$SERVER4" 8088 || true
	kernel_judged denied-before
	logged '^.*Denied by rule \[S\] .*:8088 .*by=kernel prefix="no rule" kernel=dropped ours=pass why="its rules deny it"'
}

# --- differences -----------------------------------------------------------

# What the client says passes the gateway by, and the answers do not: they
# acknowledge what the kernel has not seen, so it drops them.
unseen_segment()
{
	session_open a "$SERVER4" 7000
	session_say a "before"
	session_hears a "before"
	requests_go_around
	session_say a "$LONG_WORD"
}

LONG_WORD=$(head -c 1400 /dev/zero | tr '\0' x)

@test "an unseen segment: the kernel is strict, and the hint says how not" {
	local alone
	alone=$(compared kernel_alone)
	unseen_segment
	fails session_hears a "$LONG_WORD" 2
	kernel_judged out-of-window
	logged 'cause=out-of-window .*action=dropped by=kernel prefix=INVALID .*kernel=INVALID ours=pass why="tcp_be_liberal=0"'
	logged 'unseen=1[34][0-9][0-9]'
	[ "$(compared kernel_alone)" -gt "$alone" ]
	ctl status | grep -qE 'kernel dropped [0-9]+ packets that pass here'
	requests_come_back
	finish a KILL || true
	rm -f "$RIG/a.in"
	apply_hint
	gateway sysctl -n net.netfilter.nf_conntrack_tcp_be_liberal |
		grep -qx 1
	kernel_counts >"$RIG/kernel-before"
	unseen_segment
	session_hears a "$LONG_WORD"
	kernel_dropped_nothing
}

@test "the kernel takes up what would be dropped here, and that is said" {
	local passed
	kernel tcp_loose 1
	idle_after 1
	passed=$(compared kernel_passed)
	idle_talk
	session_hears a "after the silence"
	logged 'cause=idle-expired .*action="would drop" .*kernel=pass ours=drop why="tcp_loose=1"'
	[ "$(compared kernel_passed)" -gt "$passed" ]
}

@test "what is dropped on another interface was not seen here" {
	gateway nft insert rule inet firewall forward iifname clients \
		tcp dport 7001 accept
	gateway nft -f - <<-'END'
	table inet firewall {
		chain input {
			type filter hook input priority filter; policy accept;
			tcp dport 7777 log prefix "input " group 5 drop
		}
	}
	END
	craft client 'IP(dst="10.1.0.1")/TCP(sport=6300, dport=7777, flags="A", seq=1, ack=1)'
	logged ':7777 .*by=kernel prefix=input kernel=dropped ours="not seen"'
	never_logged ':7777 .*cause=(asymmetric|gap|ack-scan)'
}

# --- what comes from outside -----------------------------------------------

@test "a prefix is made harmless" {
	gateway nft flush ruleset
	gateway iptables -w -A FORWARD -p tcp --dport 7444 -j NFLOG \
		--nflog-group 5 --nflog-prefix "$(printf 'a"b\\c\x1b[31m\xc3\xa9 =x')"
	gateway iptables -w -A FORWARD -p tcp --dport 7444 -j DROP
	client timeout 2 nc -w 1 -z "$SERVER4" 7444 || true
	logged ':7444 .*prefix="a\?b\?c\?\[31m\?\? =x" '
	gateway iptables -w -F FORWARD
}

@test "a flood that the kernel drops: every packet is in the counts" {
	local before after
	before=$(ctl metrics |
		awk -F' ' '/^synward_kernel_compared_total/ { n += $2 } END { print n }')
	gateway nft insert rule inet firewall forward udp dport 9 counter \
		log prefix '"flood "' group 5 drop
	client timeout 20 hping3 -q --udp -p 9 -c 3000 -i u100 "$SERVER4" \
		>/dev/null 2>&1 || true
	sleep 1
	after=$(ctl metrics |
		awk -F' ' '/^synward_kernel_compared_total/ { n += $2 } END { print n }')
	[ $((after - before + $(nflog_lost))) -ge "$(flooded)" ]
	[ $((after - before)) -le "$(flooded)" ]
	[ "$(flooded)" -ge 1000 ]
}

flooded()
{
	gateway nft list chain inet firewall forward |
		sed -n 's/.*udp dport 9 counter packets \([0-9]*\) .*/\1/p'
}

nflog_lost()
{
	ctl status --json | grep -oE '"unreadable":[0-9]+,"lost":[0-9]+' |
		grep -oE '[0-9]+$' | head -1
}

# --- the daemon ------------------------------------------------------------

@test "killed: its successor reads the group on, without a capability" {
	kill -KILL "$(worker)"
	logged "took over [0-9]+ flows" 10
	client timeout 2 nc -w 1 -z "$SERVER4" 8089 || true
	logged ':8089 .*by=kernel prefix="no rule"'
	grep -q '^CapPrm:[[:space:]]*0*$' "/proc/$(worker)/status"
}

@test "the firewall's rules are as they were" {
	local before
	before=$(gateway nft -s list ruleset | sha256sum)
	synwardd_reload
	kill -KILL "$(worker)"
	logged "took over [0-9]+ flows" 10
	[ "$(gateway nft -s list ruleset | sha256sum)" = "$before" ]
}

@test "a group that another program reads: it says so, and follows all the same" {
	synwardd_down || true
	cat >"$RIG/taker.py" <<-'END'
	import socket, struct, time
	s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
	s.bind((0, 0))
	body = struct.pack("=BBH", 0, 0, socket.htons(5)) + struct.pack(
	    "=HHBBBB", 5, 1, 1, 0, 0, 0)
	s.send(struct.pack("=IHHII", 16 + len(body), 0x401, 5, 1, 0) + body)
	s.recv(4096)
	print("taken", flush=True)
	time.sleep(60)
	END
	spawn gateway taker /usr/bin/python3 "$RIG/taker.py"
	wait_for 5 grep -q taken "$RIG/taker.out"
	synwardd_up
	logged 'logs to group 5 is not read: another program reads it'
	ctl status | grep -q 'log group not read\|is not read: another program'
	session_open a "$SERVER4" 7000
	wait_for 5 eval "ctl flows port=7000 state=established | grep -q ShAD"
	finish taker KILL || true
	synwardd_down || true
	synwardd_up
}
