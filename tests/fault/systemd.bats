# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The unit as it is shipped, under a real systemd, between a client and a
# server whose connections notice everything: see canary and pen.

bats_require_minimum_version 1.5.0
load ../netns/support
load succession
load pen

setup_file()
{
	rig_up
	echo 'log { to = { "file:/var/log/synward/log" } }' | pen_up
	pen systemctl start synwardd
	canary_up
}

teardown_file()
{
	rig_down
}

@test "the unit is clean" {
	run pen systemd-analyze verify synwardd.service synward-hook.service
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "its exposure is 1.5 at most" {
	run pen systemd-analyze security --no-pager --offline=true \
		--threshold=15 /usr/lib/systemd/system/synwardd.service
	echo "${lines[-1]}"
	[ "$status" -eq 0 ]
}

@test "it runs as a user of its own, with one capability, filtered" {
	local which pid
	for which in main worker; do
		pid=$(process_of $which)
		grep -qE '^CapEff:\s0000000000001000$' "/proc/$pid/status"
		grep -qE '^CapPrm:\s0000000000001000$' "/proc/$pid/status"
		grep -qE '^NoNewPrivs:\s1$' "/proc/$pid/status"
		grep -qE '^Seccomp:\s2$' "/proc/$pid/status"
		[ "$(stat -c %u "/proc/$pid")" -ne 0 ]
	done
	[ "$(pen stat -c %U /run/synward/ctl.sock)" = synward ]
}

@test "its threads are known by name" {
	local names
	names=$(sort "/proc/$(process_of worker)"/task/*/comm)
	[ "$(xargs <<<"$names")" = "log queue-0 reporter synwardd" ]
}

@test "most of the file system is closed to it" {
	! "$SYNWARD_BUILD/tests/check_landlock" | grep skipped ||
		skip "this kernel has no Landlock"
	pen grep -q started /var/log/synward/log
	run -1 pen grep Landlock /var/log/synward/log
	# Its own /tmp, where its user may write.
	pen sh -c 'cp /etc/synward/synward.conf /root/was &&
		echo "log { to += { \"file:/tmp/log\" } }" \
			>>/etc/synward/synward.conf'
	run -78 pen synwardctl reload
	[[ $output == *"/tmp/log: it is outside"* ]]
	pen cp /root/was /etc/synward/synward.conf
	pen synwardctl reload
}

@test "the rule is there once it is ready" {
	pen synwardctl hook show | grep -q NFQUEUE
	pen synwardctl status
}

kept()
{
	pen synwardctl hook show | grep -q "$1"
}

keeper_ended()
{
	[ "$(pen systemctl is-active synward-hook)" = inactive ]
}

@test "kept rules come back" {
	keeper_ended
	pen sh -c 'cp /etc/synward/synward.conf /root/was &&
		echo "hook { keep = true }" >>/etc/synward/synward.conf'
	pen systemctl restart synward-hook
	[ "$(pen systemctl is-active synward-hook)" = active ]
	pen nft flush ruleset
	wait_for 6 kept NFQUEUE
	pen cp /root/was /etc/synward/synward.conf
	pen systemctl restart synward-hook
	wait_for 6 keeper_ended
}

@test "a killed worker is replaced by its parent" {
	sing
	kill -s KILL "$(process_of worker)"
	wait_for 15 answers
	unharmed "worker killed"
	[ "$(pen systemctl show --value -p NRestarts synwardd)" -eq 0 ]
}

@test "both killed at once are replaced by systemd" {
	sing
	kill -s KILL "$(process_of main)" "$(process_of worker)"
	wait_for 15 answers
	unharmed "all killed"
	[ "$(pen systemctl show --value -p NRestarts synwardd)" -eq 1 ]
	pen grep -q 'took over [1-9]' /var/log/synward/log
}

# What is left in its group is ended by systemd before it starts another.
@test "a parent that is killed alone is replaced by systemd" {
	local left
	left=$(process_of worker)
	sing
	kill -s KILL "$(process_of main)"
	wait_for 15 another_worker "$left"
	wait_for 15 answers
	unharmed "parent killed"
	[ "$(pen systemctl show --value -p NRestarts synwardd)" -eq 2 ]
}

@test "a restart loses nothing" {
	sing
	pen systemctl restart synwardd
	unharmed restart
	active
}

both_there()
{
	before=$(process_of main)
	worker=$(process_of worker)
	[ -n "$before" ] && [ -n "$worker" ]
}

# Until the orphaned worker is ended, it answers; so the new one is awaited.
@test "a hung parent is replaced" {
	local before worker
	wait_for 5 both_there
	sing
	kill -s STOP "$before"
	wait_for 8 gone "$before"
	wait_for 8 gone "$worker"
	wait_for 8 answers
	unharmed "parent hung"
}

@test "a stop releases everything, and packets pass" {
	sing
	pen systemctl stop synwardd
	unharmed stop
	run pen synwardctl hook show
	[[ $output != *NFQUEUE* ]]
	run queue_bound 0
	[ "$status" -eq 1 ]
	[ "$(pen systemctl show --value -p NFileDescriptorStore synwardd)" -eq 0 ]
}

@test "a bad configuration is not tried again" {
	pen sh -c 'echo nonsense = 1 >>/etc/synward/synward.conf'
	run pen systemctl start synwardd
	[ "$status" -ne 0 ]
	[ "$(pen systemctl show --value -p ExecMainStatus synwardd)" -eq 78 ]
	[ "$(pen systemctl is-active synwardd)" = failed ]
}
