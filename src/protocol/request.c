/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of the line is split into words; each word goes to the first reader
 * that knows it, if the command takes such words.  No input is trusted: a byte
 * that is no printable text ends the reading.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "conf/value.h"
#include "protocol/moment.h"
#include "protocol/request.h"

enum { WORDS_MAX = 32 };

struct command {
	const char *name;
	bool changes;
	unsigned words; /* enum sw_request_word */
};

static const struct command commands[SW_REQUEST_COUNT] = {
#define X(name, text, changes, words) \
	[SW_REQUEST_##name] = { text, changes, words },
	SW_REQUEST_MAP(X)
#undef X
};

struct words {
	char text[SW_REQUEST_MAX];
	char *list[WORDS_MAX];
	size_t n;
};

struct reader {
	const char *name; /* ends with = when a value follows */
	unsigned word;
	bool (*read)(struct sw_request *request, const char *value);
	const char *wanted; /* as a value */
};

static const char *const sorts[SW_SORT_COUNT] = {
#define Y(name, text) [SW_SORT_##name] = text,
	SW_SORT_MAP(Y)
#undef Y
};

const char *
sw_request_sort_name(unsigned sort)
{
	return sort < SW_SORT_COUNT ? sorts[sort] : NULL;
}

uint8_t
sw_request_subjects(enum sw_request_kind kind)
{
	if ((commands[kind].words & SW_WORD_FILTER) == 0)
		return 0;
	if (kind == SW_REQUEST_EVENTS)
		return SW_FILTER_EVENTS | SW_FILTER_DROPS;
	if (kind == SW_REQUEST_DROPS)
		return SW_FILTER_DROPS | SW_FILTER_INCIDENTS;
	return kind == SW_REQUEST_INCIDENTS ? SW_FILTER_INCIDENTS
					    : SW_FILTER_FLOWS;
}

const char *
sw_request_name(enum sw_request_kind kind)
{
	return commands[kind].name;
}

static bool
read_number(const char *text, uint32_t most, uint32_t *number)
{
	struct sw_range range = { 0, most };
	struct sw_fault fault = { 0 };

	return sw_value_number(text, range, number, &fault);
}

/* Where the port begins in text, or NULL when there is none. */
static const char *
find_port(const char *text)
{
	const char *first = strchr(text, ':');

	if (text[0] == '[') {
		const char *close = strchr(text, ']');

		return close != NULL && close[1] == ':' ? close + 2 : NULL;
	}
	if (first == NULL || strchr(first + 1, ':') != NULL)
		return NULL;
	return first + 1;
}

/* Copies the address out of text, without brackets. */
static bool
copy_address(const char *text, const char *port, char *address, size_t size)
{
	size_t length = port != NULL ? (size_t)(port - 1 - text) : strlen(text);

	if (text[0] == '[') {
		if (length < 2 || text[length - 1] != ']')
			return false;
		text++;
		length -= 2;
	}
	if (length >= size)
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	return strchr(address, '/') == NULL;
}

bool
sw_request_endpoint(
    const char *text, struct sw_addr *addr, uint8_t *family, uint16_t *port)
{
	const char *digits = find_port(text);
	struct sw_prefix prefix;
	char address[64];
	uint32_t number = 0;

	if (!copy_address(text, digits, address, sizeof address) ||
	    !sw_filter_prefix(address, &prefix))
		return false;
	if (digits != NULL && !read_number(digits, UINT16_MAX, &number))
		return false;
	*addr = prefix.addr;
	*family = prefix.family;
	*port = (uint16_t)number;
	return true;
}

static bool
read_limit(struct sw_request *request, const char *value)
{
	return read_number(value, UINT32_MAX, &request->limit) &&
	       request->limit > 0;
}

static bool
read_since(struct sw_request *request, const char *value)
{
	return sw_moment_read(value, (int64_t)time(NULL), &request->since);
}

static bool
read_until(struct sw_request *request, const char *value)
{
	return sw_moment_read(value, (int64_t)time(NULL), &request->until);
}

static bool
read_sort(struct sw_request *request, const char *value)
{
	request->reverse = *value == '-';
	value += request->reverse;
	for (uint8_t i = 1; i < SW_SORT_COUNT; i++)
		if (strcmp(value, sorts[i]) == 0)
			request->sort = i;
	return request->sort != SW_SORT_NONE;
}

static bool
read_from(struct sw_request *request, const char *value)
{
	return sw_request_endpoint(value, &request->ends.src,
	    &request->ends.family, &request->ends.sport);
}

static bool
read_to(struct sw_request *request, const char *value)
{
	uint8_t family;

	/* from= is before to=, and both are of one family. */
	request->has_to = true;
	return sw_request_endpoint(
		   value, &request->ends.dst, &family, &request->ends.dport) &&
	       family == request->ends.family;
}

static bool
read_proto(struct sw_request *request, const char *value)
{
	int proto = sw_filter_protocol(value);

	request->ends.proto = (uint8_t)proto;
	return proto >= 0;
}

static bool
read_name(char name[16], const char *value)
{
	if (strlen(value) >= 16)
		return false;
	strcpy(name, value);
	return true;
}

static bool
read_in(struct sw_request *request, const char *value)
{
	return read_name(request->in, value);
}

static bool
read_out(struct sw_request *request, const char *value)
{
	return read_name(request->out, value);
}

static bool
read_phys_in(struct sw_request *request, const char *value)
{
	return read_name(request->phys_in, value);
}

static bool
read_phys_out(struct sw_request *request, const char *value)
{
	return read_name(request->phys_out, value);
}

static bool
read_mark(struct sw_request *request, const char *value)
{
	struct sw_mark_match mark;
	struct sw_fault fault;

	request->has_mark = sw_mark_read(value, &mark, &fault) &&
			    mark.mask == UINT32_MAX && !mark.except;
	request->mark = mark.value;
	return request->has_mark;
}

static bool
read_for(struct sw_request *request, const char *value)
{
	struct sw_range range = { 0, SW_LEARN_LONGEST };
	struct sw_fault fault = { 0 };

	request->has_seconds =
	    sw_value_duration(value, range, &request->seconds, &fault);
	return request->has_seconds;
}

static bool
read_rule(struct sw_request *request, const char *value)
{
	char word[SW_RULE_NAME_MAX + 8], why[SW_REQUEST_WHY];
	int n = snprintf(word, sizeof word, "rule=%s", value);

	return n > 0 && (size_t)n < sizeof word && request->filter.n == 0 &&
	       sw_filter_add(&request->filter, word, why, sizeof why);
}

static bool
read_follow(struct sw_request *request, const char *value)
{
	(void)value;
	return request->follow = true;
}

static bool
read_reset(struct sw_request *request, const char *value)
{
	(void)value;
	return request->reset = true;
}

static bool
read_yes(struct sw_request *request, const char *value)
{
	(void)value;
	return request->yes = true;
}

static const struct reader readers[] = {
	{ "limit=", SW_WORD_LIMIT, read_limit, "a number from 1" },
	{ "since=", SW_WORD_TIME | SW_WORD_SINCE, read_since,
	    SW_MOMENT_WANTED },
	{ "until=", SW_WORD_TIME, read_until, SW_MOMENT_WANTED },
	{ "sort=", SW_WORD_SORT, read_sort,
	    "age, idle, left, bytes or packets, with - before it the smallest "
	    "first" },
	{ "from=", SW_WORD_ENDS, read_from,
	    "an address such as 10.1.2.3:80 or [fd00::1]:80" },
	{ "to=", SW_WORD_ENDS, read_to,
	    "an address of the same family as from=" },
	{ "proto=", SW_WORD_ENDS, read_proto,
	    "the name of a protocol or a number to 255" },
	{ "in=", SW_WORD_WAY, read_in, "an interface" },
	{ "out=", SW_WORD_WAY, read_out, "an interface" },
	{ "phys-in=", SW_WORD_WAY, read_phys_in, "an interface" },
	{ "phys-out=", SW_WORD_WAY, read_phys_out, "an interface" },
	{ "mark=", SW_WORD_WAY, read_mark, "a mark such as 0x10" },
	{ "for=", SW_WORD_FOR, read_for,
	    "a duration up to 1d, such as 10m, or 0 to end" },
	{ "rule=", SW_WORD_RULE, read_rule, "the name of a rule" },
	{ "follow", SW_WORD_FOLLOW, read_follow, "" },
	{ "reset", SW_WORD_RESET, read_reset, "" },
	{ "yes", SW_WORD_YES, read_yes, "" },
};

/* => the text after the reader's name, or NULL when it is another word */
static const char *
value_for(const struct reader *reader, const char *word)
{
	size_t length = strlen(reader->name);

	if (strncmp(word, reader->name, length) != 0)
		return NULL;
	if (reader->name[length - 1] != '=' && word[length] != '\0')
		return NULL;
	return word + length;
}

static bool
read_word(
    struct sw_request *request, const char *word, char why[SW_REQUEST_WHY])
{
	const struct command *command = &commands[request->kind];

	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		const struct reader *reader = &readers[i];
		const char *value = value_for(reader, word);

		if (value == NULL || !(command->words & reader->word))
			continue;
		if (reader->read(request, value))
			return true;
		snprintf(why, SW_REQUEST_WHY, "'%.80s': write %s", word,
		    reader->wanted);
		return false;
	}
	if (command->words & SW_WORD_FILTER)
		return sw_filter_add(
		    &request->filter, word, why, SW_REQUEST_WHY);
	snprintf(why, SW_REQUEST_WHY, "%s does not take '%.80s'", command->name,
	    word);
	return false;
}

/* Copies one word without its quotes.
 * => the position after it, or NULL when the closing quote is missing */
static const char *
copy_word(const char *at, const char *end, char **to)
{
	bool quoted = false;

	for (; at < end && (quoted || *at != ' '); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		if (*at == '\\' && quoted && at + 1 < end)
			at++;
		*(*to)++ = *at;
	}
	*(*to)++ = '\0';
	return quoted ? NULL : at;
}

static bool
cut(const char *line, size_t length, struct words *words)
{
	const char *end = line + length;
	char *to = words->text;

	words->n = 0;
	for (const char *at = line; at < end; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	while (line < end) {
		if (*line == ' ') {
			line++;
			continue;
		}
		if (words->n == WORDS_MAX)
			return false;
		words->list[words->n++] = to;
		line = copy_word(line, end, &to);
		if (line == NULL)
			return false;
	}
	return true;
}

static bool
find_command(const char *name, struct sw_request *request)
{
	for (unsigned i = 0; i < SW_REQUEST_COUNT; i++)
		if (strcmp(name, commands[i].name) == 0) {
			request->kind = (uint8_t)i;
			request->changes = commands[i].changes;
			return true;
		}
	return false;
}

static bool
refuse(char why[SW_REQUEST_WHY], const char *what)
{
	snprintf(why, SW_REQUEST_WHY, "%s", what);
	return false;
}

/* Checks that the required words are present. */
static bool
is_complete(const struct sw_request *request, char why[SW_REQUEST_WHY])
{
	if (request->kind == SW_REQUEST_EXPLAIN && request->ends.family == 0)
		return refuse(why, "write from=");
	if (request->kind == SW_REQUEST_WHICH &&
	    (!request->has_to || request->ends.proto == 0))
		return refuse(why, "write from=, to= and proto=");
	if (request->since > request->until)
		return refuse(why, "since= is after until=");
	if (!sw_filter_finish(&request->filter, why, SW_REQUEST_WHY))
		return false;
	if (request->kind == SW_REQUEST_KILL && request->filter.n == 0)
		return refuse(why, "kill needs a filter");
	return true;
}

bool
sw_request_parse(const char *line, size_t length, struct sw_request *request,
    char why[SW_REQUEST_WHY])
{
	struct words words = { .n = 0 };

	memset(request, 0, sizeof *request);
	request->since = INT64_MIN;
	request->until = INT64_MAX;
	if (length >= SW_REQUEST_MAX || !cut(line, length, &words))
		return refuse(why, "the request is not one line of words");
	if (words.n < 2 || strcmp(words.list[0], "synward/1") != 0)
		return refuse(why,
		    "a request begins with synward/1 and a command; this "
		    "daemon is " SYNWARD_VERSION);
	if (!find_command(words.list[1], request)) {
		snprintf(why, SW_REQUEST_WHY, "unknown command '%.80s'",
		    words.list[1]);
		return false;
	}
	request->filter.subjects =
	    sw_request_subjects((enum sw_request_kind)request->kind);
	for (size_t i = 2; i < words.n; i++)
		if (!read_word(request, words.list[i], why))
			return false;
	return is_complete(request, why);
}
