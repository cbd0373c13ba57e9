# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Memory runs out, for one allocation at a time, at every place in turn: the
# allocator is in a library preloaded into the daemon (world.c).

load ../netns/support
load ../netns/sinks
load canary

setup()
{
	stage_world <<-'END'
	rule "db" { protocol = tcp  to = { 10.2.0.0/24 }  port = { 5432 }
		on-idle = probe  timeouts { established = 12h } }
	END
	# systemd's name service makes a thousand allocations for a name.
	echo 'group: files' >"$RIG/nsswitch.conf"
	gateway mount --bind "$RIG/nsswitch.conf" /etc/nsswitch.conf
}

teardown()
{
	rig_down
}

crashed()
{
	grep -cE '^synwardd: process .* signal (4|6|7|8|11) ' "$RIG/synwardd.out" || true
}

# starve WHAT: does it, and says what was done
starve()
{
	gateway "$FAULT_HERE/world" "$RIG/world" "starve-$1" \
		"$(pid_of synwardd)" "$RIG/ctl.sock"
}

@test "every allocation of a request fails in turn" {
	sing
	local figures
	figures=$(starve control)
	same_worker
	[ "$(crashed)" -eq 0 ]
	unharmed "control starved, $figures"
}

# The C library's own search for a group's name does not survive three of them
# (abort and fault in __nss_group_lookup2, below getgrnam).
@test "every allocation of a start fails in turn" {
	sing
	local figures
	figures=$(starve start)
	(($(crashed) <= 3))
	unharmed "start starved, $figures, $(crashed) processes died of it"
	((LOST == 0))
}
