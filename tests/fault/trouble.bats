# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Trouble on the gateway itself: the daemon goes on, says what is wrong, and
# a hundred connections do not notice.

load ../netns/support
load ../netns/sinks
load canary

setup()
{
	stage <<<'timeouts { established = 100s }'
}

teardown()
{
	[ ! -e "$RIG/pids/rsyslogd" ] ||
		kill -s CONT "$(pid_of rsyslogd)" 2>/dev/null || true
	rig_down
}

@test "syslog stopped under a flood of strays" {
	sing
	kill -s STOP "$(pid_of rsyslogd)"
	client timeout 4 hping3 -q --flood -A -p ++1 "$SERVER4" >/dev/null 2>&1 ||
		true
	degraded '[0-9]+ log lines were lost'
	kill -s CONT "$(pid_of rsyslogd)"
	same_worker
	unharmed "syslog stopped, $(metric synward_log_lost_total) lines lost"
}

# Clients of the control socket that ask and never read, or never ask.
hangers()
{
	# shellcheck disable=SC2016 # python's own
	spawn gateway hangers python3 -c '
import socket, sys, time
kept = []
for n in range(1000):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.setblocking(False)
    try:
        s.connect(sys.argv[1])
        s.send([b"synward/1 flows\n", b"synward/1 flo", b"", b"\xff" * 300][n % 4])
    except OSError:
        pass
    kept.append(s)
print("hanging", flush=True)
time.sleep(60)' "$RIG/ctl.sock"
	wait_for 10 grep -q hanging "$RIG/hangers.out"
}

@test "a thousand control clients that hang" {
	sing
	hangers
	local n
	for n in 1 2 3 4 5 6; do
		ctl status | grep -q synward
		sleep 0.5
	done
	same_worker
	finish hangers KILL || true
	wait_for 10 status_says healthy
	unharmed "1000 control clients"
}

@test "a queue that overflows is counted, and goes on" {
	sing
	# The worker stands still for a moment; on a slow machine its watchdog
	# may replace it, which does no harm either.
	local pid
	overflowed()
	{
		(($(metric synward_queue_dropped_total) > 0))
	}
	for _ in 1 2 3 4 5 6; do
		pid=$(worker)
		kill -s STOP "$pid"
		client timeout 0.8 hping3 -q --flood --udp -p 9 "$SERVER4" \
			>/dev/null 2>&1 || true
		kill -s CONT "$pid" 2>/dev/null || true
		sleep 1
		! overflowed || break
	done
	wait_for 10 overflowed
	degraded 'kernel dropped [0-9]+ packets because a queue was full'
	unharmed "queue overflow, $(metric synward_queue_dropped_total) lost" \
		"in the queue"
}

@test "a worker that hangs is replaced within two seconds" {
	sing
	local hung before
	hung=$(worker)
	before=$(now_ms)
	kill -s STOP "$hung"
	replaced()
	{
		[ -n "$(worker)" ] && [ "$(worker)" != "$hung" ]
	}
	wait_for 5 replaced
	local took=$(($(now_ms) - before))
	wait_for 5 status_says healthy
	((took <= 2500))
	unharmed "worker hung, replaced after $took ms"
}

# What stops parent and worker alike is no fault of the worker's, also when it
# gets the processor later.
@test "a machine that stands still" {
	sing
	local pid both
	both=("$(pid_of synwardd)" "$(worker)")
	kill -s STOP "${both[@]}"
	sleep 2
	for pid in "${both[@]}"; do
		kill -s CONT "$pid"
		sleep 0.6
	done
	sleep 1
	same_worker
	unharmed "stopped for two seconds"
	((LOST == 0))
}

@test "an interface that goes down and up" {
	gateway sysctl -q net.ipv6.conf.servers.keep_addr_on_down=1
	sing
	local n
	for n in 1 2 3 4 5; do
		ip -n "$(netns gateway)" link set servers down
		sleep 0.3
		ip -n "$(netns gateway)" link set servers up
		sleep 0.7
	done
	wait_for 10 client ping -q -c 1 -W 1 "$SERVER6" >/dev/null
	same_worker
	never_logged 'Not a Valid SYN Packet .*:7100'
	unharmed "interface down $n times"
}

generation()
{
	metric synward_config_generation
}

# Each is asked for when the one before is in force.
@test "a thousand reloads within a minute" {
	sing
	local before begun took
	before=$(generation)
	begun=$(now_ms)
	# shellcheck disable=SC2016 # the other shell expands it
	gateway bash -euc 'for ((n = 0; n < 1000; n++)); do
		"$1" -s "$2" reload >/dev/null
	done' storm "$SYNWARD_BUILD/synwardctl" "$RIG/ctl.sock"
	took=$(($(now_ms) - begun))
	[ "$(generation)" -eq $((before + 1000)) ]
	((took <= 60000))
	status_says healthy
	same_worker
	unharmed "1000 reloads in $took ms"
}

@test "a storm of signals to reload" {
	sing
	local n before begun
	before=$(generation)
	begun=$(now_ms)
	for n in $(seq 500); do
		kill -s HUP "$(pid_of synwardd)"
	done
	sleep 1
	local loaded=$(($(generation) - before))
	((loaded > 0))
	metric_is synward_config_last_reload_successful '' 1
	same_worker
	unharmed "$n signals in $(($(now_ms) - begun)) ms, $loaded reloads"
}

@test "reloads of a broken configuration" {
	sing
	local n
	cp "$RIG/synward.conf" "$RIG/good"
	echo 'timeouts { established = 3 weeks }' >>"$RIG/synward.conf"
	for n in $(seq 20); do
		kill -s HUP "$(pid_of synwardd)"
		sleep 0.1
	done
	wait_for 5 metric_is synward_config_last_reload_successful '' 0
	logged 'synward.conf:[0-9]+:[0-9]+: '
	degraded 'reload was refused'
	cp "$RIG/good" "$RIG/synward.conf"
	kill -s HUP "$(pid_of synwardd)"
	wait_for 5 metric_is synward_config_last_reload_successful '' 1
	wait_for 5 status_says healthy
	same_worker
	unharmed "$n broken reloads"
}

# None may be opened, while all that are open stay.  The worker's signs of
# life get through for longer than its parent waits for one, and it tells how
# it is.
@test "no descriptor is left" {
	sing
	local pid n=0
	pid=$(worker)
	while [ -e "/proc/$pid/fd/$n" ]; do
		n=$((n + 1))
	done
	prlimit --pid "$pid" --nofile="$n:"
	for _ in 1 2 3; do
		kill -s HUP "$(pid_of synwardd)"
		sleep 0.8
		wait_for 3 degraded 'reload was refused'
	done
	client hping3 -q -c 2 -i u1000 -A -p 9 "$SERVER4" >/dev/null 2>&1 || true
	logged 'Not a Valid SYN Packet \[A\] .*:9 '
	same_worker
	prlimit --pid "$pid" --nofile=1024:
	kill -s HUP "$(pid_of synwardd)"
	wait_for 5 metric_is synward_config_last_reload_successful '' 1
	wait_for 5 status_says healthy
	same_worker
	unharmed "no descriptor left at $n"
}
