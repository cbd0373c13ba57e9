# shellcheck shell=bash disable=SC2030,SC2031 # a test is a subshell
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

# => what is installed below DESTDIR, and everything below it
files_below()
{
	find "$DESTDIR" \( -type f -o -type l \) -printf '%P\n' | sort
}

uninstall()
{
	cmake --build "$build" --target uninstall
}

# On a copy of the tree's own record, which other tests write, too.
@test "what was installed can be uninstalled, but for what was edited" {
	export DESTDIR=$BATS_TEST_TMPDIR/root
	cmake --install "$build" >/dev/null
	[ "$(files_below | wc -l)" -ge 20 ]
	mkdir -p "$DESTDIR/etc/synward/conf.d" "$DESTDIR/var/log/synward"
	echo 'mode = observe' >>"$DESTDIR/etc/synward/synward.conf"
	echo 'tracking = off' >"$DESTDIR/etc/synward/conf.d/own.conf"
	echo a line >"$DESTDIR/var/log/synward/drops.log"
	uninstall
	run files_below
	echo "$output"
	[ "$output" = "etc/synward/conf.d/own.conf
etc/synward/synward.conf
var/log/synward/drops.log" ]
	[ ! -e "$DESTDIR/usr/lib/synward" ]
	[ ! -e "$DESTDIR/etc/synward/related" ]
	uninstall # a second time does no harm
}

@test "configuration as delivered goes, whenever it was installed" {
	export DESTDIR=$BATS_TEST_TMPDIR/root
	cmake --install "$build" >/dev/null
	cmake --install "$build" >/dev/null # lists none of it
	uninstall
	run files_below
	[ -z "$output" ]
	[ ! -e "$DESTDIR/etc/synward" ]
}

@test "completions are where the shells look" {
	DESTDIR=$BATS_TEST_TMPDIR/usr cmake --install "$build" \
		--prefix /usr >/dev/null
	DESTDIR=$BATS_TEST_TMPDIR/local cmake --install "$build" \
		--prefix /usr/local >/dev/null
	[ -e "$BATS_TEST_TMPDIR/usr/usr/share/zsh/vendor-completions/_synwardctl" ]
	[ -e "$BATS_TEST_TMPDIR/local/usr/local/share/zsh/site-functions/_synwardctl" ]
	# shellcheck disable=SC2016 # zsh expands it
	run zsh -fc 'print -l $fpath'
	[[ $output == *"/usr/share/zsh/vendor-completions"* ]]
	[[ $output == *"/usr/local/share/zsh/site-functions"* ]]
	for root in usr/usr local/usr/local; do
		[ -e "$BATS_TEST_TMPDIR/$root/share/bash-completion/completions/synwardctl" ]
	done
}

@test "logs are rotated, and read again by a daemon that runs" {
	command -v logrotate >/dev/null || skip "no logrotate here"
	local rules=$DESTDIR/etc/logrotate.d/synward log=$BATS_TEST_TMPDIR/log
	mkdir -m 755 "$log"
	echo a line >"$log/drops.log"
	echo '{}' >"$log/drops.json"
	printf '#!/bin/sh\necho "$@" >>%s/asked\n' "$BATS_TEST_TMPDIR" \
		>"$BATS_TEST_TMPDIR/systemctl"
	chmod +x "$BATS_TEST_TMPDIR/systemctl"
	sed "s,/var/log/synward,$log,g; s/su synward synward/su $(id -un) $(id -gn)/" \
		"$rules" >"$BATS_TEST_TMPDIR/rules"
	PATH=$BATS_TEST_TMPDIR:$PATH logrotate --force \
		--state "$BATS_TEST_TMPDIR/state" "$BATS_TEST_TMPDIR/rules"
	[ "$(cat "$log/drops.log.1")" = "a line" ]
	[ "$(cat "$log/drops.json.1")" = "{}" ]
	run cat "$BATS_TEST_TMPDIR/asked"
	[ "$output" = "--quiet is-active synwardd.service
reload synwardd.service" ]
}

# A tree without tests has nothing that could come before.
@test "everything else is built after the programs" {
	local object
	if [ -e "$build/build.ninja" ]; then
		object=tests/CMakeFiles/check_again.dir/unit/check_again.c.o
		run ninja -C "$build" -t commands "$object"
		[ "$(grep -cE -- ' -o synward(d|ctl) ' <<<"$output")" -eq 2 ]
	else
		grep -q '^tests/CMakeFiles/check_again.dir/all: CMakeFiles/programs' \
			"$build/CMakeFiles/Makefile2"
	fi
}
