/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advise: for each rule which settings would have saved which connections, and
 * the histograms from which this follows.
 *
 * The histograms are added up when the request comes, and written as there is
 * room for lines.
 */
#include <stdlib.h>

#include "control/internal.h"
#include "report/advice.h"
#include "report/saved_reports.h"

#define USUAL_SECONDS (7 * 86400)

struct work {
	struct sw_silence_sums sums;
	struct sw_advice_view view;
	size_t advised; /* the first sum not looked at */
	size_t written; /* histograms */
};

/* The time of our clock for a second of the wall clock's; 0 for what was before
 * this machine started. */
static struct sw_time
time_of(int64_t second, struct sw_time now)
{
	int64_t wall = sw_clock_wall_offset();
	int64_t most = (int64_t)(now.ns / SW_NS_PER_SECOND);
	int64_t seconds = second - wall / (int64_t)SW_NS_PER_SECOND;

	if (second == INT64_MIN)
		seconds = most - USUAL_SECONDS;
	if (seconds < 0)
		return (struct sw_time){ 0 };
	if (seconds > most)
		seconds = most;
	return (struct sw_time){ (uint64_t)seconds * SW_NS_PER_SECOND };
}

static void
begin_advise(struct sw_client *client)
{
	struct sw_daemon *daemon = client->daemon;
	struct sw_time now = sw_clock_now();
	struct work *work;

	if (!sw_walk_check_rules(client))
		return;
	client->work = work = calloc(1, sizeof *work);
	if (work == NULL) {
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
		return;
	}
	work->view = (struct sw_advice_view){
		.silences = sw_saved_reports_silences(&daemon->reports),
		.sums = &work->sums,
		.now = now
	};
	if (!sw_silence_sums_read(work->view.silences,
		time_of(client->request.since, now), &work->sums))
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
}

static bool
is_wanted(struct sw_client *client, uint16_t rule)
{
	struct sw_filter_names names = sw_walk_names(client->daemon);
	struct sw_filter_view view = {
		.subject = SW_FILTER_FLOWS, .rule = rule, .names = names
	};

	return sw_filter_match(&client->request.filter, &view);
}

/* => false at the end */
static bool
write_advice(struct sw_client *client, struct work *work)
{
	struct sw_advice advice;

	if (!sw_advice_next(&work->view, &work->advised, &advice))
		return false;
	if (!is_wanted(client, advice.rule) || !sw_advice_speaks(&advice))
		return true;
	client->count += advice.cut > 0;
	sw_advice_json(
	    &advice, &work->view, sw_clock_wall_offset(), &client->reply.json);
	return true;
}

/* => false at the end */
static bool
write_sum(struct sw_client *client, struct work *work)
{
	const struct sw_silence_sum *sum;

	if (work->written == work->sums.n)
		return false;
	sum = &work->sums.list[work->written++];
	if (is_wanted(client, sum->what.rule))
		sw_advice_json_sum(sum, work->view.policy, &client->reply.json);
	return true;
}

static bool
more_advise(struct sw_client *client)
{
	struct work *work = client->work;

	/* A reload may have come in between. */
	work->view.policy = client->daemon->policy;
	while (sw_reply_room(&client->reply))
		if (!write_advice(client, work) && !write_sum(client, work)) {
			sw_client_end(client,
			    client->count > 0 ? SW_EXIT_OK : SW_EXIT_NOTHING);
			break;
		}
	return true;
}

static void
drop_advise(struct sw_client *client)
{
	struct work *work = client->work;

	if (work != NULL)
		sw_silence_sums_free(&work->sums);
	free(work);
}

const struct sw_answer sw_answer_advise = { begin_advise, more_advise,
	drop_advise };
