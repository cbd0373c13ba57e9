# shellcheck shell=bash
# shellcheck disable=SC2016 # awk and other shells expand these themselves
# SPDX-License-Identifier: Apache-2.0
#
# support: three hosts on one machine, for the network tests and the demo.
#
#	client 10.1.0.2 ── clients ┐gateway┌ servers ── 10.2.0.2 server
#	       fd00:1::2   10.1.0.1 fd00:1::1    10.2.0.1 fd00:2::1   fd00:2::2
#
# Each host is a network namespace; the gateway has also a /dev and a /run of
# its own, so that a real rsyslogd can own /dev/log there.  A test says
# rig_up once, then names hosts before commands:
#
#	client curl http://10.2.0.2/
#	spawn server web lighttpd -D -f "$RIG/web.conf"
#
# Every background process is started by spawn, stands in its own file under
# $RIG/pids, and lives in one of the rig's namespaces; rig_down ends what is
# left there and removes all of it.  Names carry $RIG_ID, so that several
# rigs may stand at once.
#
# Traps for whoever writes a test:
# - No rule here may use conntrack or socket matches: with one of them in the
#   namespace the kernel joins fragments before the queue sees them.
# - nft has no queue statement on every kernel; iptables' target always is.
# - Raw sockets leave the kernel's own stack unaware: it answers with RST what
#   it knows nothing of.  See mute.

RIG_ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
: "${SYNWARD_BUILD:=$RIG_ROOT/build}"

CLIENT4=10.1.0.2 CLIENT6=fd00:1::2
SERVER4=10.2.0.2 SERVER6=fd00:2::2
GATEWAY4=10.1.0.1 GATEWAY6=fd00:1::1
export CLIENT4 CLIENT6 SERVER4 SERVER6 GATEWAY4 GATEWAY6 SYNWARD_BUILD

# shellcheck source=tests/netns/hosts.bash
. "$RIG_ROOT/tests/netns/hosts.bash"

# --- the rig ---------------------------------------------------------------

rig_up()
{
	: "${RIG_ID:=${SYNWARD_RUN:-x}-$BASHPID}"
	RIG=$(mktemp -d "${TMPDIR:-/tmp}/synward-$RIG_ID.XXXXXX")
	export RIG RIG_ID
	chmod 755 "$RIG"
	mkdir "$RIG/pids"
	: >"$RIG/messages"
	host_add client
	host_add gateway
	host_add server
	link_add client eth0 gateway clients
	link_add gateway servers server eth0
	address client eth0 $CLIENT4/24 $CLIENT6/64
	address gateway clients 10.1.0.1/24 fd00:1::1/64
	address gateway servers 10.2.0.1/24 fd00:2::1/64
	address server eth0 $SERVER4/24 $SERVER6/64
	route client default via 10.1.0.1
	route client default via fd00:1::1
	route server default via 10.2.0.1
	route server default via fd00:2::1
	host_home gateway
	host_forwards gateway
	wait_for 5 client ping -q -c 1 -W 1 $SERVER4 >/dev/null
	wait_for 5 client ping -q -c 1 -W 1 $SERVER6 >/dev/null
}

rig_hosts()
{
	ip netns list | sed -n "s/^synward-$RIG_ID-\([^ ]*\).*/\1/p"
}

# After a failed test: what its programs and its syslog said last.  A program
# that a test runs may have a rig, too, and says what it has to say itself.
rig_tells()
{
	[[ ${0##*/} == bats-exec-* && -z ${BATS_TEST_COMPLETED:-} ]] || return 0
	local said
	for said in "$RIG"/*.out "$RIG/messages"; do
		[ ! -s "$said" ] || tail -v -n 12 "$said"
	done
}

# Safe at any time, also after half a rig_up, also twice.
# What a sanitizer said on a program's stderr, for scripts/sanitized.
rig_reports()
{
	[ -n "${RIG_REPORTS:-}" ] || return 0
	grep -hE -A 20 'runtime error: |(WARNING|ERROR): [A-Za-z]*Sanitizer' \
		"$RIG"/*.out >>"$RIG_REPORTS" || true
}

rig_down()
{
	local host
	[ -n "${RIG:-}" ] || return 0
	rig_tells
	rig_reports
	for host in $(rig_hosts); do
		host_pids "$host" | xargs -r kill -s TERM 2>/dev/null || true
	done
	for host in $(rig_hosts); do
		if ! wait_for 3 host_empty "$host" 2>/dev/null; then
			host_pids "$host" | xargs -r kill -s KILL 2>/dev/null || true
			wait_for 3 host_empty "$host" || true
		fi
		ip netns del "$(netns "$host")"
	done
	rm -rf "$RIG"
	unset RIG
}

# --- the gateway's programs ------------------------------------------------

# A real rsyslogd behind the gateway's /dev/log, writing $RIG/messages.
rsyslog_up()
{
	cat >"$RIG/rsyslog.conf" <<-END
	module(load="imuxsock" SysSock.Name="/dev/log"
		SysSock.RateLimit.Interval="0" SysSock.UseSysTimeStamp="off")
	global(workDirectory="$RIG")
	template(name="plain" type="string"
		string="%timegenerated% %HOSTNAME% %syslogfacility-text%.%syslogseverity-text% %syslogtag%%msg%\n")
	*.* action(type="omfile" file="$RIG/messages" template="plain")
	END
	# A copy, because a distribution's AppArmor profile may bind the
	# original to its usual paths.
	cp "$(command -v rsyslogd)" "$RIG/rsyslogd"
	spawn gateway rsyslogd "$RIG/rsyslogd" -n \
		-f "$RIG/rsyslog.conf" -i "$RIG/rsyslogd.pid"
	wait_for 10 gateway test -S /dev/log
	wait_for 10 rsyslog_answers
}

rsyslog_answers()
{
	gateway logger -t rig "is anybody there?"
	grep -q 'is anybody there' "$RIG/messages"
}

# conf: standard input becomes the configuration, with this rig's paths.
conf()
{
	{
		echo "control { socket = \"$RIG/ctl.sock\" }"
		cat
	} >"$RIG/synward.conf.new"
	grep -q '^log' "$RIG/synward.conf.new" ||
		echo 'log { to = { syslog } }' >>"$RIG/synward.conf.new"
	mv "$RIG/synward.conf.new" "$RIG/synward.conf"
}

# What a daemon of another suite left pinned keeps another network's daemon off
# the fast path for its lease.
pins_forget()
{
	umount -l /run/synward-bpf 2>/dev/null || true
	rmdir /run/synward-bpf 2>/dev/null || true
}

# hook [TARGET OPTIONS...]: what is forwarded goes to the queue; with
# SYNWARD_FAST=1, what the program in the kernel leaves.  Its pin is outside of
# the gateway's own /run.
hook()
{
	local tool match=()
	[ $# -gt 0 ] || set -- --queue-num 0
	[ -z "${SYNWARD_FAST:-}" ] || match=(-m bpf --object-pinned
		/run/synward-bpf/needs_daemon)
	for tool in iptables ip6tables; do
		nsenter --net="/run/netns/$(netns gateway)" \
			"$tool" -w -A FORWARD "${match[@]}" -j NFQUEUE "$@"
	done
}

unhook()
{
	gateway iptables -w -F FORWARD
	gateway ip6tables -w -F FORWARD
}

# synwardd_up [OPTIONS...]: starts the daemon as systemd would, and waits
# for its READY=1.
synwardd_up()
{
	[ -e "$RIG/synward.conf" ] || conf </dev/null
	[ -e "$RIG/pids/notify" ] || notify_up
	local seen
	seen=$(notified READY=1)
	spawn gateway synwardd env NOTIFY_SOCKET="$RIG/notify" \
		"$SYNWARD_BUILD/synwardd" -f -c "$RIG/synward.conf" "$@"
	if ! wait_for 10 notified_beyond READY=1 "$seen"; then
		tail -n 20 "$RIG/synwardd.out" >&2
		return 1
	fi
}

# The process that handles packets.
worker()
{
	pgrep -P "$(pid_of synwardd)" -f -- --worker
}

notify_up()
{
	spawn gateway notify socat -u \
		"UNIX-RECV:$RIG/notify,mode=666" "CREATE:$RIG/notify.log"
	wait_for 5 test -S "$RIG/notify"
}

notified()
{
	{ grep -ao "$1" "$RIG/notify.log" 2>/dev/null || true; } | wc -l
}

notified_beyond()
{
	(($(notified "$1") > $2))
}

# SIGHUP, and wait until the daemon says it is ready again.
synwardd_reload()
{
	local seen
	seen=$(notified READY=1)
	kill -s HUP "$(pid_of synwardd)"
	wait_for 10 notified_beyond READY=1 "$seen"
}

synwardd_down()
{
	finish synwardd "$@"
}

synwardd_lives()
{
	! gone "$(pid_of synwardd)"
}

ctl()
{
	gateway "$SYNWARD_BUILD/synwardctl" -s "$RIG/ctl.sock" "$@"
}

# The kernel's own view: "queue_dropped user_dropped" of queue 0.
queue_losses()
{
	gateway awk '$1 == 0 { print $6, $7 }' \
		/proc/net/netfilter/nfnetlink_queue
}

queue_bound()
{
	gateway awk -v q="${1:-0}" '$1 == q { found = 1 } END { exit !found }' \
		/proc/net/netfilter/nfnetlink_queue
}

# --- what the log says -----------------------------------------------------

# From here on only newer lines count.
log_mark()
{
	LOG_FROM=$(($(wc -l <"$RIG/messages") + 1))
}

log_lines()
{
	tail -n "+${LOG_FROM:-1}" "$RIG/messages"
}

log_has()
{
	log_lines | grep -qE -- "$1"
}

# logged PATTERN [SECONDS]: a line with this pattern arrives in time.
logged()
{
	if ! wait_for "${2:-5}" log_has "$1"; then
		log_lines | tail -n 20 >&2
		return 1
	fi
}

# never_logged PATTERN: all that was said before has arrived without it.
never_logged()
{
	local token="end of the line $RANDOM$RANDOM"
	sleep 0.3
	gateway logger -t rig "$token"
	wait_for 5 log_has "$token"
	if log_has "$1"; then
		log_lines | grep -E -- "$1" >&2
		return 1
	fi
}

# --- a witness who is not the daemon ---------------------------------------

# Counts what comes to the queue and what leaves it, host by host.
witness()
{
	local source
	for source in $CLIENT4 $SERVER4; do
		gateway iptables -w -t mangle -A FORWARD -s "$source"
		gateway iptables -w -t mangle -A POSTROUTING -s "$source"
	done
	for source in $CLIENT6 $SERVER6; do
		gateway ip6tables -w -t mangle -A FORWARD -s "$source"
		gateway ip6tables -w -t mangle -A POSTROUTING -s "$source"
	done
}

# counted iptables|ip6tables CHAIN: packets seen there
counted()
{
	gateway "$1" -w -t mangle -L "$2" -v -x -n |
		awk 'NR > 2 { n += $1 } END { print n + 0 }'
}

# Packets that went into the queue and did not come out of it.
refused()
{
	echo $(($(counted iptables FORWARD) + $(counted ip6tables FORWARD) - \
		$(counted iptables POSTROUTING) - \
		$(counted ip6tables POSTROUTING)))
}

none_refused()
{
	[ "$(refused)" -eq 0 ]
}

# --- traffic ---------------------------------------------------------------

# mute HOST PORT: the host's own stack stays silent about this local port,
# so that only crafted packets speak for it.
mute()
{
	on "$1" iptables -w -A OUTPUT -p tcp --tcp-flags RST RST \
		--sport "$2" -m mark ! --mark 7 -j DROP
	on "$1" ip6tables -w -A OUTPUT -p tcp --tcp-flags RST RST \
		--sport "$2" -m mark ! --mark 7 -j DROP
}

# craft HOST PACKET...: sends packets written as scapy expressions.
craft()
{
	local host=$1
	shift
	on "$host" "$RIG_ROOT/tests/netns/craft" "$@"
}

listening()
{
	on "$1" ss -Hlnt "sport = :$2" | grep -q .
}

# Answers each line with itself, on both families.
echo_up()
{
	spawn server "echo-$1" socat -t 60 \
		"TCP6-LISTEN:$1,ipv6only=0,fork,reuseaddr,backlog=512" EXEC:cat
	wait_for 5 listening server "$1"
}

# A web server over $RIG/www on port 80.
web_up()
{
	mkdir -p "$RIG/www"
	cat >"$RIG/web.conf" <<-END
	server.document-root = "$RIG/www"
	server.port = 80
	server.bind = "0.0.0.0"
	server.pid-file = "$RIG/web.pid"
	server.max-connections = 1024
	server.listen-backlog = 1024
	\$SERVER["socket"] == "[::]:80" { }
	END
	spawn server web lighttpd -D -f "$RIG/web.conf"
	wait_for 10 listening server 80
}

# Sessions are connections a test holds open, like somebody's ssh:
# session_open NAME ADDRESS PORT, session_say NAME WORDS,
# session_hears NAME WORDS [SECONDS], session_close NAME.
session_open()
{
	local name=$1 to=$2 port=$3
	case $to in
	*:*) to=TCP6:[$to]:$port ;;
	*) to=TCP4:$to:$port ;;
	esac
	mkfifo "$RIG/$name.in"
	: >"$RIG/$name.heard"
	spawn client "$name" socat -t 1 "$to" \
		"OPEN:$RIG/$name.in,rdwr!!OPEN:$RIG/$name.heard,append"
	# The first word proves that the connection stands.
	session_say "$name" hello
	session_hears "$name" hello
}

session_say()
{
	timeout 5 bash -c 'echo "$2" >"$1"' say "$RIG/$1.in" "$2"
}

session_heard()
{
	grep -qxF -- "$2" "$RIG/$1.heard"
}

session_hears()
{
	wait_for "${3:-5}" session_heard "$1" "$2"
}

session_close()
{
	finish "$1" || true
	rm -f "$RIG/$1.in"
}

# The client's port of a session.
session_port()
{
	client ss -Htnp state all | awk -v pid="pid=$(pid_of "$1")," \
		'index($0, pid) { n = split($4, part, ":"); print part[n]; exit }'
}
