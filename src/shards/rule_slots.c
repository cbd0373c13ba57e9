/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows outlive configurations and know their rule only by its number.  So a
 * name keeps its number as long as the process lives, also while no rule uses
 * it: a rule that returns finds its flows again, and no flow ever ends up under
 * another rule.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shards/rule_slots.h"
#include "synward/policy.h"

struct sw_rule_slots {
	uint32_t n;    /* names; slot 0 is the default rule */
	uint32_t room; /* capacity of names */
	char (*names)[SW_RULE_NAME_MAX];
	uint32_t mask;	 /* size of the index - 1 */
	uint16_t *index; /* slot by hash of its name, 0: free */
};

enum {
	INDEX_LEAST = 64,
};

struct sw_rule_slots *
sw_rule_slots_create(void)
{
	struct sw_rule_slots *slots = calloc(1, sizeof *slots);

	if (slots == NULL)
		return NULL;
	slots->n = 1;
	slots->room = INDEX_LEAST / 2;
	slots->mask = INDEX_LEAST - 1;
	slots->names = calloc(slots->room, sizeof *slots->names);
	slots->index = calloc(INDEX_LEAST, sizeof *slots->index);
	if (slots->names == NULL || slots->index == NULL) {
		sw_rule_slots_destroy(slots);
		return NULL;
	}
	strcpy(slots->names[0], "default");
	return slots;
}

void
sw_rule_slots_destroy(struct sw_rule_slots *slots)
{
	if (slots == NULL)
		return;
	free(slots->names);
	free(slots->index);
	free(slots);
}

const char *
sw_rule_slots_name(const struct sw_rule_slots *slots, uint16_t slot)
{
	return slots->names[slot < slots->n ? slot : 0];
}

/* FNV-1a; the names are the administrator's own, so collisions are no
 * attack. */
static uint32_t
hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return h;
}

/* The place in the index that holds the name, or the free place for it. */
static uint16_t *
find(const struct sw_rule_slots *slots, const char *name)
{
	uint32_t i = hash(name);

	for (;; i++) {
		uint16_t *at = &slots->index[i & slots->mask];

		if (*at == 0 || strcmp(slots->names[*at], name) == 0)
			return at;
	}
}

static bool
grow(struct sw_rule_slots *slots)
{
	uint32_t room = slots->room * 2;
	char(*names)[SW_RULE_NAME_MAX] =
	    realloc(slots->names, room * sizeof *names);
	uint16_t *index;

	if (names == NULL)
		return false;
	slots->names = names;
	index = calloc(room * 2, sizeof *index);
	if (index == NULL)
		return false;
	free(slots->index);
	slots->index = index;
	slots->mask = room * 2 - 1;
	slots->room = room;
	for (uint32_t i = 1; i < slots->n; i++)
		*find(slots, slots->names[i]) = (uint16_t)i;
	return true;
}

uint32_t
sw_rule_slots_count(const struct sw_rule_slots *slots)
{
	return slots->n;
}

int
sw_rule_slots_assign(struct sw_rule_slots *slots, const char *name)
{
	uint16_t *at = find(slots, name);

	if (*at != 0)
		return *at;
	if (slots->n == SW_RULE_SLOTS)
		return -ENOSPC;
	if (slots->n == slots->room) {
		if (!grow(slots))
			return -ENOMEM;
		at = find(slots, name);
	}
	strcpy(slots->names[slots->n], name);
	*at = (uint16_t)slots->n;
	return (int)slots->n++;
}
