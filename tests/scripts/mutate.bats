# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What scripts/mutate changes, and that it knows a change again.

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cat >"$BATS_TEST_TMPDIR/x.c" <<-'END'
		#define MOST 3u
		/* if (a > b) is no code here */
		static bool
		fits(const struct x *x, unsigned direction)
		{
			if (x->n < MOST && x->side[0].used)
				return true;
			note(x, direction);
			return !x->full;
		}
	END
}

changes() # changes: NAME what: before => after, of x.c
{
	PYTHONDONTWRITEBYTECODE=1 python3 - "$root/scripts" \
		"$BATS_TEST_TMPDIR/x.c" <<-'END'
		import sys
		sys.path.insert(0, sys.argv[1])
		from mutations import changes_of
		for c in changes_of(sys.argv[2])[1]:
		    print(f"{c.name} {c.what}: {c.before} => {c.after}")
	END
}

has() # has TEXT: is there such a change?
{
	grep -qF -- "$1" <<<"$output" || {
		echo "no change: $1"
		echo "$output"
		return 1
	}
}

@test "each kind of mistake is made" {
	run changes
	[ "$status" -eq 0 ]
	has 'number: #define MOST 3u => #define MOST 4u'
	has 'negate: if (x->n < MOST && x->side[0].used) => if (!(x->n < MOST && x->side[0].used))'
	has 'operator: if (x->n < MOST && x->side[0].used) => if (x->n <= MOST &&'
	has 'term: if (x->n < MOST && x->side[0].used) => if ( x->side[0].used)'
	has 'term: if (x->n < MOST && x->side[0].used) => if (x->n < MOST )'
	has 'number: if (x->n < MOST && x->side[0].used) => if (x->n < MOST && x->side[1].used)'
	has 'stay: return true; => ;'
	has 'drop: note(x, direction); => ;'
	has 'side: note(x, direction); => note(x, !direction);'
	has 'negate: return !x->full; => return x->full;'
	has 'early: { => { return false;'
}

@test "a comment is not changed" {
	run changes
	[[ $output != *"no code here"* ]]
}

@test "a change keeps its name when the file grows" {
	changes | sort >"$BATS_TEST_TMPDIR/before"
	[ -s "$BATS_TEST_TMPDIR/before" ]
	sed -i '1i /* one more line */\nint other(void);' "$BATS_TEST_TMPDIR/x.c"
	changes | sort | diff "$BATS_TEST_TMPDIR/before" -
}

@test "the same seed takes the same changes" {
	cd "$root"
	scripts/mutate --list --seed one event_ring >"$BATS_TEST_TMPDIR/one"
	scripts/mutate --list --seed one event_ring | diff "$BATS_TEST_TMPDIR/one" -
	scripts/mutate --list --seed two event_ring >"$BATS_TEST_TMPDIR/two"
	run diff "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two"
	[ "$status" -eq 1 ]
	diff <(sort "$BATS_TEST_TMPDIR/one") <(sort "$BATS_TEST_TMPDIR/two")
}
