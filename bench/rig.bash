# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# rig: what the benchmarks with network namespaces have in common.

# go_first COMMAND...: goes on as a session of its own, before whatever else
# runs here: the kernel shares its time between sessions first.
go_first()
{
	if [ -z "${BENCH_SESSION:-}" ]; then
		BENCH_SESSION=1 exec setsid -w "$@"
	fi
	echo -20 >/proc/self/autogroup 2>/dev/null || true
	renice -n -20 $$ >/dev/null
}

daemon_tasks()
{
	local pid
	for pid in $(pid_of synwardd) $(pgrep -P "$(pid_of synwardd)"); do
		ls "/proc/$pid/task"
	done
}

# Starts the daemon with the priority of the others here; what reads the
# queue gets the second core, the sender has the first.
daemon_up()
{
	local task
	synwardd_up -f
	for task in $(daemon_tasks); do
		renice -n -20 "$task" >/dev/null
		taskset -cp 1 "$task" >/dev/null
	done
	hook
}

daemon_down()
{
	unhook
	synwardd_down TERM || true
}
