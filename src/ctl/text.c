/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing here but formatting; widths count characters as bytes, for all
 * that is shown is ASCII but names a configuration may hold.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "ctl/text.h"

enum { ROWS_KEPT = 256, GAP = 2, WIDTH_USUAL = 80 };

const char *
sw_text_duration(double seconds, char text[SW_TEXT])
{
	uint64_t whole = seconds > 0 ? (uint64_t)seconds : 0;

	if (seconds < 10)
		snprintf(text, SW_TEXT, "%.1fs", seconds > 0 ? seconds : 0);
	else if (whole < 60)
		snprintf(text, SW_TEXT, "%" PRIu64 "s", whole);
	else if (whole < 3600)
		snprintf(text, SW_TEXT, "%" PRIu64 "m %" PRIu64 "s", whole / 60,
		    whole % 60);
	else if (whole < 86400)
		snprintf(text, SW_TEXT, "%" PRIu64 "h %" PRIu64 "m",
		    whole / 3600, whole % 3600 / 60);
	else
		snprintf(text, SW_TEXT, "%" PRIu64 "d %" PRIu64 "h",
		    whole / 86400, whole % 86400 / 3600);
	return text;
}

const char *
sw_text_timeout(uint64_t seconds, char text[SW_TEXT])
{
	static const struct {
		unsigned seconds;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t used = 0;

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		uint64_t n = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		if (n == 0 && (units[i].letter != 's' || used > 0))
			continue;
		used += (size_t)snprintf(text + used, SW_TEXT - used,
		    "%s%" PRIu64 "%c", used > 0 ? " " : "", n, units[i].letter);
	}
	return text;
}

const char *
sw_text_count(uint64_t number, char text[SW_TEXT])
{
	char digits[SW_TEXT];
	int n = snprintf(digits, sizeof digits, "%" PRIu64, number);
	char *to = text;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return text;
}

static const char *
scaled(double number, double step, const char *const *units, char *text)
{
	size_t i = 0;

	while (number >= step * 0.9995 && units[i + 1] != NULL) {
		number /= step;
		i++;
	}
	snprintf(text, SW_TEXT, i > 0 && number < 9.95 ? "%.1f%s" : "%.0f%s",
	    number, units[i]);
	return text;
}

const char *
sw_text_short(double number, char text[SW_TEXT])
{
	static const char *const units[] = { "", "k", "M", "G", "T", NULL };

	return scaled(number, 1000, units, text);
}

const char *
sw_text_bytes(double bytes, char text[SW_TEXT])
{
	static const char *const units[] = { " B", " KiB", " MiB", " GiB",
		" TiB", NULL };

	return scaled(bytes, 1024, units, text);
}

const char *
sw_text_moment(double seconds, char text[SW_TEXT])
{
	time_t moment = (time_t)seconds, now = time(NULL);
	struct tm then, today;

	localtime_r(&moment, &then);
	localtime_r(&now, &today);
	strftime(text, SW_TEXT,
	    then.tm_yday == today.tm_yday && then.tm_year == today.tm_year
		? "%H:%M:%S"
		: "%Y-%m-%d %H:%M:%S",
	    &then);
	return text;
}

const char *
sw_text_moment_zone(double seconds, char text[SW_TEXT])
{
	time_t moment = (time_t)seconds;
	char zone[SW_TEXT], when[SW_TEXT];
	struct tm then;

	localtime_r(&moment, &then);
	strftime(zone, sizeof zone, "%Z", &then);
	snprintf(
	    text, SW_TEXT, "%.20s %.10s", sw_text_moment(seconds, when), zone);
	return text;
}

const char *
sw_text_zone(char text[SW_TEXT])
{
	time_t now = time(NULL);
	struct tm today;

	localtime_r(&now, &today);
	strftime(text, SW_TEXT, "%Z", &today);
	return text;
}

const char *
sw_text_color(const struct sw_ctl *ctl, enum sw_color color)
{
	static const char *const codes[] = {
		[SW_COLOR_BOLD] = "\033[1m",
		[SW_COLOR_DIM] = "\033[2m",
		[SW_COLOR_RED] = "\033[31m",
		[SW_COLOR_GREEN] = "\033[32m",
		[SW_COLOR_YELLOW] = "\033[33m",
		[SW_COLOR_CYAN] = "\033[36m",
	};

	return ctl->color ? codes[color] : "";
}

const char *
sw_text_color_off(const struct sw_ctl *ctl)
{
	return ctl->color ? "\033[0m" : "";
}

size_t
sw_text_width(const struct sw_ctl *ctl)
{
	struct winsize window;

	if (ctl->wide || ctl->json || !isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) < 0 || window.ws_col == 0)
		return WIDTH_USUAL;
	return window.ws_col;
}

void
sw_text_columns_spare(struct sw_columns *columns, const uint8_t *spare)
{
	columns->spare = spare;
}

/* Characters of a line; => *next: the column to leave out next, or n */
static size_t
measure(const struct sw_columns *columns, size_t *next)
{
	size_t width = 0;

	*next = columns->n;
	for (size_t i = 0; i < columns->n; i++) {
		if (columns->hidden[i])
			continue;
		width += columns->width[i] + (width > 0 ? GAP : 0);
		if (columns->spare[i] > 0 &&
		    (*next == columns->n ||
			columns->spare[i] > columns->spare[*next]))
			*next = i;
	}
	return width;
}

/* Leaves out what can be spared until the lines fit. */
static void
fit(struct sw_columns *columns, size_t most)
{
	size_t next;

	while (measure(columns, &next) > most && next < columns->n)
		columns->hidden[next] = true;
}

void
sw_text_columns_begin(struct sw_columns *columns, const struct sw_ctl *ctl,
    const struct sw_column *list)
{
	*columns = (struct sw_columns){ .ctl = ctl, .list = list };
	for (; list[columns->n].name != NULL; columns->n++)
		columns->width[columns->n] = strlen(list[columns->n].name);
	columns->kept = calloc(ROWS_KEPT * columns->n, sizeof *columns->kept);
	columns->printed = columns->kept == NULL;
}

/* A line, and no blanks at its end. */
static void
print_row(const struct sw_columns *columns, const char *const cells[])
{
	unsigned owed = 0; /* blanks before the next text */

	for (size_t i = 0; i < columns->n; i++) {
		unsigned length = (unsigned)strlen(cells[i]);
		unsigned width = (unsigned)columns->width[i];
		unsigned fill = width > length ? width - length : 0;

		if (columns->hidden[i])
			continue;
		if (length == 0) {
			owed += fill + GAP;
			continue;
		}
		owed += columns->list[i].right ? fill : 0;
		printf("%*s%s", (int)owed, "", cells[i]);
		owed = (columns->list[i].right ? 0 : fill) + GAP;
	}
	putchar('\n');
}

static void
print_head(const struct sw_columns *columns)
{
	const char *names[SW_COLUMNS_MAX];

	for (size_t i = 0; i < columns->n; i++)
		names[i] = columns->list[i].name;
	fputs(sw_text_color(columns->ctl, SW_COLOR_BOLD), stdout);
	print_row(columns, names);
	fputs(sw_text_color_off(columns->ctl), stdout);
}

static void
print_kept(struct sw_columns *columns)
{
	columns->printed = true;
	if (columns->spare != NULL && sw_text_width(columns->ctl) > 0)
		fit(columns, sw_text_width(columns->ctl));
	print_head(columns);
	for (size_t row = 0; row < columns->rows; row++) {
		char **cells = columns->kept + row * columns->n;

		print_row(columns, (const char *const *)cells);
		for (size_t i = 0; i < columns->n; i++)
			free(cells[i]);
	}
	free(columns->kept);
	columns->kept = NULL;
}

void
sw_text_columns_row(struct sw_columns *columns, const char *const cells[])
{
	if (!columns->printed && columns->rows == ROWS_KEPT)
		print_kept(columns);
	if (columns->printed) {
		print_row(columns, cells);
		return;
	}
	for (size_t i = 0; i < columns->n; i++) {
		char *copy = strdup(cells[i]);
		size_t width = strlen(cells[i]);

		if (copy == NULL)
			abort(); /* as much as a terminal program can do */
		columns->kept[columns->rows * columns->n + i] = copy;
		if (width > columns->width[i])
			columns->width[i] = width;
	}
	columns->rows++;
}

void
sw_text_columns_end(struct sw_columns *columns)
{
	if (columns->kept != NULL && columns->rows > 0)
		print_kept(columns);
	free(columns->kept);
	columns->kept = NULL;
}
