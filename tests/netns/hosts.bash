# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# hosts: network namespaces as hosts, processes on them, and bounded waiting.
#
# $RIG_ID marks every name, $RIG is the directory where each process has its
# output and its process id.  support.bash sets both.

# --- waiting ---------------------------------------------------------------

now_ms()
{
	local t=${EPOCHREALTIME/[.,]/}
	echo "${t%???}"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for()
{
	local end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		if (($(now_ms) >= end)); then
			echo "waited in vain for: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

# fails COMMAND...: bats does not notice a failing "! command".
fails()
{
	if "$@"; then
		echo "should have failed: $*" >&2
		return 1
	fi
}

gone()
{
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	[[ $stat == *") Z "* ]]
}

# --- hosts -----------------------------------------------------------------

netns()
{
	echo "synward-$RIG_ID-$1"
}

# host_exec HOST COMMAND...: becomes the command on that host.
host_exec()
{
	local host=$1
	shift
	if [ -e "$RIG/pids/home-$host" ]; then
		exec nsenter -t "$(<"$RIG/pids/home-$host")" -m -u -n -- "$@"
	fi
	exec ip netns exec "$(netns "$host")" "$@"
}

on()
{
	(host_exec "$@")
}

client() { on client "$@"; }
gateway() { on gateway "$@"; }
server() { on server "$@"; }

# spawn HOST NAME COMMAND...: in the background; output goes to
# $RIG/NAME.out, the process id to $RIG/pids/NAME.
spawn()
{
	local host=$1 name=$2
	shift 2
	host_exec "$host" "$@" </dev/null >>"$RIG/$name.out" 2>&1 3>&- 4>&- &
	echo $! >"$RIG/pids/$name"
}

pid_of()
{
	cat "$RIG/pids/$1"
}

# finish NAME [SIGNAL]: ends a spawned process and waits, killing it after
# ten seconds.  => its exit status, when this shell started it
finish()
{
	local pid
	pid=$(pid_of "$1")
	rm -f "$RIG/pids/$1"
	kill -s "${2:-TERM}" "$pid" 2>/dev/null || true
	if ! wait_for 10 gone "$pid"; then
		kill -s KILL "$pid" 2>/dev/null || true
		return 124
	fi
	wait "$pid" 2>/dev/null
}

# host_add NAME: another host, with forwarding when it is to be a router.
host_add()
{
	local ns key
	ns=$(netns "$1")
	ip netns add "$ns"
	for key in all default; do
		ip netns exec "$ns" sysctl -q \
			net.ipv4.conf.$key.rp_filter=0 \
			net.ipv4.conf.$key.send_redirects=0 \
			net.ipv6.conf.$key.accept_dad=0 \
			net.ipv6.conf.$key.accept_ra=0 \
			net.ipv6.conf.$key.disable_ipv6=0
	done
	ip netns exec "$ns" sysctl -q \
		net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
	ip -n "$ns" link set lo up
}

host_forwards()
{
	on "$1" sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# link_add HOST INTERFACE HOST INTERFACE: a cable between two hosts.
link_add()
{
	ip link add "$2" netns "$(netns "$1")" type veth \
		peer name "$4" netns "$(netns "$3")"
	ip -n "$(netns "$1")" link set "$2" up
	ip -n "$(netns "$3")" link set "$4" up
}

# address HOST INTERFACE ADDRESS/LENGTH...
address()
{
	local host=$1 interface=$2 a
	shift 2
	for a in "$@"; do
		case $a in
		*:*) ip -n "$(netns "$host")" addr add "$a" dev "$interface" nodad ;;
		*) ip -n "$(netns "$host")" addr add "$a" dev "$interface" ;;
		esac
	done
}

# route HOST DESTINATION via ... : ip route's own words
route()
{
	local ns
	ns=$(netns "$1")
	shift
	case $1$3 in
	*:*) ip -6 -n "$ns" route add "$@" ;;
	*) ip -n "$ns" route add "$@" ;;
	esac
}

# A home is a host's own /dev and /run, kept by a sleeping process.
host_home()
{
	local host=$1
	# shellcheck disable=SC2016 # the other shell expands it
	spawn "$host" "home-$host.pid" \
		unshare --mount --uts --propagation private bash -euc '
		hostname "$2"
		new=$1/dev-$2
		mkdir "$new"
		mount -t tmpfs -o mode=755 tmpfs "$new"
		for node in null zero full random urandom tty net/tun; do
			[ -e /dev/$node ] || continue
			mkdir -p "$new/${node%/*}" 2>/dev/null || true
			[ -d "$new/net" ] || [ "$node" != net/tun ] ||
				mkdir "$new/net"
			rm -rf "${new:?}/$node"
			touch "$new/$node"
			mount --bind /dev/$node "$new/$node"
		done
		mkdir "$new/shm"
		mount -t tmpfs -o mode=1777 tmpfs "$new/shm"
		mount --rbind "$new" /dev
		umount -l /run/synward-bpf 2>/dev/null || true
		mount -t tmpfs -o mode=755 tmpfs /run
		touch "$1/home-$2"
		exec sleep infinity' home "$RIG" "$host"
	wait_for 5 test -e "$RIG/home-$host"
	mv "$RIG/pids/home-$host.pid" "$RIG/pids/home-$host"
}

host_pids()
{
	ip netns pids "$(netns "$1")" 2>/dev/null
}

host_empty()
{
	[ -z "$(host_pids "$1")" ]
}
