# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What can be said about the Debian packages without building them; tests/full
# has the rest.

bats_require_minimum_version 1.5.0

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$root" || return
}

@test "the packages have the version of the project" {
	local version
	version=$(sed -n 's/^project(synward VERSION \([0-9.]*\).*/\1/p' \
		CMakeLists.txt)
	[ -n "$version" ]
	run head -n 1 debian/changelog
	[[ $output == "synward ($version"[-~+\)]* ]]
	grep -q "^## $version\(,\| \|$\)" CHANGELOG.md
}

# named: what debian/control builds with, but for the helpers
named()
{
	sed -n '/^Build-Depends:/,/^[A-Z][a-z-]*:/{
		s/^Build-Depends://; /^[A-Z]/d; p; }' debian/control |
		tr ',' '\n' | awk 'NF { print $1 }' | grep -v -e ^debhelper -e ^dh-
}

@test "the packages are built with what the list names for building" {
	local list=$BATS_TEST_TMPDIR/list
	awk '/^# \[/ { here = $2 == "[build]" } !/^#/ && NF && here' \
		scripts/packages | grep -vx -e gcc -e libc6-dev | sort >"$list"
	[ "$(wc -l <"$list")" -ge 15 ]
	named | sort | diff "$list" -
}

@test "the profile for AppArmor can be read" {
	command -v apparmor_parser >/dev/null || skip "no apparmor here"
	apparmor_parser -Q --skip-kernel-load conf/apparmor/usr.sbin.synwardd
	sed 's/capability net_admin/capability net_admi/' \
		conf/apparmor/usr.sbin.synwardd >"$BATS_TEST_TMPDIR/wrong"
	run ! apparmor_parser -Q --skip-kernel-load "$BATS_TEST_TMPDIR/wrong"
}

# stub NAME TEXT: a program that notes that it ran
stub()
{
	printf '#!/bin/sh\necho "%s $*" >>%s/ran\n%s\n' "$1" \
		"$BATS_TEST_TMPDIR" "$2" >"$BATS_TEST_TMPDIR/bin/$1"
	chmod +x "$BATS_TEST_TMPDIR/bin/$1"
}

# maintainer SCRIPT WORD...: as dpkg runs it, where systemd is the first process
maintainer()
{
	local script=debian/synward.$1
	shift
	# shellcheck disable=SC2016 # the other shell expands it
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run -0 unshare --map-root-user --mount \
		sh -c 'mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system &&
			exec sh "$@"' - "$script" "$@"
}

# stubs ACTIVE CHECKED: exit statuses of is-active and of check
stubs()
{
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	: >"$BATS_TEST_TMPDIR/ran"
	stub systemctl "case \$* in *is-active*) exit $1 ;; esac"
	stub deb-systemd-invoke 'exit 0'
	stub synwardctl "echo 'synward.conf:3: no'; exit $2"
}

ran()
{
	grep -q "^$1" "$BATS_TEST_TMPDIR/ran"
}

@test "an upgrade restarts a daemon that runs" {
	stubs 0 0
	maintainer postinst configure 0.1.0
	[ -z "$output" ]
	ran "synwardctl check"
	ran "deb-systemd-invoke restart synwardd.service"
}

@test "an upgrade starts no daemon that does not run" {
	stubs 3 0
	maintainer postinst configure 0.1.0
	ran "systemctl --system daemon-reload"
	run ! ran deb-systemd-invoke
}

@test "a first installation starts nothing" {
	stubs 3 0
	maintainer postinst configure ""
	run ! ran deb-systemd-invoke
}

@test "an upgrade that refuses the configuration leaves the daemon alone" {
	stubs 0 78
	maintainer postinst configure 0.1.0
	[[ $output == *"synward.conf:3: no"*"refuses the configuration"* ]]
	[[ $output == *"systemctl restart synwardd"* ]]
	run ! ran deb-systemd-invoke
}

@test "a removal stops the daemon, then takes out the rule; an upgrade does not" {
	stubs 0 0
	maintainer prerm upgrade 0.3.0
	[ ! -s "$BATS_TEST_TMPDIR/ran" ]
	maintainer prerm remove
	[ "$(head -n 1 "$BATS_TEST_TMPDIR/ran")" = \
		"deb-systemd-invoke stop synwardd.service" ]
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/ran")" = "synwardctl hook down" ]
}
