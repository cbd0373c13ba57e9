/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook up, down, show.
 *
 * Which queues, and whether packets pass while nobody reads them, is taken
 * from the configuration, so that rule and daemon agree.  down takes away
 * whatever synward put anywhere, however it was put there.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "conf/conf.h"
#include "ctl/hook/hook.h"
#include "net/queue_proc.h"

static bool
has_ipv6(void)
{
	return access("/proc/net/if_inet6", R_OK) == 0;
}

/* => exit code */
static int
read_wish(const struct sw_ctl *ctl, struct sw_hook_wish *wish)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf =
	    sw_conf_load(sw_command_value(ctl, "config"), &errors);

	sw_conf_errors_print(&errors, stderr);
	sw_conf_errors_free(&errors);
	if (conf == NULL)
		return SW_EXIT_CONFIG;
	wish->first = conf->queue.first;
	wish->count = conf->queue.count;
	wish->bypass = conf->queue.fail_open;
	sw_conf_free(conf);
	wish->chain[SW_HOOK_FORWARD] = !sw_command_given(ctl, "no-forward");
	wish->chain[SW_HOOK_INPUT] = sw_command_given(ctl, "input");
	wish->chain[SW_HOOK_OUTPUT] = sw_command_given(ctl, "output");
	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++)
		if (wish->chain[i])
			return SW_EXIT_OK;
	return sw_command_fail(
	    SW_EXIT_USAGE, "--no-forward needs --input or --output");
}

static int
take_down(void)
{
	static const char *const programs[] = { "iptables", "ip6tables" };
	int code = sw_hook_nft_down();

	if (code == SW_EXIT_OK)
		code = sw_hook_iptables_down(programs, has_ipv6() ? 2 : 1);
	return code;
}

static int
put_up(const struct sw_ctl *ctl)
{
	struct sw_hook_wish wish = { 0 };
	int code = read_wish(ctl, &wish);

	if (code != SW_EXIT_OK)
		return code;
	if (sw_hook_nft_works())
		return sw_hook_nft_up(&wish);
	code = sw_hook_iptables_up("iptables", &wish);
	if (code == SW_EXIT_OK && has_ipv6())
		code = sw_hook_iptables_up("ip6tables", &wish);
	return code;
}

static void
print_reader(unsigned queue)
{
	char who[128];
	int account = sw_queue_proc_open();

	if (sw_queue_proc_holder(account, (uint16_t)queue, who, sizeof who))
		printf("queue %u is read by %s\n", queue, who);
	else
		printf("queue %u has no reader: the kernel drops its packets, "
		       "or lets them pass if the rule says bypass\n",
		    queue);
	if (account >= 0)
		close(account);
}

static void
print_readers(const struct sw_ctl *ctl)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf =
	    sw_conf_load(sw_command_value(ctl, "config"), &errors);

	sw_conf_errors_free(&errors);
	if (conf == NULL)
		return;
	for (unsigned i = 0; i < conf->queue.count; i++)
		print_reader(conf->queue.first + i);
	sw_conf_free(conf);
}

static void
print_json(const char *in, const char *text)
{
	struct sw_json json = sw_json_to_stream(stdout);

	if (*text == '\0')
		return;
	sw_json_begin(&json, "hook");
	sw_json_put_text(&json, "in", in);
	sw_json_put_text(&json, "text", text);
	sw_json_end(&json);
}

/* Beside ours they send packets to the queue twice.
 * => whether there are any */
static bool
show_others(const struct sw_ctl *ctl)
{
	char *text = sw_hook_others();
	bool any = text[0] != '\0';
	char *rest = text, *line;

	if (ctl->json)
		print_json("other", text);
	else
		while ((line = strsep(&rest, "\n")) != NULL && *line != '\0')
			printf("not by synward: %s\n", line);
	free(text);
	return any;
}

static int
show(const struct sw_ctl *ctl)
{
	static const char *const names[] = { "nft", "iptables", "ip6tables" };
	char *texts[] = { sw_hook_nft_show(), sw_hook_iptables_show(names[1]),
		has_ipv6() ? sw_hook_iptables_show(names[2]) : strdup("") };
	bool any = false, others;

	for (int i = 0; i < 3; i++) {
		any = any || texts[i][0] != '\0';
		if (ctl->json)
			print_json(names[i], texts[i]);
		else
			fputs(texts[i], stdout);
		free(texts[i]);
	}
	others = show_others(ctl);
	if (!any && !others && !ctl->json)
		puts("no rule sends packets to the queue; synwardctl hook up "
		     "adds one");
	if ((any || others) && !ctl->json)
		print_readers(ctl);
	return any ? SW_EXIT_OK : SW_EXIT_NOTHING;
}

int
sw_command_hook(struct sw_ctl *ctl)
{
	const char *what = ctl->operands[0];

	if (strcmp(what, "show") != 0 && geteuid() != 0)
		return sw_command_fail(SW_EXIT_NOT_PERMITTED,
		    "hook %s: only root may do this", what);
	if (strcmp(what, "up") == 0)
		return put_up(ctl);
	if (strcmp(what, "down") == 0)
		return take_down();
	if (strcmp(what, "show") == 0)
		return show(ctl);
	return sw_command_fail(
	    SW_EXIT_USAGE, "'%s' is unknown; write up, down or show", what);
}
