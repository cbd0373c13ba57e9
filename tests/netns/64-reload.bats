# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Reloads under load: no packet is lost, connections live on under the rule
# of the same name, and a configuration with a fault changes nothing.

bats_require_minimum_version 1.5.0
load support

setup_file()
{
	rig_up
	rsyslog_up
	witness
	for port in 7000 7001; do
		echo_up $port
	done
	spawn server iperf iperf3 -s
	wait_for 5 listening server 5201
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
	first_order
	synwardd_up
	hook
}

teardown()
{
	local name
	for name in a b; do
		[ ! -e "$RIG/pids/$name" ] || session_close $name
	done
	unhook
	[ ! -e "$RIG/pids/synwardd" ] || synwardd_down
}

first_order()
{
	conf <<-'END'
	rule "bulk" { protocol = tcp port = { 5201 } }
	rule "echo" { protocol = tcp port = { 7000 } }
	END
}

second_order()
{
	conf <<-'END'
	profile = linux
	rule "echo" { protocol = tcp port = { 7000 } tracking = strict }
	rule "other" { protocol = udp port = { 53 } action = deny }
	rule "bulk" { protocol = tcp port = { 5201 } }
	END
}

# rule PORT: the rule the connections to it are under
rule()
{
	ctl flows --json "port=$1" | grep -o '"rule":"[^"]*"' | sort -u
}

@test "thirty reloads under load lose no packet" {
	local before
	before=$(refused)
	client timeout 60 iperf3 -c "$SERVER4" -t 6 -P 2 >"$RIG/iperf.client" &
	local load=$!
	for _ in $(seq 15); do
		second_order
		synwardd_reload
		first_order
		synwardd_reload
	done
	[ "$(rule 5201)" = '"rule":"bulk"' ]
	wait $load
	[ "$(queue_losses)" = "0 0" ]
	[ "$(refused)" -eq "$before" ]
	never_logged 'Not a Valid|Out of window|Denied|configuration not taken'
	synwardd_lives
}

@test "connections stay under the rule of the same name" {
	session_open a "$SERVER4" 7000
	[ "$(rule 7000)" = '"rule":"echo"' ]
	second_order
	synwardd_reload
	[ "$(rule 7000)" = '"rule":"echo"' ]
	ctl flows port=7000 | grep -q echo
	session_say a again
	session_hears a again
	# Its rule goes, and comes back.
	conf </dev/null
	synwardd_reload
	session_say a homeless
	session_hears a homeless
	first_order
	synwardd_reload
	[ "$(rule 7000)" = '"rule":"echo"' ]
	session_say a home
	session_hears a home
}

@test "synwardctl reload: every fault is told, and nothing changes" {
	session_open a "$SERVER4" 7000
	conf <<-'END'
	mode = observing
	rule "echo" { port = { 70000 } }
	rule "deny" { action = deny }
	END
	run -78 ctl reload
	grep -q 'mode = observing: unknown, did you mean "observe"' \
		<<<"$output"
	grep -q 'port = 70000: above the maximum, 65535' <<<"$output"
	logged 'synward.conf:[0-9]+:[0-9]+: mode = observing'
	logged 'configuration not taken \(2 errors\)'
	# What the file denies is still allowed.
	session_say a again
	session_hears a again
	session_open b "$SERVER4" 7001
	ctl metrics | grep -qx 'synward_config_last_reload_successful 0'
	ctl status | grep -qi 'reload'
	first_order
	ctl reload
	ctl metrics | grep -qx 'synward_config_last_reload_successful 1'
}

@test "SIGHUP: a file that can not be read changes nothing" {
	rm "$RIG/synward.conf"
	kill -s HUP "$(pid_of synwardd)"
	logged 'synward.conf: cannot be read: No such file or directory'
	synwardd_lives
	session_open a "$SERVER4" 7000
	[ "$(rule 7000)" = '"rule":"echo"' ]
}

@test "a log where the daemon may not write since its start is refused" {
	mkdir -m 1777 "$RIG/elsewhere"
	echo "log { to = { syslog, \"file:$RIG/elsewhere/drops\" } }" | conf
	run -78 ctl reload
	grep -q 'synward.conf:[0-9]*:[0-9]*: log.to = .*elsewhere/drops: it is outside' \
		<<<"$output"
	grep -q 'restart synwardd' <<<"$output"
	logged 'configuration not taken \(1 error\)'
	[ ! -e "$RIG/elsewhere/drops" ]
	synwardd_down
	synwardd_up
	wait_for 5 test -e "$RIG/elsewhere/drops"
	ctl reload
	never_logged 'Landlock is not available'
}

@test "a rule for an interface holds from the moment there is one" {
	conf <<-'END'
	rule "late" { in = { late } action = deny }
	END
	synwardd_reload
	session_open a "$SERVER4" 7000
	# The link that carries the traffic takes the name.
	ip -n "$(netns gateway)" link set clients down
	ip -n "$(netns gateway)" link set clients name late
	ip -n "$(netns gateway)" link set late up
	ip -n "$(netns gateway)" addr replace fd00:1::1/64 dev late nodad
	wait_for 5 client ping -q -c 1 -W 1 "$GATEWAY4" >/dev/null
	fails client timeout 3 socat -u /dev/null \
		"TCP:$SERVER4:7001,connect-timeout=1" 2>/dev/null
	logged 'Denied by rule \[S\] .*in=late .*rule=late'
	ip -n "$(netns gateway)" link set late down
	ip -n "$(netns gateway)" link set late name clients
	ip -n "$(netns gateway)" link set clients up
	ip -n "$(netns gateway)" addr replace fd00:1::1/64 dev clients nodad
}
