/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: collide MAX-FLOWS COUNT
 *
 * What somebody does who knows the program but not the key: finds datagrams
 * whose flows would all fall into a hundredth of the table's buckets, were
 * its key all zeros.  Prints them as expressions for tests/netns/craft, and
 * on standard error how many find room in such a table.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/table/flow.h"
#include "engine/table/flow_bucket.h"
#include "synward/engine.h"

enum { CROWDED = 100 /* one in so many buckets is aimed at */ };

static const uint8_t guessed[16];

/* 10.1.0.x:port to 10.2.0.2:port, another one for each number. */
static struct sw_endpoints
ends_of(uint32_t number)
{
	struct sw_endpoints ends = { .family = SW_IPV4,
		.proto = IPPROTO_UDP,
		.src = { { 10, 1, 0, (uint8_t)(3 + number % 200) } },
		.dst = { { 10, 2, 0, 2 } } };

	number /= 200;
	ends.sport = (uint16_t)(1024 + number % 60000);
	ends.dport = (uint16_t)(8000 + number / 60000);
	return ends;
}

/* Are both buckets it may be in among those aimed at? */
static bool
meets(const struct sw_buckets *buckets, const struct sw_endpoints *ends)
{
	uint64_t hash = sw_engine_hash(guessed, ends);
	struct sw_spot spot = sw_buckets_spot(buckets, hash);
	uint32_t most = buckets->count / CROWDED;

	return spot.home < most &&
	       sw_buckets_other(buckets, spot.home, spot.tag) < most;
}

static void
print(const struct sw_endpoints *ends)
{
	printf("IP(src='10.1.0.%d', dst='10.2.0.2')"
	       "/UDP(sport=%d, dport=%d)/b'flood'\n",
	    ends->src.b[3], ends->sport, ends->dport);
}

/* => there was room for it under the guessed key */
static bool
insert(struct sw_flows *flows, const struct sw_endpoints *ends)
{
	struct sw_tuple tuple;

	sw_tuple_make(&tuple, ends);
	return sw_flows_insert(flows, &tuple, sw_tuple_hash(&tuple, guessed)) !=
	       SW_FLOW_NONE;
}

int
main(int argc, char **argv)
{
	uint32_t max = argc == 3 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	uint32_t count = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
	struct sw_buckets buckets = { .count = sw_buckets_needed(max) };
	uint32_t found = 0, room = 0, restored, torn;
	struct sw_flows *flows;
	void *memory;

	if (max < 16 || max > 100000)
		return 2;
	memory = aligned_alloc(64, sw_flow_open_memory(max));
	if (memory == NULL)
		return 1;
	memset(memory, 0, sw_flow_open_memory(max));
	flows = sw_flows_open(memory, max, guessed, &restored, &torn);
	for (uint32_t i = 0; flows != NULL && found < count; i++) {
		struct sw_endpoints ends = ends_of(i);

		if (!meets(&buckets, &ends))
			continue;
		found++;
		room += insert(flows, &ends);
		print(&ends);
	}
	fprintf(stderr, "%u of %u\n", room, found);
	sw_flow_open_close(flows);
	free(memory);
	return flows != NULL && fflush(stdout) == 0 ? 0 : 1;
}
