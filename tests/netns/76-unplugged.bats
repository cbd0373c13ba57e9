# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Somebody takes the queue's rule away, or puts another before it, while
# traffic flows: within ten seconds status, log and metrics say so, with what to
# write, and no longer when packets come again.

load support

setup_file()
{
	rig_up
	rsyslog_up
	echo_up 7
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
	conf <<-'END'
	log { to = { syslog } }
	END
	synwardd_up
}

teardown()
{
	[ ! -e "$RIG/pids/talk" ] || finish talk || true
	[ ! -e "$RIG/pids/keeper" ] || finish keeper || true
	[ ! -e "$RIG/pids/synwardd" ] || synwardd_down
	gateway nft flush ruleset
	unhook
}

# Ten datagrams a second, in a process of its own
talk()
{
	spawn client talk hping3 -q --udp -p 9 -i u100000 "$SERVER4"
}

metric_is()
{
	ctl metrics | grep -qx "$1 $2"
}

status_line_says()
{
	ctl status | head -n 1 | grep -qE -- "$1"
}

# The daemon has run long enough, and packets have come.
is_plugged_in()
{
	talk
	sleep 12
	status_line_says ': healthy, '
	metric_is synward_hook_present 1
}

# is_unplugged SENTENCE COMMAND: said within ten seconds
is_unplugged()
{
	wait_for 10 status_line_says ': DEGRADED \(unplugged\), '
	ctl status | grep -qE "^  $1, since [0-9:]{8} "
	ctl status | grep -qx "    synwardctl $2"
	ctl status --json | grep -q '"hook_present":false.*"reasons":\["unplugged"\]'
	metric_is synward_hook_present 0
	metric_is 'synward_degraded{reason="unplugged"}' 1
	logged "health: unplugged: $1; write: synwardctl $2$" 2
}

is_well_again()
{
	wait_for 10 status_line_says ': healthy, '
	metric_is synward_hook_present 1
	logged 'health: no longer unplugged, after [0-9]+ s' 2
}

no_rule='no rule sends packets to queue 0 any more, so they pass unwatched'

@test "iptables -F: both families" {
	hook
	is_plugged_in
	gateway iptables -w -F
	gateway ip6tables -w -F
	is_unplugged "$no_rule" 'hook up'
	ctl hook up -c "$RIG/synward.conf"
	is_well_again
	ctl hook down -c "$RIG/synward.conf"
}

@test "iptables -F: only IPv4, while IPv6 comes" {
	hook
	is_plugged_in
	spawn client six ping -q -i 0.2 "$SERVER6"
	gateway iptables -w -F
	is_unplugged 'no rule sends IPv4 packets to queue 0 any more, so they pass unwatched' 'hook up'
	gateway iptables -w -A FORWARD -j NFQUEUE --queue-num 0
	is_well_again
	finish six || true
}

@test "nft flush ruleset, and the command that status names" {
	ctl hook up -c "$RIG/synward.conf"
	is_plugged_in
	gateway nft flush ruleset
	is_unplugged "$no_rule" 'hook up'
	ctl hook up -c "$RIG/synward.conf"
	is_well_again
	ctl hook down -c "$RIG/synward.conf"
}

@test "a rule of others that sends packets to a queue of theirs" {
	hook
	is_plugged_in
	gateway iptables -w -I FORWARD -j NFQUEUE --queue-num 5 --queue-bypass
	is_unplugged 'no packet has come to queue 0 for [0-9]+ s, in which [0-9]+ were forwarded: a rule before ours takes them, which synwardctl hook show names' 'hook show'
	ctl hook show -c "$RIG/synward.conf" |
		grep -q 'not by synward: iptables -t filter -A FORWARD -j NFQUEUE --queue-num 5'
	gateway iptables -w -D FORWARD 1
	is_well_again
}

keeper_up()
{
	conf <<-'END'
	log { to = { syslog } }
	hook { keep = true }
	END
	ctl reload
	rm -f "$RIG/keeper.out"
	spawn gateway keeper "$SYNWARD_BUILD/synwardctl" hook keep \
		-c "$RIG/synward.conf"
}

rules()
{
	ctl hook show -c "$RIG/synward.conf" | grep -E 'NFQUEUE|queue to' | sort
}

has_rules()
{
	[ "$(rules)" = "$1" ]
}

said()
{
	[ "$(grep -c "$1" "$RIG/keeper.out")" -eq "$2" ]
}

@test "kept rules come back, for the same chains and families" {
	local before
	keeper_up
	ctl hook up -I -O -c "$RIG/synward.conf"
	before=$(rules)
	[ "$(wc -l <<<"$before")" -ge 4 ]
	is_plugged_in
	gateway nft flush ruleset
	wait_for 6 has_rules "$before"
	said 'somebody took out .*; the rules are back' 1
	# Rules of one family or one chain count as well.
	if gateway ip6tables -w -t security -F FORWARD; then
		wait_for 6 has_rules "$before"
		said 'somebody took out .ip6tables -t security -A FORWARD ' 1
	fi
	finish talk
	status_line_says ': healthy, '
	ctl hook down -c "$RIG/synward.conf"
	finish keeper || true
}

@test "what hook up and hook down change is kept so" {
	local before
	keeper_up
	ctl hook up -I -c "$RIG/synward.conf"
	ctl hook up -c "$RIG/synward.conf"
	before=$(rules)
	sleep 7
	has_rules "$before"
	ctl hook down -c "$RIG/synward.conf"
	sleep 7
	[ -z "$(rules)" ]
	said 'the rules are back' 0
	finish keeper || true
}

@test "rules are not put back without a reader, and by one keeper" {
	local before
	keeper_up
	ctl hook up -c "$RIG/synward.conf"
	before=$(rules)
	run gateway timeout 5 "$SYNWARD_BUILD/synwardctl" hook keep \
		-c "$RIG/synward.conf"
	[ "$status" -eq 1 ]
	[ "$output" = 'synwardctl: hook keep: another process keeps the rules already' ]
	synwardd_down
	gateway nft flush ruleset
	sleep 7
	[ -z "$(rules)" ]
	said 'nobody reads queue 0: they are put back when somebody does' 1
	synwardd_up
	wait_for 6 has_rules "$before"
	ctl hook down -c "$RIG/synward.conf"
	finish keeper || true
}

@test "nothing is kept unless the configuration says so" {
	run gateway timeout 5 "$SYNWARD_BUILD/synwardctl" hook keep \
		-c "$RIG/synward.conf"
	[ "$status" -eq 0 ]
	[ "$output" = 'synwardctl: hook keep: hook.keep is false, so nothing is kept' ]
}

@test "an idle gateway is not unplugged" {
	hook
	is_plugged_in
	finish talk
	sleep 12
	status_line_says ': healthy, '
	metric_is synward_hook_present 1
}

# The daemon pins its program where process 1 sees it, which the gateway's own
# /run is not.
hook_outside()
{
	ip netns exec "$(netns gateway)" "$SYNWARD_BUILD/synwardctl" hook "$@" \
		-c "$RIG/synward.conf"
}

carried()
{
	ctl metrics | awk '/^synward_offload_packets_total/ { print $2 }'
}

@test "packets that the kernel carries are no gap" {
	spawn server iperf iperf3 -s
	wait_for 5 listening server 5201
	hook_outside up
	if ! hook_outside show | grep -q '^fast path on: '; then
		hook_outside down
		skip "$(ctl status | grep 'fast path')"
	fi
	spawn client talk iperf3 -c "$SERVER4" -b 2M -t 30
	sleep 22
	(($(carried) > 100))
	status_line_says ': healthy, '
	metric_is synward_hook_present 1
	finish iperf || true
	hook_outside down
}
