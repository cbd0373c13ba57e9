/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_events: the commands events and drops, which show what the reporter
 * keeps.
 *
 * events reads forwards and may go on for as long as the client listens;
 * drops reads backwards, newest first, after the incidents.  Drops that are
 * followed are events of their own ring.
 *
 * The last N are the last N that match: the ring is read back from its newest
 * event until N have been seen, and forwards from there.
 */
#include <stdlib.h>

#include "control/internal.h"

enum {
	AT_ONCE = 4,   /* events that surely fit the room of one line */
	A_TURN = 1024, /* events looked at in one turn */
};

enum stage {
	SEEK, /* back to where the list begins */
	TELL,
};

static enum sw_saved_ring
ring_of(const struct sw_client *client)
{
	return client->request.kind == SW_REQUEST_DROPS ? SW_SAVED_DROPS
							: SW_SAVED_EVENTS;
}

static int64_t
wall_seconds(const struct sw_event *event)
{
	return ((int64_t)event->time.ns + sw_clock_wall_offset()) /
	       (int64_t)SW_NS_PER_SECOND;
}

static bool
is_too_old(const struct sw_client *client, const struct sw_event *event)
{
	return wall_seconds(event) < client->request.since;
}

static bool
is_wanted(struct sw_client *client, const struct sw_event *event)
{
	struct sw_filter_names names = sw_walk_names(client->daemon);
	struct sw_filter_view view = sw_filter_view_event(event, &names);

	return wall_seconds(event) >= client->request.since &&
	       wall_seconds(event) <= client->request.until &&
	       sw_filter_match(&client->request.filter, &view);
}

static void
tell_event(struct sw_client *client, const struct sw_event *event)
{
	sw_flow_json_event(client, event, sw_clock_wall_offset());
	client->count++;
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
	bool from_now = request->follow && request->limit == 0 &&
			request->since == INT64_MIN;

	if (!sw_walk_check_rules(client))
		return;
	client->cursor =
	    sw_reporter_cursor(client->daemon->reporter, ring_of(client));
	client->stage = from_now ? TELL : SEEK;
	client->count = 0;
	if (request->follow)
		sw_client_follow(client);
}

/* Goes back by one event.  => false when the list begins here */
static bool
seek_one(struct sw_client *client)
{
	struct sw_event_cursor back = client->cursor;
	struct sw_event event;

	if (sw_reporter_read_back(client->daemon->reporter, ring_of(client),
		&back, &event, 1) == 0 ||
	    is_too_old(client, &event))
		return false;
	client->cursor = back;
	client->count += is_wanted(client, &event);
	return !sw_client_has_enough(client);
}

static void
seek(struct sw_client *client)
{
	for (unsigned i = 0; i < A_TURN; i++)
		if (!seek_one(client)) {
			client->stage = TELL;
			client->count = 0;
			return;
		}
}

/* => the number of events read */
static size_t
tell_some(struct sw_client *client)
{
	struct sw_event events[AT_ONCE];
	uint64_t missed = 0;
	size_t n = sw_reporter_read(client->daemon->reporter, ring_of(client),
	    &client->cursor, &missed, events, AT_ONCE);

	/* Of older ones, each class keeps its own: these are no gap. */
	if (missed > 0 && client->caught_up)
		tell_missed(client, missed);
	for (size_t i = 0; i < n; i++)
		if (is_wanted(client, &events[i]))
			tell_event(client, &events[i]);
	if (n == 0)
		client->caught_up = true;
	return n;
}

static bool
more_events(struct sw_client *client)
{
	unsigned looked = 0;

	if (client->stage == SEEK) {
		seek(client);
		return true;
	}
	while (looked < A_TURN && sw_reply_room(&client->reply)) {
		size_t n = tell_some(client);

		looked += (unsigned)n;
		if (n > 0)
			continue;
		if (client->following)
			return false;
		sw_client_end_list(client);
		break;
	}
	return true;
}

const struct sw_answer sw_answer_events = { begin_events, more_events, NULL };

static void
begin_drops(struct sw_client *client)
{
	if (client->request.follow) {
		begin_events(client);
		return;
	}
	if (!sw_walk_check_rules(client))
		return;
	client->work = sw_cmd_incidents_list(client);
	if (client->work == NULL) {
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
		return;
	}
	client->cursor =
	    sw_reporter_cursor(client->daemon->reporter, SW_SAVED_DROPS);
}

/* The event before the cursor.  => false when the list is whole */
static bool
tell_older(struct sw_client *client)
{
	struct sw_event event;

	if (sw_reporter_read_back(client->daemon->reporter, SW_SAVED_DROPS,
		&client->cursor, &event, 1) == 0 ||
	    is_too_old(client, &event))
		return false;
	if (!is_wanted(client, &event))
		return true;
	tell_event(client, &event);
	client->stage++;
	return client->request.limit == 0 ||
	       client->stage < client->request.limit;
}

static bool
more_drops(struct sw_client *client)
{
	if (client->request.follow)
		return more_events(client);
	while (sw_reply_room(&client->reply) &&
	       sw_cmd_incidents_tell(client, client->work)) {
	}
	for (unsigned i = 0;
	     i < A_TURN && sw_reply_room(&client->reply) && !client->ended; i++)
		if (!tell_older(client))
			sw_client_end_list(client);
	return true;
}

static void
drop_work(struct sw_client *client)
{
	free(client->work);
}

const struct sw_answer sw_answer_drops = { begin_drops, more_drops, drop_work };
