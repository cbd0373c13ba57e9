# shellcheck shell=bash disable=SC2030,SC2031
# SPDX-License-Identifier: Apache-2.0
#
# Who may ask the daemon what, and what hung, slow, loud and countless clients
# cost: nothing that a packet or another client would feel.

load ../netns/support

setup_file()
{
	rig_up
	# Groups that every Debian has stand for those of an installation.
	cat >"$RIG/synward.conf" <<-END
	control { socket = "$RIG/ctl.sock"  group = daemon  read-group = games }
	log { to = { "file:$RIG/messages" } }
	END
	hook
	synwardd_up
	echo_up 7
	session_open one "$SERVER4" 7
}

teardown_file()
{
	rig_down
}

# as GROUPS COMMAND...: synwardctl as nobody in these groups
as()
{
	local groups=$1
	shift
	if [ -n "$groups" ]; then
		groups=--groups=$groups
	else
		groups=--clear-groups
	fi
	run gateway setpriv --reuid=65534 --regid=65534 "$groups" \
		"$SYNWARD_BUILD/synwardctl" -s "$RIG/ctl.sock" "$@"
}

@test "who is in no group is sent away before being heard" {
	as "" status
	[ "$status" -eq 5 ]
	[[ $output == *"not permitted: only root and members"* ]]
	as bin status
	[ "$status" -eq 5 ]
}

@test "the read group may look, and change nothing" {
	for command in status flows events drops metrics dump-config \
		"which 10.0.0.1 10.0.0.2:80"; do
		# shellcheck disable=SC2086 # several words
		as games $command
		[ "$status" -eq 0 ]
	done
	as games drops
	[ "$output" = "no packet was dropped" ]
	as games reload
	[ "$status" -eq 5 ]
	as games kill port=7
	[ "$status" -eq 5 ]
	[[ $output == *"requires root or membership in the group daemon"* ]]
	[ "$(ctl flows --json port=7 | wc -l)" -eq 1 ]
}

@test "the group may change, also as one of several" {
	as bin,daemon reload
	[ "$status" -eq 0 ]
	as daemon kill port=12345
	[ "$status" -eq 4 ]
}

# say BYTES...: printf's format, to the socket; prints the answer
say()
{
	# shellcheck disable=SC2059 # it is a format
	printf "$@" | timeout 10 socat -t 5 - "UNIX:$RIG/ctl.sock"
}

@test "a bad request is answered by a reason" {
	[[ $(say 'hello\n') == *'"code":2'*'synward/1'* ]]
	[[ $(say 'synward/2 status\n') == *'"code":2'* ]]
	[[ $(say 'synward/1\n') == *'"code":2'* ]]
	[[ $(say 'synward/1 sing\n') == *"unknown command 'sing'"* ]]
	[[ $(say 'synward/1 status \001\n') == *'"code":2'* ]]
	[[ $(say 'synward/1 flows "unended\n') == *'"code":2'* ]]
	[[ $(say 'synward/1 kill\n') == *'"code":2'* ]]
	[[ $(head -c 10000 /dev/zero | tr '\0' x | timeout 10 socat -t 5 - "UNIX:$RIG/ctl.sock") == *'too long'* ]]
	[[ $(say 'synward/1 "status"\n') == *'"kind":"status"'* ]]
	[ "$(say 'synward/1 status\nsynward/1 status\n' | grep -c '"end":true')" -eq 1 ]
	synwardd_lives
}

@test "one request in pieces is one request" {
	[[ $({
		printf 'synward/1 sta'
		sleep 0.3
		printf 'tus\n'
	} | socat -t 5 - "UNIX:$RIG/ctl.sock") == *'"end":true,"code":0'* ]]
}

# crowd N [uid]: N clients that connect, say nothing, and stay
crowd()
{
	spawn gateway crowd python3 -c '
import os, socket, sys, time
path, n, uid = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if uid:
    os.setgroups([60])
    os.setuid(uid)
held = []
for i in range(n):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path)
        if i % 2:
            s.send(b"synward/1 fl")
    except OSError:
        pass
    held.append(s)
print("standing", flush=True)
time.sleep(60)' "$RIG/ctl.sock" "$1" "${2:-0}"
	wait_for 20 grep -q standing "$RIG/crowd.out"
}

disperse()
{
	finish crowd || true
	: >"$RIG/crowd.out"
}

# The echo of a connection through the gateway comes back at once.
traffic_flows()
{
	local from to
	from=$(now_ms)
	for i in 1 2 3 4 5; do
		session_say one "word $1 $i"
		session_hears one "word $1 $i" 2
	done
	to=$(now_ms)
	[ $((to - from)) -lt 3000 ]
}

@test "a thousand hung clients keep nobody out and touch no packet" {
	crowd 1000
	traffic_flows thousand
	run ctl status
	[ "$status" -eq 0 ]
	for _ in 1 2 3 4 5; do
		ctl flows >/dev/null
	done
	synwardd_lives
	disperse
}

@test "a user with a crowd of his own stands in nobody's way" {
	crowd 200 65534
	local from
	from=$(now_ms)
	run ctl status --json
	[ "$status" -eq 0 ]
	[ $(($(now_ms) - from)) -lt 1000 ]
	[ "$(grep -o '"clients":[0-9]*' <<<"$output" | cut -d: -f2)" -le 17 ]
	disperse
}

@test "who asks for nothing is sent away after five seconds" {
	# It hears the end, and nothing before.
	run timeout 20 python3 -c '
import socket, sys, time
with socket.socket(socket.AF_UNIX) as s:
    s.connect(sys.argv[1])
    begin = time.monotonic()
    said = s.recv(4096)
    took = time.monotonic() - begin
print(said, round(took, 1))
sys.exit(said != b"" or not 4.5 < took < 10)' "$RIG/ctl.sock"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $(ctl status --json) == *'"clients":1,'* ]]
}

@test "who never reads the answer costs a buffer and no more" {
	client python3 - "$SERVER4" <<-'END'
	import socket, sys
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	for port in range(1024, 21024):
	    s.sendto(b"x", (sys.argv[1], port))
	END
	local before after
	before=$(memory)
	spawn gateway deaf python3 -c '
import socket, sys, time
held = []
for i in range(60):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.send(b"synward/1 flows\n")
    held.append(s)
print("standing", flush=True)
time.sleep(60)' "$RIG/ctl.sock"
	wait_for 10 grep -q standing "$RIG/deaf.out"
	sleep 1
	after=$(memory)
	[ $((after - before)) -lt 20000 ]
	traffic_flows deaf
	[ "$(ctl flows --json proto=udp | wc -l)" -gt 1000 ]
	finish deaf || true
	synwardd_lives
}

# Kilobytes the daemon has in memory, both of its processes
memory()
{
	daemons | sed 's|.*|/proc/&/status|' | xargs cat |
		awk '/^RssAnon:/ { sum += $2 } END { print sum + 0 }'
}

@test "noise of every kind leaves it standing" {
	local i
	for i in $(seq 30); do
		head -c $((RANDOM % 6000)) /dev/urandom |
			timeout 10 socat -t 1 - "UNIX:$RIG/ctl.sock" >/dev/null || true
	done
	traffic_flows noise
	ctl status >/dev/null
}

@test "a socket left by a dead daemon is replaced, a living one's is not" {
	daemons | xargs kill -s KILL
	wait_for 10 nobody_left
	[ -S "$RIG/ctl.sock" ]
	run ctl status
	[ "$status" -eq 3 ]
	synwardd_up
	ctl status >/dev/null
	{
		echo 'queue { first = 5 }'
		cat "$RIG/synward.conf"
	} >"$RIG/second.conf"
	spawn gateway second "$SYNWARD_BUILD/synwardd" -f -c "$RIG/second.conf"
	wait_for 5 grep -q 'another synwardd answers there' "$RIG/messages"
	finish second || true
	[[ $(ctl status --json) == *'"number":0'* ]]
	finish synwardd || true
	[ ! -e "$RIG/ctl.sock" ]
	synwardd_up
}

nobody_left()
{
	[ -z "$(daemons)" ]
}

# Process ids of the daemon of this rig, both of them
daemons()
{
	local pid
	for pid in $(host_pids gateway); do
		if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = synwardd ]; then
			echo "$pid"
		fi
	done
}
