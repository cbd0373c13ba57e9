# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What cmake --install puts where, and that it can be used from there.

setup_file()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${SYNWARD_BUILD:-$root/build}
	export root build
	export DESTDIR=$BATS_FILE_TMPDIR/root
	cmake --install "$build" >"$BATS_FILE_TMPDIR/said"
	prefix=$DESTDIR$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' \
		"$build/CMakeCache.txt")
	export prefix
}

@test "programs run from where they are installed" {
	"$prefix/sbin/synwardd" --version | grep -q '^synwardd [0-9]'
	"$prefix/bin/synwardctl" --help | grep -q '^usage: synwardctl'
	run "$prefix/bin/synwardctl" replay "$root/tests/replay/bad-flags.pcap"
	[ "$status" -eq 0 ]
	[[ $output == *"cause=bad-flags"* ]]
}

@test "the configuration that comes along is a good one" {
	"$prefix/sbin/synwardd" --check-config \
		-c "$DESTDIR/etc/synward/synward.conf"
}

@test "an edited configuration survives the next installation" {
	echo 'mode = observe' >"$DESTDIR/etc/synward/synward.conf"
	cmake --install "$build" >/dev/null
	[ "$(cat "$DESTDIR/etc/synward/synward.conf")" = 'mode = observe' ]
}

@test "the unit starts programs that are there" {
	unit=$DESTDIR/usr/lib/systemd/system/synwardd.service
	programs=$(sed -n 's/^Exec[A-Za-z]*=+\{0,1\}\(\/[^ ]*synward[a-z]*\).*/\1/p' "$unit")
	[ "$(wc -l <<<"$programs")" -ge 3 ]
	for program in $programs; do
		[ -x "$DESTDIR$program" ]
	done
}

@test "the unit names programs of another prefix" {
	DESTDIR=$BATS_TEST_TMPDIR cmake --install "$build" \
		--prefix /opt/synward >/dev/null
	unit=$BATS_TEST_TMPDIR/usr/lib/systemd/system/synwardd.service
	run grep -c '[ +=]/opt/synward/s\{0,1\}bin/synward' "$unit"
	[ "$output" = 4 ]
	run grep -E '(usr|local)/s?bin|ExecStop=[^ ]*$' "$unit"
	[ -z "$output" ]
}

@test "what stops the daemon takes out its rule by the program it is told" {
	stub=$BATS_TEST_TMPDIR
	# shellcheck disable=SC2016 # the stubs expand it
	printf '#!/bin/sh\necho "said $*"\n' >"$stub/ctl"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho "7 synwardd.service $JOB running"\n' \
		>"$stub/systemctl"
	chmod +x "$stub"/*
	JOB=stop PATH=$stub:$PATH run \
		"$DESTDIR/usr/lib/synward/before-stop" "$stub/ctl"
	[ "$output" = 'said hook down' ]
	JOB=restart PATH=$stub:$PATH run \
		"$DESTDIR/usr/lib/synward/before-stop" "$stub/ctl"
	[ -z "$output" ]
}

@test "every manual page is installed and can be shown" {
	pages=0
	for page in "$root"/man/*.[1-9]; do
		installed=$prefix/share/man/man${page##*.}/${page##*/}
		mandoc -Tascii "$installed" | grep -qi synward
		pages=$((pages + 1))
	done
	[ $pages -ge 3 ]
}

@test "the user of the daemon is made by systemd-sysusers" {
	grep -qE '^u +synward ' "$DESTDIR/usr/lib/sysusers.d/synward.conf"
}
