/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_events: the commands events and drops, which show what the reporter
 * keeps.
 *
 * events reads forwards and may go on for as long as the client listens; drops
 * shows the incidents first, then the drops, newest first.
 */
#include <stdlib.h>

#include "control/internal.h"

enum {
	AT_ONCE = 4,	 /* events that always fit one line's room */
	A_TURN = 1024,	 /* events to inspect in one turn */
	INCIDENTS = 256, /* the most to show */
};

/* The flow that a refused packet would have belonged to. */
static void
example_flow(const struct sw_event *event, struct sw_flow_info *info)
{
	const struct sw_refusal *refused = &event->refused;

	*info = (struct sw_flow_info){
		.opener = refused->from_opener
			      ? refused->ends
			      : sw_packet_endpoints_reverse(&refused->ends),
		.opened = event->time,
		.seen = event->time,
		.in = event->in,
		.out = event->out,
		.rule = event->rule,
	};
}

static bool
is_wanted(struct sw_client *client, const struct sw_event *event)
{
	const struct sw_request *request = &client->request;
	struct sw_flow_info info = event->info;
	struct sw_filter_view view;

	if (request->cause != SW_CAUSE_COUNT &&
	    (event->kind != SW_EVENT_REFUSED ||
		event->judgement.cause != request->cause))
		return false;
	if (event->kind == SW_EVENT_REFUSED && !event->refused.has_flow)
		example_flow(event, &info);
	view = sw_walk_view(client->daemon, &info, event->time);
	return sw_filter_match(&request->filter, &view);
}

static void
tell_missed(struct sw_client *client, uint64_t missed)
{
	sw_json_begin(&client->reply.json, "missed");
	sw_json_put_count(&client->reply.json, "events", missed);
	sw_json_end(&client->reply.json);
}

static void
begin_events(struct sw_client *client)
{
	const struct sw_request *request = &client->request;
	uint64_t newest =
	    sw_reporter_cursor(client->daemon->reporter, SW_REPORTER_EVENTS);

	client->cursor = request->follow ? newest : 0;
	if (request->limit != 0)
		client->cursor =
		    newest > request->limit ? newest - request->limit : 0;
	if (request->follow) {
		client->following = true;
		sw_control_server_follow(client->control, true);
	}
}

/* => the number of events read */
static size_t
tell_some(struct sw_client *client)
{
	bool begun = client->cursor > 0;
	struct sw_event events[AT_ONCE];
	uint64_t missed = 0;
	size_t n = sw_reporter_read(client->daemon->reporter,
	    SW_REPORTER_EVENTS, &client->cursor, &missed, events, AT_ONCE);

	if (missed > 0 && begun)
		tell_missed(client, missed);
	for (size_t i = 0; i < n; i++)
		if (is_wanted(client, &events[i])) {
			sw_flow_json_event(
			    client, &events[i], sw_clock_wall_offset());
			client->count++;
		}
	return n;
}

static void
end_list(struct sw_client *client)
{
	bool asked = client->request.filter.n > 0 ||
		     client->request.cause != SW_CAUSE_COUNT;

	sw_client_end(
	    client, asked && client->count == 0 ? SW_EXIT_NOTHING : SW_EXIT_OK);
}

static bool
more_events(struct sw_client *client)
{
	unsigned looked = 0;

	while (looked < A_TURN && sw_reply_room(&client->reply)) {
		size_t n = tell_some(client);

		looked += (unsigned)n;
		if (n > 0)
			continue;
		if (client->following)
			return false;
		end_list(client);
		break;
	}
	return true;
}

const struct sw_answer sw_answer_events = { begin_events, more_events, NULL };

/* The incidents at the time of the request. */
struct incidents {
	size_t n, told;
	struct sw_incident list[INCIDENTS];
};

static void
begin_drops(struct sw_client *client)
{
	struct incidents *incidents = malloc(sizeof *incidents);

	if (incidents == NULL) {
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
		return;
	}
	incidents->told = 0;
	incidents->n = sw_reporter_incidents(
	    client->daemon->reporter, incidents->list, INCIDENTS);
	client->work = incidents;
	client->cursor =
	    sw_reporter_cursor(client->daemon->reporter, SW_REPORTER_DROPS);
}

static void
tell_incident(struct sw_client *client, const struct sw_incident *incident)
{
	const struct sw_request *request = &client->request;

	if (request->cause != SW_CAUSE_COUNT &&
	    incident->cause != request->cause)
		return;
	if (request->filter.n > 0)
		return; /* it represents many flows */
	sw_flow_json_incident(client, incident, sw_clock_wall_offset());
	client->count++;
}

/* Writes the event before the cursor.
 * => false when no older one is kept */
static bool
tell_older(struct sw_client *client)
{
	uint64_t cursor = client->cursor - 1, missed = 0;
	struct sw_event event;

	if (client->cursor == 0 ||
	    sw_reporter_read(client->daemon->reporter, SW_REPORTER_DROPS,
		&cursor, &missed, &event, 1) == 0 ||
	    missed > 0)
		return false;
	client->cursor--;
	if (!is_wanted(client, &event))
		return true;
	sw_flow_json_event(client, &event, sw_clock_wall_offset());
	client->count++;
	client->stage++;
	return client->request.limit == 0 ||
	       client->stage < client->request.limit;
}

static bool
more_drops(struct sw_client *client)
{
	struct incidents *incidents = client->work;

	while (incidents->told < incidents->n && sw_reply_room(&client->reply))
		tell_incident(client, &incidents->list[incidents->told++]);
	for (unsigned i = 0;
	     i < A_TURN && sw_reply_room(&client->reply) && !client->ended; i++)
		if (!tell_older(client))
			end_list(client);
	return true;
}

static void
drop_work(struct sw_client *client)
{
	free(client->work);
}

const struct sw_answer sw_answer_drops = { begin_drops, more_drops, drop_work };
