# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Upgrades with another program of the fast path, or another number of lanes,
# under a real systemd that keeps the descriptors (see pen), while 50 checked
# connections and 1,000 datagrams a second pass (see canary).  The rule stands
# and goes on using the former program until hook up replaces it.

load ../netns/support
load song
load succession
load pen
load former

setup_file()
{
	rig_up
	stage_version today "$SYNWARD_BUILD"
	stage_version other "$SYNWARD_BUILD"
	# The same program with other terms is another one.
	sed -i "s/Apache-2\.0\x00/Apache-2.1\x00/" "$(find "$RIG/other" -name synwardd -type f)"
	pen_up </dev/null
	canary_up
	witness
}

teardown_file()
{
	rig_down
}

# begin LANES
begin()
{
	pen systemctl stop synwardd
	put_version today
	settings "$1"
	zero_witness
	pen systemctl start synwardd
	pen synwardctl hook show | grep -q '^fast path on: ' ||
		skip "no fast path here: $(pen synwardctl status | grep 'fast path')"
}

settings()
{
	pen sh -c 'cat >/etc/synward/synward.conf' <<-END
	log { to = { "file:/var/log/synward/log" } }
	offload { lanes = $1  after = 2 }
	END
}

zero_witness()
{
	gateway iptables -w -t mangle -Z
	gateway ip6tables -w -t mangle -Z
}

passed()
{
	echo $(($(counted iptables POSTROUTING) +
		$(counted ip6tables POSTROUTING)))
}

tracked()
{
	pen synwardctl flows --json | grep -oP '"(reply_)?packets":\K[0-9]+' |
		awk '{ n += $1 } END { print n + 0 }'
}

offload()
{
	pen synwardctl metrics | awk -v name="synward_offload_$1" \
		'$1 == name { printf "%d\n", $2 }'
}

# The number of the pinned program.
program()
{
	pen sh -c "stat -c %i /run/synward-bpf/needs_daemon"
}

all_are_fast()
{
	[ "$(offload lanes)" -ge 50 ]
}

# upgrade WORDS VERSION LANES: the song goes on over it, on the new program
upgrade()
{
	local before carried passed tracked
	sing
	wait_for 10 all_are_fast
	before=$(program)
	put_version "$2"
	settings "$3"
	pen systemctl restart synwardd
	runs_version "$2"
	[ "$(program)" != "$before" ]
	pen synwardctl hook show | grep -q '^fast path on: '
	[ "$(pen iptables-save -t security | grep -c -e '-m bpf')" -ge 1 ]
	wait_for 10 all_are_fast
	carried=$(offload packets_total)
	rest_song
	[ "$(offload packets_total)" -gt "$carried" ]
	passed=$(passed)
	tracked=$(tracked)
	echo "# $1: $passed packets passed, $tracked counted" >&3
	[ "$(refused)" -eq 0 ]
	[ "$passed" -eq "$tracked" ]
	go_on_song
	unharmed "$1"
}

@test "to another program: no packet and no count is lost" {
	begin 64k
	upgrade "another program" other 64k
}

@test "to another number of lanes" {
	begin 64k
	upgrade "another number of lanes" today 4k
}

@test "to another program, the number of lanes, and back" {
	begin 4k
	upgrade "both" other 64k
	settings 64k
	put_version today
	pen systemctl restart synwardd
	runs_version today
	pen synwardctl hook show | grep -q '^fast path on: '
}
