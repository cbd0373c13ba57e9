/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a chain that hooks into the network is taken away, the kernel drops
 * whatever waits in any packet queue.  So the rules go first, which lets new
 * packets pass, and the chains when the queues are empty.  The match that
 * joins fragments hooks in chains of the kernel's own and counts as one.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ctl/hook/hook.h"
#include "net/queue_proc.h"

/* A queue nobody reads stays as it is; it is not waited for longer than it
 * takes to replace a daemon that hangs. */
enum { LOOKS = 300, PAUSE_MS = 10, TEXT = 65536 };

static bool
is_empty(int account, char *text)
{
	return sw_queue_proc_read(account, text, TEXT) < 0 ||
	       sw_queue_proc_waiting(text) == 0;
}

void
sw_hook_drain(void)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	int account = sw_queue_proc_open();
	char *text = malloc(TEXT);

	/* What passed the rules a moment ago may not be in the queue yet. */
	nanosleep(&pause, NULL);
	for (int i = 0; i < LOOKS && account >= 0 && text != NULL; i++) {
		if (is_empty(account, text))
			break;
		nanosleep(&pause, NULL);
	}
	free(text);
	if (account >= 0)
		close(account);
}
