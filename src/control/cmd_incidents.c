/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incidents: as they were when asked for, newest first, and then, for a client
 * that follows, each as it opens, has a line in the log, and closes.
 *
 * What a follower knows of an incident is kept beside the list.  It is woken
 * whenever something has happened, and compares.
 */
#include <stdlib.h>
#include <string.h>

#include "control/internal.h"

enum {
	LISTED = 640, /* as many as the reporter keeps */
};

struct told {
	uint16_t id;
	bool open;
	uint32_t lines;
	uint64_t first; /* ns: an identifier may come again */
};

struct sw_incident_list {
	size_t n, next; /* in the list, and the first not looked at */
	struct sw_incident list[LISTED];
	size_t n_told;
	struct told told[LISTED];
};

static bool
is_in_time(const struct sw_request *request, const struct sw_incident *incident)
{
	int64_t offset = sw_clock_wall_offset();
	int64_t second = (int64_t)SW_NS_PER_SECOND;

	return ((int64_t)incident->last.ns + offset) / second >=
		   request->since &&
	       ((int64_t)incident->first.ns + offset) / second <=
		   request->until;
}

static bool
is_wanted(struct sw_client *client, const struct sw_incident *incident)
{
	struct sw_filter_names names = sw_walk_names(client->daemon);
	struct sw_filter_view view = sw_filter_view_incident(incident, &names);

	return is_in_time(&client->request, incident) &&
	       sw_filter_match(&client->request.filter, &view);
}

static void
read_list(struct sw_client *client, struct sw_incident_list *list)
{
	list->n =
	    sw_reporter_incidents(client->daemon->reporter, list->list, LISTED);
	list->next = 0;
}

struct sw_incident_list *
sw_cmd_incidents_list(struct sw_client *client)
{
	struct sw_incident_list *list = calloc(1, sizeof *list);

	if (list != NULL)
		read_list(client, list);
	return list;
}

bool
sw_cmd_incidents_tell(struct sw_client *client, struct sw_incident_list *list)
{
	const struct sw_incident *incident;

	if (list->next == list->n)
		return false;
	incident = &list->list[list->next++];
	if (!is_wanted(client, incident))
		return true;
	sw_flow_json_incident(client, incident, sw_clock_wall_offset());
	client->count++;
	return true;
}

/* => what the client knows of it, an empty row at first; NULL: no room */
static struct told *
find_told(struct sw_incident_list *list, const struct sw_incident *incident)
{
	struct told *told = list->told, *end = told + list->n_told;

	for (; told < end; told++)
		if (told->id == incident->id &&
		    told->first == incident->first.ns)
			return told;
	if (list->n_told == LISTED)
		return NULL;
	list->n_told++;
	*told = (struct told){ .id = incident->id,
		.first = incident->first.ns,
		.lines = UINT32_MAX };
	return told;
}

/* Is there news of it?  Notes them as known. */
static bool
is_news(struct sw_incident_list *list, const struct sw_incident *incident)
{
	struct told *told = find_told(list, incident);

	if (told == NULL ||
	    (told->lines == incident->lines && told->open == incident->open))
		return false;
	told->lines = incident->lines;
	told->open = incident->open;
	return true;
}

/* What the reporter has forgotten needs no row. */
static void
forget_old(struct sw_incident_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n_told; i++)
		for (size_t j = 0; j < list->n; j++)
			if (list->told[i].id == list->list[j].id &&
			    list->told[i].first == list->list[j].first.ns) {
				list->told[kept++] = list->told[i];
				break;
			}
	list->n_told = kept;
}

/* A follower begins with what goes on, and sees no older ones. */
static void
skip_closed(struct sw_incident_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!list->list[i].open)
			(void)is_news(list, &list->list[i]);
}

static void
begin_incidents(struct sw_client *client)
{
	struct sw_incident_list *list;

	if (!sw_walk_check_rules(client))
		return;
	client->work = list = sw_cmd_incidents_list(client);
	client->count = 0;
	if (list == NULL) {
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
		return;
	}
	if (!client->request.follow)
		return;
	skip_closed(list);
	sw_client_follow(client);
}

static bool
more_followed(struct sw_client *client)
{
	struct sw_incident_list *list = client->work;

	if (list->next == list->n) {
		read_list(client, list);
		forget_old(list);
	}
	while (list->next < list->n && sw_reply_room(&client->reply)) {
		const struct sw_incident *incident = &list->list[list->next++];

		if (is_wanted(client, incident) && is_news(list, incident))
			sw_flow_json_incident(
			    client, incident, sw_clock_wall_offset());
	}
	return list->next < list->n;
}

static bool
more_incidents(struct sw_client *client)
{
	if (client->request.follow)
		return more_followed(client);
	while (sw_reply_room(&client->reply))
		if (sw_client_has_enough(client) ||
		    !sw_cmd_incidents_tell(client, client->work)) {
			sw_client_end_list(client);
			break;
		}
	return true;
}

static void
drop_incidents(struct sw_client *client)
{
	free(client->work);
}

const struct sw_answer sw_answer_incidents = { begin_incidents, more_incidents,
	drop_incidents };
