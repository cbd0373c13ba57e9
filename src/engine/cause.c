/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables made from the lists of cause.h: a row added to a list becomes a row of
 * its table.
 */
#include <string.h>

#include "synward/cause.h"

static const struct sw_cause_text causes[SW_CAUSE_COUNT] = {
#define SW_CAUSE(name, ...) [SW_CAUSE_##name] = { __VA_ARGS__ },
#include "synward/cause.def"
#undef SW_CAUSE
};

static const char *const messages[SW_MESSAGE_COUNT] = {
#define X(name, text) [SW_MESSAGE_##name] = text,
	SW_MESSAGE_MAP(X)
#undef X
};

static const char *const confidences[] = {
	[SW_CONF_LOW] = "low",
	[SW_CONF_MEDIUM] = "medium",
	[SW_CONF_HIGH] = "high",
};

static const char *const evidence_names[SW_EVIDENCE_COUNT] = {
#define X(name, key, unit) [SW_EVIDENCE_##name] = key,
	SW_EVIDENCE_MAP(X)
#undef X
};

static const char *const evidence_units[SW_EVIDENCE_COUNT] = {
#define X(name, key, unit) [SW_EVIDENCE_##name] = unit,
	SW_EVIDENCE_MAP(X)
#undef X
};

const struct sw_cause_text *
sw_cause_text(enum sw_cause cause)
{
	return &causes[cause];
}

enum sw_cause
sw_cause_by_name(const char *name)
{
	unsigned i = 0;

	while (i < SW_CAUSE_COUNT && strcmp(causes[i].name, name) != 0)
		i++;
	return (enum sw_cause)i;
}

const char *
sw_cause_message_text(enum sw_message message)
{
	return messages[message];
}

/* Up to version 0.1 every orphan had the message for TCP. */
const char *
sw_cause_message_alias(enum sw_message message)
{
	return message == SW_MESSAGE_NOT_OPENING ? messages[SW_MESSAGE_NOT_SYN]
						 : NULL;
}

const char *
sw_cause_confidence_text(enum sw_confidence confidence)
{
	return confidences[confidence];
}

const char *
sw_cause_evidence_name(enum sw_evidence_key key)
{
	return evidence_names[key];
}

const char *
sw_cause_evidence_unit(enum sw_evidence_key key)
{
	return evidence_units[key];
}
