# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What scripts/test counts is what happened.

bats_require_minimum_version 1.5.0

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	WORK=$BATS_TEST_TMPDIR
	TREE=$WORK/tree
	mkdir "$TREE"
	: >"$WORK/tally"
	# shellcheck source=scripts/test
	. "$root/scripts/test"
	set +u +o pipefail
	# shellcheck disable=SC2034 # scripts/test reads them
	WIDTH=2 PARTS=() CONFIG=long PRESETS=(release)
	# All presets have the tree of this test.
	# shellcheck disable=SC2317 # scripts/test calls it
	tree_of()
	{
		echo "$TREE"
	}
	run=$root/tests/suites/run
	cd "$root" || return 1
}

run_tests()
{
	tests release >"$WORK/shown"
}

# registered NAME LABEL COMMAND...: a test of the tree
registered()
{
	local name=$1 label=$2
	shift 2
	{
		printf 'add_test([[%s]]' "$name"
		printf ' [==[%s]==]' "$@"
		printf ')\nset_tests_properties([[%s]] PROPERTIES LABELS %s %s)\n' \
			"$name" "$label" "TIMEOUT 5 SKIP_RETURN_CODE 77"
	} >>"$TREE/CTestTestfile.cmake"
}

# What the tally says, without the seconds.
counts()
{
	cut -d ' ' -f 1-4 "$WORK/tally"
}

totals()
{
	total 2>&1 | tail -n 1
}

@test "a command is one test" {
	registered good x true
	registered bad x bash -c 'echo the reason; exit 3'
	run_tests
	[ "$(totals)" = "1 passed, 1 failed" ]
	[ "$(failures "$WORK/tally")" = bad ]
	grep -q '   | the reason' "$WORK/shown"
	grep -q '^>> bad: .*bash' "$WORK/shown"
	grep -q '^ok good: 1 passed, 0 failed, ' "$WORK/shown"
}

@test "the ten that took longest are named, the longest first" {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10 11; do
		count 1 0 0 "test-$i" $i
	done
	count 1 0 0 at-once 0
	[ "$(total | grep '^slowest: ')" = "slowest: test-11 11 s, test-10 10 s,\
 test-9 9 s, test-8 8 s, test-7 7 s, test-6 6 s, test-5 5 s, test-4 4 s,\
 test-3 3 s, test-2 2 s" ]
	registered slow x sleep 2
	run_tests
	grep -q '^1 0 0 slow 2$' "$WORK/tally"
}

@test "a command that takes too long has failed" {
	registered slow x sleep 20
	run_tests
	[ "$(totals)" = "0 passed, 1 failed" ]
	grep -q '   | ran out of time' "$WORK/shown"
}

@test "a command that is not there has failed" {
	registered gone x "$WORK/nowhere"
	run_tests
	[ "$(totals)" = "0 passed, 1 failed" ]
}

@test "a test that needs what is not here is skipped, and said so" {
	registered root x bash -c 'echo "skipped: needs root"; exit 77'
	run_tests
	grep -q '^   skipped: needs root' "$WORK/shown"
	run total
	[[ $output == *"skipped: 1"* ]]
	# Nothing passed, so nothing is right.
	[ "$status" -eq 1 ]
}

# suite NAME BODY...: a bats file with these tests
suite()
{
	printf '@test "%s" { %s; }\n' "$@" >"$WORK/suite.bats"
	registered suite x bats --tap "$WORK/suite.bats"
	run_tests
}

@test "every test of a bats file counts" {
	suite one true two false three true four 'skip "no need"'
	[ "$(counts)" = "2 1 1 suite" ]
	grep -q 'not ok 2 two' "$WORK/shown"
	grep -q 'skipped: ok 4 four' "$WORK/shown"
	run ! grep -q 'ok 1 one' "$WORK/shown"
}

@test "a test that vanished has failed" {
	suite one true two "kill -9 \$\$" three true
	[ "$(counts)" = "2 1 0 suite" ]
	grep -q '| 1 of 3 tests did not end' "$WORK/shown"
}

@test "what a failed test said first and last is shown, however long" {
	suite one 'seq 900; false' two false
	[ "$(counts)" = "0 2 0 suite" ]
	grep -q '^   | not ok 1 one' "$WORK/shown"
	grep -q '^   | # (in test file .*suite.bats, line 1)' "$WORK/shown"
	grep -q '^   | # 1$' "$WORK/shown"
	grep -q '^   | # 900$' "$WORK/shown"
	grep -q '^   | \.\.\. [0-9]* lines left out \.\.\.$' "$WORK/shown"
	grep -q '^   | not ok 2 two' "$WORK/shown"
	[ "$(wc -l <"$WORK/shown")" -lt 200 ]
}

@test "a suite that fails with no failed test shows all it said" {
	registered tool x sh -c 'echo 1..1; echo ok 1 one; echo race; exit 1'
	run_tests
	[ "$(counts)" = "1 1 0 tool" ]
	grep -q '^   | race' "$WORK/shown"
}

@test "a bats file that cannot be read has failed" {
	suite one '(('
	[ "$(totals)" = "0 passed, 1 failed" ]
}

# says STATUS LINE...: a test that prints this
says()
{
	local status=$1
	shift
	printf '%s\n' "$@" >"$WORK/says-$#-$status"
	registered "says-$#-$status" x \
		sh -c "cat $WORK/says-$#-$status; exit $status"
}

@test "each check of a program of Check counts" {
	says 0 '100%: Checks: 12, Failures: 0, Errors: 0'
	says 1 '66%: Checks: 6, Failures: 1, Errors: 1' \
		'b.c:7:P:b:another:0: Passed' \
		'b.c:7:F:b:what_b_does:0: it does not'
	run_tests
	[ "$(totals)" = "16 passed, 2 failed" ]
	grep -q 'it does not' "$WORK/shown"
	run ! grep -q 'another' "$WORK/shown"
}

@test "a program of Check that dies after its count has failed" {
	says 9 '100%: Checks: 4, Failures: 0, Errors: 0'
	run_tests
	[ "$(totals)" = "4 passed, 1 failed" ]
}

@test "a tree that has no tests, or is none, has failed" {
	: >"$TREE/CTestTestfile.cmake"
	run_tests
	rm -r "$TREE"
	run_tests
	[ "$(totals)" = "0 passed, 2 failed" ]
}

@test "a step that fails is counted, named and explained" {
	step good 5 true
	step bad 5 bash -c 'echo the reason; exit 3' >"$WORK/shown"
	step slow 1 sleep 20 >>"$WORK/shown"
	[ "$(totals)" = "1 passed, 2 failed" ]
	[ "$(failures "$WORK/tally" | xargs)" = "bad slow" ]
	grep -q '| the reason' "$WORK/shown"
	grep -q '| ran out of time: 1 s' "$WORK/shown"
}

@test "tests run side by side, but not beside one that wants to be alone" {
	local name
	for name in a b c; do
		registered $name x bash -c "echo + >>'$WORK/log'; sleep 1
			echo - >>'$WORK/log'"
	done
	echo 'set_tests_properties(c PROPERTIES RUN_SERIAL ON)' \
		>>"$TREE/CTestTestfile.cmake"
	run_tests
	[ "$(xargs <"$WORK/log")" = "+ + - - + -" ]
}

# selects PART...: => names of the tests that ran
selects()
{
	PARTS=("$@")
	: >"$WORK/tally"
	tests release >/dev/null
	awk '{ print $4 }' "$WORK/tally" | sort | xargs
}

@test "a part is a pattern of names or a label" {
	local name
	for name in netns/10-one netns/60-two netns/62-three fault/60-four; do
		registered $name "${name%/*}" true
	done
	registered check_a unit true
	registered check_ab unit true
	[ "$(selects 'netns/6*')" = "netns/60-two netns/62-three" ]
	[ "$(selects netns)" = "netns/10-one netns/60-two netns/62-three" ]
	[ "$(selects check_a fault)" = "check_a fault/60-four" ]
	[ "$(selects "unit/*")" = "check_a check_ab" ]
	[ "$(selects unit/release)" = "check_a check_ab" ]
	[ "$(selects unit/dev)" = "" ]
	[ "$(selects '*' | wc -w)" -eq 6 ]
	[ "$(selects '*/60-*' netns/60-two)" = "fault/60-four netns/60-two" ]
	[ "$(selects nothing 'net')" = "" ]
}

@test "a part that means no test is an error" {
	registered netns/10-one netns true
	step()
	{
		:
	}
	part_exists netns
	part_exists 'netns/1*'
	part_exists build-release
	run ! part_exists 'netns/2*'
	# shellcheck disable=SC2034 # scripts/test reads it
	PARTS=(netns nets)
	run ! parts_exist
	[[ $output == *'no test matches "nets"; write a label (netns)'* ]]
	[ "$(failures "$WORK/tally")" = nets ]
	run ! total
}

# Of what ctest knows in a tree that is built.
@test "each suite has its label, a bound, and what it needs" {
	local build=${SYNWARD_BUILD:-$root/build}
	[ -e "$build/CTestTestfile.cmake" ] || skip "build/ is not configured"
	ctest --test-dir "$build" -C full --show-only=json-v1 >"$WORK/known"
	python3 - "$WORK/known" <<-'END'
	import glob, json, re, sys
	tests = {}
	for test in json.load(open(sys.argv[1]))["tests"]:
	    tests[test["name"]] = test
	    has = {p["name"]: p["value"] for p in test["properties"]}
	    if "unit" in has["LABELS"]:
	        continue
	    label = has["LABELS"][-1]
	    alone = re.match("(fault|full|mutate)/|ctl/50-hook|"
	        "netns/(6[678]-fast|90-demo)", test["name"])
	    rooted = not re.match("(scripts|judge|mutate)/", test["name"])
	    test["label"] = label
	    assert test["name"].startswith(label + "/") or label == "full", test
	    assert has["TIMEOUT"] > 0, test
	    assert has.get("RUN_SERIAL", False) == bool(alone), test
	    assert ("--root" in test["command"]) == rooted, test
	for file in glob.glob("tests/*/*.bats"):
	    _, label, name = file.split("/")
	    assert tests[label + "/" + name[:-5]]["label"] == label, file
	    assert tests[label + "/" + name[:-5]]["command"][-1] == file, file
	for label in ("judge", "mutate", "full"):
	    assert any(test.get("label") == label for test in tests.values())
	END
	ctest --test-dir "$build" -N -L unit | grep -q check_judge_story
	run ! grep -E ': (netns|mutate|judge)/' \
		<(ctest --test-dir "$build" -N -L unit)
}

# --- a suite that ctest runs -----------------------------------------------

@test "a suite that hangs is asked to end, and takes down what it set up" {
	printf '%s\n' "teardown() { echo taken down >'$WORK/down'; }" \
		'@test "fast" { true; }' '@test "slow" { sleep 60; }' \
		>"$WORK/hangs.bats"
	registered hangs x "$run" 2 2 bats --tap "$WORK/hangs.bats"
	run_tests
	[ "$(totals)" = "1 passed, 1 failed" ]
	grep -q '^   | ran out of time: 2 s' "$WORK/shown"
	grep -q taken "$WORK/down"
}

@test "what outlives a suite does not hold up the next" {
	registered leaves x "$run" 4 4 \
		sh -c "sleep 20 & echo \$! >'$WORK/pid'; echo said"
	run_tests
	kill "$(cat "$WORK/pid")"
	[ "$(totals)" = "1 passed, 0 failed" ]
}

@test "with SYNWARD_FULL a suite has more time" {
	SYNWARD_FULL='' run -124 "$run" 1 9 sleep 2
	SYNWARD_FULL=1 run -0 "$run" 1 9 sleep 2
}

@test "a suite that needs root is skipped without" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become another user"
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		test -x "$root/scripts/test" || skip "only root may come here"
	run -77 setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$run" --root 5 5 touch "$WORK/ran"
	[ "$output" = "skipped: needs root" ]
	[ ! -e "$WORK/ran" ]
}

needs_root()
{
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}

# behind_walls COMMAND...: as ctest does it where scripts/test has not
behind_walls()
{
	env -u SYNWARD_ROOM -u SYNWARD_FULL "$run" --root 30 30 "$@"
}

@test "by itself, a suite has walls of its own" {
	needs_root
	local before rooms
	before=$(ip -o link show | wc -l)
	rooms=$(echo /var/tmp/synward.*)
	run -3 behind_walls sh -c 'ip link add synward-left type veth
		touch /tmp/synward-left; sleep 60 & ip -o link show; ls /tmp; exit 3'
	[[ $output == *synward-left*synward-left* ]]
	[ "$(ip -o link show | wc -l)" -eq "$before" ]
	[ ! -e /tmp/synward-left ]
	[ "$(echo /var/tmp/synward.*)" = "$rooms" ]
}

@test "a tree below /tmp is there behind the walls of a suite" {
	needs_root
	export SYNWARD_BUILD=$BATS_TEST_TMPDIR/build
	mkdir "$SYNWARD_BUILD"
	echo here >"$SYNWARD_BUILD/file"
	run -0 behind_walls cat "$SYNWARD_BUILD/file"
	[ "$output" = here ]
}

# --- scripts/test itself ---------------------------------------------------

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

@test "whatever is left behind is named" {
	needs_root
	cat >"$WORK/leaves" <<-'END'
	mkdir "$SYNWARD_ROOM/work"
	find . -path ./.git -prune -o -path './build*' -prune -o -print |
		sort >"$SYNWARD_ROOM/work/files"
	# Nobody waits for it any more.
	sh -c 'setsid sleep 45 &'
	ip netns add left-space
	ip link add left-link type veth
	touch /run/left-file
	timeout 30 scripts/test --leftovers
	END
	SYNWARD_BUILD=$WORK run -1 behind_walls bash "$WORK/leaves"
	grep -qx 'network namespace left-space' <<<"$output"
	grep -qE '^process [0-9]+ sleep 45$' <<<"$output"
	grep -qx 'file /run/left-file' <<<"$output"
	grep -q '^link .*left-link' <<<"$output"
}
