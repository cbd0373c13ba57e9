/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links: the interfaces that are followed, and what each has received.
 */
#ifndef SYNWARD_CTL_TRY_LINKS_H
#define SYNWARD_CTL_TRY_LINKS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SW_TRY_LINKS = 64 };

struct sw_try_link {
	char name[IF_NAMESIZE];
	bool present;
	bool was_away;	   /* at some time since the start */
	uint64_t received; /* packets since the start, by the kernel's count */
	uint32_t counted;  /* by the kernel, at the last look */
	unsigned index;
};

struct sw_try_links {
	struct sw_try_link list[SW_TRY_LINKS];
	size_t n;
};

/* Takes the names.  => false after writing which does not exist */
bool sw_try_links_open(struct sw_try_links *links, char **names, int n);

/* Looks at their counters; an interface may come and go, which is written to
 * standard error. */
void sw_try_links_read(struct sw_try_links *links);

/* "eth0, eth1 and eth2" */
const char *
sw_try_links_names(const struct sw_try_links *links, char *text, size_t size);

#endif
