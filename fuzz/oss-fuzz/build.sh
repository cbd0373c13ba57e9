#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0
#
# Builds every fuzzer of fuzz/ into $OUT, with its corpus and the libraries it
# is run with.  OSS-Fuzz sets CC, CFLAGS (with the sanitizer), LIB_FUZZING_ENGINE,
# SRC, WORK and OUT.

cd "$SRC/synward"
# The sanitizer is in CFLAGS, and what is fortified hides from it.
cmake -S . -B "$WORK/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
	-DCMAKE_C_FLAGS_DEBUG= -DSYNWARD_FUZZ=ON \
	-DSYNWARD_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" \
	-DCMAKE_EXE_LINKER_FLAGS="-Wl,--disable-new-dtags '-Wl,-rpath,\$ORIGIN/lib'"
cmake --build "$WORK/build" --target fuzzers

mkdir -p "$OUT/lib"
for fuzzer in "$WORK"/build/fuzz/fuzz_*; do
	[ -x "$fuzzer" ] || continue
	name=${fuzzer##*/}
	cp "$fuzzer" "$OUT/"
	corpus=fuzz/corpus/${name#fuzz_}
	[ ! -d "$corpus" ] ||
		(cd "$corpus" && zip -q -r - .) >"$OUT/${name}_seed_corpus.zip"
	ldd "$fuzzer" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' |
		grep -vE '/(libc|libm|libdl|libpthread|librt|libresolv|ld-[^/]*)\.so' |
		xargs -r cp -L -u -t "$OUT/lib"
done
