/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_fragment: no byte of a datagram passes twice, nothing near the headers
 * passes before the first fragment, and a datagram is complete exactly when
 * all its bytes have passed.
 *
 * Input: four bytes a step: which family, whether it is the last, begin
 * and length in units of 8, time that goes by.  Beside the table a plain map
 * of bytes is kept for what has passed since the datagram began.  There is
 * one datagram of each family, so that none makes room for another.
 */
#include <netinet/in.h>
#include <string.h>

#include "engine/table/fragment.h"
#include "must.h"

#define UNITS 256

struct map {
	unsigned end; /* in units; 0: the last has not passed */
	struct sw_time born;
	uint8_t seen[2 * UNITS];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sw_packet
packet_of(const uint8_t *step)
{
	struct sw_packet p = { .ends = { .proto = IPPROTO_TCP } };

	p.ends.family = step[0] & 4 ? SW_IPV6 : SW_IPV4;
	p.fragment.id = 7;
	p.fragment.offset = (uint16_t)(step[1] * 8);
	p.fragment.length = (uint16_t)((1 + step[2] % 64) * 8);
	p.fragment.more = p.fragment.offset == 0 || (step[0] & 8) == 0;
	p.fragment.is_fragment = true;
	if (p.fragment.offset == 0) {
		p.ends.sport = 1000;
		p.tcp.payload = p.fragment.length - 20u;
		p.fragment.headers = 20;
	}
	return p;
}

static void
mark(struct map *map, const struct sw_packet *p, struct sw_time now)
{
	const struct sw_fragment *fragment = &p->fragment;
	unsigned begin = fragment->offset / 8u, units = fragment->length / 8u;

	MUST(map->end == 0 || (fragment->more && begin + units <= map->end));
	MUST(sw_time_ms_since(map->born, now) < SW_FRAGMENT_SECONDS * 1000);
	for (unsigned i = begin; i < begin + units; i++) {
		MUST(!map->seen[i]);
		map->seen[i] = 1;
	}
	if (!fragment->more)
		map->end = begin + units;
}

static bool
is_complete(const struct map *map)
{
	for (unsigned i = 0; i < map->end; i++)
		if (!map->seen[i])
			return false;
	return map->end > 0;
}

/* Does the table hold nothing of it? */
static bool
is_new(const struct map *map, const struct sw_packet *p, struct sw_time now)
{
	uint64_t gone = sw_time_ms_since(map->born, now);

	return map->born.ns == 0 || gone >= SW_FRAGMENT_SECONDS * 1000 ||
	       (p->ends.family == SW_IPV4 && gone >= SW_FRAGMENT_REUSE_MS &&
		   (p->fragment.offset == 0 || !map->seen[0]));
}

static void
begin(struct map *map, struct sw_time now)
{
	*map = (struct map){ .born = now };
}

static void
take_first(struct sw_fragments *fragments, struct map *map,
    const struct sw_packet *p, struct sw_time now)
{
	struct sw_fragment_first first = { .packet = *p, .passed = true };

	if (is_new(map, p, now))
		begin(map, now);
	if (!sw_fragments_resolve(fragments, &first, now)) {
		begin(map, (struct sw_time){ 0 });
		return;
	}
	mark(map, p, now);
	MUST(!is_complete(map));
}

static void
take_early(struct sw_fragments *fragments, struct map *map,
    const struct sw_packet *p, struct sw_time now)
{
	MUST(p->fragment.offset >= SW_FRAGMENT_HEADERS_MAX);
	if (sw_fragments_expect(fragments, p, now) != SW_PARSE_OK)
		return;
	if (is_new(map, p, now))
		begin(map, now);
	MUST(!map->seen[0]);
	mark(map, p, now);
}

static void
take(struct sw_fragments *fragments, struct map *map, const struct sw_packet *p,
    struct sw_time now)
{
	struct sw_fragment_answer answer = sw_fragments_step(fragments, p, now);

	switch (answer.kind) {
	case SW_FRAGMENT_FIRST:
		take_first(fragments, map, p, now);
		break;
	case SW_FRAGMENT_EARLY:
		take_early(fragments, map, p, now);
		break;
	case SW_FRAGMENT_LATER:
		MUST(map->seen[0] && p->fragment.offset > 0);
		MUST(answer.first.passed);
		MUST(answer.first.packet.ends.sport == 1000);
		mark(map, p, now);
		MUST(!is_complete(map));
		break;
	case SW_FRAGMENT_COMPLETE:
		mark(map, p, now);
		MUST(is_complete(map));
		MUST(answer.whole.ends.sport == 1000);
		MUST(answer.whole.tcp.payload == map->end * 8 - 20);
		begin(map, (struct sw_time){ 0 });
		break;
	case SW_FRAGMENT_BAD:
		MUST(answer.fault >= SW_PARSE_FRAGMENT_ORPHAN);
		break;
	case SW_FRAGMENT_WHOLE:
		MUST(false);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[16];
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	struct map maps[2];
	struct sw_time now = { 1 };

	MUST(fragments != NULL);
	memset(maps, 0, sizeof(maps));
	for (; size >= 4; data += 4, size -= 4) {
		struct sw_packet p = packet_of(data);
		struct map *map = &maps[(data[0] & 4) != 0];

		now = sw_time_add_ms(now, data[3] * 50u);
		take(fragments, map, &p, now);
		MUST(sw_fragments_count(fragments, now) <= 8);
	}
	sw_fragments_destroy(fragments);
	return 0;
}
