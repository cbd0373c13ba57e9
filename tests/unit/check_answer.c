/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_answer: each plan is played against a model of the kernel's queue,
 * for every batch of up to ten verdicts.
 */
#include <check.h>
#include <string.h>

#include "net/verdict_batch.h"
#include "runner.h"

enum { MOST = 10, WAITING = 0xff };

struct model {
	uint32_t ids[SW_BATCH_MAX];
	uint8_t verdict[SW_BATCH_MAX]; /* WAITING, or what it was given */
	size_t n;
};

static bool
after(uint32_t id, uint32_t limit)
{
	return (int32_t)(id - limit) > 0;
}

/* As nfqnl_recv_verdict() and nfqnl_recv_verdict_batch() do.
 * => packets that got a verdict; 0 is the kernel's ENOENT */
static unsigned
play(struct model *model, const struct sw_answer *answer)
{
	unsigned hit = 0;

	for (size_t i = 0; i < model->n; i++) {
		bool meant = answer->up_to ? !after(model->ids[i], answer->id)
					   : model->ids[i] == answer->id;

		if (!meant || model->verdict[i] != WAITING)
			continue;
		model->verdict[i] = answer->verdict;
		hit++;
	}
	return hit;
}

/* => answers the plan took */
static size_t
try(const enum sw_verdict verdicts[], size_t n, uint32_t first)
{
	struct sw_answer answers[SW_BATCH_MAX];
	struct model model = { .n = n };
	size_t told;

	for (size_t i = 0; i < n; i++)
		model.ids[i] = first + (uint32_t)i;
	memset(model.verdict, WAITING, sizeof model.verdict);
	told = sw_verdict_batch_plan(model.ids, verdicts, n, answers);
	ck_assert_uint_le(told, n);
	for (size_t i = 0; i < told; i++)
		ck_assert_uint_gt(play(&model, &answers[i]), 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(model.verdict[i], verdicts[i]);
	return told;
}

START_TEST(every_batch_gets_its_verdicts)
{
	for (size_t n = 0; n <= MOST; n++)
		for (unsigned bits = 0; bits < 1u << n; bits++) {
			enum sw_verdict verdicts[MOST] = { SW_PASS };

			for (size_t i = 0; i < n; i++)
				verdicts[i] = bits >> i & 1 ? SW_DROP : SW_PASS;
			try(verdicts, n, 1);
			try(verdicts, n, UINT32_MAX - 4); /* ids wrap */
		}
}
END_TEST

static size_t
cost(const char *pattern)
{
	enum sw_verdict verdicts[SW_BATCH_MAX] = { SW_PASS };
	size_t n = strlen(pattern);

	for (size_t i = 0; i < n; i++)
		verdicts[i] = pattern[i] == 'd' ? SW_DROP : SW_PASS;
	return try(verdicts, n, 1);
}

START_TEST(passes_cost_one_answer)
{
	ck_assert_uint_eq(cost(""), 0);
	ck_assert_uint_eq(cost("p"), 1);
	ck_assert_uint_eq(cost("pppppppppppppppp"), 1);
}
END_TEST

START_TEST(few_drops_cost_one_each)
{
	ck_assert_uint_eq(cost("d"), 1);
	ck_assert_uint_eq(cost("ppdpp"), 2);
	ck_assert_uint_eq(cost("ppddppdpp"), 4);
	ck_assert_uint_eq(cost("ppppd"), 2);
}
END_TEST

START_TEST(many_drops_in_a_row_cost_one)
{
	ck_assert_uint_eq(cost("dddddddddddddddd"), 1);
	ck_assert_uint_eq(cost("ppdddddddddddpp"), 3);
	ck_assert_uint_eq(cost("dddddddppppppp"), 2);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("answer");

	tcase_add_test(tcase, every_batch_gets_its_verdicts);
	tcase_add_test(tcase, passes_cost_one_answer);
	tcase_add_test(tcase, few_drops_cost_one_each);
	tcase_add_test(tcase, many_drops_in_a_row_cost_one);
	return run_case("answer", tcase);
}
