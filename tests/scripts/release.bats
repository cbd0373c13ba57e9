# shellcheck shell=bash disable=SC2030,SC2031,SC2154 # bats sets them
# SPDX-License-Identifier: Apache-2.0
#
# scripts/release in a repository of its own, with a key that is thrown away.
# The packages themselves are made by a stand-in: tests/full has the real ones.

bats_require_minimum_version 1.5.0

setup_file()
{
	local root
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export REPO=$BATS_FILE_TMPDIR/synward
	# A short path: gpg's agent listens there.
	GNUPGHOME=$(mktemp -d /tmp/key.XXXXXX)
	export GNUPGHOME PATH=$BATS_FILE_TMPDIR/bin:$PATH
	export GIT_AUTHOR_NAME=one GIT_AUTHOR_EMAIL=one@localhost
	export GIT_COMMITTER_NAME=one GIT_COMMITTER_EMAIL=one@localhost
	export GIT_CONFIG_GLOBAL=/dev/null
	chmod 700 "$GNUPGHOME"
	gpg --batch --quiet --pinentry-mode loopback --passphrase '' \
		--quick-generate-key thrown-away@localhost default sign never
	stand_in
	mkdir -p "$REPO"
	(cd "$root" && cp -r scripts debian CMakeLists.txt CHANGELOG.md \
		.gitignore "$REPO")
	released 7.8.9
	git -C "$REPO" init -q
	git -C "$REPO" add -A
	git -C "$REPO" commit -qm first
	git -C "$REPO" tag -a -m 7.8.9 v7.8.9
}

teardown_file()
{
	gpgconf --kill all
	rm -rf "$GNUPGHOME"
}

# A package with one program in it, left where the real one would be.
stand_in()
{
	mkdir "$BATS_FILE_TMPDIR/bin"
	cat >"$BATS_FILE_TMPDIR/bin/dpkg-buildpackage" <<-'END'
	#!/bin/sh
	set -e
	mkdir -p made/DEBIAN made/usr/bin
	cp /bin/true made/usr/bin/synwardctl
	printf 'Package: synward\nVersion: 7.8.9\nArchitecture: all\n' \
		>made/DEBIAN/control
	printf 'Maintainer: one <one@localhost>\nDescription: none\n' \
		>>made/DEBIAN/control
	dpkg-deb --root-owner-group -b made ../synward_7.8.9_all.deb >/dev/null
	END
	chmod +x "$BATS_FILE_TMPDIR/bin/dpkg-buildpackage"
}

# released VERSION: all files name it
released()
{
	sed -i "s/^project(synward VERSION [0-9.]*/project(synward VERSION $1/" \
		"$REPO/CMakeLists.txt"
	sed -i "1s/.*/synward ($1) unstable; urgency=medium/" \
		"$REPO/debian/changelog"
	sed -i "0,/^## .*/s//## $1, 2026-12-24/" "$REPO/CHANGELOG.md"
}

teardown()
{
	git -C "$REPO" checkout -q --force v7.8.9
	git -C "$REPO" clean -qfd
}

release()
{
	run --separate-stderr "$REPO/scripts/release" \
		--key thrown-away@localhost "$@"
	echo "$output$stderr"
}

@test "a release is whole, and its signature holds" {
	release v7.8.9
	[ "$status" -eq 0 ]
	[[ $output == *"release: 7.8.9 is ready"* ]]
	cd "$REPO/build-release"
	sha256sum --quiet -c SHA256SUMS
	gpg --batch --verify SHA256SUMS.asc SHA256SUMS
	[ "$(wc -l <SHA256SUMS)" -eq 3 ]
	tar -tzf synward-7.8.9.tar.gz | grep -qx synward-7.8.9/scripts/release
	echo >>synward-7.8.9.tar.gz
	run ! sha256sum --quiet -c SHA256SUMS
}

@test "the source and the bill are the same bytes each time" {
	release v7.8.9
	mv "$REPO/build-release" "$BATS_TEST_TMPDIR/first"
	touch "$REPO"/scripts/*
	release v7.8.9
	for file in synward-7.8.9.tar.gz synward-7.8.9.spdx.json; do
		cmp "$BATS_TEST_TMPDIR/first/$file" "$REPO/build-release/$file"
	done
}

@test "the bill of materials names what is built with and linked" {
	release v7.8.9
	python3 - "$REPO/build-release/synward-7.8.9.spdx.json" <<-'END'
	import json, re, sys
	bill = json.load(open(sys.argv[1]))
	assert bill["spdxVersion"] == "SPDX-2.3"
	assert bill["documentNamespace"] and bill["creationInfo"]["created"]
	ids = [one["SPDXID"] for one in bill["packages"]]
	assert len(ids) == len(set(ids)) > 15, ids
	for one in bill["packages"]:
	    assert re.fullmatch("SPDXRef-[A-Za-z0-9.-]+", one["SPDXID"]), one
	    assert one["name"] and one["versionInfo"], one
	    assert one["downloadLocation"], one
	known = set(ids) | {"SPDXRef-DOCUMENT"}
	for one in bill["relationships"]:
	    assert one["spdxElementId"] in known, one
	    assert one["relatedSpdxElement"] in known, one
	assert "SPDXRef-build-libpcap-dev" in ids
	assert "SPDXRef-runtime-libc6" in ids
	END
}

# refused WORDS: and nothing is built
refused()
{
	rm -rf "$REPO/build-release"
	release v7.8.9
	[ "$status" -eq 1 ]
	[[ $stderr == *"$1"* ]]
	[ ! -e "$REPO/build-release" ]
}

@test "what does not fit the tag is refused" {
	sed -i '1s/unstable/UNRELEASED/' "$REPO/debian/changelog"
	refused "debian/changelog says UNRELEASED"
	refused "the tree is changed"
	released 7.8.10
	refused "CMakeLists.txt has another version than 7.8.9"
	refused "debian/changelog has another version"
	refused 'CHANGELOG.md has no heading "## 7.8.9, YYYY-MM-DD"'
	git -C "$REPO" commit -qam second
	refused "v7.8.9 is not the commit that is checked out"
	git -C "$REPO" tag v7.8.10
	release v7.8.10
	[ "$status" -eq 1 ]
	[[ $stderr == *"v7.8.10 is no annotated tag"* ]]
}

@test "a dry run goes on, and says what failed" {
	git -C "$REPO" tag -d v7.8.9 >/dev/null
	release --dry-run v7.8.9
	git -C "$REPO" tag -a -m 7.8.9 v7.8.9
	[ "$status" -eq 0 ]
	[[ $stderr == *"v7.8.9 is no annotated tag"* ]]
	[[ $output == *"dry run; 2 checks failed"* ]]
	[ -s "$REPO/build-release/SHA256SUMS.asc" ]
}

@test "a name that is no version is a mistake" {
	release 7.8.9
	[ "$status" -eq 1 ]
	[[ $stderr == *"write v1.2.3"* ]]
	release
	[ "$status" -eq 2 ]
}
