# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# on-reload: what a reload does to connections that the new rules deny.

load support

setup_file()
{
	rig_up
	rsyslog_up
	hook
	echo_up 7000
	echo_up 7001
	echo_up 7002
	conf </dev/null
	synwardd_up
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
}

teardown()
{
	session_close a
	session_close b
}

# The ports of the server's tracked connections.
tracked()
{
	ctl flows state=established --json | grep -o '"dport":700[0-9]' | sort | tr '\n' ' '
}

# both_open PORT: and 7001
both_open()
{
	conf </dev/null
	synwardd_reload
	session_open a "$SERVER4" "$1"
	session_open b "$SERVER6" 7001
	wait_for 5 both_tracked "$1"
}

both_tracked()
{
	[ "$(tracked)" = "$(printf '"dport":%s\n' "$1" 7001 | sort | tr '\n' ' ')" ]
}

@test "keep: they stay" {
	both_open 7000
	echo 'rule "no" { port = 7000 action = deny }' | conf
	synwardd_reload
	both_tracked 7000
}

@test "recheck: exactly those that are denied end, counted and logged" {
	both_open 7002
	conf <<-END
	on-reload = recheck
	rule "no" { port = 7002 action = deny }
	END
	synwardd_reload
	[ "$(tracked)" = '"dport":7001 ' ]
	logged 'denies 1 of the flows, which have ended'
	ctl events --json | grep -q '"dport":7002.*"how":"revoked"'
}
