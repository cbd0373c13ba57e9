# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Whatever is wrong outside, synwardd says what and where, and lives on
# where living on makes sense.

load support

setup_file()
{
	rig_up
	rsyslog_up
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
	conf </dev/null
}

teardown()
{
	[ ! -e "$RIG/pids/synwardd" ] || synwardd_down
	unhook
}

# synwardd as a command that ends by itself
daemon()
{
	run gateway timeout 10 "$SYNWARD_BUILD/synwardd" -f \
		-c "$RIG/synward.conf" "$@"
	echo "$output"
}

@test "a bad configuration: every error with file, line and hint; exit 78" {
	cat >"$RIG/synward.conf" <<-'END'
	profile = rfc5382
	timeouts { establishd = 3s }
	END
	daemon
	[ "$status" -eq 78 ]
	[[ $output == *"$RIG/synward.conf:2:"*establishd*established* ]]

	cat >"$RIG/synward.conf" <<-'END'
	queue {
		first = 70000
	}
	timeouts { established = 3 }
	mode = maybe
	END
	daemon
	[ "$status" -eq 78 ]
	[[ $output == *"$RIG/synward.conf:2:"*first* ]]
	[[ $output == *"$RIG/synward.conf:4:"*established*3s* ]]
	[[ $output == *"$RIG/synward.conf:5:"*mode*enforce* ]]
	run queue_bound
	[ "$status" -ne 0 ]
}

@test "--check-config says the same without a queue" {
	echo 'timeouts { established = forever }' >"$RIG/synward.conf"
	daemon --check-config
	[ "$status" -eq 78 ]
	[[ $output == *"$RIG/synward.conf:1:"* ]]
	echo 'timeouts { established = 3s }' >"$RIG/synward.conf"
	daemon --check-config
	[ "$status" -eq 0 ]
}

@test "a configuration that is not there; exit 78" {
	rm "$RIG/synward.conf"
	daemon
	[ "$status" -eq 78 ]
	[[ $output == *"$RIG/synward.conf"*"No such file"* ]]
}

@test "an option that does not exist; exit 2" {
	daemon --frobnicate
	[ "$status" -eq 2 ]
	[[ $output == *frobnicate* ]]
}

@test "without the privilege; exit 5" {
	run gateway timeout 10 setpriv --reuid 65534 --regid 65534 \
		--clear-groups "$SYNWARD_BUILD/synwardd" -f \
		-c "$RIG/synward.conf"
	echo "$output"
	[ "$status" -eq 5 ]
	[[ $output == *CAP_NET_ADMIN* ]]
}

@test "a queue that another synwardd reads: who holds it; exit 1" {
	synwardd_up
	sed -i 's/ctl\.sock/other.sock/' "$RIG/synward.conf"
	daemon
	[ "$status" -eq 1 ]
	[[ $output == *"queue 0"*"$(pid_of synwardd)"* ]]
	[[ $output == *synwardd* ]]
	synwardd_lives
	queue_bound 0
}

@test "a queue that some other program reads" {
	spawn gateway holder "$RIG_ROOT/tests/netns/hold-queue" 0
	wait_for 5 queue_bound 0
	daemon
	finish holder || true
	[ "$status" -eq 1 ]
	[[ $output == *"queue 0"* ]]
}

@test "another queue number beside is no trouble" {
	spawn gateway holder "$RIG_ROOT/tests/netns/hold-queue" 0
	wait_for 5 queue_bound 0
	echo 'queue { first = 7 }' | conf
	synwardd_up
	queue_bound 7
	finish holder || true
	synwardd_lives
}

malformed()
{
	logged "Malformed packet .*$1"
	synwardd_lives
}

@test "malformed and cut packets over IPv4 are named and dropped" {
	synwardd_up
	hook
	# half a TCP header; a header longer than the packet; a header
	# shorter than there is; a cut UDP header; a UDP length beyond the
	# end; a cut ICMP header
	craft client \
		"IP(dst='$SERVER4', proto=6)/Raw(bytes(TCP(sport=41000))[:10])" \
		"IP(dst='$SERVER4')/TCP(sport=41001, flags='S', dataofs=15)" \
		"IP(dst='$SERVER4')/TCP(sport=41002, flags='S', dataofs=4)" \
		"IP(dst='$SERVER4', proto=17)/Raw(b'\xa0\x2b\x00')" \
		"IP(dst='$SERVER4')/UDP(sport=41004, dport=53, len=400)/Raw(b'x')" \
		"IP(dst='$SERVER4', proto=1)/Raw(b'\x08\x00')"
	six_counted()
	{
		[ "$(log_lines | grep -c 'Malformed packet')" -eq 6 ]
	}
	wait_for 5 six_counted
	malformed "$CLIENT4:41001 > $SERVER4:80"
	malformed "$CLIENT4:41002 > $SERVER4:80"
	ctl metrics | grep -q '^synward_packets_total{verdict="drop"} 6$'
}

@test "malformed and cut packets over IPv6 are named and dropped" {
	synwardd_up
	hook
	craft client \
		"IPv6(dst='$SERVER6', nh=6)/Raw(bytes(TCP(sport=41000))[:10])" \
		"IPv6(dst='$SERVER6')/TCP(sport=41001, flags='S', dataofs=15)" \
		"IPv6(dst='$SERVER6', nh=17)/Raw(b'\xa0\x2b')" \
		"IPv6(dst='$SERVER6', nh=0)/Raw(b'\x06\x09' + b'\x01\x04' + bytes(4))" \
		"IPv6(dst='$SERVER6', nh=58)/Raw(b'\x80')"
	malformed "\[$CLIENT6\]:41001 > \[$SERVER6\]:80"
	at_least_four()
	{
		(($(log_lines | grep -c 'Malformed packet') >= 4))
	}
	wait_for 5 at_least_four
	synwardd_lives
}

@test "noise of every protocol does not end it" {
	synwardd_up
	hook
	craft client \
		"__import__('random').seed(7) or [
		  IP(dst='$SERVER4', proto=n % 256)/Raw(__import__('random').randbytes(n % 61))
		  for n in range(2000)]" \
		"__import__('random').seed(8) or [
		  IPv6(dst='$SERVER6', nh=n % 256)/Raw(__import__('random').randbytes(n % 61))
		  for n in range(2000)]"
	echo_up 7000
	session_open alive "$SERVER4" 7000
	session_say alive "through the noise"
	session_hears alive "through the noise"
	session_close alive
	synwardd_lives
}

@test "a damaged capture: what was read is told, and the error" {
	spawn client dump tcpdump -i eth0 -c 3 -w "$RIG/whole.pcap" \
		tcp src portrange 42000-42002
	wait_for 5 grep -q listening "$RIG/dump.out"
	craft client \
		"[IP(dst='$SERVER4')/TCP(sport=42000+n, flags='A') for n in range(3)]"
	wait_for 10 gone "$(pid_of dump)"
	rm "$RIG/pids/dump"
	run "$SYNWARD_BUILD/synwardctl" replay "$RIG/whole.pcap"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'Not a Valid SYN Packet \[A\]' <<<"$output")" -eq 3 ]
	# Cut in the midst of the last record.
	head -c -10 "$RIG/whole.pcap" >"$RIG/cut.pcap"
	run "$SYNWARD_BUILD/synwardctl" replay "$RIG/cut.pcap"
	[ "$status" -eq 1 ]
	[[ $output == *"Not a Valid SYN Packet [A]"* ]]
	[[ $output == *"$RIG/cut.pcap"* ]]
	# No capture at all.
	head -c 3000 /dev/urandom >"$RIG/noise.pcap"
	run "$SYNWARD_BUILD/synwardctl" replay "$RIG/noise.pcap"
	[ "$status" -eq 1 ]
	[[ $output == *"$RIG/noise.pcap"* ]]
	run "$SYNWARD_BUILD/synwardctl" replay "$RIG/absent.pcap"
	[ "$status" -eq 1 ]
	[[ $output == *"$RIG/absent.pcap"*"No such file"* ]]
}

@test "SIGTERM ends it cleanly and frees the queue" {
	synwardd_up
	hook
	echo_up 7001
	session_open s "$SERVER4" 7001
	local before
	before=$(now_ms)
	synwardd_down TERM
	(($(now_ms) - before < 3000))
	run queue_bound
	[ "$status" -ne 0 ]
	[ ! -e "$RIG/ctl.sock" ]
	session_close s
	# And another one may start at once.
	synwardd_up
}

@test "SIGINT ends it cleanly, too" {
	synwardd_up
	synwardd_down INT
}

@test "the log's file is made anew on SIGHUP" {
	mkdir -p "$RIG/log"
	chmod 1777 "$RIG/log"
	echo "log { to = { \"file:$RIG/log/drops\" } }" | conf
	synwardd_up
	hook
	craft client "IP(dst='$SERVER4')/TCP(sport=43001, flags='A')"
	wait_for 5 grep -q 43001 "$RIG/log/drops"
	mv "$RIG/log/drops" "$RIG/log/drops.1"
	synwardd_reload
	craft client "IP(dst='$SERVER4')/TCP(sport=43002, flags='A')"
	wait_for 5 grep -q 43002 "$RIG/log/drops"
	run grep -q 43002 "$RIG/log/drops.1"
	[ "$status" -ne 0 ]
}
