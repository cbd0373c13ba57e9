# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# One drop, told to every sink at once: a real rsyslogd, a real journald, a
# file, JSON lines and stderr.

load support
load sinks

setup_file()
{
	rig_up
	rsyslog_up
	journald_up
	all_sinks "" | conf
	synwardd_up
	hook
}

teardown_file()
{
	rig_down
}

setup()
{
	log_mark
}

# all_sinks OPTIONS: the configuration's log section
all_sinks()
{
	echo "log { to = { syslog, journal, \"file:$RIG/drops.log\"," \
		"\"json:$RIG/drops.json\", stderr } $1 }"
}

journal_has()
{
	[ -n "$(journal "$@")" ]
}

@test "a drop is told to every sink in the same words" {
	strays 1 -s 40100 --fin
	line="Not a Valid SYN Packet \[FA\] TCP $CLIENT4:40100 > $SERVER4:80 in=clients out=servers len=40 cause="
	logged "daemon.notice synwardd\[[0-9]+\]: $line"
	said=$(log_lines | sed -n 's/.*\(Not a Valid.*40100 .*\)/\1/p')
	wait_for 5 grep -qF -- "$said" "$RIG/drops.log"
	wait_for 5 journal_has SYNWARD_SPORT=40100
	[ "$(journal SYNWARD_SPORT=40100 -o cat)" = "$said" ]
	grep -qF -- "$said" "$RIG/synwardd.out"
	wait_for 5 grep -q '"sport":40100' "$RIG/drops.json"
}

@test "the journal knows each field, priority, facility and cause" {
	strays 1 -s 40101
	wait_for 5 journal_has SYNWARD_SPORT=40101
	json=$(journal SYNWARD_SPORT=40101 -o json)
	field()
	{
		python3 -c 'import json, sys
print(json.loads(sys.argv[1]).get(sys.argv[2]))' "$json" "$1"
	}
	[ "$(field SYNWARD_SRC)" = "$CLIENT4" ]
	[ "$(field SYNWARD_DST)" = "$SERVER4" ]
	[ "$(field SYNWARD_DPORT)" = 80 ]
	[ "$(field SYNWARD_FLAGS)" = A ]
	[ "$(field SYNWARD_PROTO)" = tcp ]
	[ "$(field SYNWARD_IN)" = clients ]
	[ "$(field SYNWARD_OUT)" = servers ]
	[ "$(field SYNWARD_RULE)" = default ]
	[ "$(field SYNWARD_VERDICT)" = drop ]
	[ "$(field SYNWARD_LEN)" = 40 ]
	[ "$(field PRIORITY)" = 5 ]
	[ "$(field SYSLOG_FACILITY)" = 3 ]
	[ "$(field SYSLOG_IDENTIFIER)" = synwardd ]
	[ "$(field _COMM)" != None ]
	cause=$(field SYNWARD_CAUSE)
	id=$(field MESSAGE_ID)
	grep -qF "\"$cause\", \"$id\"," \
		"$RIG_ROOT/include/synward/cause.def"
}

@test "journalctl -x explains the cause of a drop" {
	strays 1 -s 40102
	wait_for 5 journal_has SYNWARD_SPORT=40102
	mkdir -p "$RIG/etc/usr/lib/systemd/catalog" \
		"$RIG/etc/var/lib/systemd/catalog"
	cp "$SYNWARD_BUILD/synward.catalog" "$RIG/etc/usr/lib/systemd/catalog/"
	journalctl --root="$RIG/etc" --update-catalog
	# shellcheck disable=SC2016 # the other shell expands it
	text=$(gateway unshare --mount --propagation private bash -euc '
		mount --bind "$1/etc/var/lib/systemd/catalog" \
			/var/lib/systemd/catalog
		journalctl --directory=/run/log/journal --no-pager -q -x \
			SYNWARD_SPORT=40102' catalog "$RIG")
	echo "$text"
	grep -q '^.. Subject: ' <<<"$text"
	grep -q '^.. Defined-By: synward' <<<"$text"
	grep -q 'man:synward-causes(7)' <<<"$text"
	grep -q '^.. Check:' <<<"$text"
}

@test "JSON lines are objects with the line's fields" {
	strays 1 -s 40103
	wait_for 5 grep -q '"sport":40103' "$RIG/drops.json"
	python3 - "$RIG/drops.json" <<-'END'
	import json, sys
	for line in open(sys.argv[1]):
	    last = json.loads(line)
	    if last.get("sport") == 40103:
	        break
	assert last["verdict"] == "drop", last
	assert last["message"] == "Not a Valid SYN Packet", last
	assert last["flags"] == "A" and last["proto"] == "tcp", last
	assert last["src"] == "10.1.0.2" and last["dport"] == 80, last
	assert last["in"] == "clients" and last["len"] == 40, last
	assert abs(last["time"] - __import__("time").time()) < 60, last
	END
}

@test "an incident has fields, too" {
	all_sinks "incident-interval = 1s" | conf
	synwardd_reload
	strays 20 -s 40109 -p 81
	logged 'Incident [0-9a-f]{4} [a-z-]+: .* > 10.2.0.2:81 '
	wait_for 5 journal_has SYNWARD_STATE=closed SYNWARD_DPORT=81
	id=$(journal SYNWARD_DPORT=81 SYNWARD_STATE=closed -o json |
		sed -n 's/.*"SYNWARD_INCIDENT":"\([0-9a-f]*\)".*/\1/p' | head -n 1)
	journal SYNWARD_INCIDENT="$id" -o verbose | grep -q MESSAGE_ID=
	[ "$(journal SYNWARD_INCIDENT="$id" -o cat | grep -c "^Incident $id ")" \
		-ge 2 ]
	grep "\"incident\":\"$id\"" "$RIG/drops.json" |
		grep -q '"state":"closed"'
	all_sinks "" | conf
	synwardd_reload
}

@test "SIGHUP opens files anew, as logrotate wants" {
	mv "$RIG/drops.log" "$RIG/drops.log.1"
	mv "$RIG/drops.json" "$RIG/drops.json.1"
	strays 1 -s 40104
	wait_for 5 grep -q ':40104 ' "$RIG/drops.log.1"
	synwardd_reload
	wait_for 5 test -e "$RIG/drops.log"
	wait_for 5 test -e "$RIG/drops.json"
	strays 1 -s 40105 --fin --push
	wait_for 5 grep -q ':40105 ' "$RIG/drops.log"
	wait_for 5 grep -q '"sport":40105' "$RIG/drops.json"
	run grep -q ':40105 ' "$RIG/drops.log.1"
	[ "$status" -eq 1 ]
}

@test "rate, interval, ECN letters and facility follow a reload" {
	strays 1 -s 40106 --syn --ack --xmas --ymas
	logged ':40106 '
	log_has '\[SA\] .*:40106 '
	all_sinks "ecn = true facility = local3 incident-interval = 2s" | conf
	synwardd_reload
	strays 1 -s 40107 --rst --xmas --ymas
	logged 'local3.notice synwardd\[[0-9]+\]: .*\[RAEW\] .*:40107 '
	strays 30 -s 40108
	logged 'local3.warning synwardd\[[0-9]+\]: Incident [0-9a-f]{4} [a-z-]+: [0-9]+ drops in [2-4]s \[A\]=[0-9]+, 1 client 10.1.0.2 > 10.2.0.2:80 in=clients out=servers, since ' 8
	logged 'Incident [0-9a-f]{4} closed: [0-9]+ drops? in [0-9]+s, last [0-9:]{8}$' 8
	all_sinks "rate = 1" | conf
	synwardd_reload
	log_mark
	# Sixteen would each have an incident of their own, and a line.
	local from
	from=$(now_ms)
	strays 40 -p ++2000
	logged 'Not a Valid'
	sleep 0.3
	[ "$(log_lines | grep -c 'Not a Valid')" -le \
		$((1 + ($(now_ms) - from) / 1000)) ]
}

@test "all that was written as JSON fits the schema" {
	cat "$RIG/drops.json.1" "$RIG/drops.json" |
		"$RIG_ROOT/tests/support/schema" sink_refusal sink_incident \
			sink_text
	client ping -q -c 1 "$SERVER4" >/dev/null
	ctl events --json | "$RIG_ROOT/tests/support/schema" drop flow
	ctl drops --json | "$RIG_ROOT/tests/support/schema" drop incident
}

@test "each cause has its metric" {
	ctl metrics >"$RIG/metrics"
	names=$(sed -n 's/^SW_CAUSE([A-Z_]*, "\([a-z-]*\)".*/\1/p' \
		"$RIG_ROOT/include/synward/cause.def")
	[ "$(wc -l <<<"$names")" -eq 17 ]
	for name in $names; do
		grep -q "^synward_drops_total{cause=\"$name\"} [0-9]" \
			"$RIG/metrics"
	done
	[ "$(grep -c '^synward_drops_total{' "$RIG/metrics")" -eq 17 ]
}

@test "a sink that is taken out hears no more, the others do" {
	echo "log { to = { syslog } }" | conf
	synwardd_reload
	log_mark
	strays 1 -s 40110 --push
	logged ':40110 '
	run grep -q ':40110 ' "$RIG/drops.log"
	[ "$status" -eq 1 ]
	[ -z "$(journal SYNWARD_SPORT=40110)" ]
}

@test "the journal is the default where journald runs, else syslog" {
	# No log section of any kind; conf() would write one.
	echo "control { socket = \"$RIG/ctl.sock\" }" >"$RIG/synward.conf"
	synwardd_reload
	log_mark
	strays 1 -s 40111 --push --fin
	wait_for 5 journal_has SYNWARD_SPORT=40111
	never_logged ':40111 '
	finish journald || true
	gateway rm -rf /run/systemd/journal
	synwardd_reload
	strays 1 -s 40112 --rst --push
	logged ':40112 '
}
