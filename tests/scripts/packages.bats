# shellcheck shell=bash disable=SC2016 # dpkg expands it itself
# SPDX-License-Identifier: Apache-2.0
#
# The list of packages: whoever installs one part of it can build.

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${SYNWARD_BUILD:-$root/build}
}

# in_section NAME: the packages of one section
in_section()
{
	awk -v section="[$1]" '
		/^# \[/ { here = $2 == section }
		!/^#/ && NF && here { print $1 }' "$root/scripts/packages"
}

# The libraries cmake has asked pkg-config for.
asked()
{
	sed -n 's/^__pkg_config_arguments_[A-Z]*:INTERNAL=//p' \
		"$build/CMakeCache.txt" | tr ';' '\n' |
		grep -vx -e REQUIRED -e IMPORTED_TARGET
}

# What these packages are, and what they bring along.
brought_by()
{
	printf '%s\n' "$@"
	dpkg-query -W -f '${Depends}\n' "$@" | tr -s ',|' '\n' |
		sed 's/^ *//; s/[ :].*//'
}

@test "every library the build asks for is in its section" {
	local module package n=0
	local -a packages
	mapfile -t packages < <(in_section build)
	brought_by "${packages[@]}" >"$BATS_TEST_TMPDIR/build"
	while read -r module; do
		package=$(dpkg -S \
			"$(pkg-config --variable=pcfiledir "$module")/$module.pc")
		echo "$module: ${package%%:*}"
		grep -qx "${package%%:*}" "$BATS_TEST_TMPDIR/build"
		n=$((n + 1))
	done < <(asked)
	[ $n -ge 10 ]
}

@test "no package is listed twice" {
	run uniq -d <(sed '/^#/d; /^$/d' "$root/scripts/packages" | sort)
	[ -z "$output" ]
}
