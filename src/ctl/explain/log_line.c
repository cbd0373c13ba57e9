/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_line: reads a line of synward's log.
 *
 * Spaces outside quotes separate words.  The word > is between the endpoints,
 * and the second word before it is the protocol.  Words of the form key=value
 * are the fields; the message precedes them.  A line about an incident is
 * split at its colon and commas instead.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ctl/explain/log_line.h"
#include "protocol/request.h"

struct word {
	const char *at;
	size_t length;
};

enum { WORDS = 64 };

static size_t
cut(const char *text, struct word words[WORDS])
{
	size_t n = 0;

	while (n < WORDS) {
		bool quoted = false;

		text += strspn(text, " \t\r\n");
		if (*text == '\0')
			break;
		words[n].at = text;
		for (; *text != '\0' &&
		       (quoted || !isspace((unsigned char)*text));
		     text++)
			quoted ^= *text == '"' && text[-1] != '\\';
		words[n].length = (size_t)(text - words[n].at);
		n++;
	}
	return n;
}

static bool
copy(const struct word *word, char *to, size_t size)
{
	if (word->length >= size)
		return false;
	memcpy(to, word->at, word->length);
	to[word->length] = '\0';
	return true;
}

static void
add_field(
    struct sw_log_line *line, const char *key, const char *value, size_t length)
{
	struct sw_log_field *field = &line->fields[line->n_fields];

	if (line->n_fields == SW_LOG_FIELDS)
		return;
	snprintf(field->key, sizeof field->key, "%s", key);
	if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
		value++;
		length -= 2;
	}
	field->value = value;
	field->length = length;
	line->n_fields++;
}

static bool
is_address(const char *text)
{
	struct sw_addr addr;
	uint8_t family;
	uint16_t port;

	return sw_request_endpoint(text, &addr, &family, &port);
}

static void
lower(char *text)
{
	for (; *text != '\0'; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* proto from > to around words[i] */
static void
read_ends(
    struct sw_log_line *line, const struct word words[], size_t n, size_t i)
{
	const char *number;

	if (i < 2 || i + 1 >= n || words[i].length != 1 ||
	    words[i].at[0] != '>')
		return;
	if (!copy(&words[i - 2], line->proto, sizeof line->proto) ||
	    !copy(&words[i - 1], line->from, sizeof line->from) ||
	    !copy(&words[i + 1], line->to, sizeof line->to) ||
	    !is_address(line->from) || !is_address(line->to)) {
		line->from[0] = '\0';
		return;
	}
	lower(line->proto);
	number = strncmp(line->proto, "proto-", 6) == 0 ? line->proto + 6 : "";
	if (*number != '\0')
		memmove(line->proto, number, strlen(number) + 1);
	add_field(line, "protocol", words[i - 2].at, words[i - 2].length);
	add_field(line, "from", words[i - 1].at, words[i - 1].length);
	add_field(line, "to", words[i + 1].at, words[i + 1].length);
}

static void
read_pair(struct sw_log_line *line, const struct word *word)
{
	const char *equals = memchr(word->at, '=', word->length);
	struct word key = { word->at,
		equals != NULL ? (size_t)(equals - word->at) : 0 };
	char name[24], cause[32];
	struct word value;

	if (equals == NULL || !islower((unsigned char)word->at[0]) ||
	    !copy(&key, name, sizeof name))
		return;
	value.at = equals + 1;
	value.length = word->length - key.length - 1;
	add_field(line, name, value.at, value.length);
	if (strcmp(name, "cause") == 0 && copy(&value, cause, sizeof cause))
		line->cause = sw_cause_by_name(cause);
}

/* 412 drops in 60s ..., 37 clients > ..., since 02:11:08 */
static void
read_parts(struct sw_log_line *line, const char *text)
{
	static const char *const keys[] = { "drops", "who", "when" };
	const char *end = text + strcspn(text, "\r\n");

	for (size_t i = 0; i < sizeof keys / sizeof keys[0] && text < end;
	     i++) {
		const char *comma = strstr(text, ", ");
		const char *key = keys[i];

		if (comma == NULL || comma > end)
			comma = end;
		if (strncmp(text, "last ", 5) == 0)
			key = "when";
		add_field(line, key, text, (size_t)(comma - text));
		text = comma < end ? comma + 2 : end;
	}
}

/* "Incident 7f3b asymmetric: 412 drops ..." */
static bool
read_incident(struct sw_log_line *line, const char *text)
{
	static const char begin[] = "Incident ";
	const char *at = strstr(text, begin), *id, *title, *colon;
	char cause[32];
	struct word word;

	if (at == NULL)
		return false;
	id = at + strlen(begin);
	title = id + strcspn(id, " ");
	colon = strstr(title, ": ");
	word = (struct word){ id, (size_t)(title - id) };
	if (colon == NULL || *title == '\0' ||
	    !copy(&word, line->incident, sizeof line->incident))
		return false;
	word = (struct word){ title + 1, (size_t)(colon - title - 1) };
	add_field(line, "incident", id, (size_t)(title - id));
	add_field(line, "what", word.at, word.length);
	if (copy(&word, cause, sizeof cause))
		line->cause = sw_cause_by_name(cause);
	read_parts(line, colon + 2);
	return true;
}

static void
read_message(struct sw_log_line *line, const char *text)
{
	for (unsigned i = 0; i < SW_MESSAGE_COUNT; i++) {
		const char *message = sw_cause_message_text(i);
		const char *at = strstr(text, message);
		const char *open, *close;

		if (at == NULL)
			continue;
		add_field(line, "message", at, strlen(message));
		open = at + strlen(message);
		close = strchr(open, ']');
		if (strncmp(open, " [", 2) == 0 && close != NULL)
			add_field(line, "flags", open + 2,
			    (size_t)(close - open) - 2);
		return;
	}
}

bool
sw_log_line_read(const char *text, struct sw_log_line *line)
{
	struct word words[WORDS];
	size_t n = cut(text, words);

	memset(line, 0, sizeof *line);
	line->cause = SW_CAUSE_COUNT;
	if (read_incident(line, text))
		return true;
	read_message(line, text);
	for (size_t i = 0; i < n; i++)
		read_ends(line, words, n, i);
	for (size_t i = 0; i < n; i++)
		read_pair(line, &words[i]);
	return line->cause != SW_CAUSE_COUNT ||
	       (line->n_fields > 0 && line->from[0] != '\0');
}
