/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_fragment: no byte of a datagram passes twice.
 *
 * Input: four bytes a step: which datagram of four and which family, begin
 * and length in units of 8, time that goes by.  Beside the table a plain map
 * of bytes is kept for what has passed since the last first fragment.
 */
#include <netinet/in.h>
#include <string.h>

#include "engine/fragment.h"
#include "must.h"

#define DATAGRAMS 8
#define UNITS 256

struct map {
	bool known;
	bool ended;
	struct sw_time born;
	uint8_t seen[2 * UNITS];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sw_packet
packet_of(const uint8_t *step)
{
	struct sw_packet p = { .ends = { .proto = IPPROTO_UDP } };

	p.ends.family = step[0] & 4 ? SW_IPV6 : SW_IPV4;
	p.ends.sport = 1000;
	p.fragment.id = step[0] & 3;
	p.fragment.offset = (uint16_t)(step[1] * 8);
	p.fragment.length = (uint16_t)((1 + step[2] % 64) * 8);
	p.fragment.more = p.fragment.offset == 0 || (step[0] & 8) == 0;
	p.fragment.is_fragment = true;
	return p;
}

static void
mark(struct map *map, const struct sw_fragment *fragment)
{
	for (unsigned i = 0; i < fragment->length / 8u; i++) {
		MUST(!map->seen[fragment->offset / 8 + i]);
		map->seen[fragment->offset / 8 + i] = 1;
	}
}

static void
begin(struct sw_fragments *fragments, struct map *map,
    const struct sw_packet *p, struct sw_time now)
{
	struct sw_fragment_first first = { .ends = p->ends, .passed = true };

	sw_fragments_settle(fragments, p, &first, now);
	memset(map, 0, sizeof(*map));
	map->known = true;
	map->born = now;
	mark(map, &p->fragment);
}

static void
go_on(struct map *map, const struct sw_packet *p, struct sw_time now,
    const struct sw_fragment_answer *answer)
{
	MUST(map->known && p->fragment.offset > 0);
	MUST(sw_time_ms_since(map->born, now) < SW_FRAGMENT_SECONDS * 1000);
	MUST(answer->first.passed && answer->first.ends.sport == 1000);
	MUST(p->fragment.more || !map->ended);
	map->ended |= !p->fragment.more;
	mark(map, &p->fragment);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[16];
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	struct map maps[DATAGRAMS];
	struct sw_time now = { 0 };

	MUST(fragments != NULL);
	memset(maps, 0, sizeof(maps));
	for (; size >= 4; data += 4, size -= 4) {
		struct sw_packet p = packet_of(data);
		struct map *map = &maps[data[0] % DATAGRAMS];
		struct sw_fragment_answer answer;

		now = sw_time_add_ms(now, data[3] * 50u);
		answer = sw_fragments_step(fragments, &p, now);
		if (answer.kind == SW_FRAGMENT_FIRST)
			begin(fragments, map, &p, now);
		else if (answer.kind == SW_FRAGMENT_LATER)
			go_on(map, &p, now, &answer);
		else
			MUST(answer.fault >= SW_PARSE_FRAGMENT_ORPHAN);
		MUST(sw_fragments_count(fragments, now) <= 8);
	}
	sw_fragments_destroy(fragments);
	return 0;
}
