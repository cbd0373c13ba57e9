# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# former: an older version of synward, made from the repository's history, and
# its place in the pen: see there.

# The last commit of version 0.1.
FORMER=44e36cc

# Is there a history to make it from?  A tarball has none, a shallow clone not
# enough of it.
former_known()
{
	command -v git >/dev/null &&
		git -c safe.directory='*' -C "$RIG_ROOT" \
			cat-file -e "$FORMER^{commit}" 2>/dev/null
}

# former_make ROOM: the two programs, in ROOM/build; says why when it fails
former_make()
{
	local room=$1
	mkdir -p "$room/source"
	git -c safe.directory='*' -C "$RIG_ROOT" archive "$FORMER" |
		tar -x -C "$room/source"
	{
		cmake -G Ninja -S "$room/source" -B "$room/build" &&
			cmake --build "$room/build" --parallel "$(nproc)" \
				--target synwardd synwardctl pages
	} >"$room/log" 2>&1 || {
		tail -n 20 "$room/log" >&2
		return 1
	}
}

# stage_version NAME BUILD: what an installation of BUILD would leave
stage_version()
{
	DESTDIR=$RIG/$1 cmake --install "$2" >/dev/null
}

# put_version NAME: over the other one in the pen, as a package manager would:
# running programs keep the files they were started from.
put_version()
{
	local room
	room=/proc/$(pgrep -P "$(pid_of pen)")/root
	cp -a --remove-destination "$RIG/$1/usr/." "$room/usr/"
	pen systemctl daemon-reload
}

# runs_version NAME: does the worker?
runs_version()
{
	local programs
	programs=$(find "$RIG/$1" -name synwardd -type f)
	cmp -s "$programs" "/proc/$(process_of worker)/exe"
}
