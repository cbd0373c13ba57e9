/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal: what the files of the control room share.
 *
 *	control/server.c  the socket: who may connect, and how many
 *	control/client.c  one connection: its request, answer and time limits
 *	control/cmd_*.c   the answers, a few commands in each file
 */
#ifndef SYNWARD_CONTROL_INTERNAL_H
#define SYNWARD_CONTROL_INTERNAL_H

#include <sys/types.h>

#include "base/clock.h"
#include "base/counter.h"
#include "base/exit_code.h"
#include "control/reply.h"
#include "control/server.h"
#include "log/log.h"
#include "net/iface.h"
#include "pipeline/reporter.h"
#include "protocol/request.h"
#include "report/hint.h"
#include "shards/shard.h"

enum {
	SW_CONTROL_CLIENTS = 64,     /* at the same time */
	SW_CONTROL_CLIENTS_UID = 16, /* of one user other than root */
	SW_CONTROL_LISTED = 64,	     /* flows listed in one hold of a lock */
	/* entries inspected in one hold of a lock */
	SW_CONTROL_LOOKED = 4096,
	SW_CONTROL_TURN = 16384, /* entries inspected in one turn */
};

struct sw_client;
struct sw_incident_list;

/* A walk over all flows, one slice at a time. */
struct sw_walk {
	uint32_t shard, index;
};

/* How a command is answered. */
struct sw_answer {
	/* Writes the first lines, or the whole answer. */
	void (*begin)(struct sw_client *client);
	/* Writes more while there is room, and ends the answer when it is
	 * complete.  NULL when begin writes everything.
	 * => false: nothing more until new events arrive */
	bool (*more)(struct sw_client *client);
	/* Frees what the answer has allocated; may be NULL. */
	void (*drop)(struct sw_client *client);
};

struct sw_client {
	struct sw_control *control;
	struct sw_daemon *daemon;
	sd_event_source *source;
	int fd;
	uid_t uid;
	bool may_change;
	bool ended;		 /* the last line is written */
	bool leaving;		 /* and sent: the client is expected to close */
	bool following;		 /* waits for events */
	bool deaf;		 /* the client will send nothing more */
	struct sw_time progress; /* time of the last byte sent or received */
	char heard[SW_REQUEST_MAX];
	size_t n_heard;
	struct sw_request request;
	const struct sw_answer *answer; /* NULL: no request yet */
	struct sw_reply reply;
	/* State of the current answer. */
	struct sw_walk walk;
	struct sw_event_cursor cursor;
	uint64_t count, at;
	uint32_t lanes; /* read so far: see sw_cmd_offload_is_synced() */
	bool caught_up; /* all events there were have been read */
	unsigned stage;
	void *work; /* freed by the answer's drop() */
};

struct sw_control {
	struct sw_daemon *daemon;
	sw_control_reload *reload;
	int fd;
	int reserve; /* a spare descriptor; -1: none */
	char path[SW_CONF_PATH];
	dev_t device; /* of our socket file */
	ino_t inode;
	sd_event_source *source, *timer, *wakeup;
	gid_t group, read_group; /* (gid_t)-1: there is no such group */
	struct sw_client *clients[SW_CONTROL_CLIENTS];
	size_t n_clients;
	size_t followers;
	struct sw_busiest *meter; /* see control/cmd_busiest.c */
	struct sw_hints *hints;
	/* Clients by outcome: served, without permission, refused because all
	 * places were taken, and closed because they had stalled. */
	uint64_t served, not_permitted, crowded_out, pushed_out;
};

/* control/client.c */

/* => false, with fd closed, when memory is short */
bool
sw_client_open(struct sw_control *control, int fd, uid_t uid, bool may_change);
void sw_client_close(struct sw_client *client);
/* For how many ms has the client not moved?  0 while it waits for us. */
uint64_t
sw_client_stalled_ms(const struct sw_client *client, struct sw_time now);
/* Is the client past its time limit? */
bool sw_client_overdue(const struct sw_client *client, struct sw_time now);
/* Tells the client's answer that there are new events. */
void sw_client_wake(struct sw_client *client);

/* Writes the last line; nothing may be written after it. */
void sw_client_end(struct sw_client *client, int code);
/* The same for a list of what matches: the code says whether nothing did. */
void sw_client_end_list(struct sw_client *client);
/* Has the client been sent as many as it wants? */
bool sw_client_has_enough(const struct sw_client *client);
/* The client waits for more when the list has ended. */
void sw_client_follow(struct sw_client *client);
/* Writes the last line with an error. */
void sw_client_fail(struct sw_client *client, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* control/cmd_busiest.c */
void sw_cmd_busiest_free(struct sw_busiest *meter);
/* Frees the meter when nobody has asked for a while. */
void sw_cmd_busiest_run_due(struct sw_control *control, struct sw_time now);

/* control/cmd_offload.c: members that tell of the fast path. */
void sw_cmd_offload_counts(struct sw_json *json, const struct sw_daemon *daemon,
    const struct sw_counts *counts);
/* Before an answer that has counts: reads some of the lanes.
 * => false: not all yet, so the answer's turn is over */
bool sw_cmd_offload_is_synced(struct sw_client *client);

/* control/server.c */

/* Releases a client's place after its descriptor is closed. */
void
sw_control_server_forget(struct sw_control *control, struct sw_client *client);
void sw_control_server_follow(struct sw_control *control, bool more);

/* One answer for each command. */
extern const struct sw_answer sw_answer_status;
extern const struct sw_answer sw_answer_flows;
extern const struct sw_answer sw_answer_busiest;
extern const struct sw_answer sw_answer_events;
extern const struct sw_answer sw_answer_drops;
extern const struct sw_answer sw_answer_incidents;
extern const struct sw_answer sw_answer_explain;
extern const struct sw_answer sw_answer_which;
extern const struct sw_answer sw_answer_kill;
extern const struct sw_answer sw_answer_reload;
extern const struct sw_answer sw_answer_dump;
extern const struct sw_answer sw_answer_metrics;
extern const struct sw_answer sw_answer_report;
extern const struct sw_answer sw_answer_offload;
extern const struct sw_answer sw_answer_learn;
extern const struct sw_answer sw_answer_advise;

/* control/walk.c */

/* Lists one slice and calls each() for every flow that the filter accepts, with
 * the shard locked.  each() returns false to stop at this flow, which is then
 * the first one of the next slice.
 * => false at the end of the last shard */
bool sw_walk_slice(struct sw_client *client,
    bool (*each)(struct sw_client *client, struct sw_shard *shard,
	const struct sw_filter_view *view),
    uint32_t *looked);
/* The daemon's names of rules and interfaces, for a filter. */
struct sw_filter_names sw_walk_names(struct sw_daemon *daemon);
/* => false, and the answer has ended, when the filter names a rule that does
 * not exist */
bool sw_walk_check_rules(struct sw_client *client);

/* control/cmd_incidents.c: the incidents as they are now.
 * => NULL when memory is short; the caller frees it */
struct sw_incident_list *sw_cmd_incidents_list(struct sw_client *client);
/* Tells the next one if the client wants it; there is room for a line.
 * => false at the end of the list */
bool
sw_cmd_incidents_tell(struct sw_client *client, struct sw_incident_list *list);

/* control/cmd_flows_sorted.c */
/* => false when memory is short */
bool sw_cmd_flows_sorted_begin(struct sw_client *client);
/* => false when all have been written */
bool sw_cmd_flows_sorted_more(struct sw_client *client);

/* control/flow_json.c: the members of a flow and of an event. */
void sw_flow_json_info(struct sw_client *client,
    const struct sw_flow_info *info, struct sw_time now);
/* Writes a whole line for a flow, with this kind. */
void sw_flow_json_flow(struct sw_client *client, const char *kind,
    const struct sw_flow_info *info, struct sw_time now);
void sw_flow_json_event(struct sw_client *client, const struct sw_event *event,
    int64_t wall_offset);
void sw_flow_json_incident(struct sw_client *client,
    const struct sw_incident *incident, int64_t wall_offset);

#endif
