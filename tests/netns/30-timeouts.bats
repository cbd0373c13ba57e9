# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# An idle connection lives as long as its timeout says, and a reload gives
# running connections the new value.

load support

setup_file()
{
	rig_up
	rsyslog_up
	hook
	echo_up 7000
	echo_up 7001
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
	local name
	for name in a b c d; do
		[ ! -e "$RIG/pids/$name" ] || session_close $name
	done
	[ ! -e "$RIG/pids/synwardd" ] || synwardd_down
}

established()
{
	echo "timeouts { established = $1 }" | conf
}

# dropped NAME ADDRESS: after five seconds and a little its next packet is
# refused and unheard
dropped()
{
	local port
	port=$(session_port "$1")
	session_say "$1" "after the silence"
	logged "Not a Valid SYN Packet \[PA\] TCP \[?$2\]?:$port > .* timeout=3s.*"
	log_has "\[PA\] TCP \[?$2\]?:$port > .* cause=idle-expired .*idle=([5-9]|1[0-4])s"
	! session_heard "$1" "after the silence"
}

lives()
{
	session_say "$1" "after the silence"
	session_hears "$1" "after the silence"
	never_logged "Not a Valid .*:$(session_port "$1") > "
}

@test "established = 3s: silent for 5 s, dropped with [PA]" {
	established 3s
	synwardd_up
	session_open a "$SERVER4" 7000
	session_open b "$SERVER6" 7000
	sleep 5
	dropped a "$CLIENT4"
	dropped b "$CLIENT6"
}

@test "established = 5s: words every two seconds keep it" {
	established 5s
	synwardd_up
	session_open a "$SERVER4" 7000
	for n in 1 2 3 4; do
		sleep 2
		session_say a "$n"
		session_hears a "$n"
	done
	lives a
}

@test "established = 60s: silent for 5 s, lives" {
	established 60s
	synwardd_up
	session_open a "$SERVER4" 7000
	session_open b "$SERVER6" 7000
	sleep 5
	lives a
	lives b
}

@test "SIGHUP from 3s to 60s: the running connection lives" {
	established 3s
	synwardd_up
	session_open a "$SERVER4" 7000
	established 60s
	synwardd_reload
	sleep 5
	lives a
}

@test "SIGHUP from 60s to 3s: the running connection is dropped" {
	established 60s
	synwardd_up
	session_open a "$SERVER4" 7000
	sleep 1
	established 3s
	synwardd_reload
	sleep 5
	dropped a "$CLIENT4"
}

@test "a rule's own timeout holds for its connections only" {
	conf <<-'END'
	timeouts { established = 60s }
	rule "short" {
		protocol = tcp
		port = { 7001 }
		timeouts { established = 3s }
	}
	END
	synwardd_up
	session_open a "$SERVER4" 7000
	session_open b "$SERVER4" 7001
	sleep 5
	lives a
	dropped b "$CLIENT4"
	log_has 'rule=short .*hint="rule short: timeouts \{ established = '
}

@test "a broken edit changes nothing" {
	established 60s
	synwardd_up
	session_open a "$SERVER4" 7000
	echo 'timeouts { established = 3 weeks }' | conf
	kill -s HUP "$(pid_of synwardd)"
	logged 'synward.conf:[0-9]+:[0-9]+: '
	sleep 4
	synwardd_lives
	lives a
}
