#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # $output of a test stays in it
# SPDX-License-Identifier: Apache-2.0
#
# The engine against the kernel of this machine.

bats_require_minimum_version 1.5.0

setup_file()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export root
	export proof=${SYNWARD_BUILD:-$root/build}/tests/proof/proof
}

# compare ARGUMENT...: no difference but those that are meant
compare()
{
	run "$proof" --show 3 "$@"
	echo "$output"
	[ "$status" -ne 77 ] || skip "this kernel or user can not compare"
	[ "$status" -eq 0 ]
}

@test "every kind of segment, in every state, at every place" {
	compare --packets 0
	[[ $output == *"95  cells of the table, of 95"* ]]
	[[ $output == *"6  scenes of the kernel's own tests, of 6"* ]]
}

@test "500,000 random packets, tracking = normal" {
	compare --packets 500000 --grade normal
}

@test "500,000 random packets, tracking = strict" {
	compare --packets 500000 --grade strict
}

@test "the conversations of captures" {
	compare --capture "$root"/tests/replay/*.pcap
	[[ $output =~ normal:\ ([0-9]+)\ packets ]]
	[ "${BASH_REMATCH[1]}" -gt 100 ]
	run -1 --separate-stderr "$proof" --capture "$root/tests/absent.pcap"
	# shellcheck disable=SC2154 # bats gives it
	[[ $stderr == *"absent.pcap: No such file"* ]]
}

# free GRADE: both go their own way; no packet of a live connection is dropped
free()
{
	compare --free --grade "$1" --packets 500000
	[[ $output == *" 0  live packets dropped"* ]]
	[[ $output == *" 0  live, dropped by us alone"* ]]
	[[ $output == *" 0  let in by us alone"* ]]
	[[ $output == *" 0  conversations with anything wrong"* ]]
}

@test "500,000 packets of hosts in step, some unseen, tracking = normal" {
	free normal
}

@test "500,000 packets of hosts in step, some unseen, tracking = loose" {
	free loose
}

@test "500,000 packets of hosts in step, all seen, tracking = strict" {
	free strict
}

@test "500,000 packets of hosts in step, some unseen, strict and resync" {
	compare --free --grade resync --packets 500000
	[[ $output == *" 0  conversations with anything wrong"* ]]
	[[ $output == *" 0  let in by us alone"* ]]
}

@test "captures, where both go their own way" {
	compare --free --capture "$root"/tests/replay/*.pcap
	[[ $output == *"loose: "*"normal: "* ]]
	run -0 "$proof" --free --capture "$root"/tests/replay/gap.pcap
	[[ $output =~ loose:\ ([0-9]+)\ packets ]]
	[ "${BASH_REMATCH[1]}" -gt 10 ]
}

@test "SCTP: every chunk in every state, and 200,000 random packets" {
	compare --sctp --packets 200000
	[[ $output =~ SCTP:\ ([0-9]+)\ packets,\ ([0-9]+)\ chunks ]]
	[ "${BASH_REMATCH[2]}" -gt 300000 ]
	[[ $output == *" 0  unexplained"* ]]
}

@test "each difference that is meant is in doc/DIFFERENCES.md, and no other" {
	listed=$("$proof" --list | sed 's/:.*//' | sort)
	written=$(sed -n 's/^### //p' "$root/doc/DIFFERENCES.md" | sort)
	[ -n "$listed" ]
	diff <(echo "$listed") <(echo "$written")
}

@test "wrong arguments are told, with exit status 2" {
	for wrong in "--packets many" "--packets -1" "--grade fair" "--seed" \
		"--grade loose" "--grade resync" "--free --capture" \
		"--free --capture --grade strict $0" \
		"--no-such" "--capture" "--sctp --free" "--sctp --capture $0" \
		"more"; do
		# shellcheck disable=SC2086 # two words
		run -2 "$proof" $wrong
		[[ $output == *"usage: proof"* ]]
	done
	run -0 "$proof" --help
	[[ $output == "usage: proof"* ]]
}

@test "without root it says so, and skips" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	run -77 setpriv --bounding-set -all \
		--inh-caps -all "$proof" --packets 1
	[[ $output == *"proof: a network namespace"* ]]
	[[ $output == *"proof: skipped"* ]]
}
