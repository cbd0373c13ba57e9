/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_part: what the parts of the control socket share.
 *
 *	control/server.c	  the socket: who may come in, and how many
 *	control/client.c  one connection: its request, its answer, its time
 *	control_*.c	  the answers, a few commands each
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
	SW_CONTROL_CLIENTS = 64,     /* at once */
	SW_CONTROL_CLIENTS_UID = 16, /* of one user who is not root */
	SW_CONTROL_LISTED = 64,	     /* stories in one hold of a lock */
	SW_CONTROL_LOOKED = 4096,    /* entries looked at in one hold */
	SW_CONTROL_TURN = 16384,     /* entries looked at in one turn */
};

struct sw_client;

/* A walk over all flows, slice by slice. */
struct sw_walk {
	uint32_t shard, index;
};

/* How an answer is made. */
struct sw_answer {
	/* Writes the first lines, or ends it. */
	void (*begin)(struct sw_client *client);
	/* Writes more while there is room; ends it when it is whole.  NULL
	 * when begin does all.  => false: nothing more for now, wake it when
	 * events have come */
	bool (*more)(struct sw_client *client);
	/* Frees what the answer holds; may be NULL. */
	void (*drop)(struct sw_client *client);
};

struct sw_client {
	struct sw_control *control;
	struct sw_daemon *daemon;
	sd_event_source *source;
	int fd;
	uid_t uid;
	bool may_change;
	bool ended;	/* the last line is written */
	bool leaving;	/* and sent: the other side shall close first */
	bool following; /* waits for events */
	bool deaf;	/* its side will send nothing more */
	struct sw_time progress; /* when it last took or sent a byte */
	char heard[SW_REQUEST_MAX];
	size_t n_heard;
	struct sw_request request;
	const struct sw_answer *answer; /* NULL: not asked yet */
	struct sw_reply reply;
	/* Of the answer in work. */
	struct sw_walk walk;
	uint64_t cursor, count;
	unsigned stage;
	void *work; /* freed by the answer's drop */
};

struct sw_control {
	struct sw_daemon *daemon;
	sw_control_reload *reload;
	int fd;
	int reserve; /* -1: given up, or none to be had */
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
	/* Clients: let in, neither root nor in a group, without a place, and
	 * sent away for having stalled. */
	uint64_t served, not_permitted, crowded_out, pushed_out;
};

/* control/client.c */

/* => false with fd closed when memory is short */
bool
sw_client_open(struct sw_control *control, int fd, uid_t uid, bool may_change);
void sw_client_close(struct sw_client *client);
/* For how long has it not moved?  0 for one that waits for us. */
uint64_t
sw_client_stalled_ms(const struct sw_client *client, struct sw_time now);
/* Has its time run out? */
bool sw_client_overdue(const struct sw_client *client, struct sw_time now);
/* Events have come. */
void sw_client_wake(struct sw_client *client);

/* Writes the last line; nothing may be written after it. */
void sw_client_end(struct sw_client *client, int code);
/* The same with what went wrong. */
void sw_client_fail(struct sw_client *client, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* control/cmd_busiest.c */
void sw_cmd_busiest_free(struct sw_busiest *meter);
/* Frees the meter when nobody has asked for a while. */
void sw_cmd_busiest_run_due(struct sw_control *control, struct sw_time now);

/* control/cmd_status_advice.c: what to look at next, a line each. */
void
sw_cmd_status_advice(struct sw_client *client, const struct sw_counts *counts,
    const struct sw_reporter_counts *reporter, const struct sw_log_counts *log);

/* control/server.c */

/* Its place and its descriptor are free. */
void
sw_control_server_forget(struct sw_control *control, struct sw_client *client);
void sw_control_server_follow(struct sw_control *control, bool more);

/* The answers. */
extern const struct sw_answer sw_answer_status;
extern const struct sw_answer sw_answer_flows;
extern const struct sw_answer sw_answer_busiest;
extern const struct sw_answer sw_answer_events;
extern const struct sw_answer sw_answer_drops;
extern const struct sw_answer sw_answer_explain;
extern const struct sw_answer sw_answer_which;
extern const struct sw_answer sw_answer_kill;
extern const struct sw_answer sw_answer_reload;
extern const struct sw_answer sw_answer_dump;
extern const struct sw_answer sw_answer_metrics;
extern const struct sw_answer sw_answer_report;

/* control/walk.c */

/* One slice of a walk: lists it and calls each for every flow the filter
 * takes, with its shard locked.  each: => false to stop at this flow, which
 * comes first in the next slice.
 * => false at the end of the last shard */
bool sw_walk_slice(struct sw_client *client,
    bool (*each)(struct sw_client *client, struct sw_shard *shard,
	const struct sw_filter_view *view),
    uint32_t *looked);
/* A view of a story for the filter, the daemon's names in it. */
struct sw_filter_view sw_walk_view(struct sw_daemon *daemon,
    const struct sw_flow_info *info, struct sw_time now);

/* control/flow_json.c: what is told of a flow and of an event. */
void sw_flow_json_info(struct sw_client *client,
    const struct sw_flow_info *info, struct sw_time now);
/* A whole line of it, kind "flow". */
void sw_flow_json_flow(struct sw_client *client, const char *kind,
    const struct sw_flow_info *info, struct sw_time now);
void sw_flow_json_event(struct sw_client *client, const struct sw_event *event,
    int64_t wall_offset);
void sw_flow_json_incident(struct sw_client *client,
    const struct sw_incident *incident, int64_t wall_offset);

#endif
