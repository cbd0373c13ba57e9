/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of times, by the hash of two addresses, of the protocol and of the
 * ports; what was not read of them is 0.  Few captures have such packets, so it is made for the first one.
 */
#include "diagnose/unseen.h"

#include <stdlib.h>
#include <string.h>

#include "diagnose/judge.h"

#define BUCKETS (1u << 14)
#define WAYS 4u

/* A connection that was idle longer than this had no entry anyway. */
#define LONGEST (UINT64_C(7440) * SW_NS_PER_SECOND)
/* Who answers a packet of unknown hosts answers soon. */
#define FRESH (UINT64_C(60) * SW_NS_PER_SECOND)
/* An info from the tombstones is only as precise as a tick. */
#define TICK SW_NS_PER_SECOND

struct entry {
	uint64_t id;
	uint64_t when; /* ns plus 1; 0: free */
};

struct sw_unseen {
	uint8_t key[16];
	uint64_t any; /* ns plus 1: of a packet without addresses; 0: none */
	struct entry entry[BUCKETS][WAYS];
};

struct sw_unseen *
sw_unseen_create(const uint8_t key[16])
{
	struct sw_unseen *unseen = calloc(1, sizeof(*unseen));

	if (unseen)
		memcpy(unseen->key, key, sizeof(unseen->key));
	return unseen;
}

void
sw_unseen_destroy(struct sw_unseen *unseen)
{
	free(unseen);
}

static uint64_t
id_of(const struct sw_unseen *unseen, const struct sw_endpoints *ends)
{
	struct sw_tuple tuple;
	uint64_t hash;

	sw_tuple_key(&tuple, ends, unseen->key, &hash);
	return hash;
}

bool
sw_unseen_note(struct sw_unseen *unseen, const struct sw_endpoints *ends,
    struct sw_time when)
{
	struct entry *bucket, *oldest;
	uint64_t id;
	bool room;

	if (!ends) {
		unseen->any = when.ns + 1;
		return true;
	}
	id = id_of(unseen, ends);
	bucket = oldest = unseen->entry[id % BUCKETS];
	for (unsigned i = 0; i < WAYS; i++) {
		if (bucket[i].when && bucket[i].id == id) {
			bucket[i].when = when.ns + 1;
			return true;
		}
		if (bucket[i].when < oldest->when)
			oldest = &bucket[i];
	}
	room = !oldest->when;
	*oldest = (struct entry){ .id = id, .when = when.ns + 1 };
	return room;
}

/* => when the last such packet passed, in ns plus 1; 0: never */
static uint64_t
last_of(const struct sw_unseen *unseen, const struct sw_endpoints *ends)
{
	uint64_t id = id_of(unseen, ends);
	const struct entry *bucket = unseen->entry[id % BUCKETS];

	for (unsigned i = 0; i < WAYS; i++)
		if (bucket[i].when && bucket[i].id == id)
			return bucket[i].when;
	return 0;
}

/* Could the packet that was not seen have changed this outcome? */
static bool
matters(const struct sw_case *c, uint64_t last, uint64_t lasts)
{
	uint64_t begin = c->trace->first;

	if (last && c->info) {
		begin = c->info->how == SW_END_NOT ? c->info->opened.ns
						   : c->info->seen.ns;
		return last + TICK >= begin;
	}
	return last && (last > begin || begin - last <= lasts);
}

static bool
rests_on_sight(const struct sw_judgement *judgement)
{
	return judgement->cause != SW_CAUSE_BAD_FLAGS &&
	       judgement->cause != SW_CAUSE_DENIED_BEFORE &&
	       judgement->cause != SW_CAUSE_EVICTED &&
	       judgement->cause != SW_CAUSE_OPENS_NOTHING;
}

/* The last packet of this connection, or else of its hosts, that could have
 * changed the outcome. */
static uint64_t
find(const struct sw_unseen *unseen, const struct sw_case *c,
    enum sw_confidence *confidence)
{
	struct sw_endpoints ends = c->packet->ends;
	uint64_t last = last_of(unseen, &ends);

	*confidence = SW_CONF_MEDIUM;
	if (matters(c, last, LONGEST))
		return last;
	*confidence = SW_CONF_LOW;
	ends.sport = ends.dport = 0;
	last = last_of(unseen, &ends);
	if (matters(c, last, LONGEST))
		return last;
	ends.proto = 0;
	last = last_of(unseen, &ends);
	if (matters(c, last, LONGEST))
		return last;
	return matters(c, unseen->any, FRESH) ? unseen->any : 0;
}

bool
sw_unseen_judge(const struct sw_unseen *unseen, const struct sw_case *c,
    struct sw_judgement *judgement)
{
	enum sw_confidence confidence;
	uint64_t last;

	if (!unseen || !rests_on_sight(judgement))
		return false;
	last = find(unseen, c, &confidence);
	if (!last)
		return false;
	*judgement = (struct sw_judgement){ .cause = SW_CAUSE_GAP };
	sw_judgement_add(judgement, SW_EVIDENCE_GAP,
	    (int64_t)((c->now.ns - (last - 1)) / SW_NS_PER_SECOND));
	return sw_judgement_hold(judgement, confidence);
}
