/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_conversation: however clients of the control socket speak, break off
 * and dawdle, each gets whole lines, and nothing is left of them.
 *
 * Input: steps of up to four clients, a byte each and what it needs: send
 * bytes, send a request known by its number, read some of the answer, stop
 * talking, hang up, a packet passes, the loop takes turns.  A whole daemon
 * but for the kernel's queue answers, made once for all runs.
 */
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/internal.h"
#include "daemon/daemon.h"
#include "must.h"
#include "net/raw_socket.h"
#include "shards/rule_slots.h"
#include "state/health.h"
#include "state/signs.h"

#define CLIENTS 4
#define HEARD (1u << 18) /* bytes of an answer that are looked at */
#define LAST_TURNS 200	 /* of the loop, to get rid of all */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const requests[] = { "status", "flows",
	"flows state=established limit=5", "busiest", "events", "events follow",
	"drops", "drops cause=unknown",
	"explain from=10.1.0.2:1 to=10.2.0.2:80 proto=tcp",
	"which from=10.1.0.2:1 to=10.2.0.2:80 proto=tcp in=lo out=lo",
	"kill port=1", "kill port=80 reset", "reload", "dump-config", "metrics",
	"report", "nonsense" };

static struct sw_daemon daemon_;
static char room[] = "/tmp/fuzz_conversation.XXXXXX";
static char conf_file[64];

struct client {
	int fd; /* -1: none */
	size_t length;
	char *heard;
};

struct input {
	const uint8_t *data;
	size_t size;
};

static unsigned
take(struct input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->data++;
}

/* --- a daemon --------------------------------------------------------------*/

static void
remove_room(void)
{
	static const char *const files[] = { "synward.conf", "log",
		"ctl.sock" };
	char path[64];

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", room, files[i]);
		unlink(path);
	}
	rmdir(room);
}

static void
start_rules(struct sw_daemon *d)
{
	struct sw_conf_errors errors;
	FILE *file;

	MUST(mkdtemp(room) != NULL && atexit(remove_room) == 0);
	snprintf(conf_file, sizeof conf_file, "%s/synward.conf", room);
	file = fopen(conf_file, "we");
	MUST(file != NULL);
	fprintf(file,
	    "log { to = { \"file:%s/log\" }  rate = 1 }\n"
	    "control { socket = \"%s/ctl.sock\"  group = \"root\" }\n"
	    "rule \"web\" { protocol = tcp  port = { 80 } }\n",
	    room, room);
	MUST(fclose(file) == 0);
	d->conf_file = conf_file;
	d->conf = sw_conf_load(conf_file, &errors);
	d->slots = sw_rule_slots_create();
	d->ifaces = sw_ifaces_create();
	MUST(d->conf && d->slots && sw_ifaces_open(d->ifaces) >= 0);
	MUST(sw_conf_compile_slots(d->conf, d->slots) == 0);
	d->policy = sw_conf_compile_here(d->conf, d->ifaces);
	MUST(d->policy != NULL);
}

static void
start_table(struct sw_daemon *d)
{
	const struct sw_limits limits = { .max_flows = 256,
		.max_embryonic = 50,
		.tombstones = 64,
		.events = 256,
		.key = "0123456789abcde" };

	MUST(sw_saved_state_create(&d->saved_state, &limits, 2) == 0);
	d->shards = sw_shards_create(&limits, 2, d->policy);
	d->nfqs = calloc(1, sizeof *d->nfqs);
	d->workers = calloc(1, sizeof *d->workers);
	d->queues =
	    aligned_alloc(_Alignof(struct sw_queue_stats), sizeof *d->queues);
	MUST(d->shards && d->nfqs && d->workers && d->queues);
	memset(d->queues, 0, sizeof *d->queues);
	d->n_queues = 1;
	d->health = sw_health_create(1);
	d->account = -1;
}

static void
start_reporter(struct sw_daemon *d)
{
	struct sw_reporter_config config = { .shards = d->shards,
		.slots = d->slots,
		.ifaces = d->ifaces,
		.queues = d->queues,
		.n_queues = d->n_queues,
		.reports = &d->reports };

	MUST(sw_saved_reports_create(&d->reports) == 0);
	MUST(sw_raw_socket_open(&d->raw, (int[2]){ -1, -1 }) == 0);
	d->observe_stats = config.observe_stats =
	    sw_observe_stats_create(d->started);
	d->log = config.log = sw_log_start(&d->conf->log, false);
	d->reporter = sw_reporter_start(&config, d->policy, &d->conf->log);
	MUST(d->observe_stats && d->log && d->reporter);
}

static void
start_once(void)
{
	struct sw_daemon *d = &daemon_;
	char why[512];

	if (d->control != NULL)
		return;
	d->started = sw_clock_now();
	d->reload.generation = 1;
	d->reload.successful = true;
	d->signs = sw_signs_create();
	MUST(d->signs != NULL);
	start_rules(d);
	start_table(d);
	start_reporter(d);
	MUST(sd_event_new(&d->loop) >= 0);
	MUST(sw_control_server_open(d, sw_daemon_reload, why, sizeof why) == 0);
	MUST(sw_control_server_start(d) == 0);
}

static void
pass(unsigned detail)
{
	struct sw_packet packet = { .length = 60, .ttl = 64 };
	struct sw_shards *shards = daemon_.shards;
	struct sw_shard *shard;
	struct sw_time now;

	packet.ends = (struct sw_endpoints){ .src = { { 10, 1, 0, 2 } },
		.dst = { { 10, 2, 0, 2 } },
		.sport = (uint16_t)(1 + (detail & 63)),
		.dport = 80,
		.family = SW_IPV4,
		.proto = 6 };
	packet.tcp.flags = detail & 64 ? SW_ACK : SW_SYN;
	packet.tcp.kind = (uint8_t)sw_tcp_kind(packet.tcp.flags);
	shard = &shards->list[sw_shards_choose(shards, &packet)];
	now = sw_shard_lock(shard, sw_clock_now());
	sw_engine_step(shard->engine, &packet, now);
	sw_shard_unlock(shard);
	sw_reporter_wake(daemon_.reporter);
}

static void
turns(unsigned n)
{
	while (n-- > 0)
		sd_event_run(daemon_.loop, 0);
}

/* --- a client --------------------------------------------------------------*/

static void
must_be_lines(const struct client *client, bool whole)
{
	const char *at = client->heard, *end = at + client->length, *newline;
	bool ended = false;

	for (; (newline = memchr(at, '\n', (size_t)(end - at))) != NULL;
	     at = newline + 1) {
		json_t *line = json_loadb(at, (size_t)(newline - at), 0, NULL);

		MUST(!ended);
		MUST(json_is_object(line));
		ended = json_is_true(json_object_get(line, "end"));
		json_decref(line);
	}
	if (whole)
		MUST(at == end && (ended || client->length == 0));
}

static void
hang_up(struct client *client)
{
	if (client->fd < 0)
		return;
	close(client->fd);
	must_be_lines(client, false);
	free(client->heard);
	client->fd = -1;
}

static void
call(struct client *client, bool may_change)
{
	int ends[2];

	/* Those that were hung up are seen to be gone before another comes. */
	for (unsigned i = 0;
	     i < LAST_TURNS && daemon_.control->n_clients == SW_CONTROL_CLIENTS;
	     i++)
		turns(1);
	MUST(daemon_.control->n_clients < SW_CONTROL_CLIENTS);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		 ends) == 0);
	*client = (struct client){ .fd = ends[0], .heard = malloc(HEARD) };
	MUST(client->heard != NULL);
	MUST(sw_client_open(
	    daemon_.control, ends[1], may_change ? 0 : 65534, may_change));
}

/* => false: the answer is over, or too long to be looked at */
static bool
read_some(struct client *client, size_t most)
{
	size_t room_left = HEARD - client->length;
	ssize_t n = recv(client->fd, client->heard + client->length,
	    most < room_left ? most : room_left, 0);

	if (n > 0)
		client->length += (size_t)n;
	if (n == 0 && room_left > 0) {
		must_be_lines(client, true);
		return false;
	}
	return client->length < HEARD;
}

static void
say(struct client *client, const void *bytes, size_t length)
{
	(void)!send(client->fd, bytes, length, MSG_NOSIGNAL);
}

static void
say_bytes(struct client *client, struct input *input)
{
	size_t length = take(input);

	if (length > input->size)
		length = input->size;
	say(client, input->data, length);
	input->data += length;
	input->size -= length;
}

static void
say_request(struct client *client, unsigned which)
{
	char line[128];
	int n = snprintf(line, sizeof line, "synward/1 %s\n",
	    requests[which % (sizeof requests / sizeof requests[0])]);

	say(client, line, (size_t)n);
}

static void
one_step(struct client clients[CLIENTS], struct input *input)
{
	unsigned what = take(input);
	struct client *client = &clients[what & 3];

	if (client->fd < 0)
		call(client, what & 0x20);
	switch (what >> 2 & 7) {
	case 0:
		say_bytes(client, input);
		break;
	case 1:
		if (!read_some(client, 1 + take(input) * 64u))
			hang_up(client);
		break;
	case 2:
		shutdown(client->fd, SHUT_WR);
		break;
	case 3:
		hang_up(client);
		break;
	case 4:
		say_request(client, take(input));
		break;
	case 5:
		pass(take(input));
		break;
	default:
		turns(1 + (take(input) & 15));
	}
	MUST(daemon_.control->n_clients <= SW_CONTROL_CLIENTS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client clients[CLIENTS] = { { .fd = -1 }, { .fd = -1 },
		{ .fd = -1 }, { .fd = -1 } };
	struct input input = { data, size };

	start_once();
	while (input.size > 0)
		one_step(clients, &input);
	for (unsigned i = 0; i < CLIENTS; i++)
		hang_up(&clients[i]);
	for (unsigned i = 0; i < LAST_TURNS && daemon_.control->n_clients > 0;
	     i++)
		turns(1);
	MUST(daemon_.control->n_clients == 0);
	MUST(daemon_.control->followers == 0);
	return 0;
}
