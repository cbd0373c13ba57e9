# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# fuzz/oss-fuzz/build.sh where OSS-Fuzz's variables are set as there: with
# SYNWARD_FULL, because it builds everything once more.

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$root" || return
}

@test "its container installs what the build asks for, but the kernel's part" {
	local package n=0
	while read -r package; do
		echo "$package"
		grep -q "[[:space:]]$package\( \|\$\)" fuzz/oss-fuzz/Dockerfile
		n=$((n + 1))
	done < <(awk '/^# \[/ { here = $2 == "[build]" }
			!/^#/ && NF && here' scripts/packages | grep -e '^lib.*-dev$' |
		grep -vx -e libc6-dev -e libbpf-dev -e liburcu-dev \
			-e libnetfilter-conntrack-dev)
	[ $n -ge 9 ]
}

@test "every fuzzer is built, with its corpus, and runs on its own" {
	[ -n "${SYNWARD_FULL:-}" ] || skip "takes long: SYNWARD_FULL"
	command -v clang >/dev/null || skip "no clang here"
	local name built=0
	export SRC=$BATS_TEST_TMPDIR/src OUT=$BATS_TEST_TMPDIR/out
	export WORK=$BATS_TEST_TMPDIR/work LIB_FUZZING_ENGINE=-fsanitize=fuzzer
	export CC=clang
	export CFLAGS='-O1 -fsanitize=address -fsanitize=fuzzer-no-link'
	mkdir "$SRC" "$OUT" "$WORK"
	ln -s "$root" "$SRC/synward"
	fuzz/oss-fuzz/build.sh
	for name in fuzz/fuzz_*.c; do
		name=$(basename "$name" .c)
		mkdir "$WORK/$name"
		unzip -q -d "$WORK/$name" "$OUT/${name}_seed_corpus.zip"
		(cd / && "$OUT/$name" -runs=200 -timeout=20 "$WORK/$name" \
			>"$WORK/said" 2>&1) || {
			cat "$WORK/said"
			return 1
		}
		built=$((built + 1))
	done
	[ $built -ge 10 ]
	run ldd "$OUT/fuzz_packet"
	[[ $output == *"$OUT/lib/"* ]]
}
