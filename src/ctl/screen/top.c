/* SPDX-License-Identifier: Apache-2.0 */
/*
 * top: a screen that is drawn again after each look and each key.
 *
 * curses writes to the terminal only what has changed.  When the terminal
 * changes its size, curses hands in a key for that, and the next drawing
 * has the new size.
 */
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/screen/top.h"

enum { ROWS_MAX = 300, BATCH_ROWS = 40, BATCH_COLUMNS = 150 };

#define DELAY_USUAL 2.0
#define DELAY_LEAST 0.2
#define DELAY_MOST 60.0

static int
attribute_of(enum sw_top_style style)
{
	static const int attributes[] = {
		[SW_TOP_PLAIN] = A_NORMAL,
		[SW_TOP_BOLD] = A_BOLD,
		[SW_TOP_HEAD] = A_REVERSE,
		[SW_TOP_DIM] = A_DIM,
		[SW_TOP_RED] = A_BOLD,
	};
	int attribute = attributes[style];

	if (style == SW_TOP_RED && has_colors())
		attribute |= COLOR_PAIR(1);
	return attribute;
}

static bool
is_unicode(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void
draw(struct sw_top *top, struct sw_top_line *lines)
{
	size_t rows = LINES > 0 ? (size_t)LINES : 1, n;

	rows = rows < ROWS_MAX ? rows : ROWS_MAX;
	n = sw_top_view(top, lines, rows, (size_t)COLS, is_unicode());
	erase();
	for (size_t i = 0; i < n; i++) {
		attrset(attribute_of(lines[i].style));
		mvaddstr((int)i, 0, lines[i].text);
	}
	attrset(A_NORMAL);
	refresh();
}

/* Asks on the last line.  => false when nothing was typed */
static bool
prompt(const char *question, char *answer, int size)
{
	int error;

	move(LINES - 1, 0);
	clrtoeol();
	addstr(question);
	echo();
	curs_set(1);
	timeout(-1);
	error = getnstr(answer, size - 1);
	noecho();
	curs_set(0);
	return error == OK;
}

static void
tell(const char *text)
{
	move(LINES - 1, 0);
	clrtoeol();
	attrset(A_BOLD);
	addnstr(text, COLS - 1);
	attrset(A_NORMAL);
	refresh();
	timeout(3000);
	(void)getch();
}

static void
ask_filter(struct sw_top *top)
{
	char typed[SW_TOP_FILTER], why[SW_TOP_FILTER];

	if (prompt("filter: ", typed, (int)sizeof typed) &&
	    !sw_top_data_set_filter(top, typed, why, sizeof why))
		tell(why);
}

static void
change_delay(struct sw_top *top, double factor)
{
	top->delay *= factor;
	if (top->delay < DELAY_LEAST)
		top->delay = DELAY_LEAST;
	if (top->delay > DELAY_MOST)
		top->delay = DELAY_MOST;
}

/* => false: end */
static bool
handle_key(struct sw_top *top, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case ' ':
	case 'p':
		top->paused = !top->paused;
		break;
	case 's':
		top->sort = (top->sort + 1) % SW_TOP_SORTS;
		break;
	case 'r':
		top->reverse = !top->reverse;
		break;
	case 'c':
		top->panel = (top->panel + 1) % SW_TOP_PANELS;
		break;
	case 'h':
	case '?':
		top->help = !top->help;
		break;
	case '+':
		change_delay(top, 2);
		break;
	case '-':
		change_delay(top, 0.5);
		break;
	case '/':
		ask_filter(top);
		break;
	default: /* KEY_RESIZE among others: draw again */
		break;
	}
	return true;
}

static double
now_seconds(void)
{
	return (double)sw_clock_read(CLOCK_MONOTONIC) / SW_NS_PER_SECOND;
}

static void
live(struct sw_top *top, struct sw_top_line *lines)
{
	double next = now_seconds() + 1; /* the first rates come soon */
	bool goes_on = true;

	while (goes_on) {
		double left = next - now_seconds();
		int key;

		draw(top, lines);
		timeout(left > 0 ? (int)(left * 1000) : 0);
		key = getch();
		if (key != ERR) {
			goes_on = handle_key(top, key);
		} else {
			if (!top->paused)
				sw_top_data_look(top);
			next = now_seconds() + top->delay;
		}
	}
}

static int
watch(struct sw_top *top)
{
	struct sw_top_line *lines = calloc(ROWS_MAX, sizeof *lines);

	if (lines == NULL)
		return sw_command_fail(SW_EXIT_FAILURE, "out of memory");
	sw_top_data_look(top);
	if (top->code != SW_EXIT_OK) {
		free(lines);
		return top->code;
	}
	initscr();
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	if (top->ctl->color && has_colors()) {
		start_color();
		use_default_colors();
		init_pair(1, COLOR_RED, -1);
	}
	live(top, lines);
	endwin();
	free(lines);
	return SW_EXIT_OK;
}

/* More digits than these would show what a binary number cannot hold. */
static void
print_object(const json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
	putchar('\n');
}

static void
print_array(json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		print_object(json_array_get(array, i));
}

static void
print_json(const struct sw_top *top)
{
	const struct sw_top_rates *rates = &top->rates[0];

	printf("{\"kind\":\"rates\",\"passed\":%.1f,\"dropped\":%.1f,"
	       "\"bytes\":%.0f,\"opened\":%.1f}\n",
	    rates->passed, rates->dropped, rates->bytes, rates->opened);
	print_object(top->status);
	print_array(top->queues);
	print_array(top->busy);
	print_array(top->incidents);
}

static int
print_view(struct sw_top *top)
{
	struct sw_top_line *lines = calloc(BATCH_ROWS, sizeof *lines);
	size_t n;

	if (lines == NULL)
		return sw_command_fail(SW_EXIT_FAILURE, "out of memory");
	n = sw_top_view(top, lines, BATCH_ROWS, BATCH_COLUMNS, is_unicode());
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(lines[i].text);

		/* A screen is filled up, a page need not be. */
		if (i > 0 && length == 0 && lines[i - 1].text[0] == '\0')
			continue;
		while (length > 0 && lines[i].text[length - 1] == ' ')
			length--;
		printf("%.*s\n", (int)length, lines[i].text);
	}
	free(lines);
	return SW_EXIT_OK;
}

static int
batch(struct sw_top *top)
{
	struct timespec pause = { .tv_sec = (time_t)top->delay };

	pause.tv_nsec = (long)((top->delay - (double)pause.tv_sec) * 1e9);
	sw_top_data_look(top);
	if (top->code == SW_EXIT_OK) {
		nanosleep(&pause, NULL);
		sw_top_data_look(top);
	}
	if (top->code != SW_EXIT_OK)
		return top->code;
	if (!top->ctl->json)
		return print_view(top);
	print_json(top);
	return SW_EXIT_OK;
}

/* => exit code */
static int
read_options(struct sw_top *top)
{
	const char *delay = sw_command_value(top->ctl, "delay");
	char all[SW_TOP_FILTER] = "", why[SW_TOP_FILTER], *end;

	if (delay != NULL) {
		top->delay = strtod(delay, &end);
		if (*end != '\0' || end == delay ||
		    !(top->delay >= DELAY_LEAST && top->delay <= DELAY_MOST))
			return sw_command_fail(SW_EXIT_USAGE,
			    "'%s' is not a valid delay; write %.1f to %.0f "
			    "seconds",
			    delay, DELAY_LEAST, DELAY_MOST);
	}
	for (int i = 0; i < top->ctl->n_operands; i++) {
		strncat(
		    all, top->ctl->operands[i], sizeof all - strlen(all) - 1);
		strncat(all, " ", sizeof all - strlen(all) - 1);
	}
	if (!sw_top_data_set_filter(top, all, why, sizeof why))
		return sw_command_fail(SW_EXIT_USAGE, "%s", why);
	return SW_EXIT_OK;
}

/* Is there a terminal, and one on which a screen can be drawn? */
static bool
has_screen(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) && term != NULL &&
	       *term != '\0' && strcmp(term, "dumb") != 0;
}

int
sw_command_top(struct sw_ctl *ctl)
{
	struct sw_top top = { .ctl = ctl, .delay = DELAY_USUAL };
	bool once =
	    sw_command_given(ctl, "batch") || ctl->json || !has_screen();
	int code = read_options(&top);

	setlocale(LC_CTYPE, "");
	if (code == SW_EXIT_OK)
		code = once ? batch(&top) : watch(&top);
	sw_top_data_free(&top);
	return code;
}
