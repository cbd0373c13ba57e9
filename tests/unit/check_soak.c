/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_soak: ten minutes of opening, closing, resetting and falling silent,
 * in virtual time; after each second the engine has as many flows as a model
 * that knows nothing of TCP but how long each kind of end takes.
 */
#include <check.h>
#include <netinet/in.h>

#include "crowd.h"
#include "draw.h"
#include "runner.h"

enum {
	SECONDS = 600,
	A_SECOND = 1000, /* flows begun in each */
	FATES = 6,
	MOST = SECONDS * A_SECOND,
};

/* What becomes of a flow, and for how many seconds it is still there; by
 * RFC 5382's timeouts.  Flows that stay are sent to now and then. */
static const uint32_t lasts[FATES] = {
	30,	     /* a SYN that nobody answers */
	60,	     /* closed by both: time_wait */
	10,	     /* reset */
	30,	     /* UDP without an answer */
	120,	     /* UDP with one */
	SECONDS + 1, /* stays */
};

struct model {
	uint32_t ends_at[SECONDS * 2 + 2]; /* how many, by second */
	uint32_t flows;
};

static bool
begin(struct crowd *crowd, uint32_t i, uint32_t exit_reason)
{
	crowd->proto =
	    exit_reason == 3 || exit_reason == 4 ? IPPROTO_UDP : IPPROTO_TCP;
	switch (exit_reason) {
	case 0:
		return crowd_step(crowd, i, 0, "S", 0, 0, 0);
	case 1:
		return crowd_establish(crowd, i) && crowd_finish(crowd, i);
	case 2:
		return crowd_establish(crowd, i) &&
		       crowd_step(crowd, i, 1, "R", 101, 0, 0);
	case 3:
		return crowd_step(crowd, i, 0, "-", 0, 0, 10);
	case 4:
		return crowd_step(crowd, i, 0, "-", 0, 0, 10) &&
		       crowd_step(crowd, i, 1, "-", 0, 0, 10);
	default:
		return crowd_establish(crowd, i);
	}
}

/* Flows that stay are few, or the table would have to be large. */
static uint32_t
choose(uint64_t *seed)
{
	uint64_t r = draw(seed);

	return r % 50 == 0 ? 5 : (uint32_t)(r >> 8) % 5;
}

static void
live_a_second(
    struct crowd *crowd, struct model *model, uint32_t second, uint64_t *seed)
{
	for (uint32_t n = 0; n < A_SECOND; n++) {
		uint32_t i = second * A_SECOND + n, exit_reason = choose(seed);

		ck_assert_msg(begin(crowd, i, exit_reason), "flow %u, fate %u",
		    i, exit_reason);
		model->flows++;
		if (exit_reason < 5)
			model->ends_at[second + lasts[exit_reason]]++;
	}
}

static void
compare(const struct crowd *crowd, struct model *model, uint32_t second)
{
	struct sw_counts counts = crowd_counts(crowd);
	uint32_t by_state = 0;

	model->flows -= model->ends_at[second];
	for (unsigned s = 0; s < SW_STATE_COUNT; s++)
		by_state += counts.by_state[s];
	ck_assert_msg(counts.flows == model->flows,
	    "second %u: %u flows, the model has %u", second, counts.flows,
	    model->flows);
	ck_assert_uint_eq(by_state, counts.flows);
}

START_TEST(flows_are_as_many_as_in_the_model)
{
	static struct model model;
	struct sw_flow_policy flow_policy = {
		.timeouts = *sw_profile("rfc5382"), .log = true
	};
	struct sw_limits limits = { .max_flows = 400000,
		.max_embryonic = 100,
		.tombstones = 4096,
		.events = 4096,
		.key = "a key for tests" };
	struct crowd crowd = crowd_open(&limits, &flow_policy);
	uint64_t seed = 20240229;

	for (uint32_t second = 0; second < SECONDS; second++) {
		live_a_second(&crowd, &model, second, &seed);
		/* Half a second after what is over by then is over. */
		crowd_wait(&crowd, 500);
		compare(&crowd, &model, second);
		crowd_wait(&crowd, 500);
	}
	ck_assert_uint_gt(model.flows, 30000);
	ck_assert_uint_eq(crowd_counts(&crowd).opened, MOST);
	for (uint32_t second = SECONDS; second < SECONDS + 121; second++) {
		crowd_wait(&crowd, 500);
		compare(&crowd, &model, second);
		crowd_wait(&crowd, 500);
	}
	ck_assert_uint_eq(crowd_counts(&crowd).flows,
	    crowd_counts(&crowd).by_state[SW_STATE_ESTABLISHED]);
	crowd_close(&crowd);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("soak");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, flows_are_as_many_as_in_the_model);
	return run_case("soak", tcase);
}
