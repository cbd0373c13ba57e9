# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: Apache-2.0
#
# Real programs talk through the gateway, over both families, and not one of
# their packets is refused: neither the log nor the kernel's counters nor a
# count before and behind the queue knows of any.

load support

setup_file()
{
	rig_up
	rsyslog_up
	conf </dev/null
	synwardd_up
	hook
	witness
	web_up
	echo_up 22
	head -c 200000 /dev/urandom >"$RIG/www/small"
	head -c 100M /dev/urandom >"$RIG/www/large"
	spawn server dns dnsmasq --keep-in-foreground --conf-file=/dev/null \
		--no-resolv --no-hosts --user=root --pid-file="$RIG/dns.pid" \
		--bind-interfaces "--listen-address=$SERVER4,$SERVER6" \
		--address=/gateway.test/192.0.2.7 \
		--address=/gateway.test/2001:db8::7
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
}

# Whatever a test did, nothing of it was refused.
nothing_refused()
{
	wait_for 3 none_refused
	[ "$(queue_losses)" = "0 0" ]
	never_logged 'Not a Valid|Invalid TCP|Out of window|Denied|Malformed|Table full|Incident'
	synwardd_lives
}

standing()
{
	(($(client ss -Htn state established "dport = :80" | wc -l) >= $1))
}

# 200 downloads at once, slow enough that all stand at the same time.
two_hundred()
{
	spawn client crowd curl -sS --no-progress-meter --globoff \
		--parallel --parallel-immediate \
		--parallel-max 200 --limit-rate 40k --max-time 30 \
		--write-out '%{http_code} %{size_download}\n' \
		"$@"
	wait_for 10 standing 200
	wait_for 30 gone "$(pid_of crowd)"
	rm "$RIG/pids/crowd"
	[ "$(grep -cx '200 200000' "$RIG/crowd.out")" -eq 200 ]
	[ "$(wc -l <"$RIG/crowd.out")" -eq 200 ]
	rm "$RIG/crowd.out"
}

urls()
{
	local n
	for n in $(seq 200); do
		printf -- '--output\n/dev/null\nhttp://%s/small?%d\n' "$1" "$n"
	done
}

@test "200 connections at once over IPv4" {
	mapfile -t all < <(urls "$SERVER4")
	two_hundred "${all[@]}"
	nothing_refused
}

@test "200 connections at once over IPv6" {
	mapfile -t all < <(urls "[$SERVER6]")
	two_hundred "${all[@]}"
	nothing_refused
}

@test "500 short connections one after another" {
	client curl -sS --max-time 60 --no-keepalive -H 'Connection: close' \
		-o /dev/null --write-out '%{http_code}\n' \
		"http://$SERVER4/small?[1-250]" >"$RIG/short.out"
	client curl -sS --max-time 60 --no-keepalive -H 'Connection: close' \
		-o /dev/null --write-out '%{http_code}\n' \
		"http://[$SERVER6]/small?[1-250]" >>"$RIG/short.out"
	[ "$(grep -cx 200 "$RIG/short.out")" -eq 500 ]
	nothing_refused
}

download()
{
	client curl -sS --globoff --max-time 60 "http://$1/large" | sha256sum |
		cut -d' ' -f1
}

@test "100 MB arrive whole over IPv4" {
	[ "$(download "$SERVER4")" = "$(sha256sum <"$RIG/www/large" |
		cut -d' ' -f1)" ]
	nothing_refused
}

@test "100 MB arrive whole over IPv6" {
	[ "$(download "[$SERVER6]")" = "$(sha256sum <"$RIG/www/large" |
		cut -d' ' -f1)" ]
	nothing_refused
}

@test "100 MB go up to the server" {
	spawn server sink socat -u TCP6-LISTEN:9,ipv6only=0,reuseaddr \
		"CREATE:$RIG/uploaded"
	wait_for 5 listening server 9
	client timeout 60 socat -u "OPEN:$RIG/www/large" "TCP4:$SERVER4:9"
	wait_for 10 gone "$(pid_of sink)"
	cmp "$RIG/uploaded" "$RIG/www/large"
	rm "$RIG/uploaded" "$RIG/pids/sink"
	nothing_refused
}

@test "sessions like somebody's ssh idle for a while and go on" {
	session_open idle4 "$SERVER4" 22
	session_open idle6 "$SERVER6" 22
	sleep 5
	for session in idle4 idle6; do
		session_say $session "still there?"
		session_hears $session "still there?"
	done
	session_close idle4
	session_close idle6
	nothing_refused
}

asked()
{
	client dig +time=2 +tries=1 +short "$@" gateway.test
}

@test "names are asked for over UDP and TCP" {
	for address in "$SERVER4" "$SERVER6"; do
		for _ in 1 2 3 4 5; do
			[ "$(asked "@$address" A)" = 192.0.2.7 ]
			[ "$(asked "@$address" AAAA)" = 2001:db8::7 ]
		done
		[ "$(asked +tcp "@$address" A)" = 192.0.2.7 ]
	done
	nothing_refused
}

@test "pings are answered" {
	client ping -q -i 0.05 -c 20 -W 2 "$SERVER4" | grep -q ' 0% packet loss'
	client ping -q -i 0.05 -c 20 -W 2 "$SERVER6" | grep -q ' 0% packet loss'
	server ping -q -i 0.05 -c 20 -W 2 "$CLIENT4" | grep -q ' 0% packet loss'
	client ping -q -i 0.05 -c 5 -s 1400 -W 2 "$SERVER6" |
		grep -q ' 0% packet loss'
	nothing_refused
}

@test "a closed UDP port says so" {
	for address in "$SERVER4" "$SERVER6"; do
		run client dig +time=2 +tries=1 -p 5353 "@$address" gateway.test
		[[ $output == *"connection refused"* ]]
	done
	nothing_refused
}

@test "a closed TCP port says so" {
	for address in "$SERVER4" "$SERVER6"; do
		run client nc -vz -w 2 "$address" 81
		[ "$status" -eq 1 ]
		[[ $output == *"Connection refused"* ]]
	done
	nothing_refused
}

# Behind the server lies another host, on a link of small packets.
far_up()
{
	host_add far
	host_forwards server
	link_add server inside far eth0
	address server inside 10.3.0.1/24 fd00:3::1/64
	address far eth0 10.3.0.2/24 fd00:3::2/64
	route far default via 10.3.0.1
	route far default via fd00:3::1
	route gateway 10.3.0.0/24 via "$SERVER4"
	route gateway fd00:3::/64 via "$SERVER6"
	ip -n "$(netns server)" link set inside mtu 1280
	ip -n "$(netns far)" link set eth0 mtu 1280
}

@test "errors of routers behind reach the sender" {
	far_up
	# Too far: the server says that the time to live is over.
	run client ping -c 1 -W 2 -t 2 10.3.0.2
	[[ $output == *"From $SERVER4"*"Time to live exceeded"* ]]
	run client ping -c 1 -W 2 -t 2 fd00:3::2
	[[ $output == *"From $SERVER6"*"Time exceeded"* ]]
	# Too big: the server names the size that fits.
	run client ping -c 1 -W 2 -M "do" -s 1400 10.3.0.2
	[[ $output == *"mtu"*1280* ]]
	run client ping -c 1 -W 2 -M "do" -s 1400 fd00:3::2
	[[ $output == *"mtu"*1280* ]]
	# And a connection finds its way through by these errors.
	spawn far sink socat -u TCP6-LISTEN:9,ipv6only=0,reuseaddr,fork \
		"SYSTEM:sha256sum >>$RIG/sums"
	wait_for 5 listening far 9
	head -c 3M "$RIG/www/large" >"$RIG/part"
	client timeout 20 socat -u "OPEN:$RIG/part" TCP4:10.3.0.2:9
	client timeout 20 socat -u "OPEN:$RIG/part" "TCP6:[fd00:3::2]:9"
	both_arrived()
	{
		[ "$(grep -c "$(sha256sum <"$RIG/part")" "$RIG/sums")" -eq 2 ]
	}
	wait_for 10 both_arrived
	never_logged 'Not a Valid|Invalid TCP|Out of window|Denied|Malformed'
	[ "$(queue_losses)" = "0 0" ]
}

@test "iperf3 fills the line both ways" {
	spawn server iperf iperf3 -s -1
	wait_for 5 listening server 5201
	client timeout 30 iperf3 -c "$SERVER4" -t 2 -P 4 --bidir >/dev/null
	finish iperf || true
	never_logged 'Not a Valid|Invalid TCP|Out of window|Denied|Malformed'
	synwardd_lives
}

# Of the thread that reads the queue: ns it had a processor, times it slept.
reader_time()
{
	local task
	for task in "/proc/$(worker)/task"/*; do
		[[ $(<"$task/comm") != queue-* ]] ||
			echo "$(cut -d' ' -f1 "$task/schedstat")" \
				"$(awk '/^voluntary/ { print $2 }' "$task/status")"
	done
}

# Under load it looks for packets without sleeping (queue.spin).
@test "without packets the queue's reader sleeps, also after a load" {
	client ping -q -f -c 2000 "$SERVER4" >/dev/null
	local ns slept later
	read -r ns slept < <(reader_time)
	sleep 1
	read -r later _ < <(reader_time)
	echo "$(((later - ns) / 1000)) us"
	[ $((later - ns)) -lt 20000000 ]
	read -r _ later < <(reader_time)
	[ $((later - slept)) -ge 5 ]
}
