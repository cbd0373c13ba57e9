/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: recognises sources that scan.
 *
 * A scanner and a busy proxy after a restart both touch many unknown tuples.
 * The proxy's packets come from its constant service port and go to its
 * clients' ports, so those are not counted as targets.  A scanner aims at the
 * server side; its probes carry no payload, look alike, often leave from one
 * port towards many ports of one host, and have forged sequence numbers: the
 * same in every probe, or equal to the acknowledgement.
 *
 * A phone that wakes up closes all its old connections: as many targets, each
 * without payload.  But its stack has a port for each, echoes their time
 * stamps, and repeats what is not acknowledged after growing pauses.  A scanner
 * sends once, from few ports.
 */
#include "diagnose/scan.h"

#define WINDOW (60 * SW_NS_PER_SECOND)

/* A host repeats its first segment within this time. */
#define REPEATS (1500 * SW_NS_PER_MS)
/* More connections than a host has to close in that time. */
#define CROWD 100u

/* How long a source that has sent bad flags does not count as a host. */
#define ODD_LASTS (120 * SW_NS_PER_SECOND)

static struct sw_source *
find(struct sw_scan *scan, uint64_t id)
{
	struct sw_source *set = scan->entry[(id >> 40) % SW_SCAN_SETS];
	struct sw_source *oldest = &set[0];

	id = id ? id : 1;
	for (unsigned i = 0; i < SW_SCAN_WAYS; i++) {
		if (set[i].id == id)
			return &set[i];
		if (set[i].last < oldest->last)
			oldest = &set[i];
	}
	*oldest = (struct sw_source){ .id = id };
	return oldest;
}

/* Starts a new window; the previous one counts for one more window. */
static void
turn(struct sw_source *source, struct sw_time now)
{
	bool adjacent = now.ns - source->since < 2 * WINDOW;
	struct sw_source fresh = {
		.id = source->id,
		.since = now.ns,
		.last = source->last,
		.targets_was = adjacent ? sw_scan_source_targets(source) : 0,
		.forged = adjacent && source->forged ? 1 : 0,
		.again = adjacent && source->again ? 1 : 0,
		.odd = source->odd,
		.burst = source->burst,
		.probed = source->probed,
	};

	*source = fresh;
}

static void
note_host(struct sw_source *source, const struct sw_probe *probe)
{
	unsigned ports;

	if (source->host != probe->host) {
		source->host = probe->host;
		source->ports = 0;
	}
	source->ports |= UINT64_C(1) << (probe->target >> 20) % 64;
	ports = (unsigned)__builtin_popcountll(source->ports);
	if (ports > source->vertical)
		source->vertical = (uint16_t)ports;
}

bool
sw_scan_forged(const struct sw_refusal *packet)
{
	if (!(packet->tcp_flags & SW_ACK) ||
	    packet->tcp_flags & (SW_SYN | SW_RST))
		return false;
	return packet->seq == 0 || packet->ack == 0 ||
	       packet->seq == packet->ack ||
	       (packet->has_timestamp && packet->tsecr == 0);
}

/* Does it have forged numbers, or those of another tuple's probe? */
static bool
is_forged(const struct sw_source *source, const struct sw_probe *probe,
    const struct sw_refusal *packet)
{
	if (sw_scan_forged(packet))
		return true;
	return source->probes && source->tuple != probe->tuple &&
	       (source->seq == packet->seq || source->ack == packet->ack);
}

static void
note_burst(struct sw_source *source, struct sw_time now)
{
	if (now.ns - source->probed >= REPEATS) {
		source->burst = now.ns;
		source->in_burst = 0;
	}
	source->probed = now.ns;
	source->in_burst++;
}

static void
note_probe(struct sw_source *source, const struct sw_probe *probe,
    const struct sw_refusal *packet)
{
	if (is_forged(source, probe, packet))
		source->forged++;
	if (!source->probes) {
		source->window = packet->window;
		source->length = packet->length;
	}
	source->sports |= UINT64_C(1) << packet->ends.sport % 64;
	if (source->window == packet->window &&
	    source->length == packet->length)
		source->alike++;
	source->probes++;
	source->stamped += packet->has_timestamp;
	source->seq = packet->seq;
	source->ack = packet->ack;
	source->tuple = probe->tuple;
	note_host(source, probe);
	sw_estimate_add(&source->targets, probe->target);
}

const struct sw_source *
sw_scan_note(struct sw_scan *scan, const struct sw_probe *probe,
    const struct sw_refusal *packet, struct sw_time now)
{
	struct sw_source *source = find(scan, probe->source);

	if (!source->since || now.ns - source->since >= WINDOW)
		turn(source, now);
	if (probe->odd)
		source->odd = now.ns;
	if (packet->payload) {
		source->payloads++;
	} else if (probe->again) {
		source->again++;
	} else if (probe->server_side) {
		note_probe(source, probe, packet);
		note_burst(source, now);
	}
	source->last = now.ns;
	return source;
}

uint32_t
sw_scan_source_targets(const struct sw_source *source)
{
	uint32_t n = sw_estimate_count(&source->targets);

	return n > source->targets_was ? n : source->targets_was;
}

static unsigned
ports_of(const struct sw_source *source)
{
	return (unsigned)__builtin_popcountll(source->sports);
}

/* A host uses another port for each connection; with very many connections,
 * nearly all of the bits that count ports are set. */
static bool
has_own_ports(const struct sw_source *source)
{
	unsigned ports = ports_of(source);

	return ports * 2 > sw_scan_source_targets(source) || ports >= 40;
}

static bool
may_be_host(const struct sw_source *source)
{
	return source->probes && !source->forged && has_own_ports(source);
}

bool
sw_scan_source_lives(const struct sw_source *source)
{
	return may_be_host(source) &&
	       (source->stamped * 10 >= source->probes * 9 ||
		   source->again * 4 >= source->probes);
}

bool
sw_scan_source_may_live(const struct sw_source *source)
{
	return may_be_host(source) && sw_scan_source_targets(source) < CROWD &&
	       source->probed - source->burst < REPEATS &&
	       source->in_burst * 2 >= source->probes;
}

bool
sw_scan_source_is_odd(const struct sw_source *source, struct sw_time now)
{
	return source->odd && now.ns - source->odd < ODD_LASTS;
}

bool
sw_scan_source_surely(const struct sw_source *source)
{
	bool uniform = source->alike * 10 >= source->probes * 9;
	uint32_t targets = sw_scan_source_targets(source);
	unsigned sports = ports_of(source);

	if (!source->probes || source->payloads > source->probes / 4)
		return false;
	if (source->forged || (sports == 1 && source->vertical >= 3))
		return true;
	if (targets >= 4 && sports < 64 && sports * 2 <= targets)
		return true;
	if (sw_scan_source_lives(source) || sw_scan_source_may_live(source))
		return false;
	return source->vertical >= 6 ||
	       (targets >= 20 && uniform &&
		   (source->length == 40 || source->length == 60));
}
