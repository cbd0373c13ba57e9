# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The demo shows every cause, and leaves nothing, however it ends.

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	[ -x "$root/build/synwardd" ] || skip "build/ is not built"
}

rooms()
{
	find /var/tmp -maxdepth 1 -name 'synward.*' | sort
}

causes()
{
	sed -n 's/^SW_CAUSE([A-Z_]*, "\([a-z-]*\)".*/\1/p' \
		"$root/include/synward/cause.def"
}

@test "every cause is shown with a line, within a minute, without colour" {
	local before cause
	before=$(rooms)
	run timeout 100 "$root/scripts/demo"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *" 50 came whole in "*" ms, 0 packets refused."* ]]
	[ "$(causes | wc -l)" -eq 17 ]
	for cause in $(causes); do
		grep -qE "^  [A-Z].* \[[A-Z-]+\] (TCP|ICMP) .* cause=$cause conf=" \
			<<<"$output"
	done
	[[ $output != *$'\e'* ]]
	seconds=$(sed -n 's/.* causes shown in \([0-9]*\) s.*/\1/p' <<<"$output")
	((seconds < 60))
	[ "$(rooms)" = "$before" ]
}

@test "an interrupted demo leaves nothing" {
	local before pid status=0
	before=$(rooms)
	env --default-signal=INT "$root/scripts/demo" >"$BATS_TEST_TMPDIR/out" \
		2>&1 3>&- &
	pid=$!
	for _ in $(seq 300); do
		! grep -q '^bad-flags' "$BATS_TEST_TMPDIR/out" || break
		sleep 0.2
	done
	grep -q '^bad-flags' "$BATS_TEST_TMPDIR/out"
	kill -s INT $pid
	wait $pid || status=$?
	[ "$status" -eq 130 ]
	[ "$(rooms)" = "$before" ]
	run pgrep -f -- "$root/scripts/demo --inside"
	[ "$status" -eq 1 ]
}

@test "it takes no arguments, and only root" {
	run "$root/scripts/demo" --fast
	[ "$status" -eq 2 ]
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		test -x "$root/scripts/test" || skip "only root may come here"
	run setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$root/scripts/demo"
	[ "$status" -eq 1 ]
	[[ $output == *"must be root"* ]]
}
