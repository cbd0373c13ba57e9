/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the rules into the tool that can have them, and takes them away.
 *
 * Where the daemon's program is pinned, iptables is preferred, because a rule
 * of nftables cannot use the program.  A change of tool puts the new rules
 * before it removes the old ones: for a moment packets come to the queue
 * twice, which is harmless, instead of not at all.  If the old ones cannot be
 * removed, the new ones go again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/hook/hook.h"

const char *const sw_hook_programs[SW_HOOK_FAMILIES] = { "iptables",
	"ip6tables" };

size_t
sw_hook_families(void)
{
	return access("/proc/net/if_inet6", R_OK) == 0 ? 2 : 1;
}

int
sw_hook_take_down(void)
{
	int code = sw_hook_nft_down();

	if (code == SW_EXIT_OK)
		code = sw_hook_iptables_clear(sw_hook_families(), NULL);
	if (code == SW_EXIT_OK)
		code = sw_hook_pin_remove();
	return code;
}

static void
say_plain(const char *program, char *errors)
{
	errors[strcspn(errors, "\n")] = '\0';
	fprintf(stderr,
	    "synwardctl: the fast path is off: %s cannot use " SW_HOOK_PIN
	    ": %s\n",
	    program, errors[0] != '\0' ? errors : "it cannot be run");
}

/* Without the match where a family does not have it.  => exit code */
static int
put_family(
    const char *program, struct sw_hook_wish wish, struct sw_hook_place *place)
{
	char *errors = sw_hook_iptables_up(program, &wish, place);
	int code = SW_EXIT_OK;

	if (errors != NULL && wish.match) {
		say_plain(program, errors);
		free(errors);
		wish.match = false;
		errors = sw_hook_iptables_up(program, &wish, place);
	}
	if (errors != NULL)
		code = sw_hook_iptables_fail(program, errors);
	free(errors);
	return code;
}

/* Removes all that is elsewhere; what was put only if old rules still feed
 * the queue.  => exit code */
static int
settle_iptables(const struct sw_hook_place places[SW_HOOK_FAMILIES])
{
	int nft = sw_hook_nft_down();
	int iptables = sw_hook_iptables_clear(sw_hook_families(), places);

	if (nft == SW_EXIT_OK && iptables == SW_EXIT_OK)
		return SW_EXIT_OK;
	if (sw_hook_nft_feeds() ||
	    sw_hook_iptables_feeds(sw_hook_families(), places))
		sw_hook_iptables_clear(sw_hook_families(), NULL);
	return nft != SW_EXIT_OK ? nft : iptables;
}

static int
put_iptables(const struct sw_hook_wish *wish)
{
	struct sw_hook_place places[SW_HOOK_FAMILIES];
	int code = SW_EXIT_OK;

	for (size_t i = 0; i < sw_hook_families() && code == SW_EXIT_OK; i++)
		code = put_family(sw_hook_programs[i], *wish, &places[i]);
	return code == SW_EXIT_OK ? settle_iptables(places) : code;
}

static int
put_nft(const struct sw_hook_wish *wish)
{
	int code = sw_hook_nft_up(wish);

	if (code != SW_EXIT_OK)
		return code;
	code = sw_hook_iptables_clear(sw_hook_families(), NULL);
	if (code != SW_EXIT_OK &&
	    sw_hook_iptables_feeds(sw_hook_families(), NULL))
		sw_hook_nft_down();
	return code;
}

/* Does iptables take the match?  What was put for the trial is replaced. */
static bool
match_works(const struct sw_hook_wish *wish)
{
	struct sw_hook_place place;
	char *errors = sw_hook_iptables_up(sw_hook_programs[0], wish, &place);

	if (errors != NULL)
		say_plain(sw_hook_programs[0], errors);
	free(errors);
	return errors == NULL;
}

int
sw_hook_put(const char *with, struct sw_hook_wish *wish)
{
	if (with != NULL && strcmp(with, "nft") == 0)
		return put_nft(wish);
	wish->match = sw_hook_pin_prepare(wish->first);
	if (with != NULL)
		return put_iptables(wish);
	if (wish->match && !match_works(wish))
		wish->match = false;
	if (!wish->match && sw_hook_nft_works())
		return put_nft(wish);
	return put_iptables(wish);
}
