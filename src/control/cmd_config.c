/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_config: the commands reload and dump-config.
 *
 * The configuration's own printer writes the dump; here each of its lines
 * becomes an object that also gives, for programs, the key, its value and its
 * origin.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/internal.h"

/* The most errors that fit the buffer beside the last line. */
enum { ERRORS_TOLD = 30, DEPTH = 4, NAME = 80 };

static void
tell_error(struct sw_json *json, const struct sw_conf_error *error)
{
	sw_json_begin(json, "error");
	sw_json_put_text(json, "text", error->text);
	sw_json_put_text(json, "excerpt", error->excerpt);
	sw_json_put_text(json, "file", error->file);
	sw_json_put_count(json, "line", error->line);
	sw_json_put_count(json, "column", error->column);
	sw_json_put_text(json, "key", error->key);
	sw_json_put_text(json, "expected", error->expected);
	sw_json_put_text(json, "fix", error->fix);
	sw_json_end(json);
}

static void
begin_reload(struct sw_client *client)
{
	struct sw_daemon *daemon = client->daemon;
	struct sw_conf_errors errors = { 0 };
	int error = client->control->reload(daemon, &errors);

	for (size_t i = 0; i < errors.n && i < ERRORS_TOLD; i++)
		tell_error(&client->reply.json, &errors.list[i]);
	if (error == 0) {
		sw_json_begin(&client->reply.json, "reloaded");
		sw_json_put_count(&client->reply.json, "generation",
		    daemon->reload.generation);
		sw_json_put_count(
		    &client->reply.json, "rules", daemon->conf->n_rules);
		sw_json_end(&client->reply.json);
		sw_client_end(client, SW_EXIT_OK);
	} else {
		sw_client_fail(client,
		    errors.n > 0 ? SW_EXIT_CONFIG : SW_EXIT_FAILURE,
		    "%s; the configuration in force stays",
		    errors.n > 0 ? "the new configuration has errors"
				 : strerror(-error));
	}
	sw_conf_errors_free(&errors);
}

const struct sw_answer sw_answer_reload = { begin_reload, NULL, NULL };

struct dump {
	char *text;
	size_t size;
	const char *at;
	char section[DEPTH][NAME];
	unsigned depth;
};

static void
begin_dump(struct sw_client *client)
{
	struct dump *dump = calloc(1, sizeof *dump);

	client->work = dump;
	if (dump != NULL)
		dump->text =
		    sw_conf_dump_text(client->daemon->conf, false, &dump->size);
	if (dump == NULL || dump->text == NULL)
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
	else
		dump->at = dump->text;
}

static void
drop_dump(struct sw_client *client)
{
	struct dump *dump = client->work;

	if (dump != NULL)
		free(dump->text);
	free(dump);
}

/* The start of the comment at the end of the line, or NULL. */
static char *
find_origin(char *line)
{
	char *last = NULL;

	for (char *at = line; (at = strstr(at, " # ")) != NULL; at += 3)
		last = at;
	return last;
}

static void
trim(char *text)
{
	size_t length = strlen(text);

	while (
	    length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		text[--length] = '\0';
}

static void
enter_section(struct dump *dump, char *name)
{
	*strrchr(name, '{') = '\0';
	trim(name);
	if (dump->depth < DEPTH)
		snprintf(dump->section[dump->depth], NAME, "%s", name);
	dump->depth++;
}

/* Writes section.key, value and origin of a line such as "key = value  #
 * origin". */
static void
tell_key(
    struct sw_json *json, const struct dump *dump, char *line, char *origin)
{
	char *equals = strstr(line, " = "), path[DEPTH * NAME] = "";

	if (equals == NULL || line[0] == '#')
		return;
	*equals = '\0';
	for (unsigned i = 0; i < dump->depth && i < DEPTH; i++) {
		strcat(path, dump->section[i]);
		strcat(path, ".");
	}
	strncat(path, line, NAME - 1);
	sw_json_put_text(json, "key", path);
	sw_json_put_text(json, "value", equals + 3);
	if (origin != NULL)
		sw_json_put_text(json, "origin", origin);
}

/* Parses a line as far as the members besides "text" need it. */
static void
read_line(struct sw_json *json, struct dump *dump, char *line)
{
	char *origin = find_origin(line);

	line += strspn(line, "\t ");
	if (origin != NULL && origin > line) {
		*origin = '\0';
		origin += 3;
	}
	trim(line);
	if (line[0] == '}') {
		dump->depth -= dump->depth > 0;
	} else if (line[0] != '\0' && line[strlen(line) - 1] == '{') {
		enter_section(dump, line);
	} else {
		tell_key(json, dump, line, origin);
	}
}

static bool
more_dump(struct sw_client *client)
{
	struct dump *dump = client->work;

	while (*dump->at != '\0' && sw_reply_room(&client->reply)) {
		size_t length = strcspn(dump->at, "\n");
		char *line = strndup(dump->at, length);

		dump->at += length + (dump->at[length] == '\n');
		if (line == NULL)
			continue;
		sw_json_begin(&client->reply.json, "config");
		sw_json_put_text(&client->reply.json, "text", line);
		read_line(&client->reply.json, dump, line);
		sw_json_end(&client->reply.json);
		free(line);
	}
	if (*dump->at == '\0')
		sw_client_end(client, SW_EXIT_OK);
	return true;
}

const struct sw_answer sw_answer_dump = { begin_dump, more_dump, drop_dump };
