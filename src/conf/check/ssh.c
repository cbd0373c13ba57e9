/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh: finds rules that lock out the administrator who checks them.
 *
 * sshd names the ends of a session in SSH_CONNECTION: "CLIENT PORT SERVER
 * PORT".  sudo takes it out of the environment, so it is also searched in that
 * of the processes above this one.  The rules are asked about a new connection
 * between the same ends.  Its interface is not known: a rule that allows some
 * counts for all, and one that denies some for none.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/check.h"

enum { ABOVE = 16, ENVIRONMENT = 65536, TEXT = 128, PATH = 64 };

static const char variable[] = "SSH_CONNECTION=";

static size_t
read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t n = 0;

	if (file != NULL) {
		n = fread(text, 1, size - 1, file);
		fclose(file);
	}
	text[n] = '\0';
	return n;
}

/* => false when the process has no such variable, or may not be read */
static bool
session_of(pid_t pid, char session[TEXT])
{
	char path[PATH], *text = malloc(ENVIRONMENT);
	bool found = false;
	size_t n;

	if (text == NULL)
		return false;
	snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
	n = read_file(path, text, ENVIRONMENT);
	for (size_t at = 0; at < n && !found; at += strlen(text + at) + 1) {
		found = strncmp(text + at, variable, sizeof variable - 1) == 0;
		if (found)
			snprintf(session, TEXT, "%s",
			    text + at + sizeof variable - 1);
	}
	free(text);
	return found;
}

/* "PID (NAME) STATE PPID ..."; a name may contain parentheses */
static pid_t
parent_of(pid_t pid)
{
	char path[PATH], text[512];
	const char *end;
	int parent = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	read_file(path, text, sizeof text);
	end = strrchr(text, ')');
	if (end == NULL || sscanf(end, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

static bool
find_session(char session[TEXT])
{
	const char *own = getenv("SSH_CONNECTION");
	pid_t pid = getppid();

	if (own != NULL) {
		snprintf(session, TEXT, "%s", own);
		return true;
	}
	for (int i = 0; i < ABOVE && pid > 1; i++, pid = parent_of(pid))
		if (session_of(pid, session))
			return true;
	return false;
}

static bool
read_address(const char *text, struct sw_addr *addr, uint8_t *family)
{
	bool ipv6 = strchr(text, ':') != NULL;

	*family = ipv6 ? SW_IPV6 : SW_IPV4;
	return inet_pton(ipv6 ? AF_INET6 : AF_INET, text, addr->b) == 1;
}

static bool
read_session(const char *session, struct sw_endpoints *ends)
{
	char client[64], server[64];
	uint8_t family;

	*ends = (struct sw_endpoints){ .proto = IPPROTO_TCP };
	return sscanf(session, "%63s %hu %63s %hu", client, &ends->sport,
		   server, &ends->dport) == 4 &&
	       read_address(client, &ends->src, &ends->family) &&
	       read_address(server, &ends->dst, &family) &&
	       family == ends->family;
}

static bool
is_partial(const struct sw_conf_rule *rule)
{
	return rule->n_in + rule->n_out + rule->n_phys_in + rule->n_phys_out >
		   0 ||
	       rule->rule.mark.mask != 0;
}

/* The rules without interfaces and marks, each in the slot of its number. */
static void
copy_rules(struct sw_conf *copy, const struct sw_conf *conf)
{
	copy->n_rules = 0;
	for (size_t i = 0; i < conf->n_rules; i++) {
		struct sw_conf_rule *rule = &copy->rules[copy->n_rules];

		*rule = conf->rules[i];
		if (rule->rule.flow_policy.deny && is_partial(rule))
			continue;
		rule->n_in = rule->n_out = 0;
		rule->n_phys_in = rule->n_phys_out = 0;
		rule->rule.mark.mask = 0;
		rule->rule.slot = (uint16_t)(i + 1);
		copy->n_rules++;
	}
}

/* => the slot of the rule that refuses it, or -1 */
static int
refused_by(const struct sw_conf *conf, const struct sw_endpoints *ends)
{
	struct sw_conf copy = *conf;
	struct sw_way way = { .in = 0 };
	struct sw_policy *policy = NULL;
	int slot = -1;

	copy.rules = calloc(conf->n_rules + 1, sizeof *copy.rules);
	if (copy.rules != NULL) {
		copy_rules(&copy, conf);
		policy = sw_conf_compile_policy(&copy, NULL, 0);
	}
	if (policy != NULL) {
		uint16_t by = sw_policy_match_opening(policy, ends, &way);
		const struct sw_flow_policy *flow_policy =
		    sw_policy_flow_policy(policy, by);

		if (flow_policy->deny && !flow_policy->observe)
			slot = by;
		sw_policy_destroy(policy);
	}
	free(copy.rules);
	return slot;
}

static struct sw_blame
blame_for(const struct sw_conf *conf, int slot)
{
	const struct sw_conf_origins *origins = conf->origins;

	if (slot != SW_RULE_DEFAULT)
		return sw_origin_blame(origins, origins->rules[slot - 1].at);
	return sw_origin_blame(
	    origins, origins->key[sw_schema_find("", "default-action")]);
}

void
sw_conf_check_ssh(const struct sw_conf *conf, struct sw_conf_errors *warnings)
{
	char session[TEXT], name[SW_RULE_NAME_MAX + 8] = "default-action";
	struct sw_endpoints ends;
	struct sw_blame blame;
	int slot;

	if (!find_session(session) || !read_session(session, &ends))
		return;
	slot = refused_by(conf, &ends);
	if (slot < 0)
		return;
	if (slot != SW_RULE_DEFAULT)
		snprintf(name, sizeof name, "rule \"%s\"",
		    conf->rules[slot - 1].rule.name);
	blame = blame_for(conf, slot);
	blame.key = slot == SW_RULE_DEFAULT ? "default-action" : "action";
	blame.warning = true;
	sw_conf_error_complain(warnings, &blame,
	    "%s denies connections like your own ssh session (%s): it is cut "
	    "where the queue's rule sees packets to this host (hook up "
	    "--input); write a rule before that allows protocol = tcp  port = "
	    "{ %u }",
	    name, session, ends.dport);
}
