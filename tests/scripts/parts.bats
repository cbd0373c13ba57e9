# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What scripts/test counts is what happened.

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	WORK=$BATS_TEST_TMPDIR WIDTH=2 ONLY=()
	# shellcheck source=scripts/parts.bash
	. "$root/scripts/parts.bash"
	parts_init
}

totals()
{
	echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
}

@test "a command is one test" {
	part command good 5 true
	part command bad 5 bash -c 'echo the reason; exit 3'
	parts_end >"$WORK/shown"
	[ "$(totals)" = "1 passed, 1 failed, 0 skipped" ]
	[ "${FAILED_PARTS[*]}" = bad ]
	grep -q 'the reason' "$WORK/shown"
}

@test "a command that takes too long has failed" {
	part command slow 1 sleep 20
	parts_end >"$WORK/shown"
	[ "$(totals)" = "0 passed, 1 failed, 0 skipped" ]
	grep -q 'ran out of time' "$WORK/shown"
}

suite()
{
	printf '@test "%s" { %s; }\n' "$@" >"$WORK/suite.bats"
	part bats suite 20 bats --tap "$WORK/suite.bats"
	parts_end >"$WORK/shown"
}

@test "every test of a bats file counts" {
	suite one true two false three true four 'skip "no need"'
	[ "$(totals)" = "2 passed, 1 failed, 1 skipped" ]
	grep -q 'not ok 2 two' "$WORK/shown"
	run grep -q 'ok 1 one' "$WORK/shown"
	[ "$status" -ne 0 ]
}

@test "a test that vanished has failed" {
	suite one true two "kill -9 \$\$" three true
	[ "$(totals)" = "2 passed, 1 failed, 0 skipped" ]
}

@test "a bats file that cannot be read has failed" {
	suite one '(('
	((FAILED > 0 && PASSED == 0))
}

ctest_says()
{
	printf '%s\n' "$@" >"$WORK/said"
	part ctest unit 5 cat "$WORK/said"
	parts_end >"$WORK/shown"
}

@test "each check of a program of Check counts" {
	ctest_says \
		'1: 100%: Checks: 12, Failures: 0, Errors: 0' \
		'1/2 Test  #1: check_a ....   Passed    0.05 sec' \
		'2: 66%: Checks: 6, Failures: 1, Errors: 1' \
		'2: b.c:7:F:b:what_b_does:0: it does not' \
		'2/2 Test  #2: check_b ....***Failed    0.05 sec'
	[ "$(totals)" = "16 passed, 2 failed, 0 skipped" ]
	grep -q 'it does not' "$WORK/shown"
}

@test "a program that did not say its count is one test" {
	ctest_says \
		'1/3 Test  #1: size ....   Passed    0.05 sec' \
		'2/3 Test  #2: check_b ....***Not Run   0.00 sec' \
		'3: 100%: Checks: 4, Failures: 0, Errors: 0' \
		'3/3 Test  #3: check_c ....***Exception: SegFault   0.00 sec'
	[ "$(totals)" = "4 passed, 2 failed, 0 skipped" ]
}

@test "scripts/test says when it is not root" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become another user"
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		test -x "$root/scripts/test" || skip "only root may come here"
	run setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$root/scripts/test"
	[ "$status" -eq 1 ]
	[[ $output == *"must be root"* ]]
}

# left_behind ROOT: what a checkout there finds goes to $WORK/found.
left_behind()
{
	mkdir -p "$1" "$WORK/work"
	cp -r "$root/scripts" "$1/"
	(cd "$1" && find . | sort) >"$WORK/work/files"
	SYNWARD_ROOM=$WORK "$1/scripts/test" --leftovers >"$WORK/found" ||
		return 0
	echo "nothing was found"
	return 1
}

named()
{
	grep -qxF "file $1" "$WORK/found"
}

@test "the folders a checkout below /tmp lies in are not left behind" {
	local above="$BATS_TEST_TMPDIR/a folder" path
	mkdir -p "$above/[b]*/beside" "$above/[b]*/check"
	left_behind "$above/[b]*/checkout"
	for path in "$above" "$above/[b]*" "$above/[b]*/checkout" \
		"$above/[b]*/checkout/scripts"; do
		! named "$path" || return 1
	done
	named "$above/[b]*/beside"
	named "$above/[b]*/check"
	named "$WORK/work"
}
