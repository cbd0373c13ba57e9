# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What is fuzzed is fuzzed with its assertions: every object of the engine whose
# source asserts calls what an assertion calls.

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	tree=$root/build-fuzz
}

asserting() # asserting FOLDER: objects whose source has an assertion
{
	grep -rlE --include='*.c' '^[[:space:]]+assert\(' "$root/src/$1" |
		sed "s|.*/|$1/|; s|\$|.o|" | sort -u
}

calling() # calling ARCHIVE FOLDER: objects that can fail an assertion
{
	nm -A "$tree/$1" |
		sed -n "s|.*:\([^:]*\.c\.o\):.* U __assert_fail\$|$2/\1|p" | sort -u
}

@test "the fuzzed engine has its assertions" {
	[ -e "$tree/libsynward-engine.a" ] || skip "nothing is fuzzed here"
	asserting engine >"$BATS_TEST_TMPDIR/wanted"
	[ -s "$BATS_TEST_TMPDIR/wanted" ]
	calling libsynward-engine.a engine >"$BATS_TEST_TMPDIR/found"
	diff "$BATS_TEST_TMPDIR/wanted" \
		<(comm -12 "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/found")
}

@test "a fuzzer without assertions does not build" {
	echo '#include "must.h"' >"$BATS_TEST_TMPDIR/x.c"
	cc -I "$root/fuzz" -fsyntax-only "$BATS_TEST_TMPDIR/x.c"
	run cc -DNDEBUG -I "$root/fuzz" -fsyntax-only "$BATS_TEST_TMPDIR/x.c"
	[ "$status" -ne 0 ]
	[[ $output == *"a fuzzer without assertions"* ]]
}
