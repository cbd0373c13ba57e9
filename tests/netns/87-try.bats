# shellcheck shell=bash disable=SC2030,SC2031 # run is in functions, too
# SPDX-License-Identifier: Apache-2.0
#
# synwardctl try: one command follows connections beside the kernel's firewall
# and reports.  However it ends, nothing of it is left, and no packet's way has
# changed.

load support

setup_file()
{
	rig_up
	echo_up 7000
	gateway sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=2
	host_add elsewhere
}

teardown_file()
{
	rig_down
}

setup()
{
	gateway nft flush ruleset
}

teardown()
{
	[ ! -e "$RIG/pids/try" ] || finish try KILL || true
	[ ! -e "$RIG/a.in" ] || session_close a
}

# try_up ARGUMENTS...: in the background, until it follows
try_up()
{
	rm -f "$RIG/try.out"
	spawn gateway try env --default-signal=INT \
		"$SYNWARD_BUILD/synwardctl" try "$@"
	wait_for 15 grep -q '^following' "$RIG/try.out"
	try_pid=$(pid_of try)
}

# The daemon of the one that runs.
daemon()
{
	pgrep -P "$try_pid" -f -- '-f -c /run/synward-try'
}

guard()
{
	pgrep -P "$try_pid" -f -- 'synwardctl try'
}

the_worker()
{
	pgrep -f -- '--worker -c /run/synward-try'
}

nothing_left()
{
	[ -z "$(pgrep -f 'synward-try')" ] &&
		[ -z "$(pgrep -f 'synwardctl try')" ] &&
		[ -z "$(gateway find /run -maxdepth 1 -name 'synward-try*')" ] &&
		[ -z "$(find /run -maxdepth 1 -name 'synward-try*')" ]
}

untouched()
{
	wait_for 8 nothing_left
	[ -z "$(gateway nft list ruleset)" ]
	session_open b "$SERVER4" 7000
	session_close b
}

# An idle connection that goes on after the tracker's timeout.
idle_talk()
{
	session_open a "$SERVER4" 7000
	sleep 3.2
	session_say a "after the silence"
	session_hears a "after the silence"
}

try_reports()
{
	wait_for 10 gone "$try_pid"
	cat "$RIG/try.out"
}

# --- what it shows ---------------------------------------------------------

@test "it follows for a time, and reports what would be dropped, and why" {
	try_up --for 6s clients servers
	idle_talk
	try_reports
	grep -q '^clients and servers followed for 6' "$RIG/try.out"
	grep -qE ' packets, [1-9][0-9]* connections?, of which' "$RIG/try.out"
	grep -q '^The ring lost nothing' "$RIG/try.out"
	grep -q '^An enforcing tracker would have dropped' "$RIG/try.out"
	grep -q '  idle-expired: ' "$RIG/try.out"
	grep -q '10.1.0.2 > 10.2.0.2:7000' "$RIG/try.out"
	grep -q 'sysctl net.netfilter.nf_conntrack_tcp_timeout_established=' \
		"$RIG/try.out"
	finish try
	untouched
}

@test "Ctrl-C: the report comes at once, as JSON too" {
	try_up --json clients servers
	idle_talk
	kill -INT "$try_pid"
	finish try CONT
	grep -v '^following' "$RIG/try.out" >"$RIG/json"
	/usr/bin/python3 - "$RIG/json" <<-'END'
	import json, sys
	lines = [json.loads(line) for line in open(sys.argv[1])]
	head = lines[0]
	assert head["kind"] == "try" and head["tap"]["packets"] > 4, head
	assert [i["name"] for i in head["interfaces"]] == ["clients", "servers"]
	assert all(i["received"] > 0 for i in head["interfaces"]), head
	idle = [l for l in lines if l.get("cause") == "idle-expired"]
	assert len(idle) == 1 and idle[0]["by"] == "synward", lines
	assert idle[0]["connections"] == [
	    {"client": "10.1.0.2", "server": "10.2.0.2:7000"}], idle
	assert idle[0]["hints"][0].startswith("sysctl "), idle
	END
	untouched
}

@test "what the kernel's firewall dropped is explained" {
	gateway sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
	gateway nft -f - <<-'END'
	table inet firewall {
		chain forward {
			type filter hook forward priority filter;
			ct state invalid log prefix "INVALID: " group 5 drop
		}
	}
	END
	try_up --nflog 5 clients servers
	session_open a "$SERVER4" 7000
	sleep 3.2
	session_say a "after the silence"
	fails session_hears a "after the silence" 1
	finish try INT
	cat "$RIG/try.out"
	grep -qE "^The kernel's firewall dropped [1-9][0-9]* packets?, by what it logged to group 5" \
		"$RIG/try.out"
	grep -q '  idle-expired: ' "$RIG/try.out"
	grep -q 'by=kernel prefix=INVALID' "$RIG/try.out"
	grep -q 'would have dropped nothing else' "$RIG/try.out"
	gateway nft flush ruleset
	finish a KILL || true
	rm -f "$RIG/a.in"
	untouched
}

@test "from a source tree: one command builds it and runs it" {
	local ns
	ns=$(netns gateway)
	run ip netns exec "$ns" "$RIG_ROOT/scripts/try" --for 1s clients
	echo "$output"
	[ "$status" -eq 4 ]
	[[ $output == *"following clients for 1s"* ]]
	nothing_left
}

# --- errors ----------------------------------------------------------------

try_fails()
{
	local code=$1
	shift
	run gateway "$SYNWARD_BUILD/synwardctl" try "$@"
	echo "$output"
	[ "$status" -eq "$code" ]
	nothing_left
}

@test "an interface that does not exist" {
	try_fails 2 clients eth7
	[[ $output == *"no interface 'eth7'; there are: "*clients*servers* ]]
}

@test "arguments that make no sense" {
	try_fails 2
	[[ $output == *"try needs INTERFACE"* ]]
	try_fails 2 --for 10 clients
	[[ $output == *"--for 10: "*"such as 10m"* ]]
	try_fails 2 --nflog 0 clients
	[[ $output == *"--nflog 0: not a group"* ]]
}

@test "not root" {
	run gateway setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$SYNWARD_BUILD/synwardctl" try clients
	[ "$status" -eq 5 ]
	[[ $output == *"only root"*sudo* ]]
}

@test "no traffic: which of the interfaces received nothing" {
	local ns
	ns=$(netns elsewhere)
	ip -n "$ns" link add quiet0 type veth peer name quiet1
	ip -n "$ns" link set quiet0 up
	run ip netns exec "$ns" "$SYNWARD_BUILD/synwardctl" try --for 2s \
		quiet0
	echo "$output"
	[ "$status" -eq 4 ]
	[[ $output == *"No forwarded packet was seen."* ]]
	[[ $output == *"quiet0 received no packet"* ]]
	nothing_left
}

@test "only packets of the gateway itself" {
	try_up --for 3s clients
	client ping -q -c 3 -i 0.2 -W 1 "$GATEWAY4" >/dev/null
	try_reports
	grep -qE '^clients received [1-9][0-9]* packets?, but none that is forwarded' \
		"$RIG/try.out"
	fails finish try
	nothing_left
}

@test "a group that another program reads: it follows all the same" {
	spawn gateway other "$SYNWARD_BUILD/synwardctl" try --for 30s \
		--nflog 6 clients
	wait_for 15 grep -q '^following' "$RIG/other.out"
	try_up --for 4s --nflog 6 clients servers
	session_open a "$SERVER4" 7000
	try_reports
	grep -q 'another program reads it' "$RIG/try.out"
	grep -q 'followed for' "$RIG/try.out"
	finish try
	finish other INT
	nothing_left
}

@test "an interface goes away, and comes back" {
	gateway ip link add late0 type veth peer name other0
	try_up --for 6s clients servers late0
	gateway ip link del late0
	wait_for 5 grep -q '^late0 is gone; ' "$RIG/try.out"
	gateway ip link add late0 type veth peer name other0
	wait_for 5 grep -q '^late0 is back' "$RIG/try.out"
	gateway ip link del late0
	session_open a "$SERVER4" 7000
	try_reports
	grep -q 'followed for' "$RIG/try.out"
	grep -q '^late0 is gone\.' "$RIG/try.out"
	finish try
	untouched
}

# --- kill -9 ---------------------------------------------------------------

@test "the command is killed: nothing is left, and the next run works" {
	session_open a "$SERVER4" 7000
	try_up clients servers
	[ "$(the_worker | wc -l)" -eq 1 ]
	kill -KILL "$try_pid"
	session_say a "while it dies"
	session_hears a "while it dies"
	untouched
	rm -f "$RIG/pids/try"
	try_up --for 2s clients servers
	session_say a again
	try_reports
	grep -q 'followed for' "$RIG/try.out"
	finish try
}

@test "its guard is killed: the command removes everything" {
	try_up --for 3s clients servers
	kill -KILL "$(guard)"
	session_open a "$SERVER4" 7000
	try_reports
	grep -q 'followed for' "$RIG/try.out"
	finish try
	untouched
}

@test "its daemon's worker is killed: another goes on" {
	try_up --for 6s clients servers
	session_open a "$SERVER4" 7000
	kill -KILL "$(the_worker)"
	session_say a "while it dies"
	session_hears a "while it dies"
	sleep 2
	session_say a more
	session_hears a more
	try_reports
	grep -qE ' packets, [1-9][0-9]* connections?, of which' "$RIG/try.out"
	finish try
	untouched
}

@test "its daemon's parent is killed: what the worker knew is reported" {
	try_up --for 20s clients servers
	session_open a "$SERVER4" 7000
	wait_for 5 daemon >/dev/null
	kill -KILL "$(daemon)"
	try_reports
	grep -q 'followed for' "$RIG/try.out"
	grep -q 'synwardd was killed before the end' "$RIG/try.out"
	run finish try
	[ "$status" -eq 1 ]
	untouched
}

@test "all of its daemon is killed: it says so" {
	local daemon
	try_up --for 20s clients servers
	daemon=$(daemon)
	kill -STOP "$daemon"
	kill -KILL "$(the_worker)"
	kill -KILL "$daemon"
	try_reports
	grep -q 'synwardd ended, and what it knew is lost' "$RIG/try.out"
	run finish try
	[ "$status" -eq 1 ]
	untouched
}
