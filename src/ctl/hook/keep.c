/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook keep: puts the rules back when somebody takes them out.
 *
 * It remembers our rules as they are, and reads them again every few
 * seconds.  If a line is missing, the rules are put as they were: by the same
 * tool, for the same chains, with queues and fail-open from the configuration.
 * What hook up and hook down change is remembered as what is wanted, so after a
 * down nothing is put back.
 *
 * Rules are put back only while somebody reads the queue: without a reader, a
 * rule cuts the gateway off.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/hook/iptables.h"
#include "net/queue_proc.h"

enum { LOOK_MS = 3000, LONGEST_MS = 60000, CHAIN = 32, SHOWN = 120 };

struct keep {
	const struct sw_ctl *ctl;
	char *wanted[SW_HOOK_TEXTS]; /* the rules */
	int pause_ms;		     /* until the next look */
	bool unread;		     /* and it was said */
};

static bool
has_chain(char *const rules[SW_HOOK_TEXTS], enum sw_hook_chain chain)
{
	char start[CHAIN];
	bool has = sw_hook_nft_has(rules[0], chain);

	snprintf(start, sizeof start, " -A %s ", sw_hook_chains[chain].name);
	for (size_t i = 1; i < SW_HOOK_TEXTS; i++)
		has = has || strstr(rules[i], start) != NULL;
	return has;
}

/* In which chains are they?  => is there any? */
static bool
read_chains(char *const rules[SW_HOOK_TEXTS], bool chain[SW_HOOK_CHAINS])
{
	bool any = false;

	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++) {
		chain[i] = has_chain(rules, (enum sw_hook_chain)i);
		any = any || chain[i];
	}
	return any;
}

static bool
has_line(const char *text, const char *line, size_t length)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (n == length && memcmp(text, line, length) == 0)
			return true;
		text += n + (text[n] == '\n');
	}
	return false;
}

/* The first line of before that now does not have, or NULL. */
static const char *
find_missing(const char *before, const char *now)
{
	while (*before != '\0') {
		size_t n = strcspn(before, "\n");

		if (!has_line(now, before, n))
			return before;
		before += n + (before[n] == '\n');
	}
	return NULL;
}

static void
remember(struct keep *keep)
{
	sw_hook_texts_free(keep->wanted);
	sw_hook_texts_read(keep->wanted);
	keep->pause_ms = LOOK_MS;
	keep->unread = false;
}

static bool
is_read(unsigned queue)
{
	int account = sw_queue_proc_open();
	struct sw_queue_proc found;
	bool is = sw_queue_proc_look(account, (uint16_t)queue, &found);

	if (account >= 0)
		close(account);
	return is;
}

static void
say_unread(struct keep *keep, const struct sw_hook_wish *wish)
{
	if (!keep->unread)
		fprintf(stderr,
		    "synwardctl: rules were taken out, and nobody reads queue "
		    "%u: they are put back when somebody does\n",
		    wish->first);
	keep->unread = true;
}

/* Puts them as they were remembered. */
static void
put_back(struct keep *keep, struct sw_hook_wish *wish, const char *line)
{
	bool was_nft = keep->wanted[0][0] != '\0';
	size_t length;

	line += strspn(line, " \t");
	length = strcspn(line, "\n");
	if (sw_hook_put(was_nft ? "nft" : NULL, wish) == SW_EXIT_OK) {
		fprintf(stderr,
		    "synwardctl: somebody took out '%.*s'; the rules are "
		    "back\n",
		    (int)(length < SHOWN ? length : SHOWN), line);
		remember(keep);
	} else if (keep->pause_ms < LONGEST_MS) {
		keep->pause_ms *= 2;
	}
}

/* => false: rules are not to be kept any more */
static bool
mend(struct keep *keep, const char *line)
{
	struct sw_hook_wish wish = { 0 };

	if (sw_hook_wish_load(keep->ctl, &wish) != SW_EXIT_OK)
		return true;
	if (!wish.keep)
		return false;
	if (!read_chains(keep->wanted, wish.chain))
		return true;
	if (is_read(wish.first))
		put_back(keep, &wish, line);
	else
		say_unread(keep, &wish);
	return true;
}

static bool
look(struct keep *keep)
{
	char *now[SW_HOOK_TEXTS];
	const char *line = NULL;

	sw_hook_texts_read(now);
	for (size_t i = 0; i < SW_HOOK_TEXTS && line == NULL; i++)
		line = find_missing(keep->wanted[i], now[i]);
	sw_hook_texts_free(now);
	return line == NULL || mend(keep, line);
}

static int
listen_or_say(void)
{
	int fd = sw_hook_channel_open();

	if (fd == -EADDRINUSE)
		sw_command_fail(SW_EXIT_FAILURE,
		    "hook keep: another process keeps the rules already");
	else if (fd < 0)
		sw_command_fail(
		    SW_EXIT_FAILURE, "hook keep: %s", strerror(-fd));
	return fd;
}

int
sw_hook_keep(const struct sw_ctl *ctl)
{
	struct keep keep = { .ctl = ctl };
	struct sw_hook_wish wish = { 0 };
	int code = sw_hook_wish_load(ctl, &wish), fd;

	if (code != SW_EXIT_OK)
		return code;
	if (!wish.keep) {
		fputs("synwardctl: hook keep: hook.keep is false, so nothing "
		      "is kept\n",
		    stderr);
		return SW_EXIT_OK;
	}
	fd = listen_or_say();
	if (fd < 0)
		return SW_EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	do {
		remember(&keep);
		while (!sw_hook_channel_wait(fd, keep.pause_ms) && look(&keep))
			;
	} while (sw_hook_wish_load(ctl, &wish) != SW_EXIT_OK || wish.keep);
	fputs("synwardctl: hook.keep is false now, so nothing is kept any "
	      "more\n",
	    stderr);
	sw_hook_texts_free(keep.wanted);
	close(fd);
	return SW_EXIT_OK;
}
