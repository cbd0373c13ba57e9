/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_request: any line is either a request that can be answered or is
 * refused with a sentence that can be shown.
 *
 * Input: the line.  A request that is understood is held against a flow.
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

static bool
is_interface(uint32_t index, const char *name, void *context)
{
	(void)context;
	return index == 1 && strcmp(name, "eth0") == 0;
}

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

/* What holds of a flow and its negation never hold both. */
static void
must_decide(struct sw_filter *filter)
{
	struct sw_filter_view view = { .info = &info,
		.now = { 7 * SW_NS_PER_SECOND },
		.rule = rule_name,
		.interface = is_interface };
	bool holds = sw_filter_match(filter, &view);

	if (filter->n != 1 || filter->list[0].is > SW_FILTER_IS_NOT)
		return;
	filter->list[0].is ^= SW_FILTER_IS ^ SW_FILTER_IS_NOT;
	MUST(sw_filter_match(filter, &view) != holds);
}

static void
must_be_sound(struct sw_request *request)
{
	MUST(request->kind < SW_REQUEST_COUNT);
	MUST(request->cause <= SW_CAUSE_COUNT);
	MUST(request->filter.n <= SW_FILTER_MAX);
	MUST(memchr(request->in, '\0', sizeof request->in) != NULL);
	MUST(memchr(request->out, '\0', sizeof request->out) != NULL);
	MUST(request->ends.family == 0 || request->ends.family == SW_IPV4 ||
	     request->ends.family == SW_IPV6);
	MUST(request->changes == (request->kind == SW_REQUEST_KILL ||
				     request->kind == SW_REQUEST_RELOAD));
	must_decide(&request->filter);
}

static void
must_be_shown(const char *why)
{
	MUST(*why != '\0' && strlen(why) < SW_REQUEST_WHY);
	for (; *why != '\0'; why++)
		MUST((unsigned char)*why >= ' ' && *why != 0x7f);
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
