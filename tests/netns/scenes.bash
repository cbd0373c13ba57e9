# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# scenes: what the tests of causes need beside the rig.
#
# A second wire joins client and server and passes the gateway by, so that
# real routes make real asymmetry:
#
#	client eth9 10.9.0.1 ────────────── 10.9.0.2 eth9 server
#
# and a second one joins gateway and server, as a bond's or a second
# uplink's would:
#
#	gateway servers2 10.8.0.1 ───────── 10.8.0.2 eth8 server
#
# Each test is a scene: something happens, and then `judged CAUSE...` holds
# the daemon's own counts by cause, before and after, against what was to be
# found.  Every scene is entered in "$RIG/matrix" as "scene expected found n".

# shellcheck source=tests/netns/support.bash
. "$BATS_TEST_DIRNAME/support.bash"

stage_up()
{
	rig_up
	rsyslog_up
	address client eth0 10.1.0.3/24 10.1.0.4/24
	link_add client eth9 server eth9
	address client eth9 10.9.0.1/24
	address server eth9 10.9.0.2/24
	link_add gateway servers2 server eth8
	address gateway servers2 10.8.0.1/24
	address server eth8 10.8.0.2/24
	# Whoever gives up does so soon: scenes shall not run into each other.
	for host in client server; do
		on $host sysctl -q net.ipv4.tcp_orphan_retries=1 \
			net.ipv4.tcp_fin_timeout=2 \
			net.ipv4.tcp_synack_retries=2 \
			net.ipv4.tcp_retries2=5
	done
	: >"$RIG/matrix"
}

# Nothing of an earlier scene is still being sent.  A connection whose other
# end is gone may stand, for as long as it is silent.
hosts_rest()
{
	local host
	for host in client server; do
		[ -z "$(on $host ss -Hant | awk '$1 != "LISTEN" &&
			$1 != "TIME-WAIT" && ($1 != "ESTAB" || $3 > 0)')" ] ||
			return 1
	done
}

# --- routes ----------------------------------------------------------------

# What the client sends to the server passes the gateway by.
requests_go_around()
{
	client ip route replace "$SERVER4" via 10.9.0.2 src "$CLIENT4"
}

requests_come_back()
{
	client ip route del "$SERVER4"
}

# What the server sends to the clients passes the gateway by.
answers_go_around()
{
	server ip route replace 10.1.0.0/24 via 10.9.0.1
}

# What the server sends to the clients comes by the gateway's other link.
answers_take_the_other_link()
{
	server ip route replace 10.1.0.0/24 via 10.8.0.1
}

answers_come_back()
{
	server ip route del 10.1.0.0/24
}

# --- wires -----------------------------------------------------------------

# slow HOST SECONDS IPTABLES-MATCH...: such packets leave the host later.
slow()
{
	local host=$1 seconds=$2
	shift 2
	spawn "$host" "slow-$host" "$RIG_ROOT/tests/netns/delay" 9 "$seconds"
	wait_for 5 on "$host" grep -q '^ *9 ' \
		/proc/net/netfilter/nfnetlink_queue
	on "$host" iptables -w -A OUTPUT "$@" -j NFQUEUE --queue-num 9
}

no_longer_slow()
{
	on "$1" iptables -w -F OUTPUT
	finish "slow-$1" || true
}

# lost HOST CHAIN IPTABLES-MATCH...
lost()
{
	local host=$1 chain=$2
	shift 2
	on "$host" iptables -w -A "$chain" "$@" -j DROP
}

found_again()
{
	on "$1" iptables -w -F "$2"
}

# tap FILTER: the server keeps the first such packet in "$RIG/tap.pcap."
tap()
{
	rm -f "$RIG/tap.pcap" "$RIG/tap.out"
	spawn server tap tcpdump -i eth0 -c 1 -w "$RIG/tap.pcap" "$1"
	wait_for 5 grep -q listening "$RIG/tap.out"
}

# It has it, and sends it once more.
tapped_again()
{
	wait_for 5 gone "$(pid_of tap)"
	craft server "[p[IP] for p in rdpcap('$RIG/tap.pcap')]"
}

# --- judging ---------------------------------------------------------------

# "cause count" for every cause, as the daemon counts
drop_counts()
{
	ctl metrics | sed -n \
		's/^synward_drops_total{cause="\([^"]*\)"} \([0-9]*\)$/\1 \2/p'
}

scene_begins()
{
	wait_for 15 hosts_rest || on server ss -ant >&2
	scene_goes_on
}

# The same while connections stand.
scene_goes_on()
{
	sleep 0.3
	log_mark
	drop_counts >"$RIG/before"
}

# What was found since: "cause count", without zeros
found()
{
	drop_counts >"$RIG/after"
	awk 'NR == FNR { before[$1] = $2; next }
		$2 > before[$1] { print $1, $2 - before[$1] }' \
		"$RIG/before" "$RIG/after"
}

has_settled()
{
	local now
	now=$(found)
	[ -n "$now" ] && [ "$now" = "$(cat "$RIG/found" 2>/dev/null)" ] &&
		return 0
	printf '%s\n' "$now" >"$RIG/found"
	sleep 0.2
	return 1
}

# judged CAUSE...: each of these was found and no other.  The first is the
# one the scene is about, the others rightly go with it, but for unknown,
# which counts as that.
judged()
{
	local cause n wrong=0
	: >"$RIG/found"
	wait_for 5 has_settled || return 1
	while read -r cause n; do
		if [[ " $* " != *" $cause "* ]]; then
			echo "$BATS_TEST_NUMBER $1 $cause $n"
			echo "found: $cause, $n times" >&2
			wrong=1
		elif [ "$cause" = unknown ]; then
			echo "$BATS_TEST_NUMBER $1 unknown $n"
		else
			echo "$BATS_TEST_NUMBER $cause $cause $n"
		fi
	done <"$RIG/found" >>"$RIG/matrix"
	for cause; do
		if ! grep -q "^$cause " "$RIG/found"; then
			echo "not found: $cause" >&2
			wrong=1
		fi
	done
	if [ $wrong -ne 0 ]; then
		log_lines | tail -n 20 >&2
		return 1
	fi
}

# Nothing was refused at all.
nothing_judged()
{
	sleep 0.5
	if [ -n "$(found)" ]; then
		found >&2
		log_lines | tail -n 20 >&2
		return 1
	fi
	echo "$BATS_TEST_NUMBER passed passed 1" >>"$RIG/matrix"
}

# --- the daemon and the servers --------------------------------------------

causes_conf()
{
	conf <<-'END'
	timeouts {
		syn_sent = 2s  syn_recv = 2s  established = 60s
		fin_wait = 2s  close_wait = 2s  last_ack = 1s
		time_wait = 2s  close = 1s  icmp = 2s
	}
	rule "short" {
		protocol = tcp
		port = { 7001-7002 }
		timeouts { established = 2s }
	}
	rule "strict" { protocol = tcp port = { 7003 } tracking = strict }
	rule "closed" { protocol = tcp port = { 7004 } action = deny }
	log { to = { syslog } rate = 1000000 }
	END
}

# three_ask: a page from each of the client's addresses, in vain
three_ask()
{
	local last
	for last in 2 3 4; do
		spawn client "ask-$last" curl -sS -o /dev/null \
			--interface 10.1.0.$last --max-time 3 \
			"http://$SERVER4/small"
	done
	for last in 2 3 4; do
		finish "ask-$last" CONT || true
	done
}

# shellcheck disable=SC2119 # no options
scenes_up()
{
	stage_up
	causes_conf
	synwardd_up
	hook
	web_up
	head -c 200000 /dev/urandom >"$RIG/www/small"
	echo_up 7000
	echo_up 7001
	echo_up 7003
	echo_up 7004
}

scenes_down()
{
	[ -z "${MATRIX:-}" ] || cp "$RIG/matrix" "$MATRIX"
	rig_down
}

# Whatever a scene has left standing, also when it failed.
scene_ends()
{
	local name
	for name in a s1 s2 s3 s4 s5 s6; do
		[ ! -e "$RIG/$name.in" ] || session_close $name
	done
	for name in late brief talker deaf tap listener; do
		[ -e "$RIG/pids/$name" ] || continue
		pkill -KILL -P "$(pid_of $name)" || true
		finish $name KILL || true
	done
	client ip route del "$SERVER4" 2>/dev/null || true
	server ip route del 10.1.0.0/24 2>/dev/null || true
	client iptables -w -F OUTPUT
	server iptables -w -F OUTPUT
	server iptables -w -F INPUT
	[ ! -e "$RIG/pids/slow-server" ] || finish slow-server || true
}

# Nothing wrong, at most one in twenty unknown.
matrix_holds()
{
	awk '$3 == "unknown" { unknown += $4; $2 = $3 }
		$2 != $3 { wrong += $4 }
		{ all += $4 }
		END { print wrong + 0, unknown + 0, all
			exit (wrong > 0) || unknown * 20 > all }' "$RIG/matrix"
}
