/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text is copied in runs of bytes that need no escape.  Names from a
 * configuration may contain any byte, but a JSON string must be UTF-8: other
 * text is escaped as in the log, which makes it ASCII.
 */
#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "synward/time.h"

static void
put(struct sw_json *json, const char *bytes, size_t length)
{
	if (json->out != NULL) {
		fwrite(bytes, 1, length, json->out);
		return;
	}
	if (length > json->size - json->end) {
		json->cut = true;
		return;
	}
	memcpy(json->bytes + json->end, bytes, length);
	json->end += length;
}

static void __attribute__((format(printf, 2, 3)))
put_format(struct sw_json *json, const char *format, ...)
{
	char text[64];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	put(json, text, (size_t)n);
}

/* --- text ------------------------------------------------------------------ */

/* Returns how many bytes follow this lead byte in a character, and the range of
 * the first of them (RFC 3629). */
static unsigned
utf8_tail(unsigned char lead, unsigned char *from, unsigned char *to)
{
	*from = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	*to = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	return lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
}

static bool
is_utf8(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at != '\0') {
		unsigned char lead = *at++, from, to;
		unsigned tail;

		if (lead < 0x80)
			continue;
		if (lead < 0xc2 || lead > 0xf4)
			return false;
		for (tail = utf8_tail(lead, &from, &to); tail > 0; tail--) {
			if (*at < from || *at > to)
				return false;
			at++;
			from = 0x80;
			to = 0xbf;
		}
	}
	return true;
}

static bool
needs_escape(unsigned char c)
{
	return c < ' ' || c == '"' || c == '\\';
}

static void
put_escaped(struct sw_json *json, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = strchr(from, c);

	if (at != NULL)
		put_format(json, "\\%c", to[at - from]);
	else
		put_format(json, "\\u%04X", c);
}

static void
put_utf8(struct sw_json *json, const char *text)
{
	size_t n = 0;

	for (; text[n] != '\0'; n++) {
		if (!needs_escape((unsigned char)text[n]))
			continue;
		put(json, text, n);
		put_escaped(json, (unsigned char)text[n]);
		text += n + 1;
		n = (size_t)-1;
	}
	put(json, text, n);
}

/* Escapes text as a log line does (\xNN, \" and \\); JSON doubles the
 * backslashes. */
static void
put_bytes(struct sw_json *json, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c > '~') {
			put_format(json, "\\\\x%02x", c);
			continue;
		}
		if (needs_escape(c)) {
			put(json, "\\\\", 2);
			put_escaped(json, c);
		} else {
			put(json, text, 1);
		}
	}
}

static void
put_string(struct sw_json *json, const char *text)
{
	put(json, "\"", 1);
	if (is_utf8(text))
		put_utf8(json, text);
	else
		put_bytes(json, text);
	put(json, "\"", 1);
}

static void
put_key(struct sw_json *json, const char *key)
{
	if (json->comma)
		put(json, ",", 1);
	json->comma = true;
	if (key == NULL)
		return;
	put(json, "\"", 1);
	put(json, key, strlen(key));
	put(json, "\":", 2);
}

/* Writes at least `least` digits; printf() takes several times as long. */
static void
put_digits(struct sw_json *json, uint64_t number, unsigned least)
{
	char text[20], *at = text + sizeof text;

	for (; number > 0 || least > 0; number /= 10) {
		*--at = (char)('0' + number % 10);
		least -= least > 0;
	}
	put(json, at, (size_t)(text + sizeof text - at));
}

/* Writes nanoseconds as seconds with the given number of digits after the
 * point. */
static void
put_fraction(struct sw_json *json, uint64_t ns, uint64_t unit, unsigned digits)
{
	put_digits(json, ns / SW_NS_PER_SECOND, 1);
	put(json, ".", 1);
	put_digits(json, ns % SW_NS_PER_SECOND / unit, digits);
}

/* --- lines and members ----------------------------------------------------- */

void
sw_json_begin(struct sw_json *json, const char *kind)
{
	json->line = json->end;
	json->cut = false;
	json->comma = false;
	put(json, "{", 1);
	if (kind != NULL)
		sw_json_put_text(json, "kind", kind);
}

bool
sw_json_end(struct sw_json *json)
{
	put(json, "}\n", 2);
	if (json->cut)
		json->end = json->line;
	return !json->cut;
}

void
sw_json_put_text(struct sw_json *json, const char *key, const char *text)
{
	put_key(json, key);
	put_string(json, text);
}

void
sw_json_put_number(struct sw_json *json, const char *key, int64_t number)
{
	put_key(json, key);
	if (number < 0)
		put(json, "-", 1);
	put_digits(json, number < 0 ? -(uint64_t)number : (uint64_t)number, 1);
}

void
sw_json_put_count(struct sw_json *json, const char *key, uint64_t number)
{
	put_key(json, key);
	put_digits(json, number, 1);
}

void
sw_json_put_bool(struct sw_json *json, const char *key, bool value)
{
	put_key(json, key);
	put(json, value ? "true" : "false", value ? 4 : 5);
}

void
sw_json_put_null(struct sw_json *json, const char *key)
{
	put_key(json, key);
	put(json, "null", 4);
}

/* A real number has a point or an exponent. */
void
sw_json_put_real(struct sw_json *json, const char *key, double number)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%.17g", number);

	put_key(json, key);
	put(json, text, (size_t)n);
	if (strpbrk(text, ".e") == NULL)
		put(json, ".0", 2);
}

void
sw_json_put_seconds(struct sw_json *json, const char *key, uint64_t ns)
{
	put_key(json, key);
	put_fraction(json, ns, SW_NS_PER_MS, 3);
}

void
sw_json_put_moment(struct sw_json *json, const char *key, int64_t ns)
{
	put_key(json, key);
	put_fraction(json, ns < 0 ? 0 : (uint64_t)ns, 1000, 6);
}

void
sw_json_open(struct sw_json *json, const char *key, char bracket)
{
	put_key(json, key);
	put(json, &bracket, 1);
	json->comma = false;
}

void
sw_json_close(struct sw_json *json, char bracket)
{
	put(json, &bracket, 1);
	json->comma = true;
}
