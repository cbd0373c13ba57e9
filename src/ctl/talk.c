/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer is read line by line: a header, objects, and a last line that
 * holds the exit code.  An answer that breaks off before its last line is an
 * error, never a short list.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "conf/conf.h"
#include "ctl/talk.h"

enum {
	LINE_MAX_BYTES = 65536,
	TIMEOUT_S = 30, /* for a byte of the answer */
	TRIES = 30,	/* when too many ask at once */
	TRY_NS = 100000000,
	REQUEST = 4096,
};

struct talk {
	const struct sw_question *question;
	bool (*each)(const json_t *object, void *context);
	void *context;
	int fd;
	char *bytes;
	size_t used;
	int code;
	bool busy;    /* it said: too many clients */
	bool begun;   /* the header came */
	bool ended;   /* the last line came */
	bool stopped; /* each had enough */
};

const char *
sw_talk_json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

double
sw_talk_json_real(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

uint64_t
sw_talk_json_count(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

bool
sw_talk_json_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

bool
sw_talk_json_is(const json_t *object, const char *kind)
{
	return strcmp(sw_talk_json_text(object, "kind"), kind) == 0;
}

struct sw_question
sw_talk_question(const struct sw_ctl *ctl, const char *command)
{
	struct sw_question question = {
		.socket = ctl->socket,
		.verbatim = ctl->json,
	};

	sw_talk_question_add(&question, command);
	return question;
}

void
sw_talk_question_add(struct sw_question *question, const char *text)
{
	if (question->n < SW_TALK_WORDS)
		question->words[question->n] = text;
	question->n++;
}

/* The socket asked when none is named: the configuration's, or the usual
 * one. */
static void
default_socket(char *path, size_t size)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf = sw_conf_load(NULL, &errors);

	if (conf == NULL) /* its errors are another command's to tell */
		conf = sw_conf_parse("", "defaults", &errors);
	snprintf(path, size, "%s",
	    conf != NULL ? conf->control.socket : "/run/synward/ctl.sock");
	sw_conf_errors_free(&errors);
	if (conf != NULL)
		sw_conf_free(conf);
}

static int __attribute__((format(printf, 3, 4)))
fail(const struct talk *talk, enum sw_ctl_exit code, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (talk->question->quiet)
		return code;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return sw_command_fail(code, "%s", text);
}

static int
timeout_of(const struct sw_question *question)
{
	return question->timeout > 0 ? (int)question->timeout : TIMEOUT_S;
}

static int
refused(const struct talk *talk, const char *path)
{
	if (errno == EACCES || errno == EPERM)
		return fail(talk, SW_EXIT_NOT_PERMITTED,
		    "%s: %s; run this as root, or as a member of the socket's "
		    "group",
		    path, strerror(errno));
	return fail(talk, SW_EXIT_NO_DAEMON, "%s: %s; is synwardd running?",
	    path, strerror(errno));
}

static int
dial(struct talk *talk)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = timeout_of(talk->question) };
	const char *path = talk->question->socket;
	char usual[256];

	if (path == NULL) {
		default_socket(usual, sizeof usual);
		path = usual;
	}
	if (strlen(path) >= sizeof address.sun_path)
		return fail(talk, SW_EXIT_USAGE,
		    "%s: this path is too long for a socket", path);
	strcpy(address.sun_path, path);
	talk->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (talk->fd < 0)
		return fail(talk, SW_EXIT_FAILURE, "%s", strerror(errno));
	if (!talk->question->follow)
		setsockopt(talk->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
		    sizeof timeout);
	if (connect(talk->fd, (struct sockaddr *)&address, sizeof address) == 0)
		return SW_EXIT_OK;
	return refused(talk, path);
}

/* A newline in a word would end the request, and the rest of it be lost. */
static const char *
find_control(const struct sw_question *question)
{
	for (size_t i = 0; i < question->n && i < SW_TALK_WORDS; i++)
		for (const char *at = question->words[i]; *at != '\0'; at++)
			if ((unsigned char)*at < ' ' || *at == 0x7f)
				return question->words[i];
	return NULL;
}

/* Appends a word, in quotes where it needs them.  => false: no room */
static bool
append(char *line, size_t *used, const char *word)
{
	bool quoted = *word == '\0' || strpbrk(word, " \"\\") != NULL;
	size_t need = 2 * strlen(word) + 4;

	if (*used + need >= REQUEST)
		return false;
	line[(*used)++] = ' ';
	if (quoted)
		line[(*used)++] = '"';
	for (; *word != '\0'; word++) {
		if (quoted && (*word == '"' || *word == '\\'))
			line[(*used)++] = '\\';
		line[(*used)++] = *word;
	}
	if (quoted)
		line[(*used)++] = '"';
	return true;
}

static int
send_question(const struct talk *talk)
{
	const struct sw_question *question = talk->question;
	char line[REQUEST] = "synward/1";
	size_t used = strlen(line), sent = 0;
	bool fits = question->n <= SW_TALK_WORDS;
	const char *odd = find_control(question);

	if (odd != NULL)
		return fail(talk, SW_EXIT_USAGE,
		    "'%.*s': a word must not contain a newline or another "
		    "control character",
		    (int)strcspn(odd, "\n\r"), odd);
	for (size_t i = 0; fits && i < question->n; i++)
		fits = append(line, &used, question->words[i]);
	if (!fits)
		return fail(talk, SW_EXIT_USAGE, "too many words");
	line[used++] = '\n';
	while (sent < used) {
		ssize_t n =
		    send(talk->fd, line + sent, used - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) /* it may have said why before it hung up */
			return SW_EXIT_OK;
		sent += (size_t)n;
	}
	return SW_EXIT_OK;
}

static int
take_end(struct talk *talk, const json_t *object)
{
	const char *error = sw_talk_json_text(object, "error");

	talk->ended = true;
	talk->code = (int)sw_talk_json_count(object, "code");
	talk->busy = sw_talk_json_true(object, "busy");
	if (*error != '\0' && !talk->busy)
		return fail(talk, (enum sw_ctl_exit)talk->code, "%s", error);
	return talk->code;
}

/* => exit code; 0 to go on */
static int
take_object(struct talk *talk, const char *line, size_t length)
{
	json_t *object = json_loadb(line, length, 0, NULL);
	int code = SW_EXIT_OK;

	if (object == NULL || !json_is_object(object)) {
		code = fail(talk, SW_EXIT_FAILURE,
		    "the daemon's answer cannot be parsed");
	} else if (sw_talk_json_true(object, "end")) {
		code = take_end(talk, object);
	} else if (!talk->begun) {
		talk->begun = true;
		if (sw_talk_json_count(object, "synward") != 1)
			code = fail(talk, SW_EXIT_FAILURE,
			    "the daemon uses another protocol version: %s",
			    sw_talk_json_text(object, "version"));
	} else if (!talk->each(object, talk->context)) {
		talk->stopped = true;
	}
	json_decref(object);
	return code;
}

/* Is it an object that may be printed as it is? */
static bool
is_plain(const struct talk *talk, const char *line, size_t length)
{
	return talk->question->verbatim && talk->begun && length > 7 &&
	       memcmp(line, "{\"end\":", 7) != 0;
}

static int
take_lines(struct talk *talk)
{
	char *line = talk->bytes, *newline;
	size_t left = talk->used;
	int code = SW_EXIT_OK;

	while (code == SW_EXIT_OK && !talk->ended && !talk->stopped &&
	       (newline = memchr(line, '\n', left)) != NULL) {
		size_t length = (size_t)(newline - line);

		if (is_plain(talk, line, length))
			fwrite(line, 1, length + 1, stdout);
		else
			code = take_object(talk, line, length);
		line += length + 1;
		left -= length + 1;
	}
	memmove(talk->bytes, line, left);
	talk->used = left;
	return code;
}

static int
hear(struct talk *talk)
{
	while (!talk->ended && !talk->stopped) {
		ssize_t n = recv(talk->fd, talk->bytes + talk->used,
		    LINE_MAX_BYTES - talk->used, 0);
		int code;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return fail(talk, SW_EXIT_NO_DAEMON,
			    "synwardd does not answer within %d seconds",
			    timeout_of(talk->question));
		if (n <= 0)
			return fail(talk, SW_EXIT_FAILURE,
			    "the answer of synwardd is incomplete: it ended or "
			    "restarted; run the command again");
		talk->used += (size_t)n;
		code = take_lines(talk);
		if (code != SW_EXIT_OK)
			return code;
		if (talk->used == LINE_MAX_BYTES)
			return fail(
			    talk, SW_EXIT_FAILURE, "the answer is too long");
		if (talk->question->follow)
			fflush(stdout);
		if (ferror(stdout)) /* the program says so at its end */
			return SW_EXIT_FAILURE;
	}
	return talk->code;
}

static int
ask_once(struct talk *talk)
{
	int code = dial(talk);

	if (code == SW_EXIT_OK)
		code = send_question(talk);
	if (code == SW_EXIT_OK)
		code = hear(talk);
	if (talk->fd >= 0)
		close(talk->fd);
	return code;
}

int
sw_talk_ask(const struct sw_question *question,
    bool (*each)(const json_t *object, void *context), void *context)
{
	const struct timespec pause = { .tv_nsec = TRY_NS };
	char *bytes = malloc(LINE_MAX_BYTES);
	struct talk talk = { .question = question };
	int code = SW_EXIT_FAILURE;

	for (int i = 0; bytes != NULL && i < TRIES; i++) {
		talk = (struct talk){ .question = question,
			.each = each,
			.context = context,
			.fd = -1,
			.bytes = bytes };
		code = ask_once(&talk);
		if (!talk.busy)
			break;
		nanosleep(&pause, NULL);
	}
	free(bytes);
	if (talk.busy)
		return fail(&talk, SW_EXIT_FAILURE,
		    "too many clients query the daemon at once; try again");
	return code;
}
