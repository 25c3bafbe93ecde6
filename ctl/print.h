/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text for people
 *
 * Whatever came over the bus passes text_escape() on its way out: a path may hold any byte, and a
 * terminal obeys some of them.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/parse.h"

typedef struct Style {
        bool bytes;  /* sizes as plain numbers */
        bool legend; /* tables have headings */
        bool terminal;
        bool colour;
        bool utf8; /* may use signs beyond ASCII */
} Style;

typedef enum Colour {
        COLOUR_NONE,
        COLOUR_GREEN,
        COLOUR_YELLOW,
        COLOUR_RED,
        _COLOUR_MAX,
} Colour;

/* Finds out what the terminal behind `fd` can do, if there is one. */
void style_init(Style *style, int fd);

/* Switches a colour on; COLOUR_NONE ends it. Empty where there are no colours. */
const char *style_colour(const Style *style, Colour colour);

unsigned terminal_columns(int fd);
unsigned terminal_rows(int fd);

/* A copy in which what does not print is shown as \xHH; NULL without memory. */
char *text_escape(const char *text);

char *text_size(char *buf, const Style *style, uint64_t bytes);
char *text_percent(char *buf, uint32_t permyriad);
char *text_time(char *buf, uint64_t usec);     /* "2031-05-06 07:08:09", local */
char *text_time_iso(char *buf, uint64_t usec); /* "2031-05-06T05:08:09.000000Z" */
char *text_age(char *buf, uint64_t usec);      /* how long ago, in whole seconds */

#define TEXT_BUFFER ((char[48]){ 0 })
#define TEXT_SIZE(style, bytes) text_size(TEXT_BUFFER, style, bytes)
#define TEXT_PERCENT(permyriad) text_percent(TEXT_BUFFER, permyriad)
#define TEXT_TIME(usec) text_time(TEXT_BUFFER, usec)
#define TEXT_TIME_ISO(usec) text_time_iso(TEXT_BUFFER, usec)
#define TEXT_AGE(usec) text_age(TEXT_BUFFER, usec)

/*
 * A bar: `part` of `whole` filled, then up to `more` of `whole` half filled. Three bytes a cell and
 * the brackets must fit into BAR_MAX.
 */
#define BAR_CELLS 20
#define BAR_MAX (3 * BAR_CELLS + 3)
char *text_bar(char *buf, const Style *style, uint64_t part, uint64_t more, uint64_t whole);

/*
 * The text, escaped, and on a terminal wrapped at its width with `indent` columns before each line.
 * On the first they hold `label`, at their right; if that is NULL they are there already.
 */
void print_wrapped(const char *label, unsigned indent, const char *format, ...) _printf_(3, 4);

/* One escaped line on standard error, with the name of the program. */
void print_error(const char *format, ...) _printf_(1, 2);

/* One escaped line on standard output. */
void print_line(const char *format, ...) _printf_(1, 2);

uint64_t now_usec(void);
