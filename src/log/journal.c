/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records for journald in its native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/): one datagram of lines
 * KEY=value or, when a value contains a newline: KEY, newline, the length in
 * eight bytes, least significant first, value, newline.
 *
 * sd_journal_send() does the same, but blocks until the reader has room.  Every
 * field of a refused packet becomes SYNWARD_ and its key in capitals, so that
 * `journalctl SYNWARD_CAUSE=asymmetric` finds it; the message id of the cause
 * lets `journalctl -x` find the catalog entry.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log/sink.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* A datagram under construction; once set, full stays set. */
struct datagram {
	char bytes[8192];
	size_t used;
	bool full;
};

static void
put(struct datagram *datagram, const void *bytes, size_t n)
{
	if (n > sizeof datagram->bytes - datagram->used) {
		datagram->full = true;
		return;
	}
	memcpy(datagram->bytes + datagram->used, bytes, n);
	datagram->used += n;
}

static void
put_value(struct datagram *datagram, const char *value)
{
	size_t length = strlen(value);
	unsigned char size[8];

	if (strchr(value, '\n') == NULL) {
		put(datagram, "=", 1);
	} else {
		for (unsigned i = 0; i < 8; i++)
			size[i] = (unsigned char)(length >> 8 * i);
		put(datagram, "\n", 1);
		put(datagram, size, sizeof size);
	}
	put(datagram, value, length);
	put(datagram, "\n", 1);
}

static void
put_text(struct datagram *datagram, const char *key, const char *value)
{
	put(datagram, key, strlen(key));
	put_value(datagram, value);
}

static void
put_number(struct datagram *datagram, const char *key, long long number)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", number);
	put_text(datagram, key, text);
}

static void
put_field(struct datagram *datagram, const struct sw_field *field)
{
	char key[64];
	int n = snprintf(key, sizeof key, "SYNWARD_%s", field->key);

	for (int i = 0; i < n; i++)
		key[i] = (char)toupper((unsigned char)key[i]);
	if (field->text != NULL)
		put_text(datagram, key, field->text);
	else
		put_number(datagram, key, (long long)field->number);
}

static int
open_journal(struct sw_sink *sink)
{
	const char *path = sink->conf.path;

	return sw_sink_socket_connect(path[0] != '\0' ? path : JOURNAL_SOCKET);
}

static int
write_journal(struct sw_sink *sink, const struct sw_record *record)
{
	struct datagram datagram = { .used = 0 };
	struct iovec part;

	put_text(&datagram, "MESSAGE", record->text);
	put_number(&datagram, "PRIORITY", record->priority);
	put_number(&datagram, "SYSLOG_FACILITY", sink->facility >> 3);
	put_text(&datagram, "SYSLOG_IDENTIFIER", "synwardd");
	if (record->message_id != NULL)
		put_text(&datagram, "MESSAGE_ID", record->message_id);
	if (record->fields != NULL)
		for (size_t i = 0; i < record->fields->n; i++)
			put_field(&datagram, &record->fields->list[i]);
	if (datagram.full)
		return -ENOBUFS;
	part = (struct iovec){ datagram.bytes, datagram.used };
	return sw_sink_socket_send(sink, &part, 1);
}

const struct sw_sink_type sw_sink_journal = {
	.name = "journal",
	.open = open_journal,
	.write = write_journal,
};
