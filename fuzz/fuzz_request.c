/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_request: any line is either a request that can be answered or is
 * refused with a sentence that can be shown.
 *
 * Input: the line.  A request that is understood is held against a flow, a drop
 * and incidents.
 */
#include <stdint.h>
#include <string.h>

#include "must.h"
#include "protocol/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
rule_name(uint16_t slot, void *context)
{
	(void)context;
	return slot == 0 ? "default" : "db";
}

static const char *
interface_name(uint32_t index, char name[IF_NAMESIZE], void *context)
{
	(void)context;
	if (index != 1)
		return NULL;
	strcpy(name, "eth0");
	return name;
}

static const char *
known_rule(unsigned i, void *context)
{
	return i < 2 ? rule_name((uint16_t)i, context) : NULL;
}

static const char *
zone_name(uint8_t zone, void *context)
{
	(void)context;
	return zone == 1 ? "red" : NULL;
}

static const struct sw_filter_names names = {
	.rule = rule_name, .interface = interface_name, .zone = zone_name
};

static const struct sw_flow_info info = {
	.opener = { .src = { { 10, 0, 0, 1 } },
	    .dst = { { 10, 0, 0, 2 } },
	    .sport = 4000,
	    .dport = 80,
	    .family = SW_IPV4,
	    .proto = 6 },
	.in = 1,
	.out = 2,
	.state = SW_STATE_ESTABLISHED,
};

/* A drop of that flow's tuple, and an incident of one such drop or of many. */
static const struct sw_event drop = { .kind = SW_EVENT_REFUSED,
	.refused = { .ends = { .src = { { 10, 0, 0, 2 } },
			 .dst = { { 10, 0, 0, 1 } },
			 .sport = 80,
			 .dport = 4000,
			 .family = SW_IPV4,
			 .proto = 6 } },
	.judgement = { .cause = SW_CAUSE_GAP, .confidence = SW_CONF_LOW } };

static const struct sw_incident incidents[] = {
	{ .drops = 1, .clients = 1, .servers = 1, .cause = SW_CAUSE_GAP },
	{ .drops = 9, .clients = 5, .servers = 7, .any_client = true },
	{ .drops = 9, .clients = 5, .servers = 7, .mixed = true },
};

/* A condition with the other of two operators. */
static struct sw_filter
negate(const struct sw_filter *filter)
{
	struct sw_filter other = *filter;

	other.list[0].is ^= SW_FILTER_IS ^ SW_FILTER_IS_NOT;
	return other;
}

static bool
is_negatable(const struct sw_filter *filter)
{
	return filter->n == 1 && filter->list[0].is <= SW_FILTER_IS_NOT;
}

/* Of one thing, either a condition or its negation holds; of an incident that
 * stands for many, at least one of them. */
static void
must_decide(const struct sw_filter *filter)
{
	const struct sw_filter_view views[] = {
		sw_filter_view_flow(
		    &info, (struct sw_time){ 7 * SW_NS_PER_SECOND }, &names),
		sw_filter_view_event(&drop, &names),
		sw_filter_view_incident(&incidents[0], &names),
		sw_filter_view_incident(&incidents[1], &names),
		sw_filter_view_incident(&incidents[2], &names),
	};

	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
		bool holds = sw_filter_match(filter, &views[i]), not ;
		struct sw_filter other;

		if (!is_negatable(filter))
			continue;
		other = negate(filter);
		not = sw_filter_match(&other, &views[i]);
		MUST(i < 3 ? not != holds : not || holds);
	}
}

/* Alternatives: what either half takes, the whole takes. */
static void
must_split(const struct sw_filter *filter)
{
	struct sw_filter_view view = sw_filter_view_event(&drop, &names);
	struct sw_filter half = *filter;
	bool any = false;
	size_t first = 0;

	for (size_t i = 1; i <= filter->n; i++) {
		if (i < filter->n && !filter->list[i].alternative)
			continue;
		half.n = i - first;
		for (size_t j = 0; j < half.n; j++)
			half.list[j] = filter->list[first + j];
		half.list[0].alternative = false;
		any = any || sw_filter_match(&half, &view);
		first = i;
	}
	if (filter->n > 0)
		MUST(any == sw_filter_match(filter, &view));
}

static void
must_be_shown(const char *why)
{
	MUST(*why != '\0' && strlen(why) < SW_REQUEST_WHY);
	for (; *why != '\0'; why++)
		MUST((unsigned char)*why >= ' ' && *why != 0x7f);
}

static void
must_be_sound(struct sw_request *request)
{
	char why[SW_REQUEST_WHY] = "";

	MUST(request->kind < SW_REQUEST_COUNT);
	MUST(request->sort < SW_SORT_COUNT);
	MUST(request->since <= request->until);
	MUST(request->filter.n <= SW_FILTER_MAX);
	MUST(request->filter.n_values <= SW_FILTER_VALUES);
	MUST(!request->filter.is_open);
	MUST(memchr(request->in, '\0', sizeof request->in) != NULL);
	MUST(memchr(request->out, '\0', sizeof request->out) != NULL);
	MUST(request->ends.family == 0 || request->ends.family == SW_IPV4 ||
	     request->ends.family == SW_IPV6);
	MUST(request->changes == (request->kind == SW_REQUEST_KILL ||
				     request->kind == SW_REQUEST_RELOAD));
	must_decide(&request->filter);
	must_split(&request->filter);
	if (!sw_filter_check_rules(
		&request->filter, known_rule, NULL, why, sizeof why))
		must_be_shown(why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[SW_REQUEST_WHY] = "";
	struct sw_request request;

	if (sw_request_parse((const char *)data, size, &request, why))
		must_be_sound(&request);
	else
		must_be_shown(why);
	return 0;
}
