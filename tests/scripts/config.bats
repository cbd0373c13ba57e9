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

# warns_of TEXT: both programs take it, and say that rule "dns" lets in more
# than it says
warns_of()
{
	printf '%s\n' "$1" >w.conf
	run -0 --separate-stderr synwardd --check-config -c w.conf
	[ "$output" = "the configuration is good" ]
	# shellcheck disable=SC2154 # --separate-stderr sets it
	[[ $stderr == 'w.conf:1:'*': warning: rule "dns": with tracking = off, '* ]]
	run -0 --separate-stderr "$build/synwardctl" check w.conf
	[[ $output == "w.conf: good, "* ]]
	[[ $stderr == 'w.conf:1:'*': warning: rule "dns": '* ]]
	run -0 "$build/synwardctl" check w.conf --json
	[[ ${lines[0]} == '{"kind":"warning",'*'"text":"w.conf:1:'* ]]
}

# silent_about TEXT: both take it without a word
silent_about()
{
	printf '%s\n' "$1" >w.conf
	run -0 --separate-stderr synwardd --check-config -c w.conf
	[ -z "$stderr" ]
	run -0 --separate-stderr "$build/synwardctl" check w.conf
	[ -z "$stderr" ]
}

# A file of another user would be refused, so tests read copies.
@test "--check-config: what is installed is good, exit 0" {
	cp "$root/conf/synward.conf" .
	run -0 synwardd --check-config -c synward.conf
	[ "$output" = "the configuration is good" ]
}

@test "tracking = off for UDP, where something is denied: a warning, exit 0" {
	local off='rule "dns" { protocol = udp port = 53 tracking = off }'
	warns_of "$off
		default-action = deny"
	warns_of 'rule "dns" { port = 53 tracking = off }
		rule "no" { port = 161 action = deny }'
	# Nothing is denied, or only before it.
	silent_about "$off"
	silent_about "rule \"no\" { port = 161 action = deny }
		$off"
	# A SYN and an echo request show what they are.
	silent_about 'default-action = deny
		rule "bgp" { protocol = tcp port = 179 tracking = off }
		rule "ping" { protocol = icmp tracking = off }'
	silent_about 'default-action = deny
		rule "dns" { protocol = udp port = 53 }'
}

@test "--check-config: each fault on standard error, exit 78" {
	printf 'mode = observ\nlog {\n\trate = 0\n}\n' >a.conf
	run -78 --separate-stderr synwardd --check-config -c a.conf
	[ -z "$output" ]
	# shellcheck disable=SC2154 # --separate-stderr sets it
	[ "${#stderr_lines[@]}" -eq 6 ]
	[[ ${stderr_lines[0]} == "a.conf:1:8: mode = observ: "* ]]
	[ "${stderr_lines[1]}" = "    mode = observ" ]
	[ "${stderr_lines[2]}" = "           ^~~~~~" ]
	[[ ${stderr_lines[3]} == "a.conf:3:9: log.rate = 0: "* ]]
	[ "${stderr_lines[4]}" = "    rate = 0" ]
	[ "${stderr_lines[5]}" = "           ^" ]
}

@test "--check-config says of each bad file what is expected" {
	cp "$root"/tests/conf/bad/*.* .
	local conf n=0
	for conf in a*.conf k*.conf s*.conf t*.conf; do
		run -78 synwardd --check-config -c "$conf"
		[ "$(grep -v '^    ' <<<"$output")" = "$(<"${conf%.conf}.expected")" ]
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
	cp "$root/conf/synward.conf" .
	run -0 "$build/synwardctl" check synward.conf
}

@test "a log nobody can write and an unknown group are warnings, exit 0" {
	cat >a.conf <<-'END'
	log { to = { file:/nowhere/drops.log } }
	control { group = no-such-group }
	END
	for check in "$build/synwardd --check-config -c" "$build/synwardctl check"; do
		# shellcheck disable=SC2086 # a command and its arguments
		run -0 --separate-stderr $check a.conf
		[[ $output == *good* ]]
		[ "${#stderr_lines[@]}" -eq 6 ]
		[[ ${stderr_lines[0]} == "a.conf:1:14: warning: log.to = "* ]]
		[[ ${stderr_lines[3]} == "a.conf:2:19: warning: control.group = "* ]]
	done
}

@test "check --json: place, key, what is expected and what to write" {
	printf 'timeouts {\n\tudp = 2 hours\n}\nqueu { }\n' >a.conf
	run -78 "$build/synwardctl" check --json a.conf
	[ "${lines[0]}" = '{"kind":"error","class":"error","text":"a.conf:2:8: timeouts.udp = 2 hours: a number and its unit must be one word; write 2h","file":"a.conf","line":2,"column":8,"key":"timeouts.udp","expected":"2h","fix":"2h"}' ]
	[ "${lines[1]}" = '{"kind":"error","class":"error","text":"a.conf:4:1: unknown key \"queu\"; did you mean \"queue\"?","file":"a.conf","line":4,"column":1,"key":null,"expected":null,"fix":"queue"}' ]
	echo 'control { read-group = no-such-group }' >a.conf
	run -0 "$build/synwardctl" check --json a.conf
	[[ ${lines[0]} == '{"kind":"warning","class":"warning",'*'"line":1,"column":24,"key":"control.read-group",'* ]]
	[ "${lines[1]}" = '{"kind":"checked","file":"a.conf","rules":0}' ]
}

@test "a file that others may write is refused, exit 78" {
	echo 'mode = observe' >a.conf
	chmod 0666 a.conf
	local refused='a.conf: is refused: every user may write to it (mode 0666); run chmod o-w a.conf'
	run -78 synwardd --check-config -c a.conf
	[ "$output" = "$refused" ]
	run -78 "$build/synwardctl" check a.conf
	[ "$output" = "$refused" ]
	chmod 0644 a.conf
	run -0 synwardd --check-config -c a.conf
}

@test "durations are printed as they may be written" {
	printf 'timeouts { established = 7440s udp = 90s other = 3605s icmp = 172800s }\n' >a.conf
	run -0 synwardd --dump-config -c a.conf
	grep -qE '^	established = 2h4m +# a.conf:1$' <<<"$output"
	grep -qE '^	udp = 1m30s ' <<<"$output"
	grep -qE '^	other = 1h5s ' <<<"$output"
	grep -qE '^	icmp = 2d ' <<<"$output"
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
	[[ $output == *'a.conf:1:8: mode = observ: '* ]]
}
