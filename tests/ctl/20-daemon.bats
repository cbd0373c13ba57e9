# shellcheck shell=bash disable=SC2030,SC2031
# SPDX-License-Identifier: Apache-2.0
#
# synwardctl asks a real daemon between three hosts.

load ../netns/support

setup_file()
{
	rig_up
	conf <<-END
	log { to = { "file:$RIG/messages" } }
	rule "web" { protocol = tcp  to = { 10.2.0.0/24, fd00:2::/64 }  port = { 80 }
		timeouts { established = 2h } }
	rule "no" { protocol = tcp  port = { 99 }  action = deny }
	rule "inside" { in = { servers }  protocol = tcp  port = { 81 }
		timeouts { established = 3725s } }
	END
	hook
	synwardd_up
	web_up
	echo hello >"$RIG/www/x"
	echo_up 7
	session_open one "$SERVER4" 7
	session_open six "$SERVER6" 7
	client curl -sS -o "$RIG/got" "http://$SERVER4/x"
	client ping -q -c 1 "$SERVER4" >/dev/null
	client nc -w 1 -z "$SERVER4" 99 || true
	# shellcheck disable=SC2016
	craft client 'IP(src="10.1.0.2",dst="10.2.0.2")/TCP(sport=5555,dport=80,flags="FA",seq=5,ack=7)'
	wait_for 5 dropped 5555
}

teardown_file()
{
	rig_down
}

dropped()
{
	ctl drops --json | grep -q "\"sport\":$1,"
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

# Every line of standard input is a JSON object that makes EXPRESSION true,
# in which it is called o.
each()
{
	python3 -c '
import json, sys
n = 0
for line in sys.stdin:
    o = json.loads(line)
    n += 1
    assert eval(sys.argv[1]), line
assert n > 0, "no line at all"' "$1"
}

@test "status fits one screen and says how things stand" {
	ends 0 status
	[ ${#lines[@]} -le 24 ]
	[[ ${lines[0]} == synward*healthy* || ${lines[0]} == synward*look* ]]
	[[ $output == *"3 rules"* ]]
	[[ $output == *"established 2"* ]]
	[[ $output == *"lost: queue full"* ]]
	[[ $output == *"synwardctl explain "* ]]
	ctl status --json | each 'o["kind"] in ("status", "queue", "advice")'
	ctl status --json | grep '"kind":"status"' |
		each 'o["flows"]["now"] >= 4 and sum(o["drops"].values()) == o["packets"]["dropped"] >= 2 and o["drops"]["denied-before"] >= 1'
	ctl status --json | grep '"kind":"queue"' | each 'o["bound"] is True'
}

@test "flows lists what is open, both families" {
	ends 0 flows
	[[ ${lines[0]} == proto*from*to*state*age*idle*left*sent*got*in*out*rule*history*parent*zone ]]
	[[ $output == *"$CLIENT4:"*"$SERVER4:7"*established*clients*servers*default*ShADad* ]]
	[[ $output == *"[$CLIENT6]:"*"[$SERVER6]:7"* ]]
	ctl flows --json | each 'o["kind"] == "flow" and o["timeout"] > 0 and o["left"] <= o["timeout"]'
	ctl flows --json dst="$SERVER4" port=7 |
		each 'o["src"] == "10.1.0.2" and o["packets"] >= 3 and o["reply_bytes"] > 100 and o["assured"]'
}

@test "each filter takes what it names and nothing else" {
	local all
	all=$(ctl flows --json | wc -l)
	for filter in src=10.1.0.0/16 dst=10.2.0.2 host=10.2.0.2 port=7 port=1-100 \
		proto=tcp proto=6 family=6 state=established assured=yes \
		rule=web in=clients out=servers 'idle<1h' 'age<1h' 'bytes>1' \
		'packets<100' sport=1024-65535; do
		local some rest
		some=$(ctl flows --json "$filter" | wc -l)
		[ "$some" -gt 0 ]
		case $filter in
		*[\<\>]*) continue ;;
		esac
		rest=$(ctl flows --json "${filter/=/!=}" | wc -l || true)
		[ $((some + rest)) -eq "$all" ]
	done
	ends 4 flows port=12345
	ends 4 flows 'idle>1d'
	ends 4 flows in=servers
	[ "$(ctl flows --json -n 1 | wc -l)" -eq 1 ]
}

@test "events tell of opened, established, ended and dropped" {
	ctl events --json | each 'o["kind"] in ("opened", "established", "ended", "drop")'
	[ "$(ctl events --json port=7 | wc -l)" -eq 4 ]
	[ "$(ctl events --json -n 1 | wc -l)" -eq 1 ]
	ends 0 events
	[[ $output == *"opened      tcp $CLIENT4:"* ]]
	[[ $output == *"drop        Not a Valid SYN Packet [FA] TCP "$CLIENT4:5555" > $SERVER4:80"* ]]
	ends 4 events port=12345
}

@test "events -f follows, several at once, and ends with the daemon's word" {
	local n
	for n in 1 2 3; do
		spawn gateway follow$n "$SYNWARD_BUILD/synwardctl" \
			-s "$RIG/ctl.sock" events -f --json port=80
	done
	wait_for 5 followed 3
	client curl -sS -o "$RIG/got" "http://$SERVER4/x"
	for n in 1 2 3; do
		wait_for 5 grep -q '"established"' "$RIG/follow$n.out"
		grep -q '"opened"' "$RIG/follow$n.out"
		each 'o["dport"] == 80' <"$RIG/follow$n.out"
		finish follow$n || true
	done
	wait_for 5 followed 0
}

followed()
{
	[ "$(ctl status --json | grep -o '"clients":[0-9]*')" = "\"clients\":$(($1 + 1))" ]
}

@test "drops lists incidents and lines, newest first, by cause" {
	ends 0 drops
	[[ $output == *"TCP "$CLIENT4:5555" > $SERVER4:80"*"Denied by rule [S] TCP $CLIENT4:"* ]]
	ctl drops --json -C denied-before | each 'o["cause"] == "denied-before"'
	ends 4 drops -C asymmetric
	[ "$(ctl drops --json -n 1 | grep -c '"kind":"drop"')" -eq 1 ]
	ctl drops --json | grep '"kind":"incident"' | each 'o["drops"] >= 1 and o["last"] >= o["first"]'
}

@test "explain tells the story of a living connection" {
	local port
	port=$(session_port one)
	ends 0 explain "$CLIENT4:$port" "$SERVER4:7"
	[[ $output == *"The connection is tracked"*"established"* ]]
	[[ $output == *"rule default"* ]]
	[[ $output == *"history  ShADad (S SYN"* ]]
	# The same the other way round.
	ends 0 explain "$SERVER4:7" "$CLIENT4:$port"
	[[ $output == *"opened "*" by $CLIENT4:$port"* ]]
	port=$(client ss -Htn state established "dst [$SERVER6]" | awk '{ n = split($3, p, ":"); print p[n] }')
	ends 0 explain "[$CLIENT6]:$port" "[$SERVER6]:7"
	[[ $output == *"The connection is tracked"* ]]
	ends 4 explain 10.9.9.9:1 10.9.9.8:2
	ends 4 explain 10.9.9.9:1 10.9.9.8:2 --proto udp
}

@test "explain tells of a dropped packet, from the log's own line" {
	ends 0 explain "$CLIENT4:5555" "$SERVER4:80"
	[[ ${lines[0]} == "$CLIENT4 → $SERVER4:80: packets dropped since "* ]]
	[[ $output == *"What happened, newest first"*"[FA]"* ]]
	wait_for 5 grep -q 5555 "$RIG/messages"
	ends 0 explain "$(grep 5555 "$RIG/messages")"
	[[ $output == *"from      $CLIENT4:5555"* ]]
	[[ ${lines[0]} == "$CLIENT4 → $SERVER4:80: packets dropped since "* ]]
	[[ $output == *"What happened, newest first"* ]]
}

@test "which names rule, file, line and timeouts" {
	ends 0 which "$CLIENT4" "$SERVER4:80"
	[[ $output == *"rule      web ($RIG/synward.conf:"* ]]
	[[ $output == *"established 2h,"* ]]
	local line
	line=$(grep -n 'rule "web"' "$RIG/synward.conf" | cut -d: -f1)
	[[ $output == *"synward.conf:$line)"* ]]
	ends 0 which "$CLIENT6" "[$SERVER6]:80"
	[[ $output == *"rule      web "* ]]
	ends 0 which "$CLIENT4" "$SERVER4:99"
	[[ $output == *"action    deny"* ]]
	ends 0 which "$CLIENT4" "$SERVER4:81"
	[[ $output == *"rule      default"*"--in and --out"* ]]
	ends 0 which "$CLIENT4" "$SERVER4:81" --in servers --out clients
	[[ $output == *"rule      inside"*"established 1h 2m 5s,"* ]]
	ends 1 which "$CLIENT4" "$SERVER4:81" --in nowhere
	ends 0 which "$CLIENT4" "$SERVER4:53" -p udp --json
	each 'o["rule"] == "default" and o["timeouts"]["udp"] == 120' <<<"$output"
}

@test "dump-config prints what reads back the same" {
	ctl dump-config >"$RIG/dumped.conf"
	grep -q 'established = 2h.*synward.conf' "$RIG/dumped.conf"
	"$SYNWARD_BUILD/synwardd" --check-config -c "$RIG/dumped.conf"
	"$SYNWARD_BUILD/synwardd" --dump-config -c "$RIG/dumped.conf" |
		sed 's/ *#.*//' >"$RIG/again"
	diff <(sed 's/ *#.*//' "$RIG/dumped.conf") "$RIG/again"
	ctl dump-config --json | each '"text" in o'
	ctl dump-config --json | grep '"key":"timeouts.established"' |
		each 'o["value"] == "2h4m" and "rfc5382" in o["origin"]'
}

@test "check without a file reads what a reload would load" {
	ends 0 check
	[ "${lines[-1]}" = "$RIG/synward.conf: good, 3 rules" ] ||
		[ "${lines[0]}" = "$RIG/synward.conf: good, 3 rules" ]
	[[ $output == *'on-idle = probe'* ]]
	cp "$RIG/synward.conf" "$RIG/good"
	echo 'bogus = 1' >>"$RIG/synward.conf"
	ends 78 check
	[[ $output == *"$RIG/synward.conf:"*"bogus"* ]]
	cp "$RIG/good" "$RIG/synward.conf"
}

@test "explain tells of a ping, whoever is named first" {
	client ping -q -c 1 "$SERVER4" >/dev/null
	client ping -q -c 1 "$SERVER6" >/dev/null
	ends 0 explain "$CLIENT4" "$SERVER4" -p icmp
	[[ $output == *"The connection is tracked"*"opened"*"by $CLIENT4,"* ]]
	ends 0 explain "$SERVER6" "$CLIENT6" --proto=icmpv6
	[[ $output == *"The connection is tracked"*"opened"*"by $CLIENT6,"* ]]
	ends 4 explain "$CLIENT4" 10.2.0.9 -p icmp
}

@test "explain knows an incident by the line that closes it" {
	local id
	id=$(ctl drops --json | grep '"kind":"incident"' | grep -m 1 '"dport":99}' |
		grep -o '"id":"[0-9a-f]*"' | cut -d'"' -f4)
	ends 0 explain "Incident $id closed: 3 drops in 9s, last 02:15:20"
	echo "$output"
	[[ $output == *"denied-before: "*" drop"*", 1 client $CLIENT4 > $SERVER4:99"* ]]
	[[ $output == *"rule no"* ]]
	ctl explain --json "Incident $id closed: 3 drops in 9s, last 02:15:20" |
		grep -v '"kind":"gone"' |
		each 'o["cause"] == "denied-before"'
}

@test "a word with a newline in it does not cut the request short" {
	ends 2 kill $'rule=default\n' port=12345
	[[ $output == *"must not contain a newline"* ]]
	ctl flows port=7 >/dev/null
}

@test "a full disk ends events -f" {
	gateway timeout 10 "$SYNWARD_BUILD/synwardctl" -s "$RIG/ctl.sock" \
		events -f >/dev/full 2>"$RIG/full.err" 3>&- &
	local follower=$! code=0
	wait_for 5 followed 1
	client curl -sS -o "$RIG/got" "http://$SERVER4/x"
	wait "$follower" || code=$?
	[ "$code" -eq 1 ]
	grep -q 'standard output' "$RIG/full.err"
}

@test "reload takes a good configuration and refuses a bad one" {
	cp "$RIG/synward.conf" "$RIG/good"
	echo 'bogus = 1' >>"$RIG/synward.conf"
	ends 78 reload
	[[ $output == *"bogus"* ]]
	[[ $output == *"in force stays"* ]]
	ends 0 status
	[[ ${lines[0]} == *": DEGRADED (configuration not taken), up "* ]]
	[[ $output == *"reload was refused"* ]]
	cp "$RIG/good" "$RIG/synward.conf"
	ends 0 reload
	[[ $output == *"in force, 3 rules"* ]]
	session_say one again
	session_hears one again
}

@test "kill forgets, and with --reset both ends hear of it" {
	session_open two "$SERVER4" 7
	local port
	port=$(session_port two)
	ends 0 kill --reset "sport=$port" port=7
	[[ ${lines[0]} == "1 flows match" ]]
	wait_for 5 gone "$(pid_of two)"
	ends 0 explain "$CLIENT4:$port" "$SERVER4:7"
	[[ $output == *"the administrator removed it"* ]]
	ends 4 kill "sport=$port" port=7
	rm -f "$RIG/pids/two"
}

@test "kill asks for --yes above 100 flows" {
	client python3 - "$SERVER4" <<-'END'
	import socket, sys
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	for port in range(20000, 20150):
	    s.sendto(b"x", (sys.argv[1], port))
	END
	wait_for 5 counted_flows 150
	ends 1 kill port=20000-20149
	[[ $output == *"150 flows match"*"--yes"* ]]
	wait_for 1 counted_flows 150
	ends 0 kill --yes port=20000-20149
	[[ $output == *"150 flows removed"* ]]
	ends 4 flows port=20000-20149
}

counted_flows()
{
	[ "$(ctl flows --json port=20000-20149 | wc -l)" -eq "$1" ]
}

@test "top --batch prints rates, flows and causes once" {
	spawn client noise bash -c "while sleep 0.05; do curl -s http://$SERVER4/x; done"
	wait_for 5 grep -q hello "$RIG/noise.out"
	ends 0 top --batch -d 1
	[[ ${lines[0]} == "synward top "* ]]
	[[ $output == *"packets "*"/s"* ]]
	[[ $output == *"tcp "*"$SERVER4:80"*"web"* ]]
	[[ $output == *denied-before* ]]
	ctl top --json -d 1 | grep '"kind":"rates"' | each 'o["passed"] > 0'
	ends 0 top --batch -d 0.5 port=12345
	[[ $output == *"no flow has moved"* ]]
	finish noise || true
}

@test "top prints once where the terminal has no screen" {
	TERM=dumb timeout 10 script -qec "'$SYNWARD_BUILD/synwardctl' \
		-s '$RIG/ctl.sock' top -d 0.2" /dev/null </dev/null >"$RIG/dumb.out"
	[ "$(grep -c 'synward top' "$RIG/dumb.out")" -eq 1 ]
	ctl top -d 0.2 --json | grep '"kind":"status"' |
		grep -qE '"uptime":[0-9]+(\.[0-9]{1,3})?,'
}

@test "a closed pipe ends a list quietly" {
	run bash -c 'set -o pipefail; "$1" -s "$2" flows 2>&1 | true' pipe \
		"$SYNWARD_BUILD/synwardctl" "$RIG/ctl.sock"
	[ "$output" = "" ]
}

@test "every event fits the schema" {
	craft client 'IP(src="10.1.0.2",dst="10.2.0.2")/TCP(sport=5556,dport=80,flags="SF")'
	wait_for 5 dropped 5556
	{
		ctl events --json
		ctl drops --json
	} | python3 "$RIG_ROOT/tests/ctl/fits-schema" "$RIG_ROOT/doc/event.schema.json"
}

@test "metrics please promtool, and dashboard and alerts name none that is not there" {
	ctl metrics >"$RIG/metrics"
	promtool check metrics <"$RIG/metrics"
	grep -q '^synward_packets_total{verdict="drop"} [1-9]' "$RIG/metrics"
	grep -qE '^synward_drops_total\{cause="denied-before"\} [1-9]$' "$RIG/metrics"
	grep -q '^synward_queue_dropped_total{queue="0",where="socket"} 0$' "$RIG/metrics"
	grep -q '^synward_verdict_seconds_bucket{le="+Inf"} [1-9]' "$RIG/metrics"
	[ "$(tail -n 1 "$RIG/metrics")" = "# EOF" ]
	[ "$(grep -cE '10\.[12]\.0\.|fd00' "$RIG/metrics")" -eq 0 ]
	grep -oh 'synward_[a-z_]*' "$RIG_ROOT"/conf/grafana/*.json \
		"$RIG_ROOT"/conf/prometheus/*.yml | sort -u >"$RIG/used"
	[ "$(wc -l <"$RIG/used")" -gt 10 ]
	sed -n 's/^\(synward_[a-z_]*\).*/\1/p' "$RIG/metrics" | sort -u >"$RIG/there"
	[ -z "$(comm -23 "$RIG/used" "$RIG/there")" ]
}

@test "the alert rules fire when they should" {
	promtool check rules "$RIG_ROOT"/conf/prometheus/synward.yml
	promtool test rules "$RIG_ROOT"/tests/ctl/alerts.yml
}
