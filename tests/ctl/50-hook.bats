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
	[ "$(grep -cE 'A (INPUT|OUTPUT|POSTROUTING) .*NFQUEUE' <<<"$output")" -eq 0 ]
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
	[[ $once != *"hook postrouting"* ]]
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

# --- the fast path -----------------------------------------------------------

BPFFS=/run/synward-bpf
PIN=$BPFFS/needs_daemon

# pinned ANSWER: a program there that gives this answer to every packet.
# => its number
pinned()
{
	gateway mkdir -p $BPFFS
	gateway mountpoint -q $BPFFS || gateway mount -t bpf bpf $BPFFS
	gateway rm -f $PIN
	gateway "$BATS_TEST_DIRNAME/pin" $PIN "$1"
}

alive() # PROGRAM
{
	"$BATS_TEST_DIRNAME/pin" --alive "$1" 2>/dev/null
}

dead()
{
	! alive "$1"
}

# tool nft|legacy: iptables and ip6tables are this back end from here on.
tool()
{
	local name
	rm -rf "$RIG/tool"
	mkdir "$RIG/tool"
	for name in {iptables,ip6tables}{,-restore,-save}; do
		ln -s "$(command -v "${name/tables/tables-$1}")" "$RIG/tool/$name"
	done
}

# by_tool COMMAND...: at the gateway, with the tool's iptables.
by_tool()
{
	gateway env "PATH=$RIG/tool:$PATH" "$@"
}

hook_by_tool()
{
	by_tool "$SYNWARD_BUILD/synwardctl" hook "$@"
}

up_by_tool()
{
	hook_by_tool up -c "$RIG/synward.conf" "$@"
}

# Rules that feed a queue, of all tools and both families.
queue_rules()
{
	{
		gateway iptables-save
		gateway ip6tables-save
		gateway iptables-legacy-save
		gateway ip6tables-legacy-save
	} 2>/dev/null | grep -e '-j NFQUEUE' || true
	gateway nft list table inet synward 2>/dev/null | grep -w counter || true
}

# All rules there are.
all_rules()
{
	{
		gateway iptables-save
		gateway ip6tables-save
		gateway iptables-legacy-save
		gateway ip6tables-legacy-save
	} 2>/dev/null | grep '^-A' || true
}

passes()
{
	client ping -q -c 1 -W 1 "$SERVER4" >/dev/null &&
		client ping -q -c 1 -W 1 "$SERVER6" >/dev/null
}

passes_not()
{
	fails client ping -q -c 1 -W 1 "$SERVER4" >/dev/null
	fails client ping -q -c 1 -W 1 "$SERVER6" >/dev/null
}

# There may be no tables of iptables-legacy in this kernel.
each_tool() # FUNCTION
{
	tool nft
	"$1"
	if gateway iptables-legacy -t security -S >/dev/null 2>&1; then
		tool legacy
		"$1"
		gateway iptables-legacy -t security -F
		gateway ip6tables-legacy -t security -F
	fi
}

asks_the_program()
{
	local before program
	before=$(all_rules)
	program=$(pinned 1)
	up_by_tool
	[ "$(queue_rules | grep -c -e "-m bpf --object-pinned $PIN")" -eq 2 ]
	up_by_tool
	[ "$(queue_rules | wc -l)" -eq 2 ]
	run hook_by_tool show
	[[ $output == *"fast path on: "* ]]
	run hook_by_tool show --json
	grep -q '"in":"fast-path","state":"on"' <<<"$output"
	up_by_tool --input --output
	[ "$(queue_rules | grep -c -e "-m bpf")" -eq 8 ]
	up_by_tool
	[ "$(queue_rules | grep -c -e "-m bpf")" -eq 2 ]
	hook_by_tool down
	[ "$(all_rules)" = "$before" ]
	fails gateway mountpoint -q $BPFFS
	fails gateway test -e $BPFFS
	wait_for 10 dead "$program"
}

@test "where a program is pinned the rules ask it, and down removes both" {
	each_tool asks_the_program
}

@test "somebody else's rules stay where a program is pinned" {
	somebody_elses_rules
	each_tool asks_the_program
	[[ $(ruleset) == *"dport 24 drop"* ]]
}

# Nobody reads the queue: what is sent there is lost.
chooses_packets()
{
	pinned 0
	up_by_tool
	passes
	pinned 1
	up_by_tool
	passes_not
	pinned 0
	up_by_tool
	passes
	hook_by_tool down
}

@test "the program chooses, and up puts a new one in the place of the old" {
	each_tool chooses_packets
}

received() # OUTPUT of ping
{
	sed -n 's/.* \([0-9]*\) received.*/\1/p' <<<"$1"
}

# A flood over both kinds of mistake: a moment without a rule passes
# something, a moment with a plain rule loses something.
replaces_without_gap()
{
	local expected answer
	for answer in 0 1; do
		expected=$(((1 - answer) * 400))
		pinned $answer
		up_by_tool
		client ping -q -i 0.003 -c 400 -W 1 "$SERVER4" \
			>"$RIG/ping" 2>&1 3>&- &
		while kill -0 $! 2>/dev/null; do
			pinned $answer >/dev/null
			up_by_tool
		done
		wait $! || true
		cat "$RIG/ping"
		[ "$(received "$(<"$RIG/ping")")" -eq $expected ]
	done
	hook_by_tool down
}

@test "replacing a program leaves no moment without its rule" {
	each_tool replaces_without_gap
}

survives_loss_of_pin()
{
	local before
	before=$(all_rules)
	pinned 1
	up_by_tool
	gateway rm $PIN
	run hook_by_tool show
	[[ $output == *"fast path off: $PIN is gone"* ]]
	hook_by_tool down
	[ "$(all_rules)" = "$before" ]
	by_tool iptables -t security -A FORWARD -s 192.0.2.9 -j DROP
	by_tool iptables -t security -D FORWARD -s 192.0.2.9 -j DROP

	pinned 1
	by_tool iptables -t security -A FORWARD -s 192.0.2.9 -j DROP
	up_by_tool --input
	by_tool iptables -t security -A FORWARD -s 192.0.2.10 -j DROP
	gateway umount $BPFFS
	up_by_tool
	[ "$(queue_rules | wc -l)" -eq 2 ]
	queue_rules | fails grep -e '-m bpf'
	[[ $(all_rules) == *192.0.2.9* && $(all_rules) == *192.0.2.10* ]]
	run hook_by_tool show
	[[ $output == *"fast path off: there is no program at $PIN"* ]]
	by_tool iptables -t security -F FORWARD
	hook_by_tool down
	[ "$(all_rules)" = "$before" ]
}

@test "a rule whose program is gone can be removed and replaced" {
	each_tool survives_loss_of_pin
}

@test "changing the tool leaves one rule" {
	nft_with_queue
	tool nft
	ln -s "$RIG/bin/nft" "$RIG/tool/nft"
	up_by_tool --with=iptables
	[ "$(queue_rules | wc -l)" -eq 2 ]
	up_by_tool
	[ "$(queue_rules)" = "$(queue_rules | grep -w counter)" ]
	run hook_by_tool show
	[[ $output == *"fast path off: there is no program"* ]]
	pinned 1
	run hook_by_tool show
	[[ $output == *"a rule of nftables cannot use"* ]]
	up_by_tool
	[ "$(queue_rules | grep -c -e '-m bpf')" -eq 2 ]
	[ "$(queue_rules | wc -l)" -eq 2 ]
	up_by_tool --with=nft
	[ "$(queue_rules | wc -l)" -eq 1 ]
	hook_by_tool down
	[ -z "$(ruleset)" ]
	run up_by_tool --with=pf
	[ "$status" -eq 2 ]
	[[ $output == *"write nft or iptables"* ]]
}

# nft fails as soon as it is asked for one of these words.
nft_refuses() # PATTERN
{
	rm -f "$RIG/tool/nft"
	cat >"$RIG/tool/nft" <<-END
	#!/bin/bash
	said=\$([[ \$* != *'-f -'* ]] || cat)
	! grep -qE '$1' <<<"\$* \$said" || { echo "no" >&2; exit 1; }
	exec "$RIG/bin/nft" "\$@" <<<"\$said"
	END
	chmod +x "$RIG/tool/nft"
}

@test "of an old rule that stays and a new one, only one is left" {
	nft_with_queue
	tool nft
	ln -s "$RIG/bin/nft" "$RIG/tool/nft"
	up_by_tool --with=nft
	nft_refuses '^flush|^delete|-f - .*(flush chain|delete)'
	run up_by_tool --with=iptables
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$(queue_rules | wc -l)" -eq 1 ]
	[ -z "$(all_rules)" ]
	# The rule is gone but its table stays: the new rule is needed.
	nft_refuses '^delete|-f - .*delete'
	run up_by_tool --with=iptables
	[ "$status" -eq 1 ]
	[ "$(queue_rules | wc -l)" -eq 2 ]
	gateway nft list table inet synward
	rm "$RIG/tool/nft"
	hook_by_tool down
	[ -z "$(queue_rules)$(all_rules)" ]
	fails gateway nft list table inet synward
}

@test "a rule in the tables of the other iptables is moved" {
	gateway iptables-legacy -t security -S >/dev/null 2>&1 ||
		skip "this kernel has no tables of iptables-legacy"
	pinned 1
	tool legacy
	up_by_tool
	tool nft
	run hook_by_tool show
	[[ $output == *"iptables-legacy -t security -A FORWARD"* ]]
	up_by_tool
	[ "$(queue_rules | wc -l)" -eq 2 ]
	gateway iptables-legacy-save | fails grep -e '-j NFQUEUE'
	tool legacy
	up_by_tool
	[ "$(queue_rules | wc -l)" -eq 2 ]
	gateway iptables-save | fails grep -e '-j NFQUEUE'
	tool nft
	hook_by_tool down
	[ -z "$(all_rules)" ]
}

@test "without the match every packet comes, and up says why" {
	tool nft
	local name real
	for name in iptables-restore ip6tables-restore; do
		real=$(readlink "$RIG/tool/$name")
		rm "$RIG/tool/$name"
		cat >"$RIG/tool/$name" <<-END
		#!/bin/bash
		script=\$(cat)
		[[ \$script != *'-m bpf'* ]] ||
			{ echo "Couldn't load match \\\`bpf'" >&2; exit 2; }
		exec $real "\$@" <<<"\$script"
		END
		chmod +x "$RIG/tool/$name"
	done
	pinned 1
	run up_by_tool
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"fast path is off: iptables cannot use $PIN: Couldn't load match"* ]]
	[ "$(queue_rules | wc -l)" -eq 2 ]
	queue_rules | fails grep -e '-m bpf'
	run hook_by_tool show
	[[ $output == *"fast path off: the rules do not use $PIN"* ]]
}

# counted_by COMMENT: packets of the rule with this comment
counted_by()
{
	gateway iptables -t security -L FORWARD -v -x -n |
		awk -v c="/* $1 */" 'index($0, c) { n += $1 } END { print n + 0 }'
}

@test "rules behind it and NAT work as without it" {
	tool nft
	pinned 0
	up_by_tool
	gateway iptables -t security -A FORWARD -p icmp \
		-m comment --comment behind
	gateway iptables -t security -A FORWARD -p tcp --dport 23 -j DROP
	client ping -q -c 5 -i 0.01 -W 1 "$SERVER4" >/dev/null
	[ "$(counted_by behind)" -eq 10 ]
	echo_up 23
	echo_up 24
	run client timeout 5 nc -w 1 -z "$SERVER4" 23
	[ "$status" -ne 0 ]
	client timeout 5 nc -w 4 -z "$SERVER4" 24
	gateway iptables -t nat -A POSTROUTING -o servers -j MASQUERADE
	gateway iptables -t nat -A PREROUTING -p tcp --dport 25 \
		-j DNAT --to-destination "$SERVER4:24"
	[ "$(echo word | client timeout 5 socat -t 2 - "TCP4:$GATEWAY4:25")" = word ]
	hook_by_tool down
	[[ $(all_rules) == *"--comment behind"* ]]
	finish echo-23 || true
	finish echo-24 || true
}

@test "putting it up and down twenty times leaves no program" {
	tool nft
	local program programs=()
	for _ in {1..20}; do
		program=$(pinned 0)
		programs+=("$program")
		up_by_tool
		hook_by_tool down
	done
	[ "$(gateway grep -c " bpf " /proc/self/mounts || true)" -eq 0 ]
	for program in "${programs[@]}"; do
		wait_for 10 dead "$program"
	done
	[ -z "$(ruleset)" ]
}

# --- beside the kernel's firewall --------------------------------------------

tap_conf()
{
	cat >"$RIG/tap.conf" <<-END
	source { from = tap  interfaces = { clients, servers }  nflog = 7 }
	END
}

@test "a tap needs no rule: up puts none, and takes an earlier one away" {
	tap_conf
	up
	[ "$(ruleset | grep -ci queue)" -gt 0 ]
	run hook_ctl up -c "$RIG/tap.conf"
	[ "$status" -eq 0 ]
	[[ $output == *"needs no rule"* ]]
	[ "$(ruleset | grep -ci queue)" -eq 0 ]
}

@test "show --kernel: lines that the tools take, and none is put" {
	local before line
	tap_conf
	before=$(ruleset)
	hook_ctl show --kernel -c "$RIG/tap.conf" >"$RIG/lines"
	[ "$(ruleset)" = "$before" ]
	grep -q 'group 7 drop' "$RIG/lines"
	hook_ctl show --kernel | grep -q 'group 5'
	hook_ctl --json show --kernel | grep -q '"in":"nft"'
	gateway nft -f - <<-'END'
	table inet trial {
		chain forward {
			type filter hook forward priority 0; policy drop;
		}
	}
	END
	while read -r line; do
		gateway nft "add rule inet trial forward $line"
	done < <(grep -E '^(ct|log)' "$RIG/lines")
	while read -r line; do
		gateway bash -c "$line"
	done < <(grep -E '^ip6?tables' "$RIG/lines")
	[ "$(gateway nft list table inet trial | grep -c 'group 7')" -eq 2 ]
	[ "$(gateway iptables-save | grep -c -- '--nflog-group 7')" -eq 2 ]
	[ "$(gateway ip6tables-save | grep -c -- '--nflog-group 7')" -eq 2 ]
}
