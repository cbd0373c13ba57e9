# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A table that lies: what a worker leaves to its successor is scribbled on,
# while 50 checked connections and 1,000 datagrams a second pass.  The
# successor repairs it at its first start, and no connection is lost.

load ../netns/support
load succession

setup_file()
{
	rig_up
	printf '%s\n' 'table { max-flows = 5000 tombstones = 5000 }' \
		'log { to = { stderr } }' | conf
	synwardd_up
	hook
	canary_up
}

teardown_file()
{
	rig_down
}

setup()
{
	: >"$RIG/synwardd.out"
	sing
}

# A tombstone or more, so that there is something to scribble on.
short_connections()
{
	client bash -c "for ((n = 0; n < 20; n++)); do
		exec 5<>/dev/tcp/$SERVER4/7100 && exec 5>&-
	done" || true
}

# poisoned WAY: the next worker takes over and lasts, whatever is asked.
poisoned()
{
	local next
	"$BATS_TEST_DIRNAME/poison" "$(worker)" "$1"
	wait_for 5 said 'took over [1-9][0-9]* flows \(0 torn'
	wait_for 5 ctl status >/dev/null
	next=$(worker)
	ctl flows --json >"$RIG/flows"
	[ "$(wc -l <"$RIG/flows")" -ge 50 ]
	fails grep -q '[[:cntrl:]]' "$RIG/flows"
	ctl drops --json >/dev/null
	unharmed "$1"
	[ "$(worker)" = "$next" ]
	fails said 'empty table'
}

@test "entries of the index that lead out of range" {
	poisoned range
}

@test "entries that lead to free records" {
	poisoned free
}

@test "entries that are there twice" {
	poisoned double
}

@test "entries that lead anywhere" {
	poisoned overwrite
}

@test "no entry at all" {
	poisoned wipe
}

@test "wrong numbers of strays" {
	poisoned strays
}

@test "no mark of the records in use, and a note of nonsense" {
	poisoned marks
}

@test "histories and moments of random bytes" {
	poisoned memoirs
}

@test "tombstones of random bytes" {
	short_connections
	poisoned tombstones
}

# Nobody can tell what such a block holds.  It is not lost without a word.
@test "a header whose seal is wrong: that part begins empty, and it is said" {
	"$BATS_TEST_DIRNAME/poison" "$(worker)" seal
	wait_for 5 said "1 of the table's 1 parts begin empty: .* damaged"
	wait_for 5 ctl status >/dev/null
	finish singer || true
}
