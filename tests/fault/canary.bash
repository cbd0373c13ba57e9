# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# canary: what the fault tests share.
#
# A hundred TCP connections, half over IPv4 and half over IPv6, sing through
# the gateway while something bad is done: each sends blocks and checks every
# byte that comes back.  They must not notice.  Each test ends with one line
# of figures.

FAULT_HERE=$RIG_ROOT/tests/fault

# stage [CONFIGURATION on standard input]: hosts, syslog, daemon, canaries.
# $SINKS are the daemon's, syslog where it is not set.
stage()
{
	stage_hosts
	stage_daemon
}

stage_hosts()
{
	rig_up
	rsyslog_up
}

stage_daemon()
{
	{
		echo "log { to = { ${SINKS:-syslog} } incident-interval = 2s }"
		cat
	} | conf
	synwardd_up
	hook
	spawn server canary "$FAULT_HERE/canary" serve
	wait_for 10 listening server 7100
	log_mark
}

# stage, with a daemon whose clocks and memory are those of world.c.  A
# successor may read where the configuration is, and write where a log is.
stage_world()
{
	stage_hosts
	: "${SINKS:="\"file:$RIG/lines\""}"
	mkdir "$RIG/programs"
	cp "$SYNWARD_BUILD/tests/world.so" "$RIG/"
	"$FAULT_HERE/world" "$RIG/world" make
	cat >"$RIG/programs/synwardd" <<-END
	#!/bin/sh
	export SYNWARD_WORLD=$RIG/world LD_PRELOAD=$RIG/world.so
	exec $SYNWARD_BUILD/synwardd "\$@"
	END
	chmod +x "$RIG/programs/synwardd"
	ln -s "$SYNWARD_BUILD/synwardctl" "$RIG/programs/"
	SYNWARD_BUILD=$RIG/programs stage_daemon
}

# world WISH...: see there
world()
{
	"$FAULT_HERE/world" "$RIG/world" "$@"
}

# Memory of its own, kB; the table is shared memory and counted once.
memory()
{
	awk '/^RssAnon:/ { print $2 }' "/proc/$(worker)/status"
}

# sing [DATAGRAMS A SECOND]: returns when all hundred stand
sing()
{
	spawn client singer "$FAULT_HERE/canary" sing "$SERVER4" "$SERVER6" \
		"$RIG/result" --rate "${1:-100}"
	wait_for 20 grep -q singing "$RIG/singer.out"
	sleep 1
	MEMORY_BEFORE=$(memory)
	WORKER_BEFORE=$(worker)
}

singer_ended()
{
	gone "$(pid_of singer)"
}

# unharmed WORDS...: the song ends; not one connection broke or heard a wrong
# byte, and memory is as flat as it can be: what the diagnosis allocated at the
# start, about 15 MB, is touched by the first flood.  Leaves in $LOST how many
# datagrams did not come back.
unharmed()
{
	local streams broken blocks sent lost doubled after
	after=$(memory)
	kill -s TERM "$(pid_of singer)"
	wait_for 30 singer_ended
	rm "$RIG/pids/singer"
	read -r streams broken blocks sent lost doubled <"$RIG/result"
	echo "# $*: $broken of $streams connections broken ($blocks blocks)," \
		"$lost of $sent datagrams lost, memory $MEMORY_BEFORE kB" \
		"before, $after kB after" >&3
	# shellcheck disable=SC2034 # the tests read it
	LOST=$lost
	((streams == 100 && broken == 0 && blocks >= 300 && doubled == 0))
	((after < MEMORY_BEFORE + 24576))
}

# The same process as at the beginning of the song
same_worker()
{
	[ "$(worker)" = "$WORKER_BEFORE" ]
}

status_says()
{
	ctl status | grep -qE -- "$1"
}

# degraded WHY: status says so at its head, and this pattern below
degraded()
{
	local said
	said=$(ctl status)
	head -n 1 <<<"$said" | grep -q ' DEGRADED (' &&
		grep -qE -- "$1" <<<"$said"
}
