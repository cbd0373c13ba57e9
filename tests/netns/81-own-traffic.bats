# shellcheck shell=bash disable=SC2030,SC2031
# SPDX-License-Identifier: Apache-2.0
#
# hook up --input --output: connections of the gateway itself, also to
# addresses that its own rules translate, as to a published port or a cluster's
# address of a service.  Both directions show the same addresses and the final
# interface, whichever tool put the rules.

load support

SERVICE4=10.96.0.10 SERVICE6=fd96::a

setup_file()
{
	rig_up
	gateway ip route add 10.96.0.0/16 via "$CLIENT4"
	gateway ip -6 route add fd96::/64 via "$CLIENT6"
	echo_up 7
	local family
	for family in 4 6; do
		spawn server "udp-$family" socat -t 60 \
			"UDP$family-LISTEN:7,fork" EXEC:cat
	done
	rsyslog_up
	policy 'default-action = deny
		rule "own" { protocol = { tcp, udp }  port = { 7 }
			out = { servers } }
		rule "proxied" { protocol = tcp  port = { 8 }
			in = { clients } }'
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

forgets()
{
	ctl kill proto=tcp >/dev/null || true
	ctl kill proto=udp >/dev/null || true
}

teardown()
{
	[ ! -e "$RIG/tool" ] || by_tool "$SYNWARD_BUILD/synwardctl" hook down
	gateway nft flush ruleset
	local name table
	for name in iptables-legacy ip6tables-legacy; do
		for table in nat mangle security; do
			gateway $name -w -t $table -F 2>/dev/null || true
		done
	done
	rm -rf "$RIG/tool"
	forgets
}

policy()
{
	echo "log { to = { syslog } }
		$1" | conf
}

# tool nft|legacy: iptables and ip6tables are this back end from here on.
tool()
{
	local name
	[ "$1" != legacy ] || gateway iptables-legacy -t security -S \
		>/dev/null 2>&1 ||
		skip "this kernel has no tables of iptables-legacy"
	rm -rf "$RIG/tool"
	mkdir "$RIG/tool"
	for name in {iptables,ip6tables}{,-restore,-save}; do
		ln -s "$(command -v "${name/tables/tables-$1}")" \
			"$RIG/tool/$name"
	done
}

by_tool()
{
	gateway env "PATH=$RIG/tool:$PATH" "$@"
}

hook_up()
{
	by_tool "$SYNWARD_BUILD/synwardctl" hook up -c "$RIG/synward.conf" "$@"
}

# What Docker and kube-proxy write for the host's own packets.
publish()
{
	local protocol
	for protocol in tcp udp; do
		by_tool iptables -w -t nat -A OUTPUT -p $protocol -d "$GATEWAY4" \
			--dport 8000 -j DNAT --to-destination "$SERVER4:7"
		by_tool iptables -w -t nat -A OUTPUT -p $protocol -d $SERVICE4 \
			--dport 80 -j DNAT --to-destination "$SERVER4:7"
		by_tool ip6tables -w -t nat -A OUTPUT -p $protocol \
			-d "$GATEWAY6" --dport 8000 -j DNAT \
			--to-destination "[$SERVER6]:7"
		by_tool ip6tables -w -t nat -A OUTPUT -p $protocol \
			-d $SERVICE6 --dport 80 -j DNAT \
			--to-destination "[$SERVER6]:7"
	done
}

masquerade()
{
	by_tool iptables -w -t nat -A POSTROUTING -o servers -j MASQUERADE
	by_tool ip6tables -w -t nat -A POSTROUTING -o servers -j MASQUERADE
}

# asks tcp|udp ADDRESS PORT: a word goes there and comes back.
asks()
{
	local word="$BATS_TEST_NUMBER $*" options=(-W 1)
	[ "$1" = udp ] && options+=(-u) || options+=(-N)
	echo "$word" | gateway timeout 6 nc "${options[@]}" -w 4 "$2" "$3" |
		grep -qxF "$word"
}

asks_all()
{
	local protocol
	for protocol in tcp udp; do
		asks $protocol "$SERVER4" 7
		asks $protocol "$GATEWAY4" 8000
		asks $protocol $SERVICE4 80
		asks $protocol "$SERVER6" 7
		asks $protocol "$GATEWAY6" 8000
		asks $protocol $SERVICE6 80
	done
}

# Every flow has its real server, the final interface and both directions; no
# packet was refused, or came twice.
all_seen_whole()
{
	local flows
	flows=$(ctl flows --json)
	echo "$flows"
	[ "$(wc -l <<<"$flows")" -eq 12 ]
	[ "$(grep -cE "\"dst\":\"($SERVER4|$SERVER6)\",\"dport\":7,.*\"out\":\"servers\"" \
		<<<"$flows")" -eq 12 ]
	fails grep -E '"in":"[a-z]' <<<"$flows"
	[ "$(grep '"proto":"udp"' <<<"$flows" |
		grep -cE '"packets":1,.*"reply_packets":1,')" -eq 6 ]
	[ "$(ctl drops --json | wc -l)" -eq 0 ]
	never_logged 'Denied by rule|Not a Valid'
}

reaches_translated_addresses()
{
	hook_up --with=iptables --input --output
	publish
	asks_all
	all_seen_whole
	forgets
	masquerade
	asks_all
	all_seen_whole
}

@test "iptables-nft: its own published port and a service's address" {
	tool nft
	reaches_translated_addresses
}

@test "iptables-legacy: its own published port and a service's address" {
	tool legacy
	reaches_translated_addresses
}

# A proxy that listens for the server and answers with its address.
is_proxied()
{
	hook_up --with=iptables --input --output
	by_tool iptables -w -t mangle -I PREROUTING -i clients -p tcp \
		--dport 8 -j TPROXY --on-port 9 --tproxy-mark 1
	echo word | client timeout 6 nc -N -w 4 "$SERVER4" 8 | grep -qx word
	ctl flows --json port=8 | grep "\"dst\":\"$SERVER4\",.*\"in\":\"clients\""
	[ "$(ctl drops --json | wc -l)" -eq 0 ]
	never_logged 'Denied by rule|Not a Valid'
}

@test "a transparent proxy's packets, which have others' addresses" {
	gateway ip rule add fwmark 1 lookup 100
	gateway ip route add local default dev lo table 100
	spawn gateway proxy socat -t 10 \
		TCP4-LISTEN:9,ip-transparent,fork,reuseaddr EXEC:cat
	wait_for 5 listening gateway 9
	tool nft
	is_proxied
	teardown
	tool legacy
	is_proxied
	finish proxy || true
}

# flow_of HOST ADDRESS PORT SEEN-PORT: tries a connection.  => its flow
flow_of()
{
	echo word | on "$1" timeout 6 nc -N -w 4 "$2" "$3" | grep -qx word
	ctl flows --json port="$4"
}

translates()
{
	hook_up --with=iptables --input --output
	# An inner host's public address, reached from its own network.
	by_tool iptables -w -t nat -A PREROUTING -p tcp -d 192.0.2.1 \
		--dport 8001 -j DNAT --to-destination 10.1.0.3:8
	by_tool iptables -w -t nat -A POSTROUTING -o clients -s 10.1.0.0/24 \
		-j MASQUERADE
	flow_of client 192.0.2.1 8001 8 |
		grep "\"src\":\"$CLIENT4\",.*\"dst\":\"10.1.0.3\",.*\"in\":\"clients\",\"out\":\"clients\",\"back_in\":\"clients\""
	by_tool iptables -w -t nat -A PREROUTING -p tcp -d 192.0.2.2 \
		-j REDIRECT --to-ports 8
	ctl kill port=8 >/dev/null
	flow_of client 192.0.2.2 8002 8 |
		grep "\"src\":\"$CLIENT4\",.*\"dst\":\"$GATEWAY4\",\"dport\":8,"
	[ "$(ctl drops --json | wc -l)" -eq 0 ]
	never_logged 'Denied by rule|Not a Valid'
}

@test "NAT reflection, and a port that is redirected to the gateway" {
	local host
	client ip addr add 10.1.0.3/24 dev eth0
	for host in client gateway; do
		spawn $host "echo-$host" socat -t 10 \
			TCP4-LISTEN:8,fork,reuseaddr EXEC:cat
		wait_for 5 listening $host 8
	done
	tool nft
	translates
	teardown
	tool legacy
	translates
	finish echo-client || true
	finish echo-gateway || true
}

# The two rules of the version before, which saw a packet before it was routed.
@test "up replaces the rules of the version before, and down removes them" {
	local name program before saved
	tool nft
	before=$(gateway nft list ruleset)
	for name in up down; do
		for program in iptables ip6tables; do
			by_tool $program -t security -A OUTPUT ! -o lo \
				-m comment --comment synward-table \
				-j NFQUEUE --queue-num 0
			by_tool $program -t security -A INPUT ! -i lo \
				-m comment --comment synward-table \
				-j NFQUEUE --queue-num 0
		done
		[ $name != up ] || hook_up --with=iptables --input --output
		saved=$(by_tool iptables-save -t security
			by_tool ip6tables-save -t security)
		[ $name != up ] ||
			fails grep -E 'OUTPUT ! -o lo -m comment|-A INPUT' \
				<<<"$saved"
		by_tool "$SYNWARD_BUILD/synwardctl" hook down
		[ "$(gateway nft list ruleset)" = "$before" ]
	done
}

# An nft as on a kernel that has the queue statement; what it would queue it
# logs here, for a capture.
logging_nft()
{
	cat >"$RIG/tool/nft" <<-END
	#!/bin/bash
	case \$* in
	*'-f -') sed -E 's/queue( flags bypass)? (to|num) [0-9-]+/log group 5/' |
		exec $(command -v nft) "\$@" ;;
	*) exec $(command -v nft) "\$@" ;;
	esac
	END
	chmod +x "$RIG/tool/nft"
}

capturing()
{
	grep -q 'listening on nflog:5' "$RIG/capture.out"
}

replayed() # CONFIGURATION
{
	echo "$1" >"$RIG/replay.conf"
	gateway "$SYNWARD_BUILD/synwardctl" replay --json --all \
		-c "$RIG/replay.conf" "$RIG/own.pcap" |
		grep -E '"proto":"(tcp|udp)"'
}

# A question and an answer of each datagram, and both ends of each connection.
captured_all()
{
	replayed 'default-action = deny' >"$RIG/replayed"
	[ "$(grep -c '"proto":"udp".*"sport":7,' "$RIG/replayed")" -ge 6 ] &&
		[ "$(grep -c '"proto":"udp".*"dport":7,' "$RIG/replayed")" -ge 6 ] &&
		[ "$(grep -c '"flags":"FP\?A",.*"sport":7,' "$RIG/replayed")" -ge 6 ] &&
		[ "$(grep -c '"flags":"FP\?A",.*"dport":7,' "$RIG/replayed")" -ge 6 ]
}

@test "nft: its own published port and a service's address" {
	tool nft
	logging_nft
	publish
	masquerade
	hook_up --with=nft --input --output
	spawn gateway capture tcpdump -U -Z root -i nflog:5 -w "$RIG/own.pcap"
	wait_for 10 capturing
	asks_all
	wait_for 10 captured_all
	finish capture INT || true
	local servers
	servers=if$(gateway cat /sys/class/net/servers/ifindex)
	[ "$(grep -c '"dport":7,' "$RIG/replayed")" -eq \
		"$(grep -c "\"dport\":7,\"out\":\"$servers\"" "$RIG/replayed")" ]
	[ "$(grep -c '"sport":7,' "$RIG/replayed")" -eq \
		"$(grep -c "\"sport\":7,.*\"in\":\"$servers\"" "$RIG/replayed")" ]
	fails grep -E '"10\.96\.|"fd96:|"dport":(80|8000),' "$RIG/replayed"
	replayed 'tracking = normal' >"$RIG/replayed"
	[ "$(grep -c '"verdict":"pass"' "$RIG/replayed")" -ge 60 ]
	fails grep '"verdict":"drop"' "$RIG/replayed"
}
