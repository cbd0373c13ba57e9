# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Two tenants behind one gateway whose hosts have the same addresses and use the
# same ports: client and server are red, client2 and server2 blue.

load support

setup_file()
{
	rig_up
	rsyslog_up
	blue_up
	local host
	for host in server server2; do
		spawn "$host" "echo-$host" socat -t 60 \
			TCP4-LISTEN:7000,fork,reuseaddr EXEC:cat
		wait_for 5 listening "$host" 7000
	done
	zoned
	synwardd_up
	hook
}

teardown_file()
{
	rig_down
}

setup()
{
	PORT=$((40000 + BATS_TEST_NUMBER))
	log_mark
}

teardown()
{
	local name
	for name in red blue; do
		[ ! -e "$RIG/pids/$name" ] || finish "$name" KILL || true
		rm -f "$RIG/$name.in"
	done
	ctl kill proto=tcp >/dev/null || true
}

# The second tenant's hosts, and routes for what comes from them.
blue_up()
{
	host_add client2
	host_add server2
	link_add client2 eth0 gateway clients2
	link_add gateway servers2 server2 eth0
	address client2 eth0 "$CLIENT4/24"
	address server2 eth0 "$SERVER4/24"
	route client2 default via 10.1.0.1
	route server2 default via 10.2.0.1
	local side
	for side in clients2 servers2; do
		gateway ip rule add iif "$side" lookup 102
	done
	route gateway 10.1.0.0/24 dev clients2 table 102
	route gateway 10.2.0.0/24 dev servers2 table 102
	wait_for 5 on client2 ping -q -c 1 -W 1 "$SERVER4" >/dev/null
}

rules()
{
	cat <<-'END'
		timeouts { established = 4s }
		offload { lanes = 0 }
	END
}

zoned()
{
	{
		rules
		cat <<-'END'
			zone "red"  { interfaces = { clients, servers } }
			zone "blue" { interfaces = { clients2, servers2 } }
		END
	} | conf
}

# enter COLOUR HOST [OPTIONS]: a connection from $PORT, which says hello
enter()
{
	mkfifo "$RIG/$1.in"
	: >"$RIG/$1.heard"
	spawn "$2" "$1" socat -t 1 \
		"TCP4:$SERVER4:7000,sourceport=$PORT,reuseaddr${3:-}" \
		"OPEN:$RIG/$1.in,rdwr!!OPEN:$RIG/$1.heard,append"
	says "$1" hello
}

says()
{
	session_say "$1" "$2"
	session_hears "$1" "$2"
}

both()
{
	enter red client
	enter blue client2
}

has_flow()
{
	ctl flows --json port=7000 sport="$PORT" "$@" | grep -q '"kind":"flow"'
}

@test "two tenants with equal addresses and ports have a flow each" {
	both
	[ "$(ctl flows --json port=7000 state=established | wc -l)" -eq 2 ]
	has_flow zone=red in=clients
	has_flow zone=blue in=clients2
	says red again
	says blue again
	[ "$(ctl flows port=7000 | awk 'NR > 1 { print $NF }' | sort | xargs)" = \
		"blue red" ]
	ctl explain "$CLIENT4:$PORT" "$SERVER4:7000" | grep -q '^  zone     red$'
	ctl explain "$CLIENT4:$PORT" "$SERVER4:7000" --json >"$RIG/story"
	grep -q '"zone":"red"' "$RIG/story"
	grep -q '"zone":"blue"' "$RIG/story"
	none_refused
}

@test "one tenant closes, the other goes on" {
	both
	finish red || true
	wait_for 5 fails has_flow zone=red state=established
	says blue "still here"
	has_flow zone=blue state=established
	never_logged port-reuse
}

@test "one tenant resets, the other goes on" {
	enter red client ,linger=0
	enter blue client2
	finish red KILL || true
	wait_for 5 has_flow zone=red state=close
	says blue "still here"
	has_flow zone=blue state=established
}

@test "one tenant is silent and expires, the other goes on" {
	both
	local i
	for i in 1 2 3 4 5 6; do
		sleep 1
		says blue "word $i"
	done
	wait_for 5 fails has_flow zone=red
	session_say red late
	logged "Not a Valid SYN Packet \[PA\] TCP $CLIENT4:$PORT > $SERVER4:7000 .*zone=red .*cause=idle-expired"
	fails log_has 'zone=blue'
	says blue "still here"
}

@test "which tells the zone of interfaces" {
	ctl which "$CLIENT4" "$SERVER4:7000" --in clients2 --out servers2 |
		grep -q '^  zone      blue$'
	fails grep -q zone <<<"$(ctl which "$CLIENT4" "$SERVER4:7000")"
}

@test "zones come and go under live connections" {
	enter red client
	rules | conf
	synwardd_reload
	fails has_flow zone=red
	says red "without zones"
	zoned
	synwardd_reload
	has_flow zone=red
	says red "with zones"
	kill -KILL "$(worker)"
	wait_for 10 ctl status
	says red "after a restart"
	has_flow zone=red
	none_refused
}
