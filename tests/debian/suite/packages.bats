# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The Debian packages on a bare Debian that boots with its own systemd between
# a client and a server: installed, started, upgraded under 50 checked
# connections, removed, purged.

bats_require_minimum_version 1.5.0
load ../../netns/support
load ../../fault/succession
load ../../fault/former
load ../machine

setup_file()
{
	cd "$RIG_ROOT" || return
	rig_up
	BATS_TEST_DIRNAME=$RIG_ROOT/tests/fault canary_up
	machine_up
}

teardown_file()
{
	[ -z "${RIG:-}" ] || rig_down
}

# The song is in the folder of the fault tests.
song_begins()
{
	BATS_TEST_DIRNAME=$RIG_ROOT/tests/fault sing
}

status_healthy()
{
	machine synwardctl status >/dev/null 2>&1
}

active()
{
	[ "$(machine systemctl is-active synwardd)" = active ]
}

@test "lintian has nothing to say" {
	run lintian --fail-on none "$DEBS"/synward*.changes
	echo "$output"
	run grep -E '^[EW]:' <<<"$output"
	[ -z "$output" ]
}

# built DIRECTORY MASK ZONE
built()
{
	(
		umask "$2"
		DEB_BUILD_OPTIONS=nocheck TZ=$3 scripts/deb "$1" >"$RIG/deb.out" 2>&1
	) || {
		tail -n 20 "$RIG/deb.out"
		return 1
	}
}

@test "the same source, built elsewhere and later, is the same bytes" {
	local package count=0
	built "$RIG/one" 022 UTC
	built "$RIG/another/and/longer" 002 Asia/Tokyo
	for package in "$RIG"/one/*.deb; do
		cmp "$package" "$RIG/another/and/longer/${package##*/}"
		count=$((count + 1))
	done
	[ $count -ge 3 ]
	rm -rf "$RIG/one" "$RIG/another"
}

@test "apt installs it, and it stays off" {
	machine_gets synward.deb "$DEBS"/synward_*.deb
	machine_gets synward-doc.deb "$DEBS"/synward-doc_*.deb
	apt install iptables
	run apt install /root/synward.deb /root/synward-doc.deb
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(machine systemctl is-enabled synwardd)" = disabled ]
	[ "$(machine systemctl is-active synwardd)" = inactive ]
	machine getent passwd synward
	machine getent group synward-read
	[ "$(machine stat -c %U /var/log/synward)" = synward ]
	machine synwardctl check
	machine synwardd --version
}

@test "the tests for autopkgtest pass" {
	tar -c debian/tests tests/replay | machine tar -x -C /root
	machine sh -c 'cd /root && debian/tests/replay'
	machine sh -c 'cd /root && debian/tests/service'
}

@test "started, it judges, and the journal has its first line" {
	machine systemctl enable --now synwardd
	wait_for 15 status_healthy
	machine synwardctl hook show | grep -q NFQUEUE
	client hping3 -q -c 1 -A -p 5432 "$SERVER4" >/dev/null 2>&1 || true
	wait_for 10 journal_says \
		"^Not a Valid SYN Packet \[A\] TCP $CLIENT4:.* > $SERVER4:5432 .*cause="
	machine synwardctl drops | grep -q "$CLIENT4"
}

@test "an upgrade over the running daemon breaks no connection" {
	local before
	before=$(process_of main)
	repacked 0.2.1
	machine_gets synward_0.2.1.deb "$RIG/synward_0.2.1.deb"
	song_begins
	run apt install /root/synward_0.2.1.deb
	echo "$output"
	[ "$status" -eq 0 ]
	wait_for 15 status_healthy
	[ "$(process_of main)" != "$before" ]
	unharmed "a package over a package"
	active
	wait_for 5 journal_says 'took over [1-9][0-9]* flows .0 torn'
}

@test "an upgrade that refuses the configuration leaves the daemon as it is" {
	local before
	before=$(process_of main)
	machine mkdir -p /etc/synward/conf.d
	machine sh -c 'echo nonsense = 1 >/etc/synward/conf.d/wrong.conf'
	repacked 0.2.2
	machine_gets synward_0.2.2.deb "$RIG/synward_0.2.2.deb"
	run apt install /root/synward_0.2.2.deb
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"wrong.conf:1"*"refuses the configuration"* ]]
	[ "$(process_of main)" = "$before" ]
	machine rm /etc/synward/conf.d/wrong.conf
	active
}

@test "a removal takes the rule out, and keeps the configuration" {
	song_begins
	run apt remove synward
	echo "$output"
	[ "$status" -eq 0 ]
	unharmed removal
	[ -z "$(process_of main)" ]
	run machine iptables -S FORWARD
	[[ $output != *NFQUEUE* ]]
	machine test -e /etc/synward/synward.conf
	run -1 machine test -e /usr/sbin/synwardd
}

@test "a purge leaves nothing" {
	apt purge synward synward-doc
	run machine sh -c 'ls -d /etc/synward/synward.conf /var/log/synward \
		/etc/logrotate.d/synward /usr/share/doc/synward* \
		/usr/lib/synward /run/synward-bpf 2>/dev/null'
	echo "$output"
	[ -z "$output" ]
	run machine dpkg -l 'synward*'
	[[ $output != *ii* ]]
}

# The package of 0.1, which had none: its files, and no scripts.
package_former()
{
	local room=$RIG/former-package
	former_make "$BATS_FILE_TMPDIR"
	mkdir -p "$room/DEBIAN"
	DESTDIR=$room cmake --install "$BATS_FILE_TMPDIR/build" --prefix /usr \
		>/dev/null
	cat >"$room/DEBIAN/control" <<-END
	Package: synward
	Version: 0.1.0
	Architecture: $(dpkg --print-architecture)
	Maintainer: nobody <nobody@localhost>
	Depends: libconfuse2
	Description: version 0.1
	END
	echo /etc/synward/synward.conf >"$room/DEBIAN/conffiles"
	dpkg-deb --root-owner-group -b "$room" "$RIG/synward_0.1.0.deb" >/dev/null
}

@test "an upgrade from 0.1 breaks no connection, and keeps the table" {
	former_known || skip "no git history with commit $FORMER"
	local flows
	package_former
	machine_gets synward_0.1.0.deb "$RIG/synward_0.1.0.deb"
	apt install libconfuse2 libnetfilter-queue1 libmnl0 libjansson4 \
		libcap-ng0 libseccomp2
	apt install /root/synward_0.1.0.deb
	machine systemd-sysusers
	machine systemctl daemon-reload
	machine systemctl start synwardd
	wait_for 15 status_healthy
	song_begins
	flows=$(machine synwardctl flows --json | wc -l)
	[ "$flows" -ge 50 ]
	run apt install -o Dpkg::Options::=--force-confnew /root/synward_0.2.1.deb
	echo "$output"
	[ "$status" -eq 0 ]
	wait_for 15 status_healthy
	unharmed "a package over 0.1"
	wait_for 5 journal_says 'took over [1-9][0-9]* flows .0 torn'
	[[ $(machine synwardd --version) == "synwardd 0.2."* ]]
}
