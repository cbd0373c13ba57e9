# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# walls: a place where whatever is done leaves nothing behind.
#
# A process, mount, network, host name and IPC name space made for one run,
# with its own /tmp and /run and no network but its own.  When the first
# process inside ends, or the shell that built the walls gets a signal, the
# kernel ends every process inside, and with them go interfaces, name spaces
# and mounts; the room, a directory in /var/tmp, is then removed.

# walls_around COMMAND...: runs the command inside, where it finds the room's
# name in $SYNWARD_ROOM and says walls_inside first.  => its exit status
walls_around()
{
	local status=0 room
	room=$(mktemp -d /var/tmp/synward.XXXXXX)
	export SYNWARD_ROOM=$room
	trap 'rm -rf "$SYNWARD_ROOM"' EXIT
	trap walls_fall INT TERM HUP
	# In the background, so that a signal is seen at once; there the shell
	# would ignore interrupts.
	unshare --mount --pid --net --uts --ipc --fork --kill-child \
		--mount-proc --propagation private \
		env --default-signal=INT "$@" </dev/null &
	inside=$!
	wait "$inside" || status=$?
	return $status
}

walls_fall()
{
	trap '' INT TERM HUP
	kill -s KILL "$inside" 2>/dev/null || true
	wait "$inside" 2>/dev/null || true
	echo
	echo "interrupted" >&2
	exit 130
}

# The first thing done inside.
walls_inside()
{
	mkdir "$SYNWARD_ROOM/tmp"
	chmod 1777 "$SYNWARD_ROOM/tmp"
	walls_keep "$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)"
	[ ! -d "${SYNWARD_BUILD:-}" ] ||
		walls_keep "$(cd "$SYNWARD_BUILD" && pwd -P)"
	mount --rbind "$SYNWARD_ROOM/tmp" /tmp
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir /run/lock /run/netns
	ip link set lo up
	unset TMPDIR XDG_RUNTIME_DIR NOTIFY_SOCKET
	export HOME=/tmp LC_ALL=C
}

# The project and its build may themselves lie in the /tmp that is about to be
# hidden.
walls_keep()
{
	case $1 in
	/tmp/*)
		mkdir -p "$SYNWARD_ROOM$1"
		mount --bind "$1" "$SYNWARD_ROOM$1"
		;;
	esac
}
