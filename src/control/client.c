/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection carries one request and one answer, then it is closed.
 *
 * An answer is written into a buffer of fixed size; when the buffer is full,
 * the answer pauses until the client has read some of it.  So a list of a
 * million flows uses as much memory as one of ten, and a client that stops
 * reading stops only its own answer.  Each turn does a bounded piece of work
 * and returns to the loop.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/internal.h"

enum {
	ASK_MS = 5000,	  /* to send the request */
	READ_MS = 300000, /* to read a byte, perhaps in a pager */
	PRIORITY = SD_EVENT_PRIORITY_NORMAL + 20,
};

static const struct sw_answer *const answers[SW_REQUEST_COUNT] = {
	[SW_REQUEST_STATUS] = &sw_answer_status,
	[SW_REQUEST_FLOWS] = &sw_answer_flows,
	[SW_REQUEST_BUSIEST] = &sw_answer_busiest,
	[SW_REQUEST_EVENTS] = &sw_answer_events,
	[SW_REQUEST_DROPS] = &sw_answer_drops,
	[SW_REQUEST_INCIDENTS] = &sw_answer_incidents,
	[SW_REQUEST_EXPLAIN] = &sw_answer_explain,
	[SW_REQUEST_WHICH] = &sw_answer_which,
	[SW_REQUEST_KILL] = &sw_answer_kill,
	[SW_REQUEST_RELOAD] = &sw_answer_reload,
	[SW_REQUEST_DUMP_CONFIG] = &sw_answer_dump,
	[SW_REQUEST_METRICS] = &sw_answer_metrics,
	[SW_REQUEST_REPORT] = &sw_answer_report,
	[SW_REQUEST_OFFLOAD] = &sw_answer_offload,
	[SW_REQUEST_LEARN] = &sw_answer_learn,
	[SW_REQUEST_ADVISE] = &sw_answer_advise,
};

void
sw_client_close(struct sw_client *client)
{
	if (client->answer != NULL && client->answer->drop != NULL)
		client->answer->drop(client);
	if (client->following)
		sw_control_server_follow(client->control, false);
	sd_event_source_disable_unref(client->source);
	close(client->fd);
	sw_control_server_forget(client->control, client);
	sw_reply_free(&client->reply);
	free(client);
}

uint64_t
sw_client_stalled_ms(const struct sw_client *client, struct sw_time now)
{
	if (client->answer != NULL && sw_reply_empty(&client->reply) &&
	    !client->leaving)
		return 0;
	return sw_time_ms_since(client->progress, now);
}

bool
sw_client_overdue(const struct sw_client *client, struct sw_time now)
{
	return sw_client_stalled_ms(client, now) >
	       (client->answer == NULL || client->leaving ? ASK_MS : READ_MS);
}

void
sw_client_end(struct sw_client *client, int code)
{
	struct sw_json *json = &client->reply.json;

	sw_json_begin(json, NULL);
	sw_json_put_bool(json, "end", true);
	sw_json_put_number(json, "code", code);
	sw_json_end(json);
	client->ended = true;
}

void
sw_client_end_list(struct sw_client *client)
{
	const struct sw_request *request = &client->request;
	bool asked = request->filter.n > 0 || request->since != INT64_MIN ||
		     request->until != INT64_MAX;

	sw_client_end(
	    client, asked && client->count == 0 ? SW_EXIT_NOTHING : SW_EXIT_OK);
}

bool
sw_client_has_enough(const struct sw_client *client)
{
	return client->request.limit != 0 &&
	       client->count >= client->request.limit;
}

void
sw_client_follow(struct sw_client *client)
{
	client->following = true;
	sw_control_server_follow(client->control, true);
}

void
sw_client_fail(struct sw_client *client, int code, const char *format, ...)
{
	struct sw_json *json = &client->reply.json;
	char error[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(error, sizeof error, format, args);
	va_end(args);
	sw_json_begin(json, NULL);
	sw_json_put_bool(json, "end", true);
	sw_json_put_number(json, "code", code);
	sw_json_put_text(json, "error", error);
	sw_json_end(json);
	client->ended = true;
}

/* Tells the loop which readiness to wait for. */
static void
watch(struct sw_client *client)
{
	bool idle = client->following && !client->ended &&
		    sw_reply_empty(&client->reply);
	uint32_t events = 0;

	if (!client->deaf)
		events |= EPOLLIN;
	if (client->answer != NULL && !idle && !client->leaving)
		events |= EPOLLOUT;
	sd_event_source_set_io_events(client->source, events);
}

void
sw_client_wake(struct sw_client *client)
{
	if (!client->following)
		return;
	sd_event_source_set_io_events(
	    client->source, (client->deaf ? 0 : EPOLLIN) | EPOLLOUT);
}

static void
write_header(struct sw_client *client)
{
	struct sw_json *json = &client->reply.json;

	sw_json_begin(json, NULL);
	sw_json_put_number(json, "synward", SW_CONTROL_VERSION);
	sw_json_put_text(json, "version", SYNWARD_VERSION);
	sw_json_put_text(
	    json, "command", sw_request_name(client->request.kind));
	sw_json_end(json);
}

static const struct sw_answer no_answer = { 0 };

/* length: of the request, without its newline */
static void
answer(struct sw_client *client, size_t length)
{
	char why[SW_REQUEST_WHY];

	client->progress = sw_clock_now();
	client->answer = &no_answer;
	if (!sw_request_parse(client->heard, length, &client->request, why)) {
		sw_client_fail(client, SW_EXIT_USAGE, "%s", why);
		return;
	}
	if (client->request.changes && !client->may_change) {
		sw_client_fail(client, SW_EXIT_NOT_PERMITTED,
		    "not permitted: %s requires root or membership in the "
		    "group %s",
		    sw_request_name(client->request.kind),
		    client->daemon->conf->control.group);
		return;
	}
	client->answer = answers[client->request.kind];
	write_header(client);
	client->answer->begin(client);
}

/* Reads and ignores whatever follows the request; a client that keeps sending
 * would otherwise keep the loop awake. */
static bool
listen_on(struct sw_client *client)
{
	char waste[512];
	ssize_t n = recv(client->fd, waste, sizeof waste, MSG_DONTWAIT);

	if (n == 0)
		client->deaf = true;
	if (n == 0 && client->leaving)
		return false;
	return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* => false: close */
static bool
hear(struct sw_client *client)
{
	size_t room = sizeof client->heard - client->n_heard;
	const char *newline;
	ssize_t n;

	if (client->answer != NULL)
		return listen_on(client);
	n = recv(
	    client->fd, client->heard + client->n_heard, room, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	client->n_heard += (size_t)n;
	newline = memchr(client->heard, '\n', client->n_heard);
	if (newline != NULL) {
		answer(client, (size_t)(newline - client->heard));
	} else if (client->n_heard == sizeof client->heard) {
		client->answer = &no_answer;
		sw_client_fail(
		    client, SW_EXIT_USAGE, "the request is too long");
	}
	return true;
}

static void
fill(struct sw_client *client)
{
	if (client->ended || !sw_reply_room(&client->reply))
		return;
	if (sw_reply_empty(&client->reply))
		client->progress = sw_clock_now();
	if (client->answer->more == NULL) {
		/* An answer always ends, because its client waits for the
		 * end. */
		sw_client_fail(client, SW_EXIT_FAILURE, "no answer");
		return;
	}
	client->answer->more(client);
}

/* The client closes first, or at least its sending side: a client that still
 * writes to a closed socket may lose the end of the answer.
 * => false: close */
static bool
leave(struct sw_client *client)
{
	if (client->deaf || shutdown(client->fd, SHUT_WR) < 0)
		return false;
	client->leaving = true;
	client->progress = sw_clock_now();
	return true;
}

/* => false: close */
static bool
say(struct sw_client *client)
{
	struct sw_reply *reply = &client->reply;
	ssize_t n;

	fill(client);
	if (sw_reply_empty(reply))
		return client->ended ? leave(client) : true;
	n = send(client->fd, reply->json.bytes + reply->start,
	    reply->json.end - reply->start, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	reply->start += (size_t)n;
	client->progress = sw_clock_now();
	return client->ended && sw_reply_empty(reply) ? leave(client) : true;
}

static int
on_ready(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct sw_client *client = context;
	bool stays = true;

	(void)source;
	(void)fd;
	if (events & (EPOLLHUP | EPOLLERR))
		stays = false;
	if (stays && (events & EPOLLIN))
		stays = hear(client);
	if (stays && client->answer != NULL && !client->leaving &&
	    ((events & EPOLLOUT) || !sw_reply_empty(&client->reply)))
		stays = say(client);
	if (stays)
		watch(client);
	else
		sw_client_close(client);
	return 0;
}

bool
sw_client_open(struct sw_control *control, int fd, uid_t uid, bool may_change)
{
	struct sw_client *client = calloc(1, sizeof *client);

	if (client == NULL || !sw_reply_init(&client->reply) ||
	    sd_event_add_io(control->daemon->loop, &client->source, fd, EPOLLIN,
		on_ready, client) < 0) {
		if (client != NULL)
			sw_reply_free(&client->reply);
		free(client);
		close(fd);
		return false;
	}
	sd_event_source_set_priority(client->source, PRIORITY);
	client->control = control;
	client->daemon = control->daemon;
	client->fd = fd;
	client->uid = uid;
	client->may_change = may_change;
	client->progress = sw_clock_now();
	control->clients[control->n_clients++] = client;
	return true;
}
