/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint: the configuration line that would have changed the outcome.
 *
 * Only where a line helps: a timeout that was too short, a table too small,
 * traffic that is no TCP.  Routing, scans and stragglers are not cured by
 * configuration.  A proposed timeout is the next customary one above the
 * silence that was seen; where that would be more than a day, the entry
 * rather says goodbye than stays.
 *
 * The caller may give the longest silences that it has seen for the rule: then
 * these decide, so that hints of one rule do not contradict each other.  Such
 * a silence is shorter than a day: a longer one changes no other's hint.
 */
#include <stdio.h>
#include <string.h>

#include "diagnose/hint_related.h"
#include "synward/diagnose.h"
#include "synward/policy.h"

enum {
	HINT_LINE = 160,
};

/* Seconds; the constant that came before this timeout of the policy. */
#define FORMERLY_UNACKNOWLEDGED 300u

/* Bytes that contain nearly every packet's headers. */
#define COPY_RANGE 256u

static const uint32_t customary[] = { 5, 10, 20, 30, 60, 120, 180, 300, 600,
	900, 1800, 3600, 7200, 14400, 28800, 43200, 86400 };

uint32_t
sw_hint_customary(int64_t silence)
{
	for (size_t i = 0; i < sizeof(customary) / sizeof(customary[0]); i++)
		if ((int64_t)customary[i] > silence)
			return customary[i];
	return 0;
}

static int64_t
evidence(const struct sw_judgement *judgement, enum sw_evidence_key key)
{
	for (unsigned i = 0; i < judgement->evidences; i++)
		if (judgement->evidence[i].key == key)
			return judgement->evidence[i].value;
	return -1;
}

uint16_t
sw_hint_rule(const struct sw_event *event)
{
	char line[HINT_LINE];
	bool whole;

	if (sw_hint_related(event, line, sizeof(line), &whole))
		return event->refused.kin_rule;
	return sw_event_own_rule(event);
}

static bool
is_written(int n, size_t size)
{
	return n > 0 && (size_t)n < size;
}

/* Writes "rule db: LINE", or LINE alone without a rule. */
static bool
write_for_rule(const struct sw_event *event, const char *rule, const char *line,
    char *text, size_t size)
{
	if (sw_hint_rule(event) == SW_RULE_DEFAULT ||
	    strcmp(rule, "default") == 0)
		return is_written(snprintf(text, size, "%s", line), size);
	return is_written(
	    snprintf(text, size, "rule %s: %s", rule, line), size);
}

/* Did one side wait for the other?  Flows of a former program do not say; that
 * program used 300 s. */
static bool
was_unanswered(const struct sw_flow_info *info)
{
	if (info->unanswered || info->timeout != FORMERLY_UNACKNOWLEDGED)
		return info->unanswered;
	for (unsigned i = 0; i < 2; i++)
		if (info->side[i].next != info->side[!i].ack)
			return true;
	return strchr(info->history, 'W') || strchr(info->history, 'w');
}

enum sw_timeout
sw_hint_state_timeout(const struct sw_flow_info *info)
{
	static const enum sw_timeout of[] = {
#define X(name, text, timeout) [SW_STATE_##name] = SW_TIMEOUT_##timeout,
		SW_STATE_MAP(X)
#undef X
	};

	return of[info->state];
}

/* Half closed, and the side that had not closed went on. */
static bool
was_half_closed(const struct sw_event *event)
{
	const struct sw_flow_info *info = &event->info;

	return info->how == SW_END_TIMEOUT &&
	       (info->state == SW_STATE_CLOSE_WAIT ||
		   info->state == SW_STATE_FIN_WAIT) &&
	       event->refused.from_opener != (info->ender == 0);
}

/* Is this of the causes that a longer timeout takes away? */
static bool
is_for_time(const struct sw_event *event)
{
	enum sw_cause cause = (enum sw_cause)event->judgement.cause;

	if (cause == SW_CAUSE_EMBRYONIC_LATE)
		return event->judgement.confidence == SW_CONF_HIGH;
	if (cause == SW_CAUSE_LATE_CLOSE)
		return was_half_closed(event);
	return cause == SW_CAUSE_IDLE_EXPIRED ||
	       cause == SW_CAUSE_KEEPALIVE_DEAD;
}

/* => the silence that was longer than the timeout, or -1 */
static int64_t
silence_of(const struct sw_event *event)
{
	int64_t idle = evidence(&event->judgement, SW_EVIDENCE_IDLE);

	return event->refused.malformed != SW_PARSE_COPY &&
		       is_for_time(event) &&
		       idle >= (int64_t)event->info.timeout
		   ? idle
		   : -1;
}

/* Which of the two timeouts that held for the flow are shorter than such a
 * silence?  => how many */
static unsigned
too_short(
    const struct sw_event *event, int64_t silence, enum sw_timeout names[2])
{
	const struct sw_refusal *refused = &event->refused;
	enum sw_timeout state = sw_hint_state_timeout(&event->info);

	names[0] = state;
	names[1] = SW_TIMEOUT_UNACKNOWLEDGED;
	if (!was_unanswered(&event->info))
		return 1;
	if (refused->state_timeout > silence) {
		names[0] = SW_TIMEOUT_UNACKNOWLEDGED;
		return 1;
	}
	return refused->unacknowledged > silence ? 1 : 2;
}

/* The longest one of its rule, or this event's where that is longer. */
static int64_t
longest_silence(const struct sw_event *event, int64_t silence,
    const uint32_t longest[SW_TIMEOUT_COUNT])
{
	enum sw_timeout own = was_unanswered(&event->info)
				  ? SW_TIMEOUT_UNACKNOWLEDGED
				  : sw_hint_state_timeout(&event->info);

	return longest != NULL && longest[own] > silence ? longest[own]
							 : silence;
}

unsigned
sw_hint_too_short(const struct sw_event *event,
    const uint32_t longest[SW_TIMEOUT_COUNT], enum sw_timeout names[2],
    int64_t silences[2])
{
	int64_t idle = silence_of(event);
	unsigned n;

	if (idle < 0)
		return 0;
	idle = longest_silence(event, idle, longest);
	n = too_short(event, idle, names);
	for (unsigned i = 0; i < n; i++)
		silences[i] = longest != NULL && longest[names[i]] > idle
				  ? longest[names[i]]
				  : idle;
	return n;
}

static bool
hint_timeout(const struct sw_event *event,
    const uint32_t longest[SW_TIMEOUT_COUNT], const char *rule, char *text,
    size_t size)
{
	enum sw_timeout names[2];
	int64_t silences[2];
	char line[96] = "timeouts {";
	size_t used = strlen(line);
	unsigned n = sw_hint_too_short(event, longest, names, silences);

	if (n == 0)
		return false;
	for (unsigned i = 0; i < n; i++) {
		uint32_t seconds = sw_hint_customary(silences[i]);

		if (seconds == 0)
			return false;
		used += (size_t)snprintf(line + used, sizeof(line) - used,
		    "%s %s = %us", i > 0 ? " " : "",
		    sw_profile_timeout_text(names[i]), seconds);
	}
	snprintf(line + used, sizeof(line) - used, " }");
	return write_for_rule(event, rule, line, text, size);
}

static bool
hint_idle(const struct sw_event *event,
    const uint32_t longest[SW_TIMEOUT_COUNT], const char *rule, char *text,
    size_t size)
{
	if (hint_timeout(event, longest, rule, text, size))
		return true;
	if (event->info.state != SW_STATE_ESTABLISHED ||
	    event->refused.message == SW_MESSAGE_IDLE_RESET)
		return false;
	return write_for_rule(event, rule, "on-idle = reset", text, size);
}

static bool
hint_table(const struct sw_event *event, char *text, size_t size)
{
	bool full =
	    event->refused.message == SW_MESSAGE_TABLE_FULL ||
	    (event->refused.has_flow && event->info.how != SW_END_KILLED &&
		event->info.how != SW_END_REVOKED);

	if (!full || event->judgement.advice == 0)
		return false;
	return is_written(
	    snprintf(text, size, "table { %s = %u }",
		event->refused.per_source ? "max-src-flows" : "max-flows",
		event->judgement.advice),
	    size);
}

/* Proposes a separate rule, because other traffic may well be TCP. */
static bool
hint_untracked(const struct sw_event *event, char *text, size_t size)
{
	const struct sw_refusal *refused = &event->refused;
	struct sw_endpoints ends = refused->ends;
	char from[48], to[48];

	if (!refused->from_opener)
		ends = sw_packet_endpoints_reverse(&ends);
	sw_hint_related_address(&ends.src, ends.family, from, sizeof(from));
	sw_hint_related_address(&ends.dst, ends.family, to, sizeof(to));
	return is_written(
	    snprintf(text, size,
		"rule \"no-tcp-%u\" { protocol = tcp from = { %s } "
		"to = { %s } port = { %u } tracking = off }",
		ends.dport, from, to, ends.dport),
	    size);
}

/* More bytes of the packet would have shown what it is. */
static bool
hint_copy(uint32_t copied, char *text, size_t size)
{
	uint32_t range = COPY_RANGE;

	while (range <= copied)
		range *= 2;
	return range < UINT16_MAX &&
	       is_written(
		   snprintf(text, size, "queue { copy-range = %u }", range),
		   size);
}

/* For a related connection.  => false when the packet is none */
static bool
hint_related(
    const struct sw_event *event, const char *rule, char *text, size_t size)
{
	char line[HINT_LINE];
	bool whole;

	if (!sw_hint_related(event, line, sizeof(line), &whole))
		return false;
	return whole ? is_written(snprintf(text, size,
				      "rule \"%.40s-media\" %s", rule, line),
			   size)
		     : write_for_rule(event, rule, line, text, size);
}

static bool
write_hint(const struct sw_event *event,
    const uint32_t longest[SW_TIMEOUT_COUNT], const char *rule, char *text,
    size_t size)
{
	if (event->refused.malformed == SW_PARSE_COPY)
		return hint_copy(event->refused.copied, text, size);
	if (hint_related(event, rule, text, size))
		return true;
	switch ((enum sw_cause)event->judgement.cause) {
	case SW_CAUSE_IDLE_EXPIRED:
	case SW_CAUSE_KEEPALIVE_DEAD:
		return hint_idle(event, longest, rule, text, size);
	case SW_CAUSE_EMBRYONIC_LATE:
	case SW_CAUSE_LATE_CLOSE:
		return hint_timeout(event, longest, rule, text, size);
	case SW_CAUSE_EVICTED:
		return hint_table(event, text, size);
	case SW_CAUSE_NOT_TCP:
		return hint_untracked(event, text, size);
	case SW_CAUSE_OUT_OF_WINDOW:
		return !event->refused.wrong_tag &&
		       write_for_rule(event, rule,
			   event->info.lost ? "resync = true"
					    : "tracking = normal",
			   text, size);
	case SW_CAUSE_BAD_FLAGS:
	case SW_CAUSE_DENIED_BEFORE:
	case SW_CAUSE_AFTER_RESET:
	case SW_CAUSE_GAP:
	case SW_CAUSE_ASYMMETRIC:
	case SW_CAUSE_BACKSCATTER:
	case SW_CAUSE_ACK_SCAN:
	case SW_CAUSE_PORT_REUSE:
	case SW_CAUSE_OPENS_NOTHING:
	case SW_CAUSE_UNKNOWN:
	case SW_CAUSE_COUNT:
		break;
	}
	return false;
}

/* The rule of an ICMP error is not that of the connection it quotes. */
static bool
speaks_of_another(const struct sw_event *event)
{
	return event->refused.has_flow &&
	       event->info.opener.proto != event->refused.ends.proto;
}

void
sw_hint_silences(
    const struct sw_event *event, uint32_t longest[SW_TIMEOUT_COUNT])
{
	enum sw_timeout names[2];
	int64_t idle;
	unsigned n;

	if (event->kind != SW_EVENT_REFUSED || speaks_of_another(event))
		return;
	idle = silence_of(event);
	if (idle < 0 || idle > UINT32_MAX)
		return;
	n = too_short(event, idle, names);
	for (unsigned i = 0; i < n; i++)
		if (longest[names[i]] < idle)
			longest[names[i]] = (uint32_t)idle;
}

bool
sw_hint(const struct sw_event *event, const uint32_t longest[SW_TIMEOUT_COUNT],
    const char *rule_name, char *text, size_t size)
{
	bool written = event->kind == SW_EVENT_REFUSED &&
		       !speaks_of_another(event) &&
		       write_hint(event, longest, rule_name, text, size);

	if (!written && size)
		text[0] = '\0';
	return written;
}
