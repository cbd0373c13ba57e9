# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# machine: what the tests share that boot a bare Debian on the gateway.

MACHINE_ROOT=$RIG_ROOT/build-bare/root
DEBS=$RIG_ROOT/build-deb

machine_up()
{
	spawn gateway machine "$RIG_ROOT/tests/debian/machine" "$MACHINE_ROOT"
	wait_for 60 machine_runs
}

machine_down()
{
	kill -s KILL "$(pgrep -P "$(pid_of machine)")" 2>/dev/null || true
	finish machine KILL || true
}

machine()
{
	timeout 120 nsenter -t "$(pgrep -P "$(pid_of machine)")" -a \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@"
}

machine_runs()
{
	machine systemctl is-active multi-user.target >/dev/null 2>&1
}

# machine_gets NAME FILE: as /root/NAME
machine_gets()
{
	machine sh -c "cat >/root/$1" <"$2"
}

# apt WORD...: there is no network, so everything is in its cache already
apt()
{
	machine apt-get -q -y -o Dpkg::Use-Pty=0 \
		--no-install-recommends "$@" 2>&1
}

# The main process, or with "worker" its child, as numbered out here.
process_of()
{
	local pid
	for pid in $(host_pids gateway); do
		case $1-$(tr '\0' ' ' <"/proc/$pid/cmdline") in
		worker-*synwardd*--worker*) echo "$pid" ;;
		main-*synwardd*--worker*) ;;
		main-*/usr/sbin/synwardd*) echo "$pid" ;;
		esac
	done
}

# repacked VERSION: the package synward again, as another version
repacked()
{
	local room=$RIG/repacked
	rm -rf "$room"
	dpkg-deb -R "$DEBS"/synward_*.deb "$room"
	sed -i "s/^Version: .*/Version: $1/" "$room/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$room" "$RIG/synward_$1.deb" >/dev/null
	rm -rf "$room"
}

# journal_says PATTERN
journal_says()
{
	machine journalctl -q -o cat -t synwardd | grep -qE -- "$1"
}
