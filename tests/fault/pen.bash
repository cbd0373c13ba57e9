# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# pen: what the tests share that run the unit in the pen on the gateway.

# The configuration comes on standard input.
pen_up()
{
	cat >"$RIG/pen.conf"
	spawn gateway pen "$BATS_TEST_DIRNAME/pen" "$SYNWARD_BUILD" \
		"$RIG/pen.conf"
	wait_for 60 pen_runs
}

pen()
{
	timeout 30 nsenter -t "$(pgrep -P "$(pid_of pen)")" -a "$@"
}

pen_runs()
{
	pen systemctl is-system-running 2>/dev/null | grep -q running
}

# The main process, or with "worker" its child, as numbered out here.
process_of()
{
	local cgroup pid
	cgroup=$(pen systemctl show --value -p ControlGroup synwardd)
	for pid in $(host_pids gateway); do
		grep -q "$cgroup\$" "/proc/$pid/cgroup" || continue
		case $1-$(tr '\0' ' ' <"/proc/$pid/cmdline") in
		worker-*--worker*) echo "$pid" ;;
		main-*--worker*) ;;
		main-*) echo "$pid" ;;
		esac
	done
}

active()
{
	[ "$(pen systemctl is-active synwardd)" = active ]
}

answers()
{
	pen synwardctl status >/dev/null 2>&1
}

another_worker()
{
	local now
	now=$(process_of worker)
	[ -n "$now" ] && [ "$now" != "$1" ]
}
