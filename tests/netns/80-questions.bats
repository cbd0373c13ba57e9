# shellcheck shell=bash disable=SC2030,SC2031
# SPDX-License-Identifier: Apache-2.0
#
# The questions of somebody who runs a gateway, with real traffic: my database
# connection died, who scans us, what happened at two.  What is remembered
# stays, whatever comes after it and whoever is killed.

load support
load sinks

STRAYS=${STRAYS:-1000000}

setup_file()
{
	rig_up
	conf <<-END
	log { to = { "file:$RIG/messages" }  incident-interval = 2s }
	rule "db" { protocol = tcp  port = { 5432 }
		timeouts { established = 4s  unacknowledged = 4s } }
	rule "no" { protocol = tcp  port = { 99 }  action = deny }
	END
	hook
	synwardd_up
	echo_up 5432
	echo_up 7
	# Two connections to the database fall silent for longer than the rule
	# allows, the second one for longer than the first.
	session_open short "$SERVER4" 5432
	session_open long "$SERVER4" 5432
	SHORT=$(session_port short)
	LONG=$(session_port long)
	export SHORT LONG
	sleep 5.5
	session_say short again
	wait_for 5 dropped "sport=$SHORT"
	sleep 6
	session_say long again
	wait_for 5 dropped "sport=$LONG"
	client nc -w 1 -z "$SERVER4" 99 || true
}

teardown_file()
{
	rig_down
}

dropped()
{
	ctl drops --json "$@" | grep -q '"kind":"drop"'
}

# ends CODE ARGUMENTS...
ends()
{
	local want=$1
	shift
	run ctl "$@"
	[ "$status" -eq "$want" ] || {
		echo "exit code $status, not $want: $output"
		return 1
	}
}

# on_screen ARGUMENTS...: the output on a terminal of $WIDE or 80 columns
on_screen()
{
	timeout 20 python3 - "$SYNWARD_BUILD/synwardctl" \
		-s "$RIG/ctl.sock" "$@" <<-'END'
	import fcntl, os, pty, struct, sys, termios
	pid, fd = pty.fork()
	if pid == 0:
	    os.environ.update(TERM="xterm", NO_COLOR="1")
	    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("4H", 24,
	        int(os.environ.get("WIDE", 80)), 0, 0))
	    os.execv(sys.argv[1], sys.argv[1:])
	out = b""
	try:
	    while chunk := os.read(fd, 65536):
	        out += chunk
	except OSError:
	    pass
	os.waitpid(pid, 0)
	sys.stdout.write(out.decode().replace("\r\n", "\n"))
	END
}

# fits: standard input has something, and no line above 80 characters
fits()
{
	python3 -c '
import sys
lines = sys.stdin.read().splitlines()
wide = [line for line in lines if len(line) > 80]
assert lines and not wide, wide or "nothing at all"'
}

# headline ARGUMENTS...: a member of the headline that explain --json prints
headline()
{
	local key=$1
	shift
	ctl explain --json "$@" | python3 -c '
import json, sys
first = json.loads(sys.stdin.readline())
assert first["kind"] == "headline", first
print(first.get(sys.argv[1], ""))' "$key"
}

@test "my database connection died: the client and the server are enough" {
	local ends
	for ends in "$CLIENT4" "$CLIENT4 $SERVER4" "$CLIENT4 $SERVER4:5432" \
		"$SERVER4:5432 $CLIENT4"; do
		# shellcheck disable=SC2086 # one or two words
		ends 0 explain $ends
		echo "$output"
		[[ ${lines[0]} =~ ^"$CLIENT4 → $SERVER4:5432 was cut at "[0-9:]{8}" "[A-Z]+": silent for "1[0-9]" s, rule db allows 4 s. Set: rule db: timeouts { established = 20s }"$ ]]
		# shellcheck disable=SC2086
		[ "$(headline text $ends)" = "${lines[0]}" ]
		# shellcheck disable=SC2086
		[ "$(headline hint $ends)" = "rule db: timeouts { established = 20s }" ]
	done
	[ -n "$(headline check "$CLIENT4" "$SERVER4:5432")" ]
	[ "$(headline rule "$CLIENT4" "$SERVER4:5432")" = db ]
}

@test "the story is told newest first, and repeats are counted" {
	# The client's kernel sends its data again and again.
	wait_for 10 repeated "$SHORT"
	ends 0 explain "$CLIENT4:$SHORT" "$SERVER4:5432"
	echo "$output"
	[[ $output == *"The connection is not tracked: it was silent longer"* ]]
	[[ $output == *"What happened, newest first (times in "*"idle-expired $CLIENT4:$SHORT > $SERVER4:5432 [PA] ×"*" since "*"ended"*"established"*"opened"* ]]
	[[ $output == *"opened"*"syn_sent 30s"* ]]
}

repeated()
{
	[ "$(ctl drops --json "sport=$1" cause=idle-expired |
		grep -c '"kind":"drop"')" -ge 3 ]
}

@test "ended and gone tell the same counts" {
	ctl events --json kind=ended "sport=$SHORT" >"$RIG/ended"
	ctl explain --json "$CLIENT4:$SHORT" "$SERVER4:5432" |
		grep '"kind":"gone"' >"$RIG/gone"
	python3 - "$RIG/ended" "$RIG/gone" <<-'END'
	import json, sys
	ended, gone = (json.loads(open(name).readline()) for name in sys.argv[1:])
	for key in ("packets", "bytes", "reply_packets", "reply_bytes", "how",
	            "state", "timeout", "history"):
	    assert ended[key] == gone[key], (key, ended[key], gone[key])
	assert ended["packets"] > 2 and ended["reply_bytes"] > 100
	END
}

@test "an opened event has the state and timeout that the flow gets" {
	ctl events --json kind=opened port=5432 | python3 -c '
import json, sys
for line in sys.stdin:
    event = json.loads(line)
    assert (event["state"], event["timeout"]) == ("syn_sent", 30), event'
}

@test "one hint for a rule, everywhere: the longest silence decides" {
	local hint='rule db: timeouts { established = 20s }'
	ctl drops --json rule=db cause=idle-expired | grep '"kind":"drop"' |
		grep -o '"hint":"[^"]*"' | sort -u >"$RIG/hints"
	cat "$RIG/hints"
	[ "$(cat "$RIG/hints")" = "\"hint\":\"$hint\"" ]
	ctl events --json kind=drop rule=db cause=idle-expired |
		grep -o '"hint":"[^"]*"' | sort -u | diff - "$RIG/hints"
	grep "$LONG > " "$RIG/messages" | grep -qF "hint=\"$hint\""
	# What was written before can only have been shorter.
	grep "$SHORT > " "$RIG/messages" | grep -q 'hint="rule db: timeouts { established = 10s }"'
}

# advised MEMBERS...: what advise says of the rule db, as JSON
advised()
{
	ctl advise --json --rule db | python3 -c '
import json, sys
rules = [o for o in map(json.loads, sys.stdin) if o["kind"] == "advice_rule"]
assert len(rules) == 1, rules
print(*[rules[0][key] for key in sys.argv[1:]])' "$@"
}

@test "which timeout would have saved how many" {
	[ "$(advised rule cut saves cured)" = "db 2 2 0" ]
	[ "$(advised line)" = "rule db: timeouts { established = 20s }" ]
	# The short one alone would have been saved by less.
	ctl advise --json --rule db | python3 -c '
import json, sys
rule = json.loads(sys.stdin.readline())
assert [(o["seconds"], o["saves"]) for o in rule["options"]] == \
    [(10, 1), (20, 2)], rule
sums = [o for o in map(json.loads, sys.stdin) if o["kind"] == "silences"]
assert [(b["below"], b["cut"]) for s in sums for b in s["buckets"]] == \
    [(10, 1), (20, 1)], sums
assert sum(s["ended"] for s in sums) >= 2, sums'
	ends 0 advise
	echo "$output"
	[[ $output == *"rule db: 2 connections cut because of silence"*"set"*"rule db: timeouts { established = 20s }"*"saves 2 of 2 connections"* ]]
	ends 0 advise --since 1h --rule db
	ends 2 advise --rule bd
	[[ $output == *"there is no rule 'bd'; did you mean 'db'?" ]]
	ends 2 advise --since 1x
	[[ $output == *"--since='1x': write a time such as"* ]]
	ends 4 advise --rule no
}

@test "screens fit 80 columns, and name client and scanner" {
	session_open live "$SERVER4" 7
	client nmap -n -Pn -sA -p 1000-1200 --max-retries 0 "$SERVER4" >/dev/null
	wait_for 5 dropped cause=ack-scan
	wait_for 10 scan_told
	local command
	for command in flows drops incidents events "drops cause=idle-expired" \
		"explain $CLIENT4 $SERVER4:5432" advise; do
		# shellcheck disable=SC2086 # several words
		on_screen $command >"$RIG/screen"
		echo "== $command" && cat "$RIG/screen"
		fits <"$RIG/screen"
	done
	on_screen drops rule=db | grep -q 'To set'
	on_screen flows | grep -q "^from.*to.*state.*idle\|^proto.*from.*to.*state"
	on_screen incidents | grep -qE "ack-scan +$CLIENT4 +(about )?[0-9]+ targets"
	on_screen flows --wide | head -1 | grep -q history
	# Nothing is left out where there is room for all.
	WIDE=250 on_screen flows | head -1 | grep -q 'in *out *fast *rule *history'
	on_screen drops --wide | grep -q 'Not a Valid SYN Packet'
	ctl top --batch -d 0.2 | grep -E '^[a-z0-9]+ ' | cut -c1-80 >"$RIG/screen"
	ends 0 explain "$(ctl incidents --json cause=ack-scan |
		grep -o '"id":"[0-9a-f]*"' | head -1 | cut -d'"' -f4)"
	echo "$output"
	[[ ${lines[0]} == "ack-scan: "*"1 client $CLIENT4 > "*" targets" ]]
	session_close live
}

scan_told()
{
	ctl incidents --json cause=ack-scan | grep -q '"client":'
}

@test "one filter language, and a wrong word is told what it meant" {
	local command
	for command in events drops incidents; do
		ends 0 "$command" --json client="$CLIENT4" server="$SERVER4" port=5432
		ends 4 "$command" --json client=10.77.0.0/16
		ends 0 "$command" --json cause=gap,idle-expired rule=d* or port=99
		ends 2 "$command" caus=gap
		[[ $output == *"did you mean 'cause'?" ]]
		ends 2 "$command" cause=idle-expird
		[[ $output == *"did you mean 'idle-expired'?" ]]
		ends 2 "$command" rule=bd
		[[ $output == *"there is no rule 'bd'; did you mean 'db'?" ]]
		ends 2 "$command" port=80 or
	done
	ends 2 flows cause=gap
	[[ $output == *"only these have 'cause': drops incidents"* ]]
	ends 2 kill cause=gap
	ends 2 top --batch cause=gap
	[ "$(ctl drops --json port=5432,99 | grep -c '"kind":"drop"')" -eq \
		"$(ctl drops --json port=5432 or port=99 | grep -c '"kind":"drop"')" ]
	ctl drops --json 'idle>9' | python3 -c '
import json, sys
drops = [o for o in map(json.loads, sys.stdin) if o["kind"] == "drop"]
assert drops and all(o["idle"] > 9 for o in drops), drops'
	ctl drops --json message=denied-by-rule | grep '"kind":"drop"' |
		each_has '"dport":99'
	ends 4 drops verdict=would-drop
	ctl drops --json "src=$CLIENT4" in=cli* out='s?rvers' conf=high state=established |
		grep '"kind":"drop"' | each_has idle-expired
}

# each_has TEXT: in every line of standard input, of which there are some
each_has()
{
	local lines
	lines=$(cat)
	[ -n "$lines" ]
	! grep -vqF "$1" <<<"$lines"
}

@test "since and until choose, last counts what matches" {
	local n all
	all=$(ctl drops --json --since 1h port=5432 | grep -c '"kind":"drop"')
	[ "$all" -gt 2 ]
	# Times are whole seconds, and a drop may have been in this one.
	sleep 1
	ends 4 drops --since 0s --json port=99
	ends 4 drops --until 1h --json
	ends 2 drops --since 1x
	[[ $output == *"--since='1x': write a time such as 2h (ago)"* ]]
	ends 2 drops --since 1h --until 2h
	for n in 1 2; do
		[ "$(ctl drops --json --last $n port=5432 | grep -c '"kind":"drop"')" -eq $n ]
		[ "$(ctl events --json --last $n kind=opened port=5432 | wc -l)" -eq $n ]
		[ "$(ctl incidents --json --last $n | wc -l)" -eq $n ]
	done
	[ "$(ctl drops --json --since "$(date -d '1 hour ago' +%Y-%m-%dT%H:%M:%S)" \
		port=5432 | grep -c '"kind":"drop"')" -ge "$all" ]
}

@test "flows are sorted by what is asked" {
	session_open big "$SERVER4" 7
	session_open small "$SERVER4" 7
	session_say big "$(head -c 3000 /dev/zero | tr '\0' x)"
	wait_for 5 bigger
	ctl flows --json --sort=bytes | python3 -c '
import json, sys
sums = [o["bytes"] + o["reply_bytes"] for o in map(json.loads, sys.stdin)]
assert len(sums) >= 2 and sums == sorted(sums, reverse=True), sums'
	ctl flows --json --sort=age --reverse -n 1 port=7 |
		grep -q "\"sport\":$(session_port small)"
	ends 2 flows --sort=byte
	[[ $output == *"did you mean 'bytes'?"* ]]
	session_close big
	session_close small
}

bigger()
{
	[ "$(ctl flows --json port=7 'bytes>6000' | wc -l)" -eq 1 ]
}

@test "drops, incidents and events are followed" {
	local what
	for what in drops incidents events; do
		spawn gateway follow_$what "$SYNWARD_BUILD/synwardctl" \
			-s "$RIG/ctl.sock" "$what" -f --json port=99
	done
	sleep 1
	client nc -w 1 -z "$SERVER4" 99 || true
	wait_for 5 grep -q '"kind":"drop"' "$RIG/follow_drops.out"
	wait_for 5 grep -q '"kind":"drop"' "$RIG/follow_events.out"
	# Opened again, and closed after an interval of silence.
	wait_for 10 grep -q '"open":true' "$RIG/follow_incidents.out"
	wait_for 20 grep -q '"open":false' "$RIG/follow_incidents.out"
	for what in drops incidents events; do
		finish follow_$what || true
	done
}

@test "after a million strays and two kills the database's drop is found" {
	local before killed n=0
	before=$(ctl drops --json --since 1h rule=db cause=idle-expired |
		grep -c '"kind":"drop"')
	[ "$before" -ge 4 ]
	while [ "$n" -lt "$STRAYS" ]; do
		client timeout 60 hping3 -q -i u1 -c $((STRAYS - n)) -A -p ++1 \
			--rand-source "$SERVER4" >/dev/null 2>&1 || true
		n=$(metric synward_packets_total '"verdict":"drop"')
	done
	for _ in 1 2; do
		killed=$(worker)
		kill -9 "$killed"
		wait_for 10 replaced "$killed"
	done
	echo "# $(metric synward_packets_total '"verdict":"drop"') drops" >&3
	[ "$(metric synward_packets_total '"verdict":"drop"')" -ge "$STRAYS" ]
	[ "$(ctl drops --json --since 1h rule=db cause=idle-expired |
		grep -c '"kind":"drop"')" -ge "$before" ]
	[ "$(advised cut saves line)" = "2 2 rule db: timeouts { established = 20s }" ]
	ends 0 explain "$CLIENT4" "$SERVER4:5432"
	echo "$output"
	[[ ${lines[0]} == "$CLIENT4 → $SERVER4:5432 was cut at "*"silent for "*" s, rule db allows 4 s. Set: rule db: timeouts { established = 20s }" ]]
	ctl incidents --json rule=db | grep -q '"cause":"idle-expired"'
}

replaced()
{
	local now
	now=$(worker) && [ -n "$now" ] && [ "$now" != "$1" ] &&
		ctl status >/dev/null 2>&1
}
