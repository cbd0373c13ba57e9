# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Related connections under default-action = deny, with real servers and the
# shipped profiles; and what the log says without them.

bats_require_minimum_version 1.5.0
load support

setup_file()
{
	rig_up
	rsyslog_up
	hook
	conf <<<'default-action = deny'
	synwardd_up
	files_up
	ftp_up
	tftp_up
	sip_up
	pptp_up
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
}

# policy PROFILE...: these and nothing else; standard input is added.
policy()
{
	local name
	{
		echo 'default-action = deny'
		for name in "$@"; do
			[ "$name" = - ] && cat && continue
			cat "$RIG_ROOT/conf/related/$name.conf"
		done
	} | conf
	synwardd_reload
	never_logged 'configuration: '
}

files_up()
{
	mkdir -p "$RIG/files" "$RIG/empty" "$RIG/got"
	chmod 755 "$RIG/files"
	head -c 300000 /dev/urandom >"$RIG/files/file"
	chmod 644 "$RIG/files/file"
}

ftp_up()
{
	local port
	for port in 21 2121; do
		cat >"$RIG/vsftpd-$port.conf" <<-END
		listen_ipv6=YES
		listen_port=$port
		background=NO
		anonymous_enable=YES
		anon_root=$RIG/files
		no_anon_password=YES
		secure_chroot_dir=$RIG/empty
		connect_from_port_20=$([ $port = 21 ] && echo YES || echo NO)
		pasv_min_port=50000
		pasv_max_port=50100
		seccomp_sandbox=NO
		xferlog_enable=NO
		END
		spawn server ftp-$port vsftpd "$RIG/vsftpd-$port.conf"
		wait_for 10 listening server $port
	done
}

tftp_up()
{
	spawn server tftpd in.tftpd -L -4 -u nobody \
		--address "$SERVER4:69" -s "$RIG/files"
	wait_for 10 bound server 69
}

bound() # bound HOST PORT, of UDP
{
	on "$1" ss -Hlnu "sport = :$2" | grep -q .
}

# The SIP server: it answers each request, and then sends media from its own
# port 20000 to port 30000 of who asked; what it gets at 20000 it counts.
sip_up()
{
	cat >"$RIG/sip-server" <<-'END'
	import select, socket, sys
	def bound(port):
	    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    s.bind(("0.0.0.0", port))
	    return s
	sip, media = bound(5060), bound(20000)
	while True:
	    for s in select.select([sip, media], [], [])[0]:
	        data, who = s.recvfrom(2000)
	        if s is sip:
	            sip.sendto(b"SIP/2.0 200 OK\r\n\r\n", who)
	            for i in range(5 if data.startswith(b"INVITE") else 0):
	                media.sendto(b"media", (who[0], 30000))
	        else:
	            print(data, who, flush=True)
	END
	cat >"$RIG/sip-client" <<-'END'
	import socket, sys, time
	server, word = sys.argv[1], sys.argv[2]
	def bound(port):
	    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	    s.bind(("0.0.0.0", port))
	    s.settimeout(2)
	    return s
	sip, media = bound(5060), bound(30000)
	for request in (b"OPTIONS", b"INVITE"):
	    sip.sendto(request + b" sip:x SIP/2.0\r\n\r\n", (server, 5060))
	    sip.recvfrom(2000)
	media.sendto(word.encode(), (server, 20000))
	try:
	    heard = media.recvfrom(2000)[0]
	    print(heard.decode())
	except TimeoutError:
	    print("silence")
	END
	spawn server sip python3 "$RIG/sip-server"
	wait_for 10 bound server 5060
}

# call WORD: what the client heard of media
call()
{
	client timeout 20 python3 "$RIG/sip-client" "$SERVER4" "$1"
}

pptp_up()
{
	echo_up 1723
}

# fetch CURL-OPTIONS...: the file from the server is the one it has.
fetch()
{
	rm -f "$RIG/got/file"
	client curl -sS -m 8 --connect-timeout 4 --ftp-skip-pasv-ip \
		-o "$RIG/got/file" "$@" 2>&1 || return 1
	cmp "$RIG/got/file" "$RIG/files/file"
}

@test "FTP, active: the server's data connections open, and no others" {
	policy ftp
	fetch --ftp-port - "ftp://$SERVER4/file"
	fetch --ftp-port - "ftp://[$SERVER6]/file"
	fails fetch "ftp://$SERVER4/file"
	logged "Denied by rule \[S\] TCP $CLIENT4:[0-9]+ > $SERVER4:50[0-9]+ .*hint=\"rule ftp: related \{ protocol = tcp from-any-port = true to-port = 1024-65535 by = client \}\""
	# From another port than 20 it may not.
	fails on server timeout 3 socat -u /dev/null \
		"TCP4:$CLIENT4:2000,connect-timeout=2"
	logged "Denied by rule \[S\] TCP $SERVER4:[0-9]+ > $CLIENT4:2000 .*rule=default"
}

@test "FTP, active, without a profile: denied, and the hint names the rule" {
	policy - <<<'rule "files" { protocol = tcp port = 21 }'
	fails fetch --ftp-port - "ftp://$SERVER4/file"
	logged "Denied by rule \[S\] TCP $SERVER4:20 > $CLIENT4:[0-9]+ .*rule=default hint=\"rule files: related \{ protocol = tcp source-port = 20 to-port = 1024-65535 \}\""
	ctl drops --json | grep -q '"parent_rule":"files"'
	# What the hint says is enough.
	policy - <<-'END'
	rule "files" { protocol = tcp port = 21
	    related { protocol = tcp source-port = 20 to-port = 1024-65535 } }
	END
	fetch --ftp-port - "ftp://$SERVER4/file"
}

@test "FTP, active, from any port" {
	policy - <<-'END'
	rule "ftp" { protocol = tcp port = 2121
	    related { protocol = tcp source-port = 20 to-port = 1024-65535 } }
	END
	fails fetch --ftp-port - "ftp://$SERVER4:2121/file"
	policy - <<-'END'
	rule "ftp" { protocol = tcp port = 2121
	    related { protocol = tcp from-any-port = true to-port = 1024-65535 } }
	END
	fetch --ftp-port - "ftp://$SERVER4:2121/file"
}

@test "FTP, passive: its own profile, which says what it opens" {
	policy ftp-passive
	fetch "ftp://$SERVER4/file"
	fetch --disable-epsv "ftp://$SERVER4/file"
	fetch "ftp://[$SERVER6]/file"
	fetch --ftp-port - "ftp://$SERVER4/file"
	run ctl check "$RIG/synward.conf"
	[[ $output == *'64512 ports of its server open to that client'* ]]
	# A port that the server does not offer answers for itself, and one
	# below 1024 is not reached.
	fails client timeout 3 socat -u /dev/null "TCP:$SERVER4:80,connect-timeout=2"
	logged "Denied by rule \[S\] TCP $CLIENT4:[0-9]+ > $SERVER4:80 .*rule=default"
}

# A control connection that is open, and a data connection beside it.
data_up()
{
	spawn client data socat -u "TCP4-LISTEN:2222,reuseaddr" /dev/null
	wait_for 5 listening client 2222
	spawn server data-from socat -u \
		"OPEN:$RIG/data.in,rdwr" "TCP4:$CLIENT4:2222,bind=:20,reuseaddr"
	wait_for 5 ctl_flows state=established port=2222
}

ctl_flows()
{
	ctl flows "$@" >/dev/null
}

@test "flows, explain and which name parent and rule" {
	policy ftp
	mkfifo "$RIG/control.in" "$RIG/data.in"
	spawn client control socat "OPEN:$RIG/control.in,rdwr" "TCP4:$SERVER4:21"
	wait_for 5 ctl_flows port=21 state=established
	data_up
	local own
	own=$(session_port control)
	ctl flows --json port=2222 | tee "$RIG/flows" |
		grep -q "\"rule\":\"ftp\".*\"parent\":\"tcp $CLIENT4:$own > $SERVER4:21\""
	ctl flows port=2222 | grep -q "tcp $CLIENT4:$own > $SERVER4:21"
	ctl explain "$SERVER4:20" "$CLIENT4:2222" |
		grep -q "parent   tcp $CLIENT4:$own > $SERVER4:21"
	ctl which "$CLIENT4" "$SERVER4:21" |
		grep -q 'related   tcp from 20 to 1024-65535, by server, within 1m, at most 16'
	ctl status --json | grep -q '"related":[1-9]'
	ctl metrics | grep -q '^synward_flows_related_total [1-9]'
}

@test "another worker takes over: the parent has more children" {
	kill -s USR2 "$(pid_of synwardd)"
	sleep 2
	wait_for 10 synwardd_answers
	# The child goes on, and is one still.
	ctl flows --json port=2222 | grep -q '"parent":"tcp '
	spawn client data2 socat -u "TCP4-LISTEN:2223,reuseaddr" /dev/null
	wait_for 5 listening client 2223
	spawn server data2-from socat -u \
		"OPEN:$RIG/data.in,rdwr" "TCP4:$CLIENT4:2223,bind=:20,reuseaddr"
	wait_for 5 ctl_flows state=established port=2223
	finish data2 || true
	finish data2-from || true
}

synwardd_answers()
{
	ctl status >/dev/null
}

@test "recheck: children live as long as their rule allows them" {
	policy ftp - <<<'on-reload = recheck'
	ctl_flows port=2222
	policy - <<-'END'
	on-reload = recheck
	rule "ftp" { protocol = tcp port = 21 }
	END
	wait_for 5 fails ctl_flows port=2222
	ctl_flows port=21
	finish data || true
	finish data-from || true
}

@test "the parent's end is the end of what it allowed" {
	policy ftp
	spawn client data3 socat -u "TCP4-LISTEN:2224,reuseaddr,fork" /dev/null
	wait_for 5 listening client 2224
	on server timeout 3 socat -u /dev/null \
		"TCP4:$CLIENT4:2224,bind=:20,reuseaddr,connect-timeout=2"
	finish control || true
	wait_for 5 fails ctl_flows port=21 state=established
	fails on server timeout 3 socat -u /dev/null \
		"TCP4:$CLIENT4:2224,bind=:20,reuseaddr,connect-timeout=2"
	logged "Denied by rule \[S\] TCP $SERVER4:20 > $CLIENT4:2224 .*rule=default"
	finish data3 || true
}

@test "TFTP: the answer comes from another port" {
	policy tftp
	(cd "$RIG/got" && rm -f file && client timeout 20 tftp -m binary \
		"$SERVER4" -c get file)
	cmp "$RIG/got/file" "$RIG/files/file"
	rm "$RIG/got/file"
	client curl -sS -m 10 -o "$RIG/got/file" "tftp://$SERVER4/file"
	cmp "$RIG/got/file" "$RIG/files/file"
}

@test "TFTP, without the profile: the hint names the rule" {
	policy - <<<'rule "boot" { protocol = udp port = 69 }'
	fails client curl -sS -m 4 -o "$RIG/got/none" "tftp://$SERVER4/file"
	logged "Denied by rule \[-\] UDP $SERVER4:[0-9]+ > $CLIENT4:[0-9]+ .*hint=\"rule boot: related \{ protocol = udp from-any-port = true to-port = same \}\""
}

@test "SIP: media passes between client and server, both ways" {
	policy sip
	[ "$(call first)" = media ]
	wait_for 5 grep -q first "$RIG/sip.out"
	ctl flows --json proto=udp | grep -q '"parent":"udp 10.1.0.2:5060 > 10.2.0.2:5060"'
	# From a third address it needs a rule of its own.
	craft server "IP(src='10.2.0.9',dst='$CLIENT4')/UDP(sport=20000,dport=30000)/b'x'"
	logged "Denied by rule \[-\] UDP 10.2.0.9:20000 > $CLIENT4:30000 .*hint=\"rule .*sip-media.* \{ protocol = udp from = \{ 10.2.0.9/32 \} to = \{ $CLIENT4/32 \} port = 1024-65535 \}\""
}

@test "SIP, without the profile: silence, and the hint names the rule" {
	policy - <<<'rule "phones" { protocol = udp port = 5060 }'
	ctl kill proto=udp --yes >/dev/null || true
	[ "$(call second)" = silence ]
	fails grep -q second "$RIG/sip.out"
	logged "Denied by rule \[-\] UDP $SERVER4:20000 > $CLIENT4:30000 .*hint=\"rule phones: related \{ protocol = udp from-any-port = true to-port = 1024-65535 \}\""
	logged "Denied by rule \[-\] UDP $CLIENT4:30000 > $SERVER4:20000 .*hint=\"rule phones: related \{ .* by = client \}\""
}

gre()
{
	craft "$1" "IP(dst='$2',proto=47)/Raw(bytes.fromhex('3001880b000400010000000041424344'))"
}

@test "PPTP: GRE between the two hosts, while their TCP connection lives" {
	policy pptp
	session_open pptp "$SERVER4" 1723
	gre server "$CLIENT4"
	wait_for 5 ctl_flows proto=gre
	gre client "$SERVER4"
	ctl flows --json proto=gre | grep -q '"rule":"pptp".*"parent":"tcp '
	session_close pptp
	ctl kill proto=gre --yes >/dev/null
	wait_for 5 fails ctl_flows port=1723 state=established
	gre server "$CLIENT4"
	logged "Denied by rule \[-\] GRE $SERVER4 > $CLIENT4 .*rule=default"
}

@test "PPTP, without the profile: the hint names the rule" {
	policy - <<<'rule "vpn" { protocol = tcp port = 1723 }'
	session_open pptp2 "$SERVER4" 1723
	gre server "$CLIENT4"
	logged "Denied by rule \[-\] GRE $SERVER4 > $CLIENT4 .*hint=\"rule vpn: related \{ protocol = gre by = either \}\""
	session_close pptp2
}
