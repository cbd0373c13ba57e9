/* SPDX-License-Identifier: Apache-2.0 */
/*
 * completion: scripts for bash and zsh, out of the command table.
 *
 * Both are a case for each command that names its options and what its
 * operands are; the lists of causes, filter keys and states are written
 * into the script, so that completing asks no daemon.
 */
#include <string.h>

#include "ctl/command.h"
#include "protocol/request.h"
#include "synward/cause.h"

static void
put_causes(void)
{
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		printf("%s%s", i > 0 ? " " : "", sw_cause_text(i)->name);
}

static void
put_keys(void)
{
	const char *name, *values, *help;

	for (unsigned i = 0;
	     (name = sw_filter_key_name(i, &values, &help)) != NULL; i++)
		printf("%s%s=", i > 0 ? " " : "", name);
}

/* The values of a key, each with a text before it. */
static void
put_key_values(const char *key, const char *before)
{
	const char *value;

	for (unsigned i = 0; (value = sw_filter_key_value(key, i)) != NULL; i++)
		printf("%s%s%s", i > 0 ? " " : "", before, value);
}

static void
put_sorts(void)
{
	const char *name;

	for (unsigned i = 1; (name = sw_request_sort_name(i)) != NULL; i++)
		printf("%s%s", i > 1 ? " " : "", name);
}

/* What a shell offers for an operand or a value. */
static const char *const actions[] = {
	[SW_OPERAND_NONE] = "none",
	[SW_OPERAND_TEXT] = "none",
	[SW_OPERAND_FILE] = "file",
	[SW_OPERAND_CAUSE] = "cause",
	[SW_OPERAND_FILTER] = "filter",
	[SW_OPERAND_INTERFACE] = "interface",
	[SW_OPERAND_UPDOWN] = "updown",
	[SW_OPERAND_SHELL] = "shell",
	[SW_OPERAND_SORT] = "sort",
};

static void
put_option_words(const struct sw_ctl_option *option)
{
	for (; option != NULL && option->name != NULL; option++) {
		if (option->letter != 0)
			printf(" -%c", option->letter);
		printf(" --%s", option->name);
	}
}

/* A line each option with a value: what completes the value. */
static void
put_bash_values(const struct sw_command *command)
{
	const struct sw_ctl_option *option;

	for (option = command->options; option && option->name; option++) {
		if (option->value == NULL)
			continue;
		printf("\t%s:--%s", command->name, option->name);
		if (option->letter != 0)
			printf("|%s:-%c", command->name, option->letter);
		printf(") _synwardctl_offer %s; return ;;\n",
		    actions[option->kind]);
	}
}

static const char bash_head[] =
    "# bash completion for synwardctl: made by \"synwardctl completion "
    "bash\"\n"
    "# shellcheck shell=bash disable=SC2207 # words hold no blanks\n"
    "\n"
    "_synwardctl_offer()\n"
    "{\n"
    "\tcase $1 in\n"
    "\tfile)\n"
    "\t\tcompopt -o filenames\n"
    "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
    "\tinterface) COMPREPLY=($(compgen -W \"$(ls /sys/class/net)\" -- "
    "\"$cur\")) ;;\n"
    "\tupdown) COMPREPLY=($(compgen -W 'up down keep show' -- \"$cur\")) ;;\n"
    "\tshell) COMPREPLY=($(compgen -W 'bash zsh' -- \"$cur\")) ;;\n";

static const char bash_middle[] =
    "\tesac\n"
    "}\n"
    "\n"
    "_synwardctl()\n"
    "{\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}"
    "\n"
    "\tlocal command='' i\n"
    "\tCOMPREPLY=()\n"
    "\t# The shell cuts words at = and at colons; take them as one.\n"
    "\tif [[ $cur == = ]]; then cur=$prev=; prev=''; "
    "elif [[ $prev == = ]]; then cur=${COMP_WORDS[COMP_CWORD - 2]}=$cur; "
    "prev=''; fi\n"
    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
    "\t\tcase ${COMP_WORDS[i]} in\n"
    "\t\t-s) ((i++)) ;;\n"
    "\t\t-*) ;;\n"
    "\t\t*) command=${COMP_WORDS[i]}; break ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\tif [[ $command && $cur == --*=* ]]; then prev=${cur%%=*}; "
    "cur=${cur#*=}; fi\n"
    "\tcase $command:$prev in\n"
    "\t:-s) _synwardctl_offer file; return ;;\n";

/* A case for each key whose values are names. */
static void
put_bash_key_values(void)
{
	const char *name, *values, *help;

	for (unsigned i = 0;
	     (name = sw_filter_key_name(i, &values, &help)) != NULL; i++) {
		if (sw_filter_key_value(name, 0) == NULL)
			continue;
		printf("\t\t%s=*) COMPREPLY=($(compgen -W '", name);
		put_key_values(name, "");
		fputs("' -- \"${cur#*=}\")) ;;\n", stdout);
	}
}

static void
put_bash_offers(void)
{
	fputs("\tcause) COMPREPLY=($(compgen -W '", stdout);
	put_causes();
	fputs("' -- \"$cur\")) ;;\n\tsort) COMPREPLY=($(compgen -W '", stdout);
	put_sorts();
	fputs("' -- \"$cur\")) ;;\n\tfilter)\n\t\tcompopt -o nospace\n"
	      "\t\tcase $cur in\n",
	    stdout);
	put_bash_key_values();
	fputs("\t\t*) COMPREPLY=($(compgen -W '", stdout);
	put_keys();
	fputs(" or' -- \"$cur\")) ;;\n\t\tesac ;;\n", stdout);
}

static void
put_bash_commands(void)
{
	const struct sw_command *c;

	fputs("\tesac\n\tcase $command in\n\t'') COMPREPLY=($(compgen -W '",
	    stdout);
	for (c = sw_commands; c->name != NULL; c++)
		printf("%s ", c->name);
	fputs("-s --json --help --version' -- \"$cur\")) ;;\n", stdout);
	for (c = sw_commands; c->name != NULL; c++) {
		printf("\t%s)\n\t\tif [[ $cur == -* ]]; then\n"
		       "\t\t\tCOMPREPLY=($(compgen -W '",
		    c->name);
		put_option_words(c->options);
		put_option_words(sw_common_options);
		printf("' -- \"$cur\"))\n\t\telse\n"
		       "\t\t\t_synwardctl_offer %s\n\t\tfi ;;\n",
		    actions[c->operand]);
	}
}

static void
put_bash(void)
{
	fputs(bash_head, stdout);
	put_bash_offers();
	fputs(bash_middle, stdout);
	for (const struct sw_command *c = sw_commands; c->name != NULL; c++)
		put_bash_values(c);
	put_bash_commands();
	fputs("\tesac\n}\n\ncomplete -F _synwardctl synwardctl\n", stdout);
}

/* Text between single quotes, in brackets: neither may occur in it. */
static void
put_zsh_text(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:\\", *text) != NULL)
			printf("\\%c", *text);
		else
			putchar(*text);
}

static void
put_zsh_option(const struct sw_ctl_option *option)
{
	const char *value = option->value;

	fputs(" \\\n\t\t\t", stdout);
	if (option->letter != 0)
		printf("'(-%c --%s)'{-%c%s,--%s%s}'[", option->letter,
		    option->name, option->letter, value != NULL ? "+" : "",
		    option->name, value != NULL ? "=" : "");
	else
		printf("'--%s%s[", option->name, value != NULL ? "=" : "");
	put_zsh_text(option->help);
	putchar(']');
	if (value != NULL)
		printf(":%s:_synwardctl_%s", value, actions[option->kind]);
	putchar('\'');
}

static void
put_zsh_command(const struct sw_command *command)
{
	const struct sw_ctl_option *option;

	printf("\t\t%s)\n\t\t_arguments", command->name);
	for (option = command->options; option && option->name; option++)
		put_zsh_option(option);
	for (option = sw_common_options; option->name != NULL; option++)
		put_zsh_option(option);
	if (command->operand != SW_OPERAND_NONE)
		printf(" \\\n\t\t\t'*:%s:_synwardctl_%s'",
		    command->operand == SW_OPERAND_FILTER ? "condition"
							  : "argument",
		    actions[command->operand]);
	fputs(" ;;\n", stdout);
}

static void
put_zsh_key_values(void)
{
	const char *name, *values, *help;
	char before[32];

	for (unsigned i = 0;
	     (name = sw_filter_key_name(i, &values, &help)) != NULL; i++) {
		if (sw_filter_key_value(name, 0) == NULL)
			continue;
		snprintf(before, sizeof before, "%s=", name);
		fputs("\tcompadd -- ", stdout);
		put_key_values(name, before);
		putchar('\n');
	}
}

static void
put_zsh_offers(void)
{
	fputs("#compdef synwardctl\n"
	      "# zsh completion for synwardctl: made by \"synwardctl "
	      "completion zsh\"\n\n"
	      "_synwardctl_none() { _message 'no more to offer' }\n"
	      "_synwardctl_file() { _files }\n"
	      "_synwardctl_interface() { _net_interfaces }\n"
	      "_synwardctl_updown() { compadd up down keep show }\n"
	      "_synwardctl_shell() { compadd bash zsh }\n"
	      "_synwardctl_cause() { compadd ",
	    stdout);
	put_causes();
	fputs(" }\n_synwardctl_sort() { compadd ", stdout);
	put_sorts();
	fputs(" }\n_synwardctl_filter()\n{\n\tcompadd -S '' -- ", stdout);
	put_keys();
	fputs("\n\tcompadd -- or\n", stdout);
	put_zsh_key_values();
	fputs("}\n\n", stdout);
}

static void
put_zsh(void)
{
	const struct sw_command *c;

	put_zsh_offers();
	fputs("_synwardctl()\n{\n\tlocal context state state_descr line\n"
	      "\ttypeset -A opt_args\n\tlocal -a commands=(\n",
	    stdout);
	for (c = sw_commands; c->name != NULL; c++) {
		printf("\t\t'%s:", c->name);
		put_zsh_text(c->help);
		fputs("'\n", stdout);
	}
	fputs("\t)\n"
	      "\t_arguments -C '-s+[socket of the daemon]:socket:_files' \\\n"
	      "\t\t'--version[print the version]' '--help[list the commands]' "
	      "\\\n\t\t'1: :->command' '*:: :->arguments'\n"
	      "\tcase $state in\n"
	      "\tcommand) _describe command commands ;;\n"
	      "\targuments)\n\t\tcase $words[1] in\n",
	    stdout);
	for (c = sw_commands; c->name != NULL; c++)
		put_zsh_command(c);
	fputs("\t\tesac ;;\n\tesac\n}\n\n_synwardctl \"$@\"\n", stdout);
}

int
sw_command_completion(struct sw_ctl *ctl)
{
	const char *shell = ctl->operands[0];

	if (strcmp(shell, "bash") == 0)
		put_bash();
	else if (strcmp(shell, "zsh") == 0)
		put_zsh();
	else
		return sw_command_fail(
		    SW_EXIT_USAGE, "'%s' is unknown; write bash or zsh", shell);
	return SW_EXIT_OK;
}
