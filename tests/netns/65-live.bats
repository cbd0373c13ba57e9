# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# No live connection is cut: real hosts whose packets go by unseen for a
# while, and real hosts at whom somebody forges.
#
# SYNWARD_FULL=1 lets each take longer.

load support

setup_file()
{
	rig_up
	rsyslog_up
	spawn server chat "$RIG_ROOT/tests/netns/chat" serve 7000
	wait_for 5 listening server 7000
	export CHOKE=$RIG_ROOT/tests/fault/choke
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
	for name in talk forge; do
		[ ! -e "$RIG/pids/$name" ] || finish $name KILL || true
		rm -f "$RIG/$name.out"
	done
	ctl hook down || true
	[ ! -e "$RIG/pids/synwardd" ] || synwardd_down
	unhook
}

full()
{
	[ -n "${SYNWARD_FULL:-}" ]
}

# talk ADDRESS COUNT EVERY SECONDS [SIZE]: connections are up
talk()
{
	spawn client talk "$RIG_ROOT/tests/netns/chat" talk "$1" 7000 "${@:2}"
	wait_for 20 said up
}

said()
{
	grep -q "^$1" "$RIG/talk.out"
}

# ended SECONDS: the talk is over
ended()
{
	wait_for "$1" said '[0-9]* alive'
}

# lived COUNT: and so many were alive, all of them
lived()
{
	tail -n 3 "$RIG/talk.out"
	said "$1 alive, 0 cut"
}

metric()
{
	ctl metrics | awk -v name="$1" 'index($1, name) == 1 { n += $2 }
		END { print n + 0 }'
}

# Packets that the daemon has seen.
seen()
{
	metric synward_packets_total
}

# One echo a second, and the rule is out for three.
hook_out()
{
	local established=$1 seconds=$2
	conf <<-END
	rule "echo" {
		protocol = tcp
		port = { 7000 }
		timeouts { established = ${established}s }
	}
	END
	synwardd_up
	ctl hook up
	talk "$3" 4 1 "$seconds"
	sleep 4
	ctl hook down
	sleep 3
	ctl hook up
	local before
	before=$(seen)
	ended $((seconds + 30))
	lived 4
	(($(seen) - before > seconds))
	never_logged 'Not a Valid'
}

@test "the queue rule is out for 3 s: an echo a second lives on" {
	if full; then
		hook_out 20 130 "$SERVER4"
	else
		hook_out 6 30 "$SERVER4"
	fi
}

@test "the queue rule is out for 3 s: an echo a second lives on, IPv6" {
	if full; then
		hook_out 20 130 "$SERVER6"
	else
		hook_out 6 30 "$SERVER6"
	fi
}

# What comes to the queue's rule, and what the daemon saw of it.
unseen()
{
	echo $(($(counted iptables FORWARD) - $(seen)))
}

@test "the queue overflows under load: none of 100 connections is cut later" {
	local seconds=25 worker before
	! full || seconds=120
	conf <<-'END'
	queue { fail-open = true }
	rule "echo" {
		protocol = tcp
		port = { 7000 }
		timeouts { established = 6s }
	}
	END
	witness
	synwardd_up
	hook --queue-num 0
	talk "$SERVER4" 100 1.5 "$seconds" 20000
	worker=$(worker)
	sleep 2
	before=$(unseen)
	[ "$("$CHOKE" "$worker" 2048)" -ge 1 ]
	for _ in 1 2 3 4 5; do
		kill -s STOP "$worker"
		sleep 0.3
		kill -s CONT "$worker"
		sleep 0.3
	done
	"$CHOKE" "$worker" $((64 << 20))
	sleep 1
	echo "$(($(unseen) - before)) packets went by unseen"
	(($(unseen) - before > 100))
	ended $((seconds + 40))
	lived 100
	never_logged 'Not a Valid'
}

all_established()
{
	local found
	ctl flows port=7000
	found=$(ctl flows port=7000 state=established --json | wc -l)
	((found == $1))
}

# forged SECONDS TRACKING SERVER CLIENT: at ten that talk and ten that are idle
forged()
{
	local seconds=$1 namespace=/run/netns/synward-$RIG_ID
	conf <<-END
	tracking = $2
	rule "echo" {
		protocol = tcp
		port = { 7000 }
		timeouts { established = 8s }
	}
	END
	synwardd_up
	hook
	talk "$3" 20 5 $((seconds + 10))
	# shellcheck disable=SC2046 # a word each
	spawn client forge "$RIG_ROOT/tests/netns/forge" \
		"$namespace-client" "$namespace-server" "$4" "$3" 7000 \
		"$seconds" "$((16#$(printf '%s' "$2$3" | cksum | cut -c1-6)))" \
		$(sed -n 's/^port \([0-9]*\)$/\1/p' "$RIG/talk.out")
	wait_for $((seconds + 30)) gone "$(pid_of forge)"
	cat "$RIG/forge.out"
	grep -q 'segments, ' "$RIG/forge.out"
	all_established 20
	ended $((seconds + 50))
	lived 20
	never_logged 'cause=(idle-expired|after-reset|late-close|gap)'
}

@test "forged segments of both sides, tracking = normal" {
	local seconds=25
	! full || seconds=120
	forged "$seconds" normal "$SERVER4" "$CLIENT4"
}

@test "forged segments of both sides, tracking = normal, IPv6" {
	local seconds=25
	! full || seconds=120
	forged "$seconds" normal "$SERVER6" "$CLIENT6"
}

@test "forged segments of both sides, tracking = strict" {
	local seconds=25
	! full || seconds=120
	forged "$seconds" strict "$SERVER4" "$CLIENT4"
}
