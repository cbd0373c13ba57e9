# shellcheck shell=bash disable=SC2016,SC2030,SC2031,SC2089,SC2090
# SPDX-License-Identifier: Apache-2.0
#
# What synwardctl does without a daemon: help, checking, explaining causes,
# replaying captures, and the exit codes of all that.

setup_file()
{
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	: "${SYNWARD_BUILD:=$ROOT/build}"
	export ROOT CTL=$SYNWARD_BUILD/synwardctl
	export NO_COLOR=
	export IN=$BATS_FILE_TMPDIR
	"$BATS_TEST_DIRNAME/captures" "$IN"
}

# ends CODE ARGUMENTS...: the exit code, whatever is said
ends()
{
	local want=$1
	shift
	run "$CTL" "$@"
	[ "$status" -eq "$want" ] || {
		echo "exit code $status, not $want: $output"
		return 1
	}
}

commands()
{
	"$CTL" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
}

@test "--help lists all commands, and each explains itself" {
	[ "$(commands | wc -l)" -ge 17 ]
	for command in $(commands); do
		ends 0 "$command" --help
		[[ ${lines[0]} == "usage: synwardctl $command"* ]]
		[[ $output == *--json* ]]
		[ ${#lines[@]} -ge 5 ]
	done
}

@test "no line of help is wider than 80 columns" {
	for command in $(commands); do
		[ "$("$CTL" "$command" --help | awk 'length > 80' | wc -l)" -eq 0 ]
	done
}

@test "a wrong command line ends with 2 and says why" {
	ends 2
	ends 2 bogus
	ends 2 replya x
	[[ $output == *"did you mean 'replay'"* ]]
	ends 2 replay
	[[ $output == *"replay needs FILE"* ]]
	ends 2 status more
	ends 2 flows --bogus
	ends 2 flows bogus=1
	[[ $output == *"unknown key"* ]]
	ends 2 -s '' status
	[[ $output == *"path of a socket"* ]]
	ends 2 status --bogus
	[[ ${lines[0]} == "synwardctl: status: "*"--bogus"* ]]
	ends 2 flows state=listening
	[[ $output == *established* ]]
	[[ $output == *"'state=listening'"* ]]
	ends 2 flows protoo=tcp
	[[ $output == *"'protoo=tcp': unknown key 'protoo'; did you mean 'proto'?" ]]
	ends 2 flows state=establishd,close
	[[ $output == *"'establishd': write NAME; did you mean 'established'?" ]]
	ends 2 flows port=1 or
	ends 2 flows --sort=idel
	[[ $output == *"did you mean 'idle'?" ]]
	ends 2 flows --reverse
	ends 2 drops --since yesterday
	ends 2 drops --cause idle-expire
	[[ $output == *"did you mean 'idle-expired'?"* ]]
	ends 2 kill message=denied
	ends 2 flows "port>80"
	ends 2 flows port=80-70
	ends 2 flows src=10.0.0.0/33
	ends 2 which 10.0.0.1 10.0.0.2
	[[ $output == *"missing port: write 10.0.0.2:PORT" ]]
	ends 2 which 10.0.0.1 fd00::1
	ends 2 drops --cause bogus
	ends 2 top -d nothing
	ends 2 completion fish
	ends 2 hook sideways
}

@test "without a daemon each command that needs one ends with 3" {
	for command in status flows events drops incidents report reload \
		dump-config metrics "kill port=1" \
		"explain 10.0.0.1:1 10.0.0.2:2" "explain 10.0.0.1" \
		"explain fd00::1 10::2" "explain 7f3b" "drops --since 2h" \
		"which 10.0.0.1 10.0.0.2:2" "top --batch"; do
		# shellcheck disable=SC2086 # several words
		ends 3 -s "$IN/no.sock" $command
		[[ $output == *"is synwardd running?"* ]]
	done
}

@test "each cause is explained, as text and as JSON" {
	ends 0 explain
	local causes
	causes=$("$CTL" explain --json | jq_get cause)
	[ "$(wc -w <<<"$causes")" -eq 17 ]
	for cause in $causes; do
		ends 0 explain "$cause"
		[[ ${lines[0]} == "$cause: "* ]]
	done
}

# jq_get KEY: this member of each object of standard input
jq_get()
{
	python3 -c '
import json, sys
for line in sys.stdin:
    print(json.loads(line).get(sys.argv[1], ""))' "$1"
}

@test "a line of the log is explained without a daemon" {
	local line='Nov 21 08:00:00 gw synwardd[7]: Not a Valid SYN Packet [FA] TCP 10.1.2.3:44120 > 10.0.5.9:5432 in=eth1 out=eth0 len=52 cause=idle-expired conf=high idle=3725s timeout=3600s rule=db hint="rule db: timeouts { established = 7200s }"'
	ends 0 -s "$IN/no.sock" explain "$line"
	[[ $output == *"idle      3725s"* ]]
	[[ $output == *"hint      rule db: timeouts { established = 7200s }"* ]]
	[[ $output == *"idle-expired: "* ]]
	[[ $output == *"is not running here"* ]]
	# The same where the quotes were forgotten.
	# shellcheck disable=SC2086
	ends 0 -s "$IN/no.sock" explain $line
	[[ $output == *"from      10.1.2.3:44120"* ]]
	ends 0 -s "$IN/no.sock" explain 'Incident 7f3b asymmetric: 412 drops in 60s [SA]=410'
	[[ $output == *"asymmetric: "* ]]
	ends 2 explain "not a line of ours"
}

@test "a line about an incident is told apart, with one client, too" {
	ends 0 -s "$IN/no.sock" explain 'Incident 7f3b gap: 41 drops in 60s [A]=41, 1 client 10.1.0.2 > 10.9.0.7:443 in=eth2 out=eth1, since 02:11:08'
	[[ $output == *"drops     41 drops in 60s [A]=41"* ]]
	[[ $output == *"who       1 client 10.1.0.2 > 10.9.0.7:443 in=eth2 out=eth1"* ]]
	[[ $output == *"when      since 02:11:08"* ]]
	[[ $output == *"gap: the connection"* ]]
	[[ $output != *"protocol"* && $output != *"The connection"$'\n'* ]]
	ends 0 -s "$IN/no.sock" explain 'Incident 7f3b closed: 1630 drops in 252s, last 02:15:20'
	[[ $output == *"drops     1630 drops in 252s"* ]]
	[[ $output == *"when      last 02:15:20"* ]]
}

@test "a hint is shown as it is to be written" {
	ends 0 -s "$IN/no.sock" explain 'Not a Valid SYN Packet [PA] TCP 10.1.0.2:50085 > 10.2.0.2:8085 len=140 cause=not-tcp conf=medium hint="rule \"no-tcp\" { port = { 8085 } }"'
	[[ $output == *'hint      rule "no-tcp" { port = { 8085 } }'* ]]
}

@test "explain says what is wrong with an end, a protocol, a cause" {
	ends 2 explain 10.1.0.2:1 '>' 10.2.0.2:99999
	[[ $output == *"'10.2.0.2:99999' is not an address"* ]]
	ends 2 explain 10.1.0.2:1 '[fd00::1]:7'
	[[ $output == *"IPv4"*"IPv6"* ]]
	ends 2 explain 10.1.0.2 10.2.0.300
	[[ $output == *"'10.2.0.300' is not an address"* ]]
	ends 2 explain 10.1.0.2:1 10.2.0.2:2 -p bogus
	[[ $output == *"'bogus' is not a protocol"* ]]
	ends 2 explain idle-expird
	[[ $output == *"did you mean 'idle-expired'"* ]]
	ends 2 which 10.1.0.2 10.2.0.2:80 --in=longer-than-fifteen
	[[ $output == *"--in='longer-than-fifteen'"*"15 characters"* ]]
}

@test "output that cannot be written is an error" {
	local command
	for command in explain manual "replay $IN/raw.pcap"; do
		# shellcheck disable=SC2086 # several words
		run bash -c '"$@" 2>&1 >/dev/full' full "$CTL" $command
		[ "$status" -eq 1 ]
		[[ $output == *"standard output: No space left"* ]]
		# shellcheck disable=SC2086 # several words
		run bash -c '"$@" 2>&1 >&-' closed "$CTL" $command
		[ "$status" -eq 1 ]
		[[ $output == *"standard output: Bad file descriptor"* ]]
	done
	run bash -c '"$@" <&-' closed "$CTL" replay -
	[ "$status" -eq 1 ]
	[[ $output == *"Bad file descriptor"* ]]
}

@test "check tells good from bad" {
	echo 'tracking = strict' >"$IN/good.conf"
	printf 'trakking = strict\ntable { max-flows = many }\n' >"$IN/bad.conf"
	ends 0 check "$IN/good.conf"
	[[ $output == *"good"* ]]
	ends 78 check "$IN/bad.conf"
	[[ $output == *"bad.conf:1:"*"tracking"* ]]
	ends 78 check --json "$IN/bad.conf"
	[ "$(jq_get kind <<<"$output" | sort -u)" = error ]
	[ "$(jq_get fix <<<"$output")" = tracking ]
	ends 0 check --json "$IN/good.conf"
	[ "$(jq_get file <<<"$output")" = "$IN/good.conf" ]
	ends 78 check "$IN/absent.conf"
	ends 78 replay -c "$IN/bad.conf" "$IN/raw.pcap"
}

@test "check warns of what is valid and will hurt" {
	cat >"$IN/hurts.conf" <<-'END'
	default-action = deny
	rule "web" { protocol = tcp  to = { 10.2.0.0/16 }
		timeouts { established = 10m } }
	END
	# sudo takes SSH_CONNECTION away from the command, not from the shell.
	in_ssh()
	{
		SSH_CONNECTION="10.1.0.2 50000 10.1.0.1 22" \
			bash -c '"$@"; exit $?' session env -u SSH_CONNECTION "$@"
	}
	run in_ssh "$CTL" check --json "$IN/hurts.conf"
	[ "$status" -eq 0 ]
	[ "$(jq_get class <<<"$output" | grep -c warning)" -eq 2 ]
	[[ $output == *"hosts send keepalives after 2h"* ]]
	[[ $output == *"your own ssh session (10.1.0.2 50000 10.1.0.1 22)"* ]]
	echo 'rule "ssh" { protocol = tcp  port = { 22 } }' >>"$IN/hurts.conf"
	run in_ssh "$CTL" check --json "$IN/hurts.conf"
	[ "$status" -eq 0 ]
	[[ $output != *"ssh session"* ]]
}

# stray FILE: its only drop is frame 10, [FA]
stray()
{
	ends 0 replay --json "$IN/$1.pcap"
	echo "$1: $output"
	[ ${#lines[@]} -eq 1 ]
	python3 - "$output" <<-'END'
	import json, sys
	drop = json.loads(sys.argv[1])
	assert drop["frame"] == 10, drop
	assert drop["verdict"] == "drop"
	assert drop["message"] == "Not a Valid SYN Packet"
	assert drop["flags"] == "FA" and drop["proto"] == "tcp"
	assert (drop["src"], drop["sport"]) == ("10.0.0.2", 80)
	assert (drop["dst"], drop["dport"]) == ("10.0.0.1", 4999)
	assert abs(drop["time"] - 1700000000) < 4000
	assert drop["cause"] and drop["conf"] in ("low", "medium", "high")
	assert drop["rule"] == "default"
	END
}

@test "replay finds the same stray in every link type" {
	for dress in ethernet vlan qinq pppoe cooked cooked2 raw null loop; do
		stray $dress
	done
}

@test "replay knows the interface and the direction in a PFLOG" {
	stray pflog
	[ "$(jq_get out <<<"$output")" = em0 ]
	echo 'rule "in" { in = { em0 }  action = deny }' >"$IN/em0.conf"
	ends 0 replay --json -c "$IN/em0.conf" "$IN/pflog.pcap"
	[[ $(jq_get message <<<"${lines[0]}") == "Denied by rule" ]]
	[ "$(jq_get in <<<"${lines[0]}")" = em0 ]
	echo 'rule "in" { in = { em1 }  action = deny }' >"$IN/em1.conf"
	ends 0 replay --json -c "$IN/em1.conf" "$IN/pflog.pcap"
	[ ${#lines[@]} -eq 1 ]
}

@test "replay knows both interfaces and the mark in an NFLOG" {
	stray nflog
	[ "$(jq_get in <<<"$output")" = if3 ]
	[ "$(jq_get out <<<"$output")" = if258 ]
	echo 'rule "marked" { mark = 42  action = deny }' >"$IN/mark.conf"
	ends 0 replay --json -c "$IN/mark.conf" "$IN/nflog.pcap"
	[ ${#lines[@]} -eq 10 ]
	echo 'rule "marked" { mark = 43  action = deny }' >"$IN/mark.conf"
	ends 0 replay --json -c "$IN/mark.conf" "$IN/nflog.pcap"
	[ ${#lines[@]} -eq 1 ]
}

@test "an unknown link type is named, and --link reads it" {
	ends 1 replay "$IN/user.pcap"
	[[ ${lines[-1]} == *"user.pcap: link type 147 (USER0) is not supported;"*"look like Ethernet: try --link=1" ]]
	ends 1 replay "$IN/strange.pcap"
	[[ ${lines[-1]} == *"link type 147 (USER0) is not supported;"*"--link=1 for Ethernet, --link=101 for IP" ]]
	for link in 1 EN10MB; do
		ends 0 replay --json --link=$link "$IN/user.pcap"
		[ ${#lines[@]} -eq 1 ]
		[ "$(jq_get frame <<<"$output")" = 10 ]
	done
	ends 0 replay --json -l 1 "$IN/mixed.pcap"
	[ ${#lines[@]} -eq 1 ]
	ends 0 replay --summary "$IN/mixed.pcap"
	[[ $output == *"unread"*" 2 "*"link type not known"* ]]
	[[ $output == *"link type 150 (USER3) is not supported;"*"(2 of 12 records)"* ]]
	ends 0 replay --link=101 "$IN/raw.pcap"
	[[ $output == *"--link changes nothing"* ]]
	for link in 147 7 x EN10 "" -1 1x 70000; do
		ends 2 replay --link="$link" "$IN/user.pcap"
		[[ $output == *"--link=$link is no supported link type"* ]]
	done
}

@test "encrypted frames of 802.11 are counted as such" {
	ends 0 replay --summary "$IN/encrypted.pcap"
	[[ $output == *"encrypted"*" 3 "*"by the link: not judged"* ]]
	ends 0 replay --summary --json "$IN/encrypted.pcap"
	[ "$(jq_get encrypted <<<"$output")" = 3 ]
	[ "$(jq_get passed <<<"$output")" = 2 ]
	ends 0 replay --all --json "$IN/encrypted.pcap"
	[ "$(jq_get skipped <<<"${lines[4]}")" = "encrypted by the link" ]
}

@test "replay reads several interfaces, offloaded lengths, time backwards" {
	stray several
	stray offload
	stray backwards
	run "$CTL" replay "$IN/backwards.pcap"
	[[ $output == *backwards* ]]
}

@test "after a day in which nothing passed, a stray may be of the time between" {
	ends 0 replay --json "$IN/joined.pcap"
	[ ${#lines[@]} -eq 2 ]
	[ "$(jq_get frame <<<"${lines[1]}")" = 11 ]
	[ "$(jq_get cause <<<"${lines[1]}")" = gap ]
	[ "$(jq_get gap <<<"${lines[1]}")" = 0 ]
}

@test "a packet that ends inside its header is malformed, a cut one is not" {
	ends 0 replay --json "$IN/short.pcap"
	[ ${#lines[@]} -eq 1 ]
	[ "$(jq_get message <<<"$output")" = "Malformed packet" ]
	[ "$(jq_get frame <<<"$output")" = 10 ]
	ends 0 replay --json --all "$IN/cut.pcap"
	[ ${#lines[@]} -eq 10 ]
	[ "$(jq_get skipped <<<"${lines[9]}")" = "cut short by the capture" ]
	ends 0 replay --summary "$IN/cut.pcap"
	[[ $output == *"cut "*" 1 "*"short by the capture: not judged"* ]]
	ends 0 replay --summary --json "$IN/runt.pcap"
	[ "$(jq_get corrupt <<<"$output")" = 1 ]
	[ "$(jq_get cut <<<"$output")" = 0 ]
}

@test "what follows a SYN that was cut is explained by the gap" {
	for size in 10 24 34 36 38 46; do
		ends 0 replay --json "$IN/cut-syn-$size.pcap"
		[ "$(jq_get frame <<<"${lines[7]}")" = 9 ]
		[ "$(jq_get cause <<<"$output" | head -n 8 | sort -u)" = gap ]
		[ "$(jq_get frame <<<"${lines[0]}")" = 2 ]
	done
	[ "$(jq_get conf <<<"${lines[0]}")" = medium ] # its ports were read
}

@test "replay --all has an object for each record" {
	ends 0 replay --json --all "$IN/ethernet.pcap"
	[ ${#lines[@]} -eq 10 ]
	[ "$(jq_get frame <<<"$output" | tr '\n' ' ')" = "1 2 3 4 5 6 7 8 9 10 " ]
	[ "$(jq_get verdict <<<"$output" | sort | uniq -c | tr -s ' \n' ' ')" = " 1 drop 9 pass " ]
	ends 0 replay --json --all "$IN/arp.pcap"
	[ ${#lines[@]} -eq 2 ]
}

@test "replay prints log lines and a summary for people" {
	ends 0 replay "$IN/ethernet.pcap"
	[[ ${lines[0]} == *"Not a Valid SYN Packet [FA] TCP 10.0.0.2:80 > 10.0.0.1:4999"* ]]
	[[ $output == *"1"*"dropped"* ]]
	ends 0 replay --summary --json "$IN/ethernet.pcap"
	[ ${#lines[@]} -eq 1 ]
	python3 -c 'import json, sys; json.loads(sys.argv[1])' "$output"
}

@test "replay reads from a pipe" {
	run bash -c '"$CTL" replay --json - <"$IN/raw.pcap"'
	[ "$status" -eq 0 ]
	[ ${#lines[@]} -eq 1 ]
}

@test "a damaged, strange or absent file is an error that says why" {
	ends 1 replay "$IN/torn.pcap"
	[[ $output == *torn.pcap* ]]
	ends 1 replay "$IN/strange.pcap"
	[[ $output == *"link type 147"* ]]
	ends 1 replay "$IN/absent.pcap"
	[[ $output == *"No such file"* ]]
	ends 1 replay /dev/null
	ends 0 replay "$IN/empty.pcap"
}

@test "a rule of the configuration given decides in replay" {
	echo 'default-action = deny' >"$IN/deny.conf"
	ends 0 replay --json -c "$IN/deny.conf" "$IN/raw.pcap"
	[[ $(jq_get message <<<"${lines[0]}") == "Denied by rule" ]]
	[ ${#lines[@]} -eq 10 ]
}

@test "nothing is coloured but on a terminal, and NO_COLOR holds there, too" {
	local escape=$'\033'
	run "$CTL" replay "$IN/raw.pcap"
	[[ $output != *"$escape"* ]]
	run env TERM=xterm NO_COLOR= script -qec "$CTL explain gap" /dev/null
	[[ $output == *"$escape"* ]]
	run env TERM=xterm NO_COLOR=1 script -qec "$CTL explain gap" /dev/null
	[[ $output != *"$escape"* ]]
	run env TERM=dumb script -qec "$CTL explain gap" /dev/null
	[[ $output != *"$escape"* ]]
}

@test "a closed pipe ends it quietly" {
	run bash -c '"$CTL" replay --all "$IN/raw.pcap" 2>&1 >/dev/full'
	[ "$status" -eq 1 ]
	[[ $output == *"No space left"* ]]
	run bash -c 'set -o pipefail; (sleep 0.2; exec "$CTL" explain) 2>&1 | true'
	[ "$output" = "" ]
}

@test "the manual page and the completions in the tree are those of the table" {
	"$ROOT/scripts/generate" --check "$CTL"
}

@test "the manual page names every command, option and exit code" {
	local page
	page=$(mandoc -Tutf8 "$ROOT/man/synwardctl.8" | col -b)
	for command in $(commands); do
		grep -q "^     $command" <<<"$page"
	done
	"$CTL" flows --help | sed -n 's/.*\(--[a-z-]*\).*/\1/p' |
		while read -r option; do grep -qe "$option" <<<"$page"; done
	mandoc -Tlint -Wwarning "$ROOT/man/synwardctl.8"
}

# offered WORDS...: what bash offers for the last of them
offered()
{
	bash -c '
		. "$ROOT/completions/synwardctl.bash"
		compopt() { :; }
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_synwardctl
		printf "%s\n" "${COMPREPLY[@]}"' complete "$@"
}

@test "doc/CONTROL.md names every request" {
	sed -n 's/^| `\([a-z-]*\)` |.*/\1/p' "$ROOT/doc/CONTROL.md" |
		sort >"$IN/told"
	sed -n 's/^.X([A-Z_]*, "\([a-z-]*\)".*/\1/p' \
		"$ROOT/src/protocol/request.h" | sort >"$IN/taken"
	[ "$(wc -l <"$IN/taken")" -ge 10 ]
	diff "$IN/told" "$IN/taken"
}

@test "zsh takes its completion" {
	zsh -n "$ROOT/completions/_synwardctl"
}

@test "bash completes commands, options, causes, filters" {
	[ "$(offered synwardctl dum)" = dump-config ]
	[ "$(offered synwardctl -s /x dum)" = dump-config ]
	[ "$(offered synwardctl kill --re)" = --reset ]
	[ "$(offered synwardctl explain late)" = late-close ]
	[ "$(offered synwardctl drops --cause asy)" = asymmetric ]
	[ "$(offered synwardctl drops --cause = asy)" = asymmetric ]
	[ "$(offered synwardctl flows sta)" = state= ]
	[ "$(offered synwardctl flows state = estab)" = established ]
	[ "$(offered synwardctl hook d)" = down ]
}
