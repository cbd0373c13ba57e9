# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# on-idle and on-orphan: the ends themselves say how their connection ended.
# A reset that is not exactly what a stack expects is answered by a challenge
# and ends nothing, so ECONNRESET at a real socket is the proof.

load support

setup_file()
{
	rig_up
	rsyslog_up
	hook
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
	for name in left right; do
		[ ! -e "$RIG/pids/$name" ] || finish $name || true
		rm -f "$RIG/$name.out"
	done
	[ ! -e "$RIG/pids/synwardd" ] || synwardd_down
	server iptables -w -F OUTPUT
}

said()
{
	grep -qx "$2" "$RIG/$1.out"
}

# pair ADDRESS PORT: the ends left (client) and right (server) are up
pair()
{
	spawn server right "$RIG_ROOT/tests/netns/peer" listen "$2"
	wait_for 5 said right listening
	spawn client left "$RIG_ROOT/tests/netns/peer" connect "$1" "$2"
	wait_for 5 said left up
	wait_for 5 said right up
}

# Whatever else they say, their connection stands.
stands()
{
	! grep -qxE 'end|E[A-Z]+|timeout' "$RIG/left.out" "$RIG/right.out"
}

both_reset()
{
	wait_for "$1" said left ECONNRESET
	wait_for 2 said right ECONNRESET
}

@test "on-idle = reset: both ends see ECONNRESET, IPv4" {
	echo 'on-idle = reset timeouts { established = 3s }' | conf
	synwardd_up
	pair "$SERVER4" 7000
	sleep 1
	stands
	both_reset 8
	logged "Connection idle reset \[-\] TCP $CLIENT4:[0-9]+ > $SERVER4:7000"
	never_logged 'Not a Valid'
}

@test "on-idle = reset: both ends see ECONNRESET, IPv6" {
	echo 'on-idle = reset timeouts { established = 3s }' | conf
	synwardd_up
	pair "$SERVER6" 7000
	both_reset 8
	logged "Connection idle reset \[-\] TCP \[$CLIENT6\]:[0-9]+ > \[$SERVER6\]:7000"
}

@test "on-idle = reset of a rule leaves the others alone" {
	conf <<-'END'
	timeouts { established = 2s }
	rule "reset" { protocol = tcp port = { 7001 } on-idle = reset }
	END
	synwardd_up
	pair "$SERVER4" 7000
	sleep 5
	stands
	never_logged 'idle reset'
}

@test "on-idle = probe: two living ends keep their silent connection" {
	echo 'on-idle = probe timeouts { established = 3s }' | conf
	synwardd_up
	pair "$SERVER4" 7004
	sleep 10
	stands
	# Neither end has seen a byte of it.
	fails said left word
	fails said right word
	never_logged ':7004 '
}

@test "on-idle = probe: an end that has forgotten says so to the other" {
	echo 'on-idle = probe timeouts { established = 3s }' | conf
	synwardd_up
	pair "$SERVER4" 7000
	# The server goes down without a word, and comes back.
	mute server 7000
	finish right KILL || true
	stands
	server iptables -w -F OUTPUT
	wait_for 15 said left ECONNRESET
}

@test "on-idle = probe: an end that is gone for good ends it for the other" {
	echo 'on-idle = probe timeouts { established = 2s }' | conf
	synwardd_up
	pair "$SERVER4" 7000
	server iptables -w -A OUTPUT -j DROP
	finish right KILL || true
	stands
	# Three questions, ten seconds apart, and ten more for the last.
	wait_for 45 said left ECONNRESET
	logged 'Connection idle reset .*:7000'
}

@test "mode = observe: nobody is reset" {
	echo 'mode = observe on-idle = reset timeouts { established = 2s }' |
		conf
	synwardd_up
	pair "$SERVER4" 7000
	logged 'Connection idle reset .*:7000 .*action="would drop"' 8
	sleep 1
	stands
}

met()
{
	server ss -Hnt state established sport = :7010 | grep -q .
}

@test "on-orphan = reset: who sends without a connection sees ECONNRESET" {
	echo 'on-orphan = reset' | conf
	synwardd_up
	unhook
	rm -f "$RIG/to.in"
	mkfifo "$RIG/to.in"
	echo_up 7010
	spawn client left bash -c "exec 5<>/dev/tcp/$SERVER4/7010
		read -r <'$RIG/to.in'
		echo word >&5
		cat <&5"
	wait_for 5 met
	hook
	echo go >"$RIG/to.in"
	logged 'Not a Valid SYN Packet \[PA\] .*:7010 .*action=reset'
	wait_for 5 grep -q 'Connection reset by peer' "$RIG/left.out"
}
