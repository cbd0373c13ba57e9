# shellcheck shell=bash disable=SC2030,SC2031,SC2086
# SPDX-License-Identifier: Apache-2.0
#
# synwardctl hook: the queue rule comes, works, and goes without a trace.

load ../netns/support

setup_file()
{
	rig_up
	conf </dev/null
}

teardown_file()
{
	rig_down
}

teardown()
{
	hook_ctl down || true
	[ ! -e "$RIG/pids/synwardd" ] || finish synwardd || true
	clean
}

hook_ctl()
{
	gateway "$SYNWARD_BUILD/synwardctl" hook "$@"
}

up()
{
	hook_ctl up -c "$RIG/synward.conf" "$@"
}

clean()
{
	gateway nft flush ruleset
}

# The whole ruleset as nft, iptables and ip6tables show it, without counters.
ruleset()
{
	{
		gateway nft list ruleset
		gateway iptables-save
		gateway ip6tables-save
	} 2>&1 | sed -e '/^#/d' -e 's/counter packets [0-9]* bytes [0-9]*//' \
		-e 's/\[[0-9]*:[0-9]*\]//'
}

# What an administrator may have there before.
somebody_elses_rules()
{
	gateway iptables-restore <<-END
	*filter
	:INPUT ACCEPT [0:0]
	:FORWARD DROP [0:0]
	:OUTPUT ACCEPT [0:0]
	:mine - [0:0]
	-A FORWARD -j mine
	-A mine -p tcp --dport 23 -j DROP
	-A mine -m comment --comment "not synward" -j ACCEPT
	COMMIT
	*security
	:INPUT ACCEPT [0:0]
	:FORWARD ACCEPT [0:0]
	:OUTPUT ACCEPT [0:0]
	-A FORWARD -s 192.0.2.1 -j DROP
	COMMIT
	END
	gateway ip6tables -A FORWARD -p tcp --dport 23 -j DROP
	gateway nft -f - <<-END
	table inet theirs {
		chain forward {
			type filter hook forward priority 10; policy accept;
			tcp dport 24 drop
		}
	}
	END
}

# Up, up again, down: as before.
comes_and_goes()
{
	local before once
	before=$(ruleset)
	up "$@"
	once=$(ruleset)
	[ "$once" != "$before" ]
	up "$@"
	[ "$(ruleset)" = "$once" ]
	run hook_ctl show
	[ "$status" -eq 0 ]
	hook_ctl down
	[ "$(ruleset)" = "$before" ]
	hook_ctl down
	[ "$(ruleset)" = "$before" ]
	run hook_ctl show
	[ "$status" -eq 4 ]
}

@test "it leaves an empty ruleset empty" {
	[ -z "$(ruleset)" ]
	comes_and_goes
	[ -z "$(ruleset)" ]
	comes_and_goes --input --output
	[ -z "$(ruleset)" ]
}

@test "it leaves somebody else's rules as they were" {
	somebody_elses_rules
	comes_and_goes
	comes_and_goes --input --output
	comes_and_goes --input --no-forward
}

@test "up with other wishes changes the rules, and down still takes all" {
	somebody_elses_rules
	local before
	before=$(ruleset)
	up --input --output
	up
	run hook_ctl show
	[ "$(grep -cE 'A (INPUT|OUTPUT) .*NFQUEUE' <<<"$output")" -eq 0 ]
	hook_ctl down
	[ "$(ruleset)" = "$before" ]
}

@test "rules that others add meanwhile stay" {
	up
	gateway iptables -t security -A INPUT -s 192.0.2.9 -j DROP
	hook_ctl down
	[[ $(ruleset) == *192.0.2.9* ]]
	[[ $(ruleset) != *NFQUEUE* ]]
}

@test "rules of others stay that have comments like ours" {
	local comment
	for comment in synward synward-mine synward-table synwardish "synward x"; do
		gateway iptables -t security -A FORWARD -s 192.0.2.1 \
			-m comment --comment "$comment" -j ACCEPT
		gateway iptables -t mangle -A FORWARD -p udp \
			-m comment --comment "$comment" -j NFQUEUE --queue-num 7
	done
	comes_and_goes
	comes_and_goes --input --output
}

@test "a table iptables cannot read is left alone" {
	local before
	gateway nft -f - <<-END
	table ip security {
		set them {
			type ipv4_addr
			elements = { 192.0.2.1 }
		}
		chain FORWARD {
			type filter hook forward priority 150
			ip saddr @them drop
			meta mark set 3
		}
	}
	END
	before=$(gateway nft list ruleset)
	up
	[[ $(gateway nft list table ip security) != *queue* ]]
	[[ $(gateway iptables -t mangle -S) == *NFQUEUE* ]]
	hook_ctl down
	[ "$(gateway nft list ruleset)" = "$before" ]
}

# stopped_at WORD COMMAND...: the hook is killed when it runs nft with it.
stopped_at()
{
	mkdir -p "$RIG/stop"
	cat >"$RIG/stop/nft" <<-END
	#!/bin/bash
	case "\$*" in
	*"$1"*) kill -s KILL \$PPID ;;
	*) exec $(command -v nft) "\$@" ;;
	esac
	END
	chmod +x "$RIG/stop/nft"
	shift
	gateway env "PATH=$RIG/stop:$PATH" "$SYNWARD_BUILD/synwardctl" hook "$@"
}

@test "down takes all away, also after it was killed half-way" {
	up --input
	run stopped_at 'delete chain' down
	[ "$status" -eq 137 ]
	[ -n "$(ruleset)" ]
	[[ $(ruleset) != *NFQUEUE* ]]
	hook_ctl down
	[ -z "$(ruleset)" ]
	up
	run stopped_at 'delete table' down
	[ "$status" -eq 137 ]
	[ -n "$(ruleset)" ]
	up
	hook_ctl down
	[ -z "$(ruleset)" ]
}

@test "queues and bypass are those of the configuration" {
	conf <<<'queue { first = 3  count = 4  fail-open = true }'
	up
	run hook_ctl show
	[[ $output == *"--queue-balance 3:6 --queue-bypass"* || $output == *"queue flags bypass to 3-6"* ]]
	conf </dev/null
	up
	run hook_ctl show
	[[ $output == *"--queue-num 0"* || $output == *"queue to 0"* ]]
	[[ $output != *-bypass* && $output != *"flags bypass"* ]]
	echo 'bogus = 1' >"$RIG/bad.conf"
	run gateway "$SYNWARD_BUILD/synwardctl" hook up -c "$RIG/bad.conf"
	[ "$status" -eq 78 ]
}

@test "with it and the daemon, connections pass and strays do not" {
	somebody_elses_rules
	up
	synwardd_up
	echo_up 7
	session_open one "$SERVER4" 7
	session_say one hello
	session_hears one hello
	craft client 'IP(src="10.1.0.2",dst="10.2.0.2")/TCP(sport=5555,dport=80,flags="FA")'
	wait_for 5 dropped 5555
	run client nc -w 1 -z "$SERVER4" 23
	[ "$status" -ne 0 ]
	[ "$(ctl flows --json port=23 | wc -l)" -eq 0 ]
	session_close one
}

dropped()
{
	ctl drops --json | grep -q "\"sport\":$1,"
}

# Later fragments that reached the forward chain
fragments()
{
	gateway iptables -t mangle -L FORWARD -v -x -n | awk '/-f/ { n += $1 } END { print n + 0 }'
}

@test "the kernel joins fragments before they are judged" {
	gateway iptables -t mangle -A FORWARD -f
	client ping -q -c 1 -W 2 -s 4000 "$SERVER4" >/dev/null
	[ "$(fragments)" -ge 4 ]
	gateway iptables -t mangle -Z FORWARD
	up
	synwardd_up
	client ping -q -c 1 -W 2 -s 4000 "$SERVER4" >/dev/null
	client ping -6 -q -c 1 -W 2 -s 4000 "$SERVER6" >/dev/null
	[ "$(fragments)" -eq 0 ]
	[ "$(ctl flows --json proto=icmp | wc -l)" -eq 1 ]
	[ "$(ctl drops --json | wc -l)" -eq 0 ]
}

# An nft as it is on a kernel that has the queue statement: here it counts
# packets instead.
nft_with_queue()
{
	mkdir -p "$RIG/bin"
	cat >"$RIG/bin/nft" <<-END
	#!/bin/bash
	case \$* in
	*'-f -') sed -E 's/queue( flags bypass)? (to|num) [0-9-]+/counter/' |
		tee -a "$RIG/nft.said" | exec $(command -v nft) "\$@" ;;
	*) exec $(command -v nft) "\$@" ;;
	esac
	END
	chmod +x "$RIG/bin/nft"
}

@test "where nft has a queue statement, a table of its own does it all" {
	nft_with_queue
	somebody_elses_rules
	local before once with="$SYNWARD_BUILD/synwardctl hook"
	before=$(ruleset)
	gateway iptables -t mangle -A FORWARD -f
	gateway env "PATH=$RIG/bin:$PATH" $with up --input
	once=$(gateway nft list table inet synward | sed 's/packets.*//')
	[[ $once == *"hook forward priority security"* ]]
	[[ $once == *"hook input"* && $once != *"hook output"* ]]
	[[ $(gateway iptables-save) != *NFQUEUE* ]]
	gateway env "PATH=$RIG/bin:$PATH" $with up --input
	[ "$(gateway nft list table inet synward | sed 's/packets.*//')" = "$once" ]
	client ping -q -c 1 -W 2 -s 4000 "$SERVER4" >/dev/null
	[ "$(fragments)" -eq 0 ]
	gateway env "PATH=$RIG/bin:$PATH" $with down
	gateway iptables -t mangle -D FORWARD -f
	gateway nft delete table ip mangle
	[ "$(ruleset)" = "$before" ]
}

@test "without a daemon fail-open passes, otherwise nothing does" {
	up
	run client ping -q -c 1 -W 1 "$SERVER4"
	[ "$status" -ne 0 ]
	conf <<<'queue { fail-open = true }'
	up
	client ping -q -c 1 -W 2 "$SERVER4" >/dev/null
	conf </dev/null
}

@test "input and output bring the gateway's own connections" {
	up --input --output
	synwardd_up
	spawn gateway own socat -t 5 TCP4-LISTEN:9,fork,reuseaddr EXEC:cat
	wait_for 5 listening gateway 9
	[ "$(echo word | client socat -t 2 - "TCP4:$GATEWAY4:9")" = word ]
	[ "$(ctl flows --json port=9 | wc -l)" -eq 1 ]
	[ "$(echo word | gateway socat -t 2 - TCP4:127.0.0.1:9)" = word ]
	[ "$(ctl flows --json host=127.0.0.1 | wc -l)" -eq 0 ]
	finish own || true
}

@test "only root may put it up or take it down" {
	run gateway setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$SYNWARD_BUILD/synwardctl" hook up
	[ "$status" -eq 5 ]
}

@test "hook show names rules of others, and status when packets come twice" {
	[ -e "$RIG/pids/web" ] || spawn server web socat \
		TCP4-LISTEN:7000,reuseaddr,fork EXEC:cat
	synwardd_up
	up
	gateway iptables -w -t mangle -A FORWARD -p tcp -j NFQUEUE --queue-num 0
	run hook_ctl show
	echo "$output"
	[[ $output == *'not by synward: iptables -t mangle -A FORWARD -p tcp -j NFQUEUE --queue-num 0'* ]]
	run hook_ctl show --json
	grep -q '"in":"other","text":"iptables -t mangle' <<<"$output"
	# A refusal ends its flow in the first pass, and the client hears it.
	for _ in 1 2 3; do
		run client timeout 5 nc -w 4 -z "$SERVER4" 9997
		[ "$status" -eq 1 ]
	done
	echo hello | client timeout 5 socat -t 1 - "TCP4:$SERVER4:7000" |
		grep -q hello
	run gateway "$SYNWARD_BUILD/synwardctl" -s "$RIG/ctl.sock" status
	echo "$output"
	[[ $output == *'resets came to the queue twice'* ]]
	[[ $output == *'second rule  iptables -t mangle -A FORWARD -p tcp'* ]]
	ctl metrics | grep '^synward_drops_total{' | grep -v ' 0$' | fails grep .
}
