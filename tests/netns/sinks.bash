# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# sinks: what the tests of the log share: a journald, floods of strays, and
# sums over what was told.

# A real systemd-journald in the gateway's own /run, keeping all in memory.
# It sees nothing of this machine's journal.
journald_up()
{
	gateway mkdir -p /run/systemd/journal
	cat >"$RIG/journald.conf" <<-END
	[Journal]
	Storage=volatile
	RateLimitBurst=0
	ForwardToSyslog=no
	ForwardToWall=no
	ReadKMsg=no
	Audit=
	END
	[ -s "$RIG/machine-id" ] ||
		tr -d - </proc/sys/kernel/random/uuid >"$RIG/machine-id"
	# shellcheck disable=SC2016 # the other shell expands it
	spawn gateway journald unshare --mount --propagation private bash -euc '
		mount -t tmpfs tmpfs /var/log
		mountpoint -q /sys/fs/cgroup ||
			mount -t cgroup2 none /sys/fs/cgroup
		mount --bind "$1/machine-id" /etc/machine-id
		mount --bind "$1/journald.conf" /etc/systemd/journald.conf
		for journald in /usr/lib/systemd/systemd-journald \
			/lib/systemd/systemd-journald; do
			[ ! -x $journald ] || exec $journald
		done' journald "$RIG"
	wait_for 10 gateway test -S /run/systemd/journal/socket
	if ! wait_for 10 journald_answers 2>/dev/null; then
		cat "$RIG/journald.out" >&2
		return 1
	fi
}

journald_answers()
{
	echo "is anybody there?" | gateway systemd-cat -t rig
	journal -t rig | grep -q 'is anybody there'
}

# journal OPTIONS...: journalctl on what the gateway's journald has written
journal()
{
	gateway journalctl --directory=/run/log/journal --no-pager -q "$@"
}

# metric NAME [LABEL...]: the sum of the samples of that name whose labels
# hold these words
metric()
{
	local pattern="\"name\":\"$1\",\"labels\":[^}]*${2:-}[^}]*}"
	echo "synward/1 metrics" |
		gateway timeout 5 socat -t 3 - "UNIX:$RIG/ctl.sock" |
		sed -n "/$pattern/s/.*\"value\":\"\([0-9]*\)\".*/\1/p" |
		awk '{ n += $1 } END { print n + 0 }'
}

metric_is()
{
	[ "$(metric "$1" "$2")" -eq "$3" ]
}

metric_beyond()
{
	[ "$(metric "$1" "$2")" -gt "$3" ]
}

# strays COUNT [HPING-OPTIONS...]: that many ACKs without a connection,
# all the same but for the options
strays()
{
	local count=$1
	shift
	client timeout 60 hping3 -q -c "$count" -i u1000 -s 40000 -k -p 80 \
		--ack "$@" "$SERVER4" >/dev/null 2>&1 || true
}

# Rules of their own for so many ports from 1000 on: drops at each are an
# incident of its own, so that there are lines enough to hurt a sink.
many_rules()
{
	local i
	for ((i = 0; i < $1; i++)); do
		echo "rule \"r$i\" { protocol = tcp port = { $((1000 + i)) } }"
	done
}

# stray_each PORTS TIMES: strays at each of these rules
stray_each()
{
	craft client "[IP(dst='$SERVER4')/TCP(sport=40000, dport=1000 + i, flags='A')
		for i in range($1) for n in range($2)]"
}

# Sums over the lines in standard input: "drops told".  A drop is told by
# its own line, in the count of an incident's interval, or among those that
# came too fast.
told()
{
	awk '
	/Not a Valid SYN Packet|Invalid TCP flags|Denied by rule/ &&
		!/Incident/ { n++ }
	match($0, /Incident [0-9a-f]+ [^:]*: [0-9]+ drops? in /) &&
		!/ closed: / {
		split(substr($0, RSTART, RLENGTH), part, ": ")
		n += part[2] + 0
	}
	match($0, /log: [0-9]+ drop reports? lost/) {
		split(substr($0, RSTART, RLENGTH), part, " ")
		n += part[2]
	}
	END { print n + 0 }'
}

# Lines that sinks report to have lost, in standard input.
reported_lost()
{
	awk 'match($0, /log: [0-9]+ lines? lost while/) {
		split(substr($0, RSTART, RLENGTH), part, " ")
		n += part[2]
	} END { print n + 0 }'
}

# The mean time there and back through the gateway, in microseconds; every
# packet must have come back.
pace()
{
	local out
	out=$(client ping -q -i 0.002 -c 400 -W 2 "$SERVER4")
	grep -q ' 0% packet loss' <<<"$out" || {
		echo "$out" >&2
		return 1
	}
	sed -n 's|^rtt [^=]*= [0-9.]*/\([0-9.]*\)/.*|\1|p' <<<"$out" |
		awk '{ print int($1 * 1000) }'
}

# same_pace BEFORE NOW: microseconds.  A verdict that waits for a sink would
# wait for ever or for tens of milliseconds; a busy machine needs some room.
same_pace()
{
	echo "# there and back: $1 us before, $2 us now" >&3
	(($2 < $1 * 3 + 3000))
}
