# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# parts: runs the parts of scripts/test a few at a time and counts.
#
# A part is a command with a name and a kind; the kind says how its output
# is counted: a `command` is one test, `ctest` and `bats` are as many as they
# ran.  A part that ends badly without naming a failed test is one failure
# more, so that nothing can fail unseen.  Output stands in $WORK/log/NAME and
# is shown when the part failed.

declare -gA PART_KIND=() PART_NAME=() PART_START=()
PASSED=0 FAILED=0 SKIPPED=0
FAILED_PARTS=()

parts_init()
{
	mkdir -p "$WORK/log"
}

# part KIND NAME SECONDS COMMAND...: starts it as soon as there is room, and
# returns.
part()
{
	local kind=$1 name=$2 seconds=$3
	shift 3
	wanted "$name" || return 0
	while ((${#PART_NAME[@]} >= WIDTH)); do
		part_reap
	done
	printf '>> %s: %s\n' "$name" "$*"
	timeout -k 10 "$seconds" "$@" </dev/null >"$WORK/log/${name//\//-}" 2>&1 &
	PART_NAME[$!]=$name
	PART_KIND[$!]=$kind
	PART_START[$!]=$SECONDS
}

# Everything that was started has ended.
parts_end()
{
	while ((${#PART_NAME[@]} > 0)); do
		part_reap
	done
}

# alone KIND NAME SECONDS COMMAND...: with nothing beside it; => its status
alone()
{
	local failures=$FAILED
	parts_end
	part "$@"
	parts_end
	((FAILED == failures))
}

wanted()
{
	local pattern
	((${#ONLY[@]} > 0)) || return 0
	for pattern in "${ONLY[@]}"; do
		# shellcheck disable=SC2053 # a pattern is what it is
		[[ $1 == $pattern || $1 == build-* ]] && return 0
	done
	return 1
}

# --- one part has ended ----------------------------------------------------

part_reap()
{
	local pid status=0 kind name log passed failed skipped
	wait -n -p pid "${!PART_NAME[@]}" || status=$?
	kind=${PART_KIND[$pid]}
	name=${PART_NAME[$pid]}
	log=$WORK/log/${name//\//-}
	read -r passed failed skipped < <("count_$kind" "$log" "$status")
	if ((status != 0 && failed == 0)); then
		failed=1
	fi
	part_show "$kind" "$name" "$log" "$status" "$passed" "$failed" \
		"$skipped" $((SECONDS - PART_START[$pid]))
	PASSED=$((PASSED + passed))
	FAILED=$((FAILED + failed))
	SKIPPED=$((SKIPPED + skipped))
	unset "PART_NAME[$pid]" "PART_KIND[$pid]" "PART_START[$pid]"
}

part_show()
{
	local kind=$1 name=$2 log=$3 status=$4 passed=$5 failed=$6 skipped=$7
	local took=$8
	local word=ok more=
	((skipped == 0)) || more=", $skipped skipped"
	((failed == 0)) || word=FAILED
	printf '%s %s: %d passed, %d failed%s, %d s\n' \
		"$word" "$name" "$passed" "$failed" "$more" "$took"
	((skipped == 0)) || sed -n 's/^ok .*# skip/   skipped:/p' "$log"
	((failed > 0)) || return 0
	FAILED_PARTS+=("$name")
	[ "$status" -ne 124 ] || echo "   | ran out of time"
	"complaints_$kind" "$log" | sed 's/^/   | /' || true
}

# The lines that say why; the rest of a long output helps nobody.
complaints_command()
{
	grep -vE '^\[[0-9]+/[0-9]+\] [A-Z]' "$1" | tail -n 60
}

complaints_bats()
{
	if grep -q '^not ok ' "$1"; then
		awk '/^(not )?ok / { show = /^not/ } show' "$1" | head -n 120
	else
		tail -n 30 "$1"
	fi
}

complaints_ctest()
{
	awk 'FNR == NR {
			if (/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / && !/ Passed /) {
				n = $0
				sub(/^[^#]*#/, "", n)
				sub(/:.*/, "", n)
				bad[n] = 1
				print
			}
			next
		}
		{ n = $1; sub(/:$/, "", n) }
		$1 ~ /^[0-9]+:$/ && (n in bad) && !/:[PS]:[^:]*:[^:]*:[0-9]+: Passed/' \
		"$1" "$1" | head -n 120
	grep -E 'No tests were found|^CMake Error|^Unable to find' "$1" || true
}

count_command()
{
	if [ "$2" -eq 0 ]; then
		echo 1 0 0
	else
		echo 0 1 0
	fi
}

# A plan that promises more than came is a failure, too.
count_bats()
{
	awk '/^1\.\.[0-9]+/ { split($1, plan, /\.\./); planned = plan[2] }
		/^ok .*# skip/ { skipped++; next }
		/^ok / { passed++ }
		/^not ok / { failed++ }
		END {
			lost = planned - passed - failed - skipped
			print passed + 0, failed + (lost > 0 ? lost : 0), skipped + 0
		}' "$1"
}

# A program of Check counts its checks, any other test of ctest is one.  The
# output is that of ctest -V: what test N prints stands behind "N: ".
count_ctest()
{
	awk '/^[0-9]+: [0-9]+%: Checks: / {
			gsub(/[:,]/, "")
			checks[$1] = $4
			bad[$1] = $6 + $8
		}
		/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
			n = $0
			sub(/^[^#]*#/, "", n)
			sub(/:.*/, "", n)
			if (!(n in checks)) { checks[n] = 1; bad[n] = 0 }
			if (!/ Passed / && !bad[n])
				bad[n] = 1
			passed += checks[n] - bad[n]
			failed += bad[n]
		}
		END { print passed + 0, failed + 0, 0 }' "$1"
}
