# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the build writes of cause.def is taken by the programs it is for.

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${SYNWARD_BUILD:-$root/build}
}

# The MESSAGE_IDs of cause.def, sorted.
ids()
{
	grep -oE '"[0-9a-f]{32}"' "$root/include/synward/cause.def" |
		tr -d '"' | sort
}

names()
{
	sed -n 's/^SW_CAUSE([A-Z_]*, "\([a-z-]*\)".*/\1/p' \
		"$root/include/synward/cause.def"
}

@test "synwardctl explains each cause" {
	for name in $(names); do
		run "$build/synwardctl" explain "$name"
		[ "$status" -eq 0 ]
		[[ $output == "$name: "?*$'\n'*Check$'\n'* ]]
		id=$(sed -n "s/.*\"$name\", \"\([0-9a-f]*\)\",/\1/p" \
			"$root/include/synward/cause.def")
		"$build/synwardctl" explain --json "$name" >"$BATS_TEST_TMPDIR/x"
		python3 - "$name" "$id" "$BATS_TEST_TMPDIR/x" <<-'END'
		import json, sys
		said = json.load(open(sys.argv[3]))
		assert said["cause"] == sys.argv[1], said
		assert said["id"] == sys.argv[2], said
		assert len(said["summary"]) > 10, said
		assert len(said["meaning"]) > 100, said
		assert len(said["check"]) > 30, said
		END
	done
	[ "$(names | wc -l)" -eq 17 ]
}

@test "mandoc finds no fault in synward-causes(7)" {
	run mandoc -Tlint "$build/man/synward-causes.7"
	# mandoc does not find pages that are not installed, and remarks on
	# each system it does not know.
	faults=$(grep -v 'referenced manual not found\|outdated mandoc.db\|Os synward' \
		<<<"$output" || true)
	echo "$faults"
	[ -z "$faults" ]
}

@test "the manual shows each cause" {
	text=$(mandoc -Tascii "$build/man/synward-causes.7" |
		sed 's/.\x08//g')
	for name in $(names); do
		grep -qE "^ {5}$name( |$)" <<<"$text"
	done
}

@test "the journal's catalog takes every cause" {
	etc=$BATS_TEST_TMPDIR/root
	mkdir -p "$etc/usr/lib/systemd/catalog" "$etc/var/lib/systemd/catalog"
	cp "$build/synward.catalog" "$etc/usr/lib/systemd/catalog/"
	journalctl --root="$etc" --update-catalog
	run journalctl --root="$etc" --list-catalog
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -oE '^[0-9a-f]{32}' <<<"$output" | sort)" = "$(ids)" ]
	grep -q '^2fa79de5d5d54429991863bbdd80f6e3 synward: idle-expired: ' \
		<<<"$output"
}

@test "the catalog explains what to change" {
	etc=$BATS_TEST_TMPDIR/root
	mkdir -p "$etc/usr/lib/systemd/catalog" "$etc/var/lib/systemd/catalog"
	cp "$build/synward.catalog" "$etc/usr/lib/systemd/catalog/"
	journalctl --root="$etc" --update-catalog
	run journalctl --root="$etc" --dump-catalog \
		2fa79de5d5d54429991863bbdd80f6e3
	[ "$status" -eq 0 ]
	[[ $output == *"Raise timeouts { established }"* ]]
	[[ $output == *"Documentation: man:synward-causes(7)"* ]]
}
