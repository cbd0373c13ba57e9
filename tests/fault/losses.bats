# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What is lost is counted under a name, and status says so, while a hundred
# connections do not notice: packets for which our socket has no room, lines
# that a sink does not take, requests of who may not ask.

load ../netns/support
load ../netns/sinks
load canary

teardown()
{
	rig_down
}

# As fast as the client can, for so many seconds, at so many ports
strays_at_once()
{
	client timeout "$1" hping3 -q --flood -A -p ++1 "$SERVER4" \
		>/dev/null 2>&1 || true
}

@test "ENOBUFS: our socket has no room" {
	stage </dev/null
	sing
	[ "$("$FAULT_HERE/choke" "$(worker)" 2048)" -ge 1 ]
	strays_at_once 4
	"$FAULT_HERE/choke" "$(worker)" $((64 << 20))
	wait_for 5 metric_beyond synward_queue_dropped_total '' 0
	local lost
	lost=$(metric synward_queue_dropped_total '"where":"socket"')
	((lost > 100))
	degraded 'dropped [0-9]+ packets because our socket was full'
	same_worker
	unharmed "socket full, $lost packets counted as lost there"
}

@test "the log's socket is deleted under a flood of strays" {
	stage </dev/null
	sing
	finish rsyslogd || true
	gateway rm -f /dev/log
	strays_at_once 4
	wait_for 5 metric_beyond synward_log_lost_total '' 0
	degraded '[0-9]+ log lines were lost'
	local lost
	lost=$(metric synward_log_lost_total)
	rsyslog_up
	logged 'lost while syslog was away' 10
	same_worker
	unharmed "log socket deleted, $lost lines counted as lost"
}

@test "the log's disk is full under a flood of strays" {
	stage_hosts
	gateway mkdir "$RIG/disk"
	gateway mount -t tmpfs -o size=32k none "$RIG/disk"
	many_rules 60 |
		SINKS="syslog, \"file:$RIG/disk/log\", \"json:$RIG/disk/json\"" \
			stage_daemon
	sing
	stray_each 60 10
	strays_at_once 3
	wait_for 5 metric_beyond synward_log_lost_total '' 0
	degraded '[0-9]+ log lines were lost'
	local lost
	lost=$(metric synward_log_lost_total)
	same_worker
	unharmed "log disk full, $lost lines counted as lost"
}

# A chain that leaves a hook of the kernel takes with it what waits in queues.
@test "the rule is put up again while packets wait" {
	stage </dev/null
	unhook
	ctl hook up
	sing 500
	local pid n
	for n in 1 2 3; do
		pid=$(worker)
		kill -s STOP "$pid"
		sleep 0.2
		ctl hook up
		kill -s CONT "$pid"
		sleep 1
	done
	unharmed "hook up $n times"
	# shellcheck disable=SC2153 # unharmed() leaves it
	((LOST == 0))
}

@test "the rule is taken away while packets wait" {
	stage </dev/null
	unhook
	ctl hook up
	sing 500
	local pid down
	pid=$(worker)
	kill -s STOP "$pid"
	sleep 0.2
	ctl hook down 3>&- 4>&- &
	down=$!
	wait_for 5 rule_is_gone
	sleep 0.1
	kill -s CONT "$pid"
	wait $down
	unharmed "hook down"
	((LOST == 0))
}

rule_is_gone()
{
	! gateway ip6tables-save | grep -q NFQUEUE
}

# As nobody, and at once: everything there is to ask.
knock()
{
	# shellcheck disable=SC2016 # python's own
	gateway setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 -c '
import socket, sys, time
turned_away = 0
end = time.monotonic() + 4
while time.monotonic() < end:
    for words in b"status", b"flows", b"kill port=7100", b"reload", b"\xff":
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(2)
                s.connect(sys.argv[1])
                try:
                    s.sendall(b"synward/1 " + words + b"\n")
                except OSError:
                    pass
                answer = s.recv(4096)
        except OSError:
            answer = b"not permitted"
        if b"not permitted" not in answer:
            sys.exit("heard: %r" % answer)
        turned_away += 1
print(turned_away)' "$RIG/ctl.sock"
}

@test "a user who may not ask asks thousands of times" {
	stage </dev/null
	sing
	local before times
	before=$(metric synward_config_generation)
	times=$(knock)
	((times > 500))
	[ "$(metric synward_config_generation)" -eq "$before" ]
	[[ $(ctl status --json) == *"\"not_permitted\":$times,"* ]]
	status_says healthy
	same_worker
	unharmed "unauthorised user, turned away $times times"
}
