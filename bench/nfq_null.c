/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfq_null: the least a program behind a queue can do.
 *
 * usage: nfq_null [QUEUE]
 *
 * Receives and answers in the same batches as the daemon's worker, by the
 * same code, and accepts everything unseen.  What the daemon is slower than
 * this is what it does itself; the rest is the kernel's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/nfqueue.h"

int
main(int argc, char **argv)
{
	static struct sw_nfqueue_packet packets[SW_NFQ_BATCH];
	static uint32_t ids[SW_NFQ_BATCH];
	static enum sw_verdict pass[SW_NFQ_BATCH];
	struct sw_nfqueue_config config = { .copy_range = 128 };
	struct sw_nfqueue_notes notes;
	struct sw_nfqueue *nfq;
	char why[256];

	if (argc > 1)
		config.number = (uint16_t)atoi(argv[1]);
	if (sw_nfqueue_open(&nfq, &config, why, sizeof(why)) < 0) {
		fprintf(stderr, "nfq_null: %s\n", why);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = sw_nfqueue_receive(nfq, true, packets, &notes);

		if (n < 0 && n != -ENOBUFS)
			return 1;
		for (int i = 0; i < n; i++) {
			ids[i] = packets[i].id;
			pass[i] = SW_PASS;
		}
		if (n > 0)
			sw_nfqueue_answer(nfq, ids, pass, (size_t)n);
	}
}
