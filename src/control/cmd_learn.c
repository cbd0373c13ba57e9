/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learn: takes up connections that are older than the table, for a time.
 */
#include <syslog.h>

#include "control/internal.h"
#include "state/learning.h"

static void
begin_learn(struct sw_client *client)
{
	struct sw_daemon *daemon = client->daemon;
	uint32_t seconds = client->request.seconds;

	if (!client->request.has_seconds) {
		sw_client_fail(client, SW_EXIT_USAGE,
		    "learn needs a duration: write for=10m, or for=0 to end");
		return;
	}
	if (!sw_learning_begin(daemon, seconds, sw_clock_now())) {
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
		return;
	}
	if (seconds > 0)
		sw_log_say(daemon->log, LOG_NOTICE,
		    "learning for %u s: TCP connections that are open already "
		    "are taken up as they talk",
		    seconds);
	else
		sw_log_say(daemon->log, LOG_NOTICE, "learning has ended");
	sw_json_begin(&client->reply.json, "learning");
	sw_json_put_count(&client->reply.json, "seconds", seconds);
	sw_json_end(&client->reply.json);
	sw_client_end(client, SW_EXIT_OK);
}

const struct sw_answer sw_answer_learn = { begin_learn, NULL, NULL };
