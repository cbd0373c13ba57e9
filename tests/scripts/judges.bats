# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The scripts that judge the source must be able to say no.

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || exit
}

archive() # archive SOURCE
{
	printf '%s\n' "$1" >x.c
	cc -O1 -fPIC -c x.c -o x.o
	ar rcs x.a x.o
	run "$root/scripts/purity" x.a
}

@test "purity passes memory, strings and constant tables" {
	archive '#include <stdlib.h>
		static const char *const names[] = { "a", "b" };
		const char *name(unsigned n) { return names[n]; }
		void *room(size_t n) { return calloc(n, 2); }'
	[ "$status" -eq 0 ]
}

@test "purity refuses a call to printf and names the file" {
	archive '#include <stdio.h>
		void f(int n) { printf("%d\n", n); }'
	[ "$status" -eq 1 ]
	[[ $output == *"calls printf, in x.o"* ]]
}

@test "purity refuses a clock" {
	archive '#include <time.h>
		long f(void) { return time(0); }'
	[ "$status" -eq 1 ]
	[[ $output == *"calls time"* ]]
}

@test "purity refuses a global, a static local and a thread's variable" {
	archive 'int shared = 3; _Thread_local int mine;
		int f(void) { static int n; return n++ + shared + mine; }'
	[ "$status" -eq 1 ]
	[[ $output == *"a variable, shared"* ]]
	[[ $output == *"a variable, mine"* ]]
	[[ $output == *"a variable, n."* ]]
}

@test "purity fails without an archive" {
	run "$root/scripts/purity" missing.a
	[ "$status" -ne 0 ]
}

function_of() # function_of LINES
{
	echo 'int f(int n)'
	echo '{'
	yes '	n++;' | head -n $(($1 - 4))
	printf '	return n;\n}\n'
}

@test "size passes a function of 60 lines among short ones" {
	function_of 60 >x.c
	for n in 1 2 3 4 5 6 7 8 9; do
		function_of 10 | sed "s/f(/f$n(/" >>x.c
	done
	run "$root/scripts/size" "$PWD"
	[ "$status" -eq 0 ]
	[[ $output == *"longest f, 59"* || $output == *"longest f, 60"* ]]
}

@test "size refuses a function of 70 lines and names it" {
	function_of 70 >x.c
	run "$root/scripts/size" "$PWD"
	[ "$status" -eq 1 ]
	[[ $output == *"x.c:1: f has"* ]]
}

@test "size refuses a file of 501 lines" {
	{
		function_of 20
		yes '/* more */' | head -n 481
	} >x.c
	run "$root/scripts/size" "$PWD"
	[ "$status" -eq 1 ]
	[[ $output == *"has 501 lines"* ]]
}

@test "size refuses when one function in ten exceeds 40 lines" {
	for n in 1 2; do
		function_of 50 | sed "s/f(/f$n(/" >>x.c
	done
	for n in 3 4 5 6 7 8; do
		function_of 10 | sed "s/f(/f$n(/" >>x.c
	done
	run "$root/scripts/size" "$PWD"
	[ "$status" -eq 1 ]
	[[ $output == *"one function in ten"* ]]
}

@test "words finds what the style guide replaces, also over line ends" {
	printf 'Read it anew.\n\nIt is still\nthe same; all\nthe same it is.\n' >x.md
	run "$root/scripts/words" x.md
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ $output == *'x.md:1: "anew": write again'* ]]
	[[ $output == *'x.md:4: "all the same": write still'* ]]
	printf 'Read it again; what a value of 3 is, the manual says.\n' >x.md
	run "$root/scripts/words" x.md
	[ "$status" -eq 0 ]
}

@test "words finds strings of C, comments when asked, and never a name" {
	printf '%s\n' '/* read anew */' 'char a[] = "told";' \
		'char b[] = "it was"' '" told twice";' >x.c
	run "$root/scripts/words" x.c
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *'x.c:4: "told": write '* ]]
	run "$root/scripts/words" --comments x.c
	[ "$status" -eq 1 ]
	[[ $output == *'x.c:1: "anew": write again'* ]]
}

tree() # tree FILE SOURCE HEADER DECLARATION: a room with one file and header
{
	mkdir -p "$PWD/src/room" "$PWD/build/x.dir/src/room"
	printf '%s\n' "$2" >"src/room/$1.c"
	printf '%s\n' "$4" >"src/room/$3.h"
	cc -w -c "src/room/$1.c" -o "build/x.dir/src/room/$1.c.o"
	run "$root/scripts/names" "$PWD/build" "$PWD"
}

@test "names passes the file's name, the room before it, and the header's" {
	tree parcel 'static void put(void) {} int sw_parcel_open(void) { put(); }
		int sw_room_parcel_open(void) {} int sw_box_close(void) {}' \
		box 'int sw_box_close(void);'
	[ "$status" -eq 0 ]
	[[ $output == *"3 functions of 1 files"* ]]
}

@test "names refuses a function that neither file nor header names" {
	tree parcel 'int sw_crate_open(void) {}' box 'int sw_crate_open(void);'
	[ "$status" -eq 1 ]
	[[ $output == *"parcel.c: sw_crate_open carries"*"src/room/box.h"* ]]
}

@test "names refuses a prefix that only begins like the file" {
	tree parcel 'int sw_parcelling(void) {}' box ''
	[ "$status" -eq 1 ]
}

@test "names refuses an exported function without sw_" {
	tree parcel 'int parcel_open(void) {}' box 'int parcel_open(void);'
	[ "$status" -eq 1 ]
}

@test "names does not take a call in an inline function for a declaration" {
	tree parcel 'int sw_crate_open(void) {}' crate 'static inline int
f(void)
{
	return sw_crate_open();
}'
	[ "$status" -eq 1 ]
}

@test "names fails without object files" {
	run "$root/scripts/names" "$PWD/none" "$PWD"
	[ "$status" -ne 0 ]
	[[ $output == *"build first"* ]]
}
