# shellcheck shell=bash disable=SC2030,SC2031
# SPDX-License-Identifier: Apache-2.0
#
# synwardctl top in a real terminal: tmux draws it, and the test reads the
# screen as a person would.

load ../netns/support

setup_file()
{
	rig_up
	conf <<-END
	log { to = { "file:$RIG/messages" } }
	rule "web" { protocol = tcp  port = { 80 } }
	END
	hook
	synwardd_up
	web_up
	echo_up 7
	echo hello >"$RIG/www/x"
	session_open one "$SERVER4" 7
	spawn client noise bash -c "while sleep 0.05; do curl -s http://$SERVER4/x; done"
	craft client 'IP(src="10.1.0.2",dst="10.2.0.2")/TCP(sport=5555,dport=80,flags="FA")'
	export SCREEN=synward-$RIG_ID TMUX_TMPDIR=$RIG
}

teardown_file()
{
	terminal kill-server 2>/dev/null || true
	rig_down
}

terminal()
{
	TMUX_TMPDIR=$RIG tmux -L "$SCREEN" -f /dev/null "$@"
}

# A terminal of that size with top in it.
open_top()
{
	terminal new-session -d -s top -x "$1" -y "$2" \
		"env -u NO_COLOR LC_ALL=C.UTF-8 TERM=screen-256color \
		$SYNWARD_BUILD/synwardctl -s $RIG/ctl.sock top -d 0.3; \
		echo ended \$? >$RIG/ended; sleep 1"
}

setup()
{
	rm -f "$RIG/ended"
	open_top 120 30
	wait_for 10 shows 'synward top '
}

teardown()
{
	terminal kill-session -t top 2>/dev/null || true
}

screen()
{
	terminal capture-pane -p -t top
}

shows()
{
	screen | grep -qE -- "$1"
}

press()
{
	terminal send-keys -t top "$@"
}

@test "it shows rates, a course of them, flows, and causes" {
	wait_for 10 shows '^packets [1-9][0-9,]*/s, .*B/s +.*[▁▂▃▄▅▆▇█]'
	wait_for 10 shows '^flows .* of 1,048,576, half open'
	wait_for 10 shows '^queues  1, '
	wait_for 10 shows "^tcp +$CLIENT4:[0-9]+ +$SERVER4:80 .* web"
	shows '^cause +drops/s +drops'
	[ "$(screen | awk 'length > 120' | wc -l)" -eq 0 ]
}

@test "keys sort, turn around, pause and explain themselves" {
	shows 'by rate'
	press s
	wait_for 10 shows 'by bytes'
	press s s s
	wait_for 10 shows 'by idle'
	press r
	wait_for 10 shows 'by idle reversed'
	press Space
	wait_for 10 shows PAUSED
	local before
	before=$(numbers)
	sleep 1
	[ "$(numbers)" = "$before" ]
	press Space
	wait_for 10 stops_showing PAUSED
	press h
	wait_for 10 shows '^s +sort flows by'
	press h
	wait_for 10 stops_showing '^s +sort flows by'
	press c
	wait_for 10 shows '^id +cause +client +server'
	press +
	wait_for 10 shows 'every 0.6s'
}

# All but the clock.
numbers()
{
	screen | tail -n +2
}

stops_showing()
{
	! shows "$1"
}

@test "a filter keeps what it names; a wrong one is told" {
	wait_for 10 shows "$SERVER4:80 "
	press /
	wait_for 10 shows '^filter:'
	press 12345 Enter
	wait_for 10 shows '/ port=12345'
	wait_for 10 shows 'no flow has moved'
	press /
	wait_for 10 shows '^filter:'
	press 'bogus=1' Enter
	wait_for 10 shows 'unknown key'
	press Space
	press /
	wait_for 10 shows '^filter:'
	press Enter
	wait_for 10 shows "$SERVER4:80 "
}

@test "it follows the size of its terminal" {
	terminal resize-window -t top -x 80 -y 12
	wait_for 10 low_screen
	wait_for 10 shows '^synward top '
	[ "$(screen | awk 'length > 80' | wc -l)" -eq 0 ]
	terminal resize-window -t top -x 20 -y 3
	sleep 0.5
	wait_for 10 shows '^synward top '
	terminal resize-window -t top -x 150 -y 50
	wait_for 10 shows '^tcp .* web$'
	wait_for 10 shows '^cause +drops/s'
}

# Too low for causes.
low_screen()
{
	[ "$(screen | wc -l)" -le 12 ] && ! shows '^cause '
}

@test "q ends it and gives the terminal back" {
	press q
	wait_for 10 grep -q 'ended 0' "$RIG/ended"
}

@test "when the daemon ends, it says so and keeps on looking" {
	finish synwardd || true
	wait_for 10 shows 'does not answer'
	synwardd_up
	wait_for 10 stops_showing 'does not answer'
}
