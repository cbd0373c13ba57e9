/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times.  The tap's thread says up to when all packets are followed.  The kernel
 * may gather what it logs for SW_NFLOG_DELAY_MS, so when its socket has been
 * read empty, all that it logged some time ago has come.
 *
 * What a packet outside its windows showed is kept by flow, because a strict
 * tracker goes on to drop the flow's packets when both hosts and the record
 * here are in step again.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "pipeline/kernel_log.h"

enum {
	PREFIXES = 256,
	NOTES = 4096, /* flows */
	SLACK_MS = 100,
	/* A drop whose refusal does not come, because many packets wait to
	 * be followed. */
	PATIENCE_MS = 5000,
};

/* Of a flow, by the hash of its ends. */
struct note {
	uint64_t id;
	struct sw_time when;
	int32_t beyond;
	uint32_t unseen;
};

struct sw_kernel_log {
	struct sw_nflog *nflog;
	struct sw_shards *shards;
	struct sw_pairing *pairing;
	uint8_t key[16];
	struct sw_kernel_settings kernel;
	struct sw_time evicted; /* when the kernel last made room */
	uint32_t links[SW_KERNEL_LOG_LINKS];
	size_t n_links;
	struct sw_time empty; /* when the socket was last read empty */
	struct sw_nflog_packet packets[SW_NFLOG_BATCH];
	size_t at, n; /* of these */
	struct sw_kernel_counts counts;
	size_t n_prefixes;
	char prefixes[PREFIXES][SW_NFLOG_PREFIX];
	struct note notes[NOTES];
};

struct sw_kernel_log *
sw_kernel_log_create(struct sw_nflog *nflog, struct sw_shards *shards)
{
	struct sw_kernel_log *log = calloc(1, sizeof *log);

	if (log == NULL)
		return NULL;
	if (getrandom(log->key, sizeof log->key, 0) < 0 ||
	    (log->pairing = sw_pairing_create(log->key)) == NULL) {
		free(log);
		return NULL;
	}
	log->nflog = nflog;
	log->shards = shards;
	return log;
}

void
sw_kernel_log_destroy(struct sw_kernel_log *log)
{
	if (log == NULL)
		return;
	sw_nflog_close(log->nflog);
	sw_pairing_destroy(log->pairing);
	free(log);
}

int
sw_kernel_log_fd(const struct sw_kernel_log *log)
{
	return sw_nflog_fd(log->nflog);
}

void
sw_kernel_log_set_links(
    struct sw_kernel_log *log, const uint32_t links[], size_t n)
{
	log->n_links = n < SW_KERNEL_LOG_LINKS ? n : SW_KERNEL_LOG_LINKS;
	memcpy(log->links, links, log->n_links * sizeof links[0]);
}

void
sw_kernel_log_set_kernel(struct sw_kernel_log *log,
    const struct sw_kernel_settings *kernel, struct sw_time now)
{
	if (log->kernel.is_there && kernel->evicted > log->kernel.evicted)
		log->evicted = now;
	log->kernel = *kernel;
}

const char *
sw_kernel_log_prefix(const struct sw_kernel_log *log, uint16_t number)
{
	return number > 0 && number <= log->n_prefixes
		   ? log->prefixes[number - 1]
		   : NULL;
}

/* => its number, 0 for an empty one and when there are too many */
static uint16_t
number_prefix(struct sw_kernel_log *log, const char *prefix)
{
	if (*prefix == '\0')
		return 0;
	for (size_t i = 0; i < log->n_prefixes; i++)
		if (strcmp(log->prefixes[i], prefix) == 0)
			return (uint16_t)(i + 1);
	if (log->n_prefixes == PREFIXES)
		return 0;
	strcpy(log->prefixes[log->n_prefixes++], prefix);
	return (uint16_t)log->n_prefixes;
}

/* --- flows outside their windows -------------------------------------------- */

static struct note *
note_of(
    struct sw_kernel_log *log, const struct sw_endpoints *ends, uint64_t *id)
{
	*id = sw_engine_hash(log->key, ends);
	return &log->notes[*id % NOTES];
}

static void
add_note(struct sw_kernel_log *log, const struct sw_event *event)
{
	uint64_t id;
	struct note *note = note_of(log, &event->refused.ends, &id);

	if (note->id != id)
		*note = (struct note){ .id = id };
	note->when = event->time;
	note->beyond = event->refused.beyond;
	if (event->refused.unseen > note->unseen)
		note->unseen = event->refused.unseen;
}

/* --- pairs ------------------------------------------------------------------- */

static void
add_kernel(struct sw_event *event, const struct sw_kernel_drop *drop)
{
	struct sw_refusal *refused = &event->refused;
	bool alone = refused->action == SW_ACTION_NOTED;

	refused->action = SW_ACTION_KERNEL;
	refused->kernel = alone ? SW_KERNEL_ALONE : SW_KERNEL_AGREES;
	refused->prefix = drop->prefix;
	refused->why = drop->invalid ? SW_KERNEL_INVALID : 0;
	if (alone)
		refused->why |= SW_KERNEL_STRICT;
}

/* A segment that the kernel takes for the middle of a connection. */
static bool
is_taken_up(const struct sw_refusal *refused)
{
	return refused->ends.proto == IPPROTO_TCP &&
	       (refused->tcp_flags & (SW_SYN | SW_FIN | SW_RST | SW_ACK)) ==
		   SW_ACK;
}

static void
add_silence(
    const struct sw_kernel_log *log, bool certain, struct sw_event *event)
{
	struct sw_refusal *refused = &event->refused;

	refused->kernel = certain ? SW_KERNEL_PASSED : SW_KERNEL_UNCLEAR;
	if (certain && log->kernel.loose && is_taken_up(refused))
		refused->why |= SW_KERNEL_LOOSE;
}

bool
sw_kernel_log_hold(struct sw_kernel_log *log, struct sw_event *event)
{
	struct sw_kernel_drop drop;

	if (event->refused.action == SW_ACTION_NOTED)
		add_note(log, event);
	if (!sw_pairing_event(log->pairing, event, event->time, &drop))
		return false;
	add_kernel(event, &drop);
	return true;
}

/* --- what the kernel says ----------------------------------------------------- */

static bool
says_invalid(const char *prefix)
{
	return strcasestr(prefix, "invalid") != NULL;
}

/* => false when it is no IP packet */
static bool
read_drop(struct sw_kernel_log *log, const struct sw_nflog_packet *packet,
    struct sw_time now, struct sw_kernel_drop *drop)
{
	enum sw_parse parse;

	*drop = (struct sw_kernel_drop){ .prefix =
					     number_prefix(log, packet->prefix),
		.invalid = says_invalid(packet->prefix),
		.when = now };
	parse =
	    sw_packet_parse(packet->bytes, packet->captured, 0, &drop->packet);
	if (parse == SW_PARSE_VERSION ||
	    !(drop->packet.ends.family == SW_IPV4 ||
		drop->packet.ends.family == SW_IPV6))
		return false;
	drop->packet.way = (struct sw_way){ packet->in, packet->out,
		packet->phys_in, packet->phys_out, packet->mark };
	drop->packet.local = packet->local;
	return true;
}

/* => false when nothing more is there */
static bool
next_packet(
    struct sw_kernel_log *log, struct sw_time now, struct sw_kernel_drop *drop)
{
	for (;;) {
		if (log->at == log->n) {
			log->at = 0;
			log->n = sw_nflog_receive(log->nflog, log->packets);
		}
		if (log->n == 0) {
			log->empty = now;
			return false;
		}
		if (read_drop(log, &log->packets[log->at++], now, drop))
			return true;
		log->counts.unreadable++;
	}
}

static bool
hears(const struct sw_kernel_log *log, const struct sw_packet *packet)
{
	for (size_t i = 0; i < log->n_links; i++)
		if (log->links[i] == packet->in)
			return !packet->local;
	return false;
}

static enum sw_kernel_log_outcome
tell_alone(struct sw_kernel_log *log, const struct sw_kernel_drop *drop,
    bool certain, const struct sw_policy *policy, struct sw_event *event)
{
	uint64_t id;
	const struct note *note = note_of(log, &drop->packet.ends, &id);
	struct sw_kernel_fact fact = { .drop = drop,
		.shards = log->shards,
		.policy = policy,
		.kernel = &log->kernel,
		.seen = hears(log, &drop->packet),
		.certain = certain,
		.evicted = log->evicted };

	if (note->id == id) {
		fact.outside = note->when;
		fact.beyond = note->beyond;
		fact.unseen = note->unseen;
	}
	return sw_kernel_fact_event(&fact, event) ? SW_KERNEL_LOG_TO_JUDGE
						  : SW_KERNEL_LOG_JUDGED;
}

/* => EMPTY when no event waits no longer */
static enum sw_kernel_log_outcome
next_event(struct sw_kernel_log *log, struct sw_event *event)
{
	uint64_t delay = (SW_NFLOG_DELAY_MS + SLACK_MS) * SW_NS_PER_MS;
	struct sw_time said = { log->empty.ns > delay ? log->empty.ns - delay
						      : 0 };
	bool certain;

	while (sw_pairing_take_event(log->pairing, said, event, &certain)) {
		if (event->refused.action == SW_ACTION_NOTED)
			continue; /* it passed there as well */
		add_silence(log, certain, event);
		return SW_KERNEL_LOG_JUDGED;
	}
	return SW_KERNEL_LOG_EMPTY;
}

static enum sw_kernel_log_outcome
next_drop(struct sw_kernel_log *log, const struct sw_policy *policy,
    struct sw_time seen, struct sw_time now, struct sw_event *event)
{
	uint64_t patience = PATIENCE_MS * SW_NS_PER_MS;
	struct sw_time late = { now.ns > patience ? now.ns - patience : 0 };
	struct sw_kernel_drop drop;
	bool certain;

	if (sw_pairing_take_drop(log->pairing, seen, &drop, &certain))
		return tell_alone(log, &drop, certain, policy, event);
	if (sw_pairing_take_drop(log->pairing, late, &drop, &certain))
		return tell_alone(log, &drop, false, policy, event);
	return SW_KERNEL_LOG_EMPTY;
}

enum sw_kernel_log_outcome
sw_kernel_log_next(struct sw_kernel_log *log, const struct sw_policy *policy,
    struct sw_time seen, struct sw_time now, struct sw_event *event)
{
	struct sw_kernel_drop drop;
	enum sw_kernel_log_outcome outcome =
	    next_drop(log, policy, seen, now, event);

	while (outcome == SW_KERNEL_LOG_EMPTY && next_packet(log, now, &drop)) {
		if (sw_pairing_drop(log->pairing, &drop, event)) {
			bool noted = event->refused.action == SW_ACTION_NOTED;

			add_kernel(event, &drop);
			return noted ? SW_KERNEL_LOG_TO_JUDGE
				     : SW_KERNEL_LOG_JUDGED;
		}
		outcome = next_drop(log, policy, seen, now, event);
	}
	return outcome == SW_KERNEL_LOG_EMPTY ? next_event(log, event)
					      : outcome;
}

void
sw_kernel_log_close(struct sw_kernel_log *log)
{
	sw_pairing_close(log->pairing);
}

void
sw_kernel_log_count(struct sw_kernel_log *log, const struct sw_event *event)
{
	log->counts.by_word[event->refused.kernel]++;
	if (event->refused.action == SW_ACTION_KERNEL)
		log->counts.drops[event->judgement.cause]++;
}

bool
sw_kernel_log_waits(const struct sw_kernel_log *log)
{
	return sw_pairing_waits(log->pairing);
}

void
sw_kernel_log_counts(
    const struct sw_kernel_log *log, struct sw_kernel_counts *counts)
{
	*counts = log->counts;
	counts->lost = sw_nflog_lost(log->nflog);
}
