# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The files for a public forge name layers and tests that exist.

setup()
{
	cd "$BATS_TEST_DIRNAME/../.." || return
	build=${SYNWARD_BUILD:-build}
	[ -e "$build/CTestTestfile.cmake" ] || skip "build/ is not configured"
}

# parts FILE NAME: the words of a list of the matrix
parts()
{
	sed -n "s/^ *$2: \[\(.*\)\]/\1/p" ".github/workflows/$1" |
		tr -d "' " | tr ',' '\n'
}

names()
{
	ctest --test-dir "$build" -C full -N | sed -n 's/^ *Test *#[0-9]*: //p'
	# Labels, and tests of the other trees
	printf '%s\n' unit/release unit/dev fuzz threads
	ctest --test-dir "$build" -C full --print-labels |
		sed -n 's/^  \([a-z]*\)$/\1/p'
}

# exists PART: as scripts/test finds it
exists()
{
	local name
	while read -r name; do
		# shellcheck disable=SC2053 # a pattern is what it is
		[[ $name != $1 ]] || return 0
	done <"$BATS_TEST_TMPDIR/names"
	echo "nothing is called $1"
	return 1
}

@test "every part of the matrix is a label or a test" {
	local part count=0
	names >"$BATS_TEST_TMPDIR/names"
	for part in $(parts test.yml layer) $(parts long.yml part) \
		$(sed -n 's/.*run: .*scripts\/test \(--full \)\{0,1\}\([a-z].*\)/\2/p' \
			.github/workflows/*.yml); do
		exists "$part"
		count=$((count + 1))
	done
	[ $count -ge 15 ]
	run exists no-such-part
	[ "$status" -eq 1 ]
}

@test "every label that scripts/test runs is a layer of the forge" {
	local label
	for label in $(ctest --test-dir "$build" --print-labels |
		sed -n 's/^  \([a-z]*\)$/\1/p' | grep -vx -e threads -e unit); do
		parts test.yml layer | grep -qx "$label"
	done
	parts test.yml compiler | grep -qx clang
}
