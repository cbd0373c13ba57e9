/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_scarce_control: a question for which memory runs out.
 *
 * A whole daemon but for the kernel's queue lives in this process, with flows
 * in its table and drops on its desk.  Each command is asked again and
 * again; the first time the server's first allocation fails, then its
 * second, until none does.  Whoever asked gets a whole answer, an answer
 * that says it failed, or a closed connection, never one with a part left
 * out in silence; and the next who asks is answered well.  A lock left held
 * would stop the test, and what was not freed is seen by the leak checker of
 * the sanitized build.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "build.h"
#include "control/internal.h"
#include "daemon/daemon.h"
#include "net/raw_socket.h"
#include "runner.h"
#include "scarce.h"
#include "shards/rule_slots.h"
#include "state/health.h"
#include "state/signs.h"

enum {
	ANSWER = 1 << 20,
	TURNS = 20000, /* of the loop, at most, for one answer */
	QUEUES = 2,
	MOST = 3000, /* allocations of one answer */
};

static char room[64], conf_file[128];
static struct sw_daemon daemon_;
static unsigned packets; /* that left events */

int __real_sd_event_add_io(sd_event *loop, sd_event_source **source, int fd,
    uint32_t events, sd_event_io_handler_t on, void *context);
int __wrap_sd_event_add_io(sd_event *loop, sd_event_source **source, int fd,
    uint32_t events, sd_event_io_handler_t on, void *context);

int
__wrap_sd_event_add_io(sd_event *loop, sd_event_source **source, int fd,
    uint32_t events, sd_event_io_handler_t on, void *context)
{
	if (scarce_fails())
		return -ENOMEM;
	return __real_sd_event_add_io(loop, source, fd, events, on, context);
}

/* jansson's memory is counted with ours. */
static void *
json_memory(size_t size)
{
	return malloc(size);
}

/* --- a daemon -------------------------------------------------------------- */

static void
write_conf(void)
{
	const struct group *group = getgrgid(getegid());
	FILE *file;

	snprintf(conf_file, sizeof conf_file, "%s/synward.conf", room);
	file = fopen(conf_file, "we");
	ck_assert_ptr_nonnull(file);
	fprintf(file,
	    "table { max-flows = 1000 }\n"
	    "log { to = { \"file:%s/log\" } }\n"
	    "control { socket = \"%s/ctl.sock\"  group = \"%s\" }\n"
	    "rule \"web\" { protocol = tcp  to = { 10.0.0.0/8 }  port = { 80 "
	    "}\n  timeouts { established = 12h } }\n"
	    "rule \"seen\" { protocol = udp  in = { lo }  port = { 53, 60-70 } "
	    "}\n",
	    room, room, group != NULL ? group->gr_name : "root");
	ck_assert_int_eq(fclose(file), 0);
}

static void
start_rules(struct sw_daemon *d)
{
	struct sw_conf_errors errors;

	d->conf = sw_conf_load(d->conf_file, &errors);
	ck_assert_msg(
	    d->conf != NULL, "%s", errors.n > 0 ? errors.list[0].text : "?");
	sw_conf_errors_free(&errors);
	d->slots = sw_rule_slots_create();
	d->ifaces = sw_ifaces_create();
	ck_assert_int_ge(sw_ifaces_open(d->ifaces), 0);
	ck_assert_int_eq(sw_conf_compile_slots(d->conf, d->slots), 0);
	d->policy = sw_conf_compile_here(d->conf, d->ifaces);
	ck_assert_ptr_nonnull(d->policy);
}

static void
start_table(struct sw_daemon *d)
{
	const struct sw_limits limits = { .max_flows = 1000,
		.max_embryonic = 50,
		.tombstones = 100,
		.events = 256,
		.key = "0123456789abcde" };

	ck_assert_int_eq(sw_saved_state_create(&d->saved_state, &limits, 2), 0);
	ck_assert_int_eq(sw_saved_reports_create(&d->reports), 0);
	d->shards = sw_shards_create(&limits, 2, d->policy);
	d->nfqs = calloc(QUEUES, sizeof *d->nfqs);
	d->workers = calloc(QUEUES, sizeof *d->workers);
	d->queues = aligned_alloc(
	    _Alignof(struct sw_queue_stats), QUEUES * sizeof *d->queues);
	memset(d->queues, 0, QUEUES * sizeof *d->queues);
	d->n_queues = QUEUES;
	d->health = sw_health_create(QUEUES);
	d->signs = sw_signs_create();
	d->account = open("/proc/net/netfilter/nfnetlink_queue", O_RDONLY);
}

static void
start_reporter(struct sw_daemon *d)
{
	struct sw_reporter_config config = { .shards = d->shards,
		.reports = &d->reports,
		.slots = d->slots,
		.ifaces = d->ifaces,
		.queues = d->queues,
		.n_queues = d->n_queues };

	ck_assert_int_eq(sw_raw_socket_open(&d->raw, (int[2]){ -1, -1 }), 0);
	d->observe_stats = config.observe_stats =
	    sw_observe_stats_create(d->started);
	d->log = config.log = sw_log_start(&d->conf->log, false);
	d->reporter = sw_reporter_start(&config, d->policy, &d->conf->log);
	ck_assert_ptr_nonnull(d->reporter);
}

/* --- traffic ---------------------------------------------------------------- */

static void
pass(const struct build *build)
{
	struct sw_packet packet = build_packet(build);
	const struct sw_packet *batch[1] = { &packet };
	struct sw_shards *shards = daemon_.shards;
	struct sw_shard *shard =
	    &shards->list[sw_shards_choose(shards, &packet)];
	struct sw_time now = sw_shard_lock(shard, sw_clock_now());
	enum sw_verdict verdict;

	sw_engine_batch(shard->engine, batch, 1, now, &verdict);
	sw_shard_unlock(shard);
	packets++;
}

/* Waits for the desk, at most for some seconds. */
static void
digest(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	struct sw_reporter_counts counts;

	sw_reporter_wake(daemon_.reporter);
	for (int i = 0; i < 5000; i++) {
		sw_reporter_counts(daemon_.reporter, &counts);
		if (counts.taken >= packets)
			return;
		nanosleep(&moment, NULL);
	}
	ck_abort_msg("the desk took no events");
}

static void
make_traffic(void)
{
	for (uint16_t port = 1; port <= 20; port++) {
		pass(&(struct build){
		    .sport = port, .dport = 80, .flags = SW_SYN });
		pass(&(struct build){ .sport = (uint16_t)(100 + port),
		    .dport = 80,
		    .flags = port % 2 ? SW_ACK : SW_FIN | SW_ACK });
	}
	digest();
}

static void
set_up(void)
{
	struct sw_daemon *d = &daemon_;
	char why[512];

	strcpy(room, "/tmp/check_scarcé.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(room));
	write_conf();
	json_set_alloc_funcs(json_memory, free);
	*d = (struct sw_daemon){ .conf_file = conf_file,
		.started = sw_clock_now(),
		.reload = { .generation = 1, .successful = true } };
	start_rules(d);
	start_table(d);
	start_reporter(d);
	ck_assert_int_ge(sd_event_new(&d->loop), 0);
	ck_assert_msg(
	    sw_control_server_open(d, sw_daemon_reload, why, sizeof why) == 0,
	    "control: %s", why);
	ck_assert_int_eq(sw_control_server_start(d), 0);
	packets = 0;
	make_traffic();
}

static void
tear_down(void)
{
	char command[96];

	sw_daemon_stop(&daemon_);
	snprintf(command, sizeof command, "rm -r %s", room);
	ck_assert_int_eq(system(command), 0);
}

/* --- a client ----------------------------------------------------------------- */

struct answer {
	size_t length;
	char text[ANSWER];
};

/* Sends the line.  => the socket */
static int
ask(const char *line)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(
	    address.sun_path, sizeof address.sun_path, "%s/ctl.sock", room);
	ck_assert_int_eq(
	    connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(send(fd, line, strlen(line), 0), (int)strlen(line));
	return fd;
}

/* Has the server work until it has said all. */
static void
listen_to(int fd, struct answer *answer)
{
	answer->length = 0;
	for (unsigned i = 0; i < TURNS; i++) {
		ssize_t n;

		sd_event_run(daemon_.loop, 0);
		n = recv(fd, answer->text + answer->length,
		    ANSWER - 1 - answer->length, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		answer->length += n > 0 ? (size_t)n : 0;
	}
	answer->text[answer->length] = '\0';
}

/* The nth allocation fails; 0: none.  => did one? */
static bool
hear(const char *line, unsigned nth, struct answer *answer)
{
	int fd = ask(line);
	bool failed;

	scarce_at(nth);
	listen_to(fd, answer);
	failed = scarce_over();
	close(fd);
	for (int i = 0; i < 10; i++)
		sd_event_run(daemon_.loop, 0);
	ck_assert_uint_eq(daemon_.control->n_clients, 0);
	sw_cmd_busiest_free(daemon_.control->meter);
	daemon_.control->meter = NULL;
	return failed;
}

/* Looks at every line.  => the code of the last one, -1 when there is none */
static int
code_of(const struct answer *answer, const char **error)
{
	static char why[256];
	int code = -1;

	*error = NULL;
	for (const char *at = answer->text, *end; *at != '\0'; at = end + 1) {
		json_t *line;

		end = strchr(at, '\n');
		ck_assert_msg(end != NULL, "a line is cut: %s", at);
		ck_assert_msg(code < 0, "after the last line: %s", at);
		line = json_loadb(at, (size_t)(end - at), 0, NULL);
		ck_assert_msg(json_is_object(line), "no object: %s", at);
		if (json_is_true(json_object_get(line, "end")))
			code = (int)json_integer_value(
			    json_object_get(line, "code"));
		if (json_object_get(line, "error") != NULL) {
			snprintf(why, sizeof why, "%s",
			    json_string_value(json_object_get(line, "error")));
			*error = why;
		}
		json_decref(line);
	}
	return code;
}

/* What changes from one time to the next is numbers. */
static void
take_numbers_out(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++)
		if (*text < '0' || *text > '9')
			*to++ = *text;
	*to = '\0';
}

/* --- what is asked --------------------------------------------------------------- */

static const struct question {
	const char *line;
	int code;	 /* of the answer when there is memory */
	bool makes_flow; /* which is then found by it */
} questions[] = {
	{ "status", 0, false },
	{ "flows", 0, false },
	{ "flows rule=web limit=3", 0, false },
	{ "busiest limit=5", 0, false },
	{ "events", 0, false },
	{ "events limit=5 src=10.0.0.1", 0, false },
	{ "drops", 0, false },
	{ "drops cause=gap", 4, false },
	{ "explain from=10.0.0.1:1 to=10.0.0.2:80 proto=tcp", 0, false },
	{ "which from=10.0.0.1:1 to=10.0.0.2:80 proto=tcp in=lo", 0, false },
	{ "kill port=81", 0, true },
	{ "kill port=9999 yes", 4, false },
	{ "reload", 0, false },
	{ "dump-config", 0, false },
	{ "metrics", 0, false },
	{ "report", 4, false }, /* nothing is observed */
	{ "nonsense", 2, false },
};

static void
prepare(const struct question *question)
{
	if (!question->makes_flow)
		return;
	pass(&(struct build){ .sport = 999, .dport = 81, .flags = SW_SYN });
	digest();
}

static void
expect_good(
    const struct question *question, const char *line, struct answer *answer)
{
	const char *error;
	int code;

	prepare(question);
	hear(line, 0, answer);
	code = code_of(answer, &error);
	ck_assert_msg(code == question->code, "%s: code %d, not %d: %s", line,
	    code, question->code, error != NULL ? error : "");
}

static void
compare(const struct question *question, struct answer *answer,
    struct answer *good, unsigned nth)
{
	const char *error;
	int code = code_of(answer, &error);

	if (code == -1)
		return; /* the connection was closed */
	if (code != question->code) {
		ck_assert_msg(error != NULL, "%s: code %d without a word",
		    question->line, code);
		return;
	}
	take_numbers_out(answer->text);
	take_numbers_out(good->text);
	ck_assert_msg(strcmp(answer->text, good->text) == 0,
	    "%s: allocation %u failed in silence: %.800s instead of %.800s",
	    question->line, nth, answer->text, good->text);
}

START_TEST(is_answered_or_told)
{
	static struct answer answer, good;
	const struct question *question = &questions[_i];
	static const struct question next = { "status", 0, false };
	unsigned nth = 0;
	char line[256];
	bool failed;

	snprintf(line, sizeof line, "synward/1 %s\n", question->line);
	do {
		uint64_t generation;

		expect_good(question, line, &good);
		prepare(question);
		generation = daemon_.reload.generation;
		failed = hear(line, ++nth, &answer);
		compare(question, &answer, &good, nth);
		ck_assert(daemon_.reload.generation == generation ||
			  daemon_.reload.successful);
		expect_good(&next, "synward/1 status\n", &answer);
	} while (failed && nth < MOST);
	ck_assert_uint_gt(nth, 2);
	ck_assert(!failed);
}
END_TEST

/* Somebody who follows is told, and let go. */
START_TEST(followers_are_told)
{
	static struct answer answer;
	const char *error;
	bool failed = true;

	for (unsigned nth = 1; failed && nth < MOST; nth++) {
		int fd = ask("synward/1 events follow limit=10\n");

		for (int i = 0; i < 10; i++)
			sd_event_run(daemon_.loop, 0);
		scarce_at(nth);
		scarce_pause(true);
		pass(&(struct build){
		    .sport = (uint16_t)(1000 + nth), .flags = SW_ACK });
		digest();
		scarce_pause(false);
		for (int i = 0; i < 100; i++)
			sd_event_run(daemon_.loop, 0);
		failed = scarce_over();
		listen_to(fd, &answer);
		ck_assert_int_eq(code_of(&answer, &error), failed ? 1 : -1);
		close(fd);
		for (int i = 0; i < 10; i++)
			sd_event_run(daemon_.loop, 0);
		ck_assert_uint_eq(daemon_.control->n_clients, 0);
		ck_assert_uint_eq(daemon_.control->followers, 0);
	}
	ck_assert(!failed);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("control");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(
	    t, is_answered_or_told, 0, sizeof questions / sizeof questions[0]);
	tcase_add_test(t, followers_are_told);
	return run_case("scarce control", t);
}
