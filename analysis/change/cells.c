/* SPDX-License-Identifier: ISC */
#include "analysis/change/cells.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void
put(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fputc(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?', out);
}

void
cell(FILE *out, const char *text, size_t width)
{
	size_t len = strnlen(text, width);
	put(out, text, len);
	fprintf(out, "%*s", (int)(width - len), "");
}

void
cells_open(struct cells *c)
{
	c->to = open_memstream(&c->text, &c->len);
	if (c->to == NULL)
		abort();
}

static void
finish(struct cells *c)
{
	if (fclose(c->to) != 0)
		abort();
}

void
cells_cell(struct cells *c, size_t width, FILE *out)
{
	finish(c);
	if (width >= 3 && c->len > width) {
		size_t len = width - 3;
		while (len > 0 && c->text[len - 1] != ' ')
			len--;
		snprintf(c->text + len, 4, "...");
	}
	cell(out, c->text, width);
	free(c->text);
}

void
cells_line(struct cells *c, FILE *out)
{
	finish(c);
	while (c->len > 0 && c->text[c->len - 1] == ' ')
		c->len--;
	fprintf(out, "%.*s\n", (int)c->len, c->text);
	free(c->text);
}

/* The next word, on this line or, when that is full, on another. */
static size_t
put_word(FILE *out, const char *word, size_t len, size_t column, size_t width)
{
	bool fits = column + 1 + len <= width;
	if (column > 0)
		fputc(fits ? ' ' : '\n', out);
	put(out, word, len);
	return (column > 0 && fits ? column + 1 : 0) + len;
}

void
cells_wrap(struct cells *c, size_t width, FILE *out)
{
	size_t column = 0, len = 0;
	finish(c);
	for (const char *s = c->text; *(s += strspn(s, " ")) != '\0';
	     s += len) {
		len = strcspn(s, " ");
		column = put_word(out, s, len, column, width);
	}
	fputc('\n', out);
	free(c->text);
}

void
cells_drop(struct cells *c)
{
	finish(c);
	free(c->text);
}

void
cells_hang(struct cells *c, size_t head, size_t indent, size_t width, FILE *out)
{
	finish(c);
	head = head < c->len ? head : c->len;
	put(out, c->text, head);
	size_t column = head, len = 0;
	bool first = true; /* of its line: no blank before it */
	for (const char *s = c->text + head; *(s += strspn(s, " ")) != '\0';
	     s += len, first = false) {
		len = strcspn(s, " ");
		if (column + !first + len > width && column > indent) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		if (!first)
			fputc(' ', out);
		put(out, s, len);
		column += !first + len;
	}
	fputc('\n', out);
	free(c->text);
}
