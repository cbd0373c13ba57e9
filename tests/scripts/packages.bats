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

# What these packages are, and what they bring along.  Those that only --full
# needs may be missing here.
brought_by()
{
	printf '%s\n' "$@"
	dpkg-query -W -f '${Pre-Depends},${Depends}\n' "$@" 2>/dev/null |
		tr -s ',|' '\n' |
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

# What these tests run, and what they leave to others to run.
scripts_here()
{
	find scripts tests fuzz bench .ci -path fuzz/corpus -prune -o -type f \
		\( -perm -u+x -o -name '*.bash' -o -name '*.bats' \) -print |
		sort
}

# owned FILE NEED PLACE: as the line that programs prints
owned()
{
	local file=$1 package=-
	[ ! -e "$file" ] || package=$(dpkg-query -S "$file" "/usr$file" \
		"${file#/usr}" 2>/dev/null | sed 's/[:,].*//; q')
	echo "${package:--} $2 $3"
}

# The programs that a program runs in its turn.  It leaves a note in /run.
manual_reader()
{
	# shellcheck disable=SC2016 # the other shell expands it
	unshare --map-root-user --mount bash -c \
		'mount -t tmpfs tmpfs /run && exec "$@"' - \
		strace -f -qq -e trace=execve \
		systemd-analyze verify systemd/synwardd.service 2>&1 |
		sed -n 's/.*execve("[^"]*", \["\([^"]*\)".*/\1/p' | sort -u |
		while read -r name; do
			owned "$(command -v "$name")" "$name" "systemd-analyze verify"
		done
}

# The parts of a compiler that only a linking with sanitizers asks for.
sanitizers()
{
	clang -fsanitize=fuzzer,address,undefined -### -x c /dev/null 2>&1 |
		grep -o '/[^" ]*libclang_rt[^" ]*\.a' | sort -u |
		while read -r file; do
			owned "$file" "${file##*/}" "clang -fsanitize"
		done
}

setup_file()
{
	cd "$BATS_TEST_DIRNAME/../.." || return
	export NEEDS=$BATS_FILE_TMPDIR/needs
	mapfile -t files < <(scripts_here)
	{
		tests/scripts/programs "${files[@]}"
		manual_reader
		sanitizers
	} >"$NEEDS"
}

# not_named LIST: the needs that no package named in it brings.  What Debian
# itself cannot do without is there; a package such as gcc brings gcc-12;
# what merely comes along with another may one day not come.
not_named()
{
	local -A brings=()
	local package dependency
	while read -r package; do
		brings[$package]=1
		for dependency in $(brought_by "$package"); do
			[[ $dependency != "$package"-* ]] || brings[$dependency]=1
		done
	done < <(sed '/^#/d; /^$/d' "$1"; echo apt) # apt brings the others
	while read -r package; do
		brings[$package]=1
	done < <(dpkg-query -W -f '${Essential}/${Priority} ${Package}\n' |
		sed -n 's,^\(yes/.*\|.*/required\) ,,p')
	while read -r package need; do
		# One that only --full needs may be missing here.
		[ "$package" != - ] || package=${need%% *}
		[ -n "${brings[$package]:-}" ] || echo "$package: $need"
	done <"$NEEDS"
}

@test "every program that a script or a test runs is in a named package" {
	run not_named "$root/scripts/packages"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(wc -l <"$NEEDS")" -gt 300 ]
}

@test "the demo runs nothing but what its sections bring" {
	local demo='scripts/\(demo\|build\|walls.bash\|install-packages\)'
	demo="$demo\|tests/netns/\(support.bash\|hosts.bash\|craft\)"
	{ in_section build && in_section hosts; } >"$BATS_TEST_TMPDIR/list"
	run not_named "$BATS_TEST_TMPDIR/list"
	run grep " \($demo\):" <<<"$output"
	echo "$output"
	[ -z "$output" ]
	grep -q "^socat socat tests/netns/support" "$NEEDS"
}

@test "a package taken from the list is missed" {
	local package
	for package in bsdextrautils nftables man-db libclang-rt-14-dev \
		systemd socat python3-scapy gcc pkgconf; do
		sed "/^$package\$/d" "$root/scripts/packages" \
			>"$BATS_TEST_TMPDIR/list"
		run not_named "$BATS_TEST_TMPDIR/list"
		echo "without $package: $output"
		grep -q "^${package%-[0-9]*}" <<<"$output"
	done
}

@test "no package is listed twice" {
	run uniq -d <(sed '/^#/d; /^$/d' "$root/scripts/packages" | sort)
	[ -z "$output" ]
}
