# bash completion for synwardctl: made by "synwardctl completion bash"
# shellcheck shell=bash disable=SC2207 # words hold no blanks

_synwardctl_offer()
{
	case $1 in
	file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	interface) COMPREPLY=($(compgen -W "$(ls /sys/class/net)" -- "$cur")) ;;
	updown) COMPREPLY=($(compgen -W 'up down keep show' -- "$cur")) ;;
	shell) COMPREPLY=($(compgen -W 'bash zsh' -- "$cur")) ;;
	cause) COMPREPLY=($(compgen -W 'bad-flags denied-before idle-expired embryonic-late after-reset late-close evicted keepalive-dead gap asymmetric backscatter ack-scan not-tcp port-reuse out-of-window opens-nothing unknown' -- "$cur")) ;;
	sort) COMPREPLY=($(compgen -W 'age idle left bytes packets' -- "$cur")) ;;
	filter)
		compopt -o nospace
		case $cur in
		proto=*) COMPREPLY=($(compgen -W 'tcp udp icmp icmpv6 sctp gre esp' -- "${cur#*=}")) ;;
		state=*) COMPREPLY=($(compgen -W 'none syn_sent syn_recv established fin_wait close_wait last_ack time_wait close syn_sent2 unreplied_udp udp icmp other sctp_closed sctp_cookie_wait sctp_cookie_echoed sctp_established sctp_shutdown_sent sctp_shutdown_recd sctp_shutdown_ack_sent sctp_heartbeat_sent' -- "${cur#*=}")) ;;
		assured=*) COMPREPLY=($(compgen -W 'no yes' -- "${cur#*=}")) ;;
		how=*) COMPREPLY=($(compgen -W 'open timeout reset refused closed reused evicted killed denied full malformed revoked' -- "${cur#*=}")) ;;
		kind=*) COMPREPLY=($(compgen -W 'opened established ended drop' -- "${cur#*=}")) ;;
		cause=*) COMPREPLY=($(compgen -W 'bad-flags denied-before idle-expired embryonic-late after-reset late-close evicted keepalive-dead gap asymmetric backscatter ack-scan not-tcp port-reuse out-of-window opens-nothing unknown' -- "${cur#*=}")) ;;
		conf=*) COMPREPLY=($(compgen -W 'low medium high' -- "${cur#*=}")) ;;
		verdict=*) COMPREPLY=($(compgen -W 'drop pass reset reject would-drop accept' -- "${cur#*=}")) ;;
		message=*) COMPREPLY=($(compgen -W 'not-a-valid-syn-packet invalid-tcp-flags out-of-window connection-idle-reset table-full denied-by-rule not-a-valid-opening-packet malformed-packet' -- "${cur#*=}")) ;;
		*) COMPREPLY=($(compgen -W 'src= dst= client= server= host= port= sport= proto= family= rule= in= out= zone= state= assured= idle= age= bytes= packets= how= kind= cause= conf= verdict= message= or' -- "$cur")) ;;
		esac ;;
	esac
}

_synwardctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' i
	COMPREPLY=()
	# The shell cuts words at = and at colons; take them as one.
	if [[ $cur == = ]]; then cur=$prev=; prev=''; elif [[ $prev == = ]]; then cur=${COMP_WORDS[COMP_CWORD - 2]}=$cur; prev=''; fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s) ((i++)) ;;
		-*) ;;
		*) command=${COMP_WORDS[i]}; break ;;
		esac
	done
	if [[ $command && $cur == --*=* ]]; then prev=${cur%%=*}; cur=${cur#*=}; fi
	case $command:$prev in
	:-s) _synwardctl_offer file; return ;;
	flows:--limit|flows:-n) _synwardctl_offer none; return ;;
	flows:--last) _synwardctl_offer none; return ;;
	flows:--sort|flows:-s) _synwardctl_offer sort; return ;;
	events:--limit|events:-n) _synwardctl_offer none; return ;;
	events:--last) _synwardctl_offer none; return ;;
	events:--since) _synwardctl_offer none; return ;;
	events:--until) _synwardctl_offer none; return ;;
	drops:--cause|drops:-C) _synwardctl_offer cause; return ;;
	drops:--limit|drops:-n) _synwardctl_offer none; return ;;
	drops:--last) _synwardctl_offer none; return ;;
	drops:--since) _synwardctl_offer none; return ;;
	drops:--until) _synwardctl_offer none; return ;;
	incidents:--limit|incidents:-n) _synwardctl_offer none; return ;;
	incidents:--last) _synwardctl_offer none; return ;;
	incidents:--since) _synwardctl_offer none; return ;;
	incidents:--until) _synwardctl_offer none; return ;;
	explain:--proto|explain:-p) _synwardctl_offer none; return ;;
	which:--proto|which:-p) _synwardctl_offer none; return ;;
	which:--in|which:-i) _synwardctl_offer interface; return ;;
	which:--out|which:-o) _synwardctl_offer interface; return ;;
	which:--phys-in|which:-I) _synwardctl_offer interface; return ;;
	which:--phys-out|which:-O) _synwardctl_offer interface; return ;;
	which:--mark|which:-m) _synwardctl_offer none; return ;;
	top:--delay|top:-d) _synwardctl_offer none; return ;;
	advise:--rule|advise:-r) _synwardctl_offer none; return ;;
	advise:--since) _synwardctl_offer none; return ;;
	replay:--config|replay:-c) _synwardctl_offer file; return ;;
	replay:--compare|replay:-C) _synwardctl_offer file; return ;;
	replay:--link|replay:-l) _synwardctl_offer none; return ;;
	try:--for|try:-f) _synwardctl_offer none; return ;;
	try:--nflog|try:-g) _synwardctl_offer none; return ;;
	hook:--config|hook:-c) _synwardctl_offer file; return ;;
	hook:--learn|hook:-l) _synwardctl_offer none; return ;;
	hook:--with|hook:-w) _synwardctl_offer none; return ;;
	esac
	case $command in
	'') COMPREPLY=($(compgen -W 'status flows events drops incidents explain which top kill reload check dump-config metrics offload report advise replay try hook completion manual -s --json --help --version' -- "$cur")) ;;
	status)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer none
		fi ;;
	flows)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -n --limit --last -s --sort -r --reverse -w --wide -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer filter
		fi ;;
	events)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -f --follow -n --limit --last --since --until -w --wide -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer filter
		fi ;;
	drops)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -C --cause -f --follow -n --limit --last --since --until -w --wide -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer filter
		fi ;;
	incidents)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -f --follow -n --limit --last --since --until -w --wide -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer filter
		fi ;;
	explain)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -p --proto -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer cause
		fi ;;
	which)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -p --proto -i --in -o --out -I --phys-in -O --phys-out -m --mark -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer none
		fi ;;
	top)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -b --batch -d --delay -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer filter
		fi ;;
	kill)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -r --reset -y --yes -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer filter
		fi ;;
	reload)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer none
		fi ;;
	check)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer file
		fi ;;
	dump-config)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer none
		fi ;;
	metrics)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -o --openmetrics -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer none
		fi ;;
	offload)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer filter
		fi ;;
	report)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer none
		fi ;;
	advise)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -r --rule --since -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer none
		fi ;;
	replay)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -c --config -a --all -S --summary -A --advise -C --compare -l --link -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer file
		fi ;;
	try)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -f --for -g --nflog -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer interface
		fi ;;
	hook)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -c --config -I --input -O --output -F --no-forward -k --kernel -l --learn -w --with -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer updown
		fi ;;
	completion)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer shell
		fi ;;
	manual)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W ' -j --json -h --help' -- "$cur"))
		else
			_synwardctl_offer none
		fi ;;
	esac
}

complete -F _synwardctl synwardctl
