# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What passes the queue leaves it as it came: its marks, its checksums left
# to the hardware, and segments joined to more than a frame holds.

load support

setup_file()
{
	rig_up
	synwardd_up
	hook
	web_up
	head -c 20M /dev/urandom >"$RIG/www/file"
}

teardown_file()
{
	rig_down
}

setup()
{
	gateway iptables -w -t mangle -F
}

# passed CHAIN MATCH...: counts what matches there from now on.
watch()
{
	local chain=$1
	shift
	gateway iptables -w -t mangle -A "$chain" "$@"
}

# Packets the rule with this comment has seen.
seen()
{
	gateway iptables -w -t mangle -L "$1" -v -x -n |
		awk -v c="/* $2 */" 'index($0, c) { print $1 }'
}

download()
{
	client curl -sS --max-time 30 -o "$RIG/got" "http://$SERVER4/file"
	cmp "$RIG/got" "$RIG/www/file"
}

@test "packet marks stay" {
	watch PREROUTING -s "$CLIENT4" -j MARK --set-mark 0x51
	watch PREROUTING -s "$SERVER4" -j MARK --set-mark 0x52
	watch POSTROUTING -m mark --mark 0x51 -m comment --comment there
	watch POSTROUTING -m mark --mark 0x52 -m comment --comment back
	watch POSTROUTING -m mark --mark 0 -m comment --comment none
	download
	[ "$(seen POSTROUTING there)" -gt 10 ]
	[ "$(seen POSTROUTING back)" -gt 10 ]
	[ "$(seen POSTROUTING none)" -eq 0 ]
}

@test "the kernel's own connection marks stay" {
	watch PREROUTING -s "$CLIENT4" -j CONNMARK --set-mark 0x77
	watch POSTROUTING -s "$SERVER4" -m connmark --mark 0x77 \
		-m comment --comment kept
	watch POSTROUTING -s "$SERVER4" -m connmark ! --mark 0x77 \
		-m comment --comment lost
	download
	[ "$(seen POSTROUTING kept)" -gt 10 ]
	[ "$(seen POSTROUTING lost)" -eq 0 ]
}

@test "joined segments pass whole, and as large as they came" {
	watch FORWARD -s "$SERVER4" -m length --length 1501:65535 \
		-m comment --comment in
	watch POSTROUTING -s "$SERVER4" -m length --length 1501:65535 \
		-m comment --comment out
	download
	[ "$(seen FORWARD in)" -gt 10 ]
	[ "$(seen POSTROUTING out)" -eq "$(seen FORWARD in)" ]
}

@test "with all offloads off single segments pass, too" {
	local host
	for host in client:eth0 server:eth0 gateway:clients gateway:servers; do
		on "${host%:*}" ethtool -K "${host#*:}" tso off gso off gro off \
			tx off rx off >/dev/null
	done
	watch FORWARD -s "$SERVER4" -m length --length 1501:65535 \
		-m comment --comment in
	download
	[ "$(seen FORWARD in)" -eq 0 ]
	[ "$(refused_by_checksum)" -eq 0 ]
}

refused_by_checksum()
{
	client nstat -asz TcpInCsumErrors | awk '/TcpInCsumErrors/ { print $2 }'
}
