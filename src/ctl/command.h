/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command: the table synwardctl is made of.
 *
 * One row a command: its name, arguments, options, help and function.  From
 * the rows come the parsing of a command line, --help, the completions of
 * bash and zsh and the manual page, so that none of them can fall behind.
 */
#ifndef SYNWARD_CTL_COMMAND_H
#define SYNWARD_CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum sw_ctl_exit {
	SW_EXIT_OK = 0,
	SW_EXIT_FAILURE = 1,
	SW_EXIT_USAGE = 2,
	SW_EXIT_NO_DAEMON = 3,
	SW_EXIT_NOTHING = 4, /* nothing matched */
	SW_EXIT_NOT_PERMITTED = 5,
	SW_EXIT_CONFIG = 78, /* bad configuration */
};

/* What an operand or an option's value names, for completion. */
enum sw_ctl_operand {
	SW_OPERAND_NONE,
	SW_OPERAND_TEXT,
	SW_OPERAND_FILE,
	SW_OPERAND_CAUSE,
	SW_OPERAND_FILTER, /* key=value of a flow */
	SW_OPERAND_INTERFACE,
	SW_OPERAND_UPDOWN, /* up, down, keep or show */
	SW_OPERAND_SHELL,  /* bash or zsh */
	SW_OPERAND_SORT,   /* what flows are sorted by */
};

#define SW_CTL_OPTIONS 10 /* of one command at most */

struct sw_ctl_option {
	char letter; /* 0: only the long name */
	const char *name;
	const char *value; /* what its value is called; NULL: it has none */
	enum sw_ctl_operand kind; /* of the value */
	const char *help;
};

struct sw_ctl;

struct sw_command {
	const char *name;
	const char *arguments; /* as the usage line shows them, or "" */
	int least, most;       /* of them; most < 0: no limit */
	enum sw_ctl_operand operand;
	const char *help; /* one line, begins lower case, no full stop */
	const char *text; /* paragraphs, an empty line between */
	const struct sw_ctl_option *options; /* ends with name NULL */
	int (*run)(struct sw_ctl *ctl);	     /* => enum sw_ctl_exit */
};

/* A command line once it is understood. */
struct sw_ctl {
	const struct sw_command *command;
	const char *socket; /* -s, or NULL */
	bool json;
	bool color; /* of standard output */
	bool wide;  /* --wide: nothing is left out */
	char **operands;
	int n_operands;
	bool given[SW_CTL_OPTIONS];	   /* by place in command->options */
	const char *value[SW_CTL_OPTIONS]; /* NULL when not given */
};

/* Ends with a row without a name. */
extern const struct sw_command sw_commands[];
/* Options every command has. */
extern const struct sw_ctl_option sw_common_options[];

/* => NULL when there is none */
const struct sw_command *sw_table_find_command(const char *name);
/* The command whose name is nearest, or NULL when none is near. */
const struct sw_command *sw_help_near_command(const char *name);

/* The name that takes the fewest edits, fewer than below; names are short.
 * name: => the i-th, NULL behind the last
 * => its i, or -1 when none is near */
int sw_command_nearest(
    const char *word, const char *(*name)(size_t i), size_t below);

/* The option of that name in the command's list must exist. */
bool sw_command_given(const struct sw_ctl *ctl, const char *option);
const char *sw_command_value(const struct sw_ctl *ctl, const char *option);

/*
 * Reads the arguments after the command's name: argv[0] is the name.
 * => 0, or -1 when it was wrong and a message was written, or 1 when help
 *    was asked for
 */
int sw_command_parse(struct sw_ctl *ctl, int argc, char **argv);

void sw_help_all(FILE *out);
void sw_help_command(const struct sw_command *command, FILE *out);

/* The value of the first of these options that was given, or NULL. */
const char *sw_command_value_of(
    const struct sw_ctl *ctl, const char *option, const char *other);

/* "synwardctl: ..." on standard error.  => code */
int sw_command_fail(enum sw_ctl_exit code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Keys of a filter with their help are part of this command's text. */
bool sw_table_command_filters(const struct sw_command *command);

int sw_command_advise(struct sw_ctl *ctl);
int sw_command_check(struct sw_ctl *ctl);
int sw_command_completion(struct sw_ctl *ctl);
int sw_command_drops(struct sw_ctl *ctl);
int sw_command_dump(struct sw_ctl *ctl);
int sw_command_events(struct sw_ctl *ctl);
int sw_command_explain(struct sw_ctl *ctl);
int sw_command_flows(struct sw_ctl *ctl);
int sw_command_incidents(struct sw_ctl *ctl);
int sw_command_hook(struct sw_ctl *ctl);
int sw_command_kill(struct sw_ctl *ctl);
int sw_command_manual(struct sw_ctl *ctl);
int sw_command_metrics(struct sw_ctl *ctl);
int sw_command_offload(struct sw_ctl *ctl);
int sw_command_reload(struct sw_ctl *ctl);
int sw_command_report(struct sw_ctl *ctl);
int sw_command_replay(struct sw_ctl *ctl);
int sw_command_status(struct sw_ctl *ctl);
int sw_command_top(struct sw_ctl *ctl);
int sw_command_try(struct sw_ctl *ctl);
int sw_command_which(struct sw_ctl *ctl);

#endif
