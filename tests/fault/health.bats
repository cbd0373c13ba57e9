# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Health: status says at its head what is wrong, below why and since when, and
# says so no longer once it is over.  The clock that the daemon counts by is
# moved (world.c), so nobody waits ten minutes.

load ../netns/support
load ../netns/sinks
load canary

teardown()
{
	rig_down
	! mountpoint -q "$BATS_TEST_TMPDIR/disk" ||
		umount "$BATS_TEST_TMPDIR/disk"
}

head_of_status()
{
	ctl status | head -n 1
}

# heads PATTERN: the first line of status has it
heads()
{
	head_of_status | grep -qE -- "$1"
}

# is_degraded REASON: metrics and JSON say so as well
is_degraded()
{
	ctl metrics | grep -q "^synward_degraded{reason=\"$1\"} 1$" &&
		ctl status --json | grep -q "\"health\":\"degraded\".*\"reasons\":\[.*\"$1\""
}

none_in_metrics()
{
	[ "$(ctl metrics | grep -c '^synward_degraded{.* 0$')" -ge 9 ] &&
		[ "$(ctl metrics | grep -c '^synward_degraded{.* 1$')" -eq 0 ]
}

is_well()
{
	heads ': healthy, ' && none_in_metrics &&
		ctl status --json | grep -q '"health":"healthy","reasons":\[\]'
}

# The seconds since 1970 of a reason's beginning
since()
{
	ctl status --json | grep "\"name\":\"$1\"" |
		sed 's/.*"since":\([0-9]*\).*/\1/'
}

strays()
{
	client hping3 -q -c "$1" -i u1000 -A -p ++1 "$SERVER4" \
		>/dev/null 2>&1 || true
}

@test "lost lines: the sink and its error, and well ten minutes later" {
	local disk=$BATS_TEST_TMPDIR/disk began
	began=$(date +%s)
	mkdir "$disk"
	mount -t tmpfs -o size=64k none "$disk"
	yes 2>/dev/null >"$disk/fill" || true
	SINKS="\"json:$disk/json\"" stage_world </dev/null
	strays 30
	wait_for 5 heads ': DEGRADED \(log lines lost\), up '
	is_degraded log-lost
	degraded "lines were lost by their sinks; json:$disk/json fails: No space left on device, since [0-9:]{8} [A-Z]+$"
	degraded 'lost, failing now: No space left on device$'
	(($(since log-lost) >= began && $(since log-lost) <= $(date +%s)))
	gateway rm "$disk/fill"
	strays 30
	sleep 1
	world boot 590
	sleep 1.5
	heads DEGRADED
	is_degraded log-lost
	world boot 620
	wait_for 5 is_well
}

@test "a full queue: said in the log when it begins and when it is over" {
	local before
	stage_world <<<'offload { lanes = 0 }'
	before=$(worker)
	kill -s STOP "$before"
	client timeout 0.8 hping3 -q --flood --udp -p 9 "$SERVER4" \
		>/dev/null 2>&1 || true
	kill -s CONT "$before"
	wait_for 5 heads ': DEGRADED \(.*queue full'
	is_degraded queue-full
	wait_for 5 grep -qE 'health: queue full: the kernel dropped [0-9]+ packets because a queue was full: .*; write: synwardctl dump-config$' \
		"$RIG/lines"
	world boot 620
	wait_for 5 is_well
	grep -qE 'health: no longer queue full, after 6[0-9][0-9] s$' "$RIG/lines"
}

@test "a table that is nearly full: until it has room again" {
	stage_world <<<'table { max-flows = 1k  max-embryonic = 0 }'
	client hping3 -q --udp -c 1500 -i u500 -p 9 "$SERVER4" \
		>/dev/null 2>&1 || true
	wait_for 5 heads ': DEGRADED \(table nearly full'
	is_degraded table-full
	degraded 'the table is [0-9]+ % full: raise table.max-flows, since '
	world boot 40
	wait_for 10 is_well
}
