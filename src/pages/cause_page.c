/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cause_page: the manual page and the journal catalog of the causes.
 *
 * This file adds headings only: all texts about a cause come from cause.def.
 */
#include <string.h>

#include "pages/cause_page.h"

enum {
	CATALOG_WIDTH = 76,
	MDOC_WIDTH = 76,
};

/* => bytes of text up to the last space before width, or its end */
static size_t
line_length(const char *text, size_t width)
{
	size_t n = strlen(text), end = width;

	if (n <= width)
		return n;
	while (end > 0 && text[end] != ' ')
		end--;
	return end > 0 ? end : strcspn(text, " ");
}

static void
print_wrapped(const char *text, FILE *out)
{
	while (*text != '\0') {
		size_t n = line_length(text, CATALOG_WIDTH);

		fprintf(out, "%.*s\n", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
}

/* => bytes up to where a sentence of several ends, or the text does */
static size_t
sentence_length(const char *text)
{
	const char *at = text;

	while (*at != '\0' && strncmp(at, ". ", 2) != 0)
		at++;
	return (size_t)(at - text) + (*at != '\0');
}

/* Lines of mdoc: each sentence begins one.  Full stops at the begin of a
 * line would make it a macro. */
static void
print_mdoc(const char *text, FILE *out)
{
	while (*text != '\0') {
		size_t sentence = sentence_length(text);
		size_t n = line_length(text, MDOC_WIDTH);

		if (n > sentence)
			n = sentence;
		if (*text == '.' || *text == '\'')
			fputs("\\&", out);
		fprintf(out, "%.*s\n", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
}

static void
print_manual_entry(const struct sw_cause_text *text, FILE *out)
{
	fprintf(out, ".It Cm %s\n", text->name);
	fprintf(out, ".Em %s .\n", text->summary);
	print_mdoc(text->meaning, out);
	fputs(".Pp\n.Sy Check :\n", out);
	print_mdoc(text->check, out);
	if (text->change[0] == '\0')
		return;
	fputs(".Pp\n.Sy Change :\n", out);
	print_mdoc(text->change, out);
}

static const char manual_head[] =
    ".\\\" SPDX-License-Identifier: Apache-2.0\n"
    ".\\\" Written by the build from include/synward/cause.def.\n"
    ".Dd November 21, 2026\n"
    ".Dt SYNWARD-CAUSES 7\n"
    ".Os synward\n"
    ".Sh NAME\n"
    ".Nm synward-causes\n"
    ".Nd why synward refused a packet\n"
    ".Sh DESCRIPTION\n"
    ".Xr synwardd 8\n"
    "refuses a packet that belongs to no tracked connection.\n"
    "The log line names the cause in\n"
    ".Li cause= ,\n"
    "the confidence in\n"
    ".Li conf=high ,\n"
    ".Li medium\n"
    "or\n"
    ".Li low ,\n"
    "and then the evidence.\n"
    "If a line of configuration would have changed the outcome,\n"
    ".Li hint=\n"
    "shows it.\n"
    ".Pp\n"
    "If several causes fit, synward reports the one with the highest\n"
    "confidence.\n"
    "If these are equal, it reports the cause that is listed first here, with\n"
    "a lower confidence.\n"
    ".Bl -tag -width Ds\n";

static const char manual_tail[] = ".El\n"
				  ".Sh SEE ALSO\n"
				  ".Xr journalctl 1 ,\n"
				  ".Xr synward.conf 5 ,\n"
				  ".Xr synwardctl 8 ,\n"
				  ".Xr synwardd 8\n";

void
sw_cause_page_manual(FILE *out)
{
	fputs(manual_head, out);
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		print_manual_entry(sw_cause_text(i), out);
	fputs(manual_tail, out);
}

static void
print_catalog_entry(const struct sw_cause_text *text, FILE *out)
{
	fprintf(out, "\n-- %s\n", text->id);
	fprintf(out, "Subject: %s: %s\n", text->name, text->summary);
	fputs("Defined-By: synward\n"
	      "Documentation: man:synward-causes(7)\n\n",
	    out);
	print_wrapped(text->meaning, out);
	fputs("\nCheck:\n", out);
	print_wrapped(text->check, out);
	if (text->change[0] == '\0')
		return;
	fputs("\nChange:\n", out);
	print_wrapped(text->change, out);
}

void
sw_cause_page_catalog(FILE *out)
{
	fputs("# SPDX-License-Identifier: Apache-2.0\n"
	      "# Written by the build from include/synward/cause.def.\n",
	    out);
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		print_catalog_entry(sw_cause_text(i), out);
}
