/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf: the configuration, read completely or not at all.
 *
 * Plain values, each with its place (file and line); nothing here knows how
 * they are used.  sw_conf_load() collects all errors instead of stopping at the
 * first one.
 */
#ifndef SYNWARD_CONF_CONF_H
#define SYNWARD_CONF_CONF_H

#include <stdio.h>

#include "net/iface.h"
#include "synward/policy.h"

#define SW_CONF_FILE SYNWARD_SYSCONFDIR "/synward.conf"
#define SW_CONF_SINKS 8
#define SW_CONF_NAME 64
#define SW_CONF_PATH 256

enum sw_sink_kind {
	SW_SINK_SYSLOG,
	SW_SINK_JOURNAL,
	SW_SINK_FILE,
	SW_SINK_JSON,
	SW_SINK_STDERR,
};

struct sw_conf_sink {
	uint8_t kind;		 /* enum sw_sink_kind */
	char path[SW_CONF_PATH]; /* for FILE and JSON */
};

/* Where packets come from. */
struct sw_conf_feed {
	bool tap; /* copies of those that pass, beside the kernel's firewall;
		     else the queue */
	char (*interfaces)[SW_CONF_NAME]; /* of the tap */
	size_t n_interfaces;
	uint16_t nflog; /* the group to which the firewall logs its drops; 0:
			   none */
	/* the timeouts that no key gives are those of the kernel's tracker */
	bool timeouts_are_kernels;
};

struct sw_conf_queue {
	uint16_t first, count;
	bool fail_open;
	uint32_t copy_range; /* bytes */
	uint16_t spin;	     /* us; see pipeline/spin.h */
};

struct sw_conf_table {
	uint32_t max_flows;
	uint8_t max_embryonic; /* percent, 0 = no limit */
	uint32_t max_src_flows;
	uint32_t tombstones;
};

/* The part of the table that embryonic flows may use, percent from 1 to 100. */
static inline uint8_t
sw_conf_embryonic(const struct sw_conf_table *table)
{
	return table->max_embryonic > 0 ? table->max_embryonic : 100;
}

/* The number of a table's flows that may be embryonic. */
static inline uint64_t
sw_conf_embryonic_limit(const struct sw_conf_table *table, uint32_t flow_limit)
{
	return (uint64_t)flow_limit * sw_conf_embryonic(table) / 100;
}

struct sw_conf_offload {
	uint32_t lanes; /* 0: no fast path */
	uint32_t after; /* packets */
	uint32_t lease; /* seconds */
};

struct sw_conf_hook {
	uint32_t learn; /* seconds, after a first start */
	bool keep;	/* the queue's rules */
};

struct sw_conf_log {
	struct sw_conf_sink to[SW_CONF_SINKS];
	size_t n_to;   /* 0: journal when journald runs, else syslog */
	int facility;  /* LOG_DAEMON ... */
	uint32_t rate; /* lines per second */
	uint32_t incident_interval; /* seconds */
	bool ecn;
};

struct sw_conf_control {
	char socket[SW_CONF_PATH];
	char group[SW_CONF_NAME];
	char read_group[SW_CONF_NAME];
};

/* Addresses as they are written: a range, or a set by name. */
struct sw_conf_address {
	struct sw_addr_range range;
	bool except;		    /* written with "!" */
	char set[SW_RULE_NAME_MAX]; /* "": the range */
};

/* A set of addresses, from the configuration and from a file. */
struct sw_conf_set {
	char name[SW_RULE_NAME_MAX];
	struct sw_conf_address *addresses;
	size_t n_addresses;
	char path[SW_CONF_PATH];      /* of the file, or "" */
	struct sw_addr_range *ranges; /* all that it holds: IPv4 first, in
					 order, and apart from each other */
	size_t n_ranges;
	const char *file; /* where the set is; owned by the conf */
	int line;
};

/* Interfaces whose hosts are apart from all others.  Zones are numbered from 1
 * in their order. */
struct sw_conf_zone {
	char name[SW_RULE_NAME_MAX];
	char (*interfaces)[SW_CONF_NAME];
	size_t n_interfaces;
	const char *file; /* owned by the conf */
	int line;
};

/* What a rule allows between the hosts of its flows, with its place. */
struct sw_conf_related {
	struct sw_related related; /* arrays owned by the conf */
	bool from_any_port;	   /* said, as no source ports must be */
	const char *file;	   /* owned by the conf */
	int line;
};

/* A rule with its place, interfaces still by name. */
struct sw_conf_rule {
	struct sw_rule rule; /* arrays owned by the conf; addresses and
				interfaces unset */
	struct sw_conf_address *from, *to;
	size_t n_from, n_to;
	char (*in)[SW_CONF_NAME], (*out)[SW_CONF_NAME];
	size_t n_in, n_out;
	char (*phys_in)[SW_CONF_NAME], (*phys_out)[SW_CONF_NAME];
	size_t n_phys_in, n_phys_out;
	size_t first_related, n_related; /* of the conf's */
	const char *file;		 /* owned by the conf */
	int line;
};

struct sw_conf {
	char profile[SW_CONF_NAME];
	struct sw_conf_feed source;
	struct sw_conf_queue queue;
	struct sw_conf_table table;
	struct sw_conf_log log;
	struct sw_conf_control control;
	struct sw_conf_offload offload;
	struct sw_conf_hook hook;
	bool recheck; /* a reload ends flows that the new rules deny */
	struct sw_flow_policy otherwise; /* what no rule names: timeouts,
					  tracking, on-idle, on-orphan,
					  mode, default-action */
	struct sw_conf_set *sets;
	size_t n_sets;
	struct sw_conf_zone *zones;
	size_t n_zones;
	struct sw_conf_rule *rules;
	size_t n_rules;
	struct sw_conf_related *related; /* of all rules, in their order */
	size_t n_related;
	struct sw_conf_origins *origins; /* where each value came from */
};

/* One error or warning, in printable ASCII. */
struct sw_conf_error {
	char text[512]; /* "FILE:LINE:COLUMN: WHAT; write WHAT INSTEAD" */
	/* the line and a mark below it, two lines that each end in a newline;
	 * or "" */
	char excerpt[176];
	char file[SW_CONF_PATH];
	uint32_t line, column; /* from 1; 0: the whole file */
	char key[96];	       /* "log.rate", or "" */
	char expected[192];    /* what would be accepted, or "" */
	/* what to write instead, if only one thing can have been meant, or
	 * "" */
	char fix[128];
	bool warning; /* the value is accepted */
};

struct sw_conf_errors {
	struct sw_conf_error *list;
	size_t n;
	/* for the first one, when memory is short */
	struct sw_conf_error reserve;
};

/*
 * Reads file (NULL: the default one, which may be absent) and every .conf file
 * of conf.d beside it, in lexical order.  It refuses a file that users other
 * than root and the caller can write.  Any thread may call this.
 * => a configuration the caller owns, or NULL with errors filled
 * => the caller owns errors in either case: sw_conf_errors_free()
 */
struct sw_conf *sw_conf_load(const char *file, struct sw_conf_errors *errors);
/* Like sw_conf_load(), but accepts files of any owner, for commands that change
 * nothing. */
struct sw_conf *
sw_conf_load_any(const char *file, struct sw_conf_errors *errors);
/* Like sw_conf_load(), from a text, for tests, hints and fuzzing; name is the
 * file's name in errors. */
struct sw_conf *sw_conf_parse(
    const char *text, const char *name, struct sw_conf_errors *errors);
void sw_conf_free(struct sw_conf *conf);
void sw_conf_errors_free(struct sw_conf_errors *errors);

/* Prints each error with its excerpt. */
void sw_conf_errors_print(const struct sw_conf_errors *errors, FILE *out);

/* Warns of what the configuration needs and this machine lacks: a group, the
 * directory of a log file.  It looks up names and files, so only commands that
 * check call it.
 * => the caller owns warnings: sw_conf_errors_free() */
void sw_conf_warn(const struct sw_conf *conf, struct sw_conf_errors *warnings);

/* Does a tap listen on a single interface, named without a pattern?  Then it
 * hears what that one receives and what it sends, both with the addresses of
 * the hosts on its side; otherwise only what each receives. */
bool sw_conf_hears_one(const struct sw_conf *conf);

/* Takes these timeouts for all that no key gives; 0 leaves one as it is.  The
 * rules are to be compiled again.  => did any of the whole change? */
bool sw_conf_take_timeouts(
    struct sw_conf *conf, const uint32_t seconds[SW_TIMEOUT_COUNT]);

/* Where a value came from: "FILE:LINE", "default" or "profile linux".  key is
 * "profile", "queue.first", "timeouts.established" ... and, for a rule (by its
 * number in conf->rules), "tracking", "timeouts.established" ...
 * => text; NULL when there is no such key */
const char *sw_conf_origin(
    const struct sw_conf *conf, const char *key, char *text, size_t size);
const char *sw_conf_rule_origin(const struct sw_conf *conf, size_t rule,
    const char *key, char *text, size_t size);

/* Prints every effective value and its origin, in a form that can be read back
 * as a configuration. */
void sw_conf_dump(const struct sw_conf *conf, FILE *out);
/* The same as a text of *length bytes, the caller's to free; alone: what the
 * files of sets hold is written down, too, so that the text needs no other
 * file.  => NULL when memory is short */
char *sw_conf_dump_text(const struct sw_conf *conf, bool alone, size_t *length);

/* => NULL when there is no set of that name */
const struct sw_conf_set *
sw_conf_set_find(const struct sw_conf *conf, const char *name);

/* Assigns each rule the slot of its name, see sw_rule_slots_assign().
 * => 0, -ENOSPC or -ENOMEM */
struct sw_rule_slots;
int sw_conf_compile_slots(struct sw_conf *conf, struct sw_rule_slots *slots);

/* Compiles the rules for these interfaces.  => NULL when memory is short */
struct sw_policy *sw_conf_compile_policy(
    const struct sw_conf *conf, const struct sw_iface *links, size_t n);
/* The same for those that there are now. */
struct sw_policy *
sw_conf_compile_here(const struct sw_conf *conf, struct sw_ifaces *ifaces);

#endif
