# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The programs' own ways to look at a configuration: --check-config,
# --dump-config, synwardctl check and replay -c.

bats_require_minimum_version 1.5.0

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${SYNWARD_BUILD:-$root/build}
	cd "$BATS_TEST_TMPDIR" || return
}

synwardd()
{
	"$build/synwardd" "$@"
}

values()
{
	sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$@"
}

@test "--check-config: what is installed is good, exit 0" {
	run -0 synwardd --check-config -c "$root/conf/synward.conf"
	[ "$output" = "the configuration is good" ]
}

@test "--check-config: each fault on standard error, exit 78" {
	printf 'mode = observ\nlog {\n\trate = 0\n}\n' >a.conf
	run -78 --separate-stderr synwardd --check-config -c a.conf
	[ -z "$output" ]
	# shellcheck disable=SC2154 # --separate-stderr sets it
	[ "${#stderr_lines[@]}" -eq 2 ]
	[[ ${stderr_lines[0]} == "a.conf:1: mode = observ: "* ]]
	[[ ${stderr_lines[1]} == "a.conf:3: log.rate = 0: "* ]]
}

@test "--check-config says of each bad file what is expected" {
	cd "$root/tests/conf/bad" || return
	local conf n=0
	for conf in a*.conf k*.conf s*.conf t*.conf; do
		run -78 synwardd --check-config -c "$conf"
		[ "$output" = "$(<"${conf%.conf}.expected")" ]
		n=$((n + 1))
	done
	[ $n -gt 60 ]
}

@test "a file given with -c must exist, exit 78" {
	run -78 synwardd --check-config -c none.conf
	[[ $output == *"none.conf: cannot be read: No such file"* ]]
	run -78 "$build/synwardctl" check none.conf
	[[ $output == *"none.conf: cannot be read: No such file"* ]]
}

@test "synwardctl check agrees" {
	echo 'mode = observ' >a.conf
	run -78 "$build/synwardctl" check a.conf
	[[ $output == *'did you mean "observe"?'* ]]
	run -0 "$build/synwardctl" check "$root/conf/synward.conf"
}

@test "--dump-config: each value and where it came from" {
	mkdir conf.d
	cat >a.conf <<-'END'
	profile = linux
	timeouts { established = 2h }
	rule "db" {
		port = { 5432 }
		timeouts { udp = 9s }
	}
	END
	echo 'log { rate = 7 }' >conf.d/10-log.conf
	run -0 synwardd --dump-config -c a.conf
	grep -qE '^profile = linux +# a.conf:1$' <<<"$output"
	grep -qE '^mode = enforce +# default$' <<<"$output"
	grep -qE '^	established = 2h +# a.conf:2$' <<<"$output"
	grep -qE '^	syn_sent = 2m +# profile linux$' <<<"$output"
	grep -qE '^	rate = 7 +# conf.d/10-log.conf:1$' <<<"$output"
	grep -qE '^rule "db" \{ # line 3 of a.conf$' <<<"$output"
	grep -qE '^		udp = 9s +# a.conf:5$' <<<"$output"
	grep -qE '^		established = 2h +# a.conf:2$' <<<"$output"
}

@test "--dump-config is a configuration that means the same" {
	cat >a.conf <<-'END'
	tracking = strict on-idle = probe
	log { to = { "file:/var/log/with space", syslog } }
	rule "db" { protocol = tcp to = { 10.0.5.0/24, fd00::/8 } port = { 1-9 } }
	rule "no" { in = { eth3 } action = deny }
	END
	synwardd --dump-config -c a.conf >b.conf
	synwardd --dump-config -c b.conf >c.conf
	diff <(values b.conf) <(values c.conf)
	[ "$(values b.conf | wc -l)" -gt 60 ]
	run -78 synwardd --dump-config -c none.conf
}

@test "the manual names every option, and no other" {
	options=$(synwardd --help | grep -oE '(^|[][ |])--?[a-z-]+' |
		tr -d ' |[]' | sort -u)
	page=$(mandoc -Tascii "$root/man/synwardd.8" | sed 's/.\x08//g' |
		sed -n '/^DESCRIPTION/,/^   Signals/p' |
		sed -nE 's/^     (--?[a-z-]+).*/\1/p' | sort -u)
	[ -n "$options" ]
	diff <(echo "$options") <(echo "$page")
}

@test "replay -c refuses a bad configuration, exit 78" {
	echo 'mode = observ' >a.conf
	run -78 "$build/synwardctl" replay -c a.conf /dev/null
	[[ $output == *'a.conf:1: mode = observ: '* ]]
}
