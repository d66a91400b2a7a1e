/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_CELLS_H
#define TUMEN_CHANGE_CELLS_H

#include <stddef.h>
#include <stdio.h>

/*
 * Text in columns. Names come from files and from the network: whatever is not
 * printable ASCII is shown as '?', so that every octet is one column and none
 * reaches a terminal as a command.
 */

/* The text in exactly width columns, cut or filled up with blanks. */
void cell(FILE *out, const char *text, size_t width);

/* A text that is built before it is printed; memory running out ends it all. */
struct cells {
	FILE *to; /* write here */
	char *text;
	size_t len;
};
void cells_open(struct cells *c);

/*
 * The end: prints it as a cell, cut at a blank ("..."); as a line, without the
 * blanks at its end; or as sentences in lines of at most width columns, broken
 * at blanks.
 */
void cells_cell(struct cells *c, size_t width, FILE *out);
void cells_line(struct cells *c, FILE *out);
void cells_wrap(struct cells *c, size_t width, FILE *out);

/* The end, without printing. */
void cells_drop(struct cells *c);

/*
 * Or as a line whose first head columns stay as they are; what follows is
 * broken at blanks and goes on at column indent.
 */
void cells_hang(
    struct cells *c, size_t head, size_t indent, size_t width, FILE *out);

#endif
