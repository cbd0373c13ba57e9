# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The recipes of doc/recipes, with the lines as they are written there and the
# real programs, on a bare Debian that boots between a client and a server.

bats_require_minimum_version 1.5.0
load ../../netns/support
load ../machine

setup_file()
{
	cd "$RIG_ROOT" || return
	rig_up
	spawn server echo socat TCP-LISTEN:5432,fork,reuseaddr EXEC:cat
	machine_up
	machine_gets synward.deb "$DEBS"/synward_*.deb
	apt install iptables /root/synward.deb >/dev/null
	machine mkdir -p /etc/synward/conf.d
}

teardown_file()
{
	[ -z "${RIG:-}" ] || rig_down
}

# Each recipe begins without the ones before.
teardown()
{
	machine systemctl stop synwardd
	machine sh -c 'rm -f /etc/synward/conf.d/*'
	machine nft flush ruleset
}

# recipe NAME PATH: what the recipe says must stand there, into the machine
recipe()
{
	block "$1" "$2" >"$RIG/block"
	[ -s "$RIG/block" ]
	machine mkdir -p "${2%/*}"
	machine sh -c "cat >'$2'" <"$RIG/block"
}

block()
{
	awk -v path="\`$2\`" '
		index($0, path) == 1 { here = 1 }
		/^```/ && here { inside = !inside; if (!inside) exit; next }
		inside' "doc/recipes/$1.md"
}

# commands NAME: the first block of a recipe that is no file, run as root
commands()
{
	awk '/^`[^`]/ { file = 1 }
		/^```/ {
			inside = !inside
			if (!inside && !file) exit
			if (!inside) file = 0
			next
		}
		inside && !file' "doc/recipes/$1.md" >"$RIG/commands"
	[ -s "$RIG/commands" ]
	machine sh -exc "$(cat "$RIG/commands")"
	wait_for 15 answers
}

answers()
{
	machine synwardctl status >/dev/null 2>&1
}

# guards [WORDS]: a connection goes through, a stray does not, and synward says
# why, with these words in the line.
guards()
{
	[ "$(echo hello | client timeout 10 socat - "TCP:$SERVER4:5432")" = hello ]
	client hping3 -q -c 1 -A -p 5433 "$SERVER4" >/dev/null 2>&1 || true
	wait_for 10 journal_says "$CLIENT4:.* > $SERVER4:5433 .*${1:-cause=}" || {
		machine journalctl -q -n 30
		machine synwardctl status
		machine synwardctl drops
		return 1
	}
}

queue_rule()
{
	machine synwardctl hook show | grep -q NFQUEUE
}

@test "nftables" {
	recipe nftables /etc/nftables.conf
	recipe nftables /etc/synward/conf.d/policy.conf
	commands nftables
	queue_rule
	guards rule=
	# Nobody inside is reached by a rule that only nftables has.
	machine synwardctl which "$SERVER4" "$CLIENT4:22" | grep -qi deny
	machine nft -f /etc/nftables.conf
	run queue_rule
	[ "$status" -ne 0 ]
	machine systemctl restart synwardd
	queue_rule
}

@test "iptables" {
	recipe iptables /etc/iptables/rules.v4
	commands iptables
	guards
	machine iptables-restore /etc/iptables/rules.v4
	queue_rule
}

@test "ufw" {
	apt install ufw >/dev/null
	commands ufw
	guards
	machine ufw reload
	queue_rule
	machine ufw disable
	queue_rule
	apt purge ufw >/dev/null
}

@test "firewalld" {
	apt install firewalld >/dev/null
	machine systemctl start firewalld
	wait_for 20 machine firewall-cmd --state
	commands firewalld
	guards
	machine firewall-cmd --reload
	run queue_rule
	[ "$status" -ne 0 ]
	grep -qx 'firewall-cmd --reload && synwardctl hook up' \
		doc/recipes/firewalld.md
	machine sh -ec 'firewall-cmd --reload && synwardctl hook up'
	queue_rule
	guards
	machine systemctl stop firewalld
}

banned()
{
	machine fail2ban-client status synward | grep -q "$CLIENT4"
}

@test "fail2ban bans who scans, and nobody else" {
	apt install fail2ban python3-systemd >/dev/null
	recipe fail2ban /etc/synward/conf.d/fail2ban.conf
	recipe fail2ban /etc/fail2ban/filter.d/synward.conf
	machine systemctl start synwardd
	wait_for 15 answers
	client hping3 -q -c 1 -R -p 7 "$SERVER4" >/dev/null 2>&1 || true
	wait_for 10 machine grep -q 'cause=' /var/log/synward/drops.log
	run machine fail2ban-regex /var/log/synward/drops.log synward
	[[ $output == *"0 matched"* ]]
	machine sh -c 'rm /etc/fail2ban/jail.d/*; : >/var/log/auth.log'
	recipe fail2ban /etc/fail2ban/jail.d/synward.conf
	machine systemctl restart fail2ban
	wait_for 20 machine fail2ban-client ping
	client hping3 -q --scan 1000-1400 -A "$SERVER4" >/dev/null 2>&1 || true
	wait_for 20 banned
	machine iptables -S | grep -q "$CLIENT4"
	machine systemctl stop fail2ban
}

@test "journald has every field" {
	machine systemctl start synwardd
	wait_for 15 answers
	client hping3 -q -c 1 -A -p 5433 "$SERVER4" >/dev/null 2>&1 || true
	wait_for 10 journal_says "$SERVER4:5433"
	machine sh -c 'journalctl -o json -t synwardd SYNWARD_DPORT=5433' |
		grep -q "\"SYNWARD_SRC\":\"$CLIENT4\""
}

# A stray, which arrives unless rsyslog has not looked at the file yet
collected()
{
	client hping3 -q -c 1 -A -p 5433 "$SERVER4" >/dev/null 2>&1 || true
	sleep 1
	machine grep -qE "^[a-z-]+ $CLIENT4 $SERVER4:5433\$" \
		/var/log/synward-collected
}

@test "rsyslog passes JSON on" {
	apt install rsyslog >/dev/null
	recipe json /etc/synward/conf.d/json.conf
	recipe json /etc/rsyslog.d/synward.conf
	machine systemctl start synwardd
	machine systemctl restart rsyslog
	wait_for 15 answers
	wait_for 40 collected || {
		machine sh -c 'head -n 20 /var/log/synward/*.json \
			/var/log/synward-collected; systemctl status rsyslog'
		return 1
	}
}

@test "the timer of the metrics" {
	recipe prometheus /etc/systemd/system/synward-metrics.service
	recipe prometheus /etc/systemd/system/synward-metrics.timer
	machine systemctl start synwardd
	wait_for 15 answers
	commands prometheus
	wait_for 30 machine grep -q '^synward_build_info' \
		/var/lib/prometheus/node-exporter/synward.prom
	machine cat /var/lib/prometheus/node-exporter/synward.prom |
		promtool check metrics
	machine systemctl disable --now synward-metrics.timer
}

has_address()
{
	machine ip -4 address show clients | grep -q 10.1.0.254
}

has_no_address()
{
	! has_address
}

@test "keepalived gives the address away when synward is gone" {
	apt install keepalived >/dev/null
	recipe keepalived /etc/keepalived/keepalived.conf
	machine systemctl start synwardd
	wait_for 15 answers
	machine systemctl restart keepalived
	wait_for 30 has_address
	machine systemctl stop synwardd
	wait_for 30 has_no_address
	machine systemctl stop keepalived
}

# marked WORDS: the recipes whose row says so
marked()
{
	sed -n "s/.*](\([a-z0-9]*\)\.md).*$1.*/\1/p" doc/recipes/README.md
}

@test "what is said to be tried is tried" {
	local name count=0
	while read -r name; do
		grep -qE "(recipe|commands) $name( |\$)" \
			tests/debian/suite/recipes.bats
		count=$((count + 1))
	done < <(marked full.packages)
	[ $count -ge 8 ]
	while read -r name; do
		grep -q '^Not tried here\.$' "doc/recipes/$name.md"
	done < <(marked 'not tried here')
}
