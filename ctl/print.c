/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "print.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <langinfo.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

#define TEXT_MAX 48

static bool terminal_is_dumb(void) {
        const char *term = getenv("TERM");

        return !term || !*term || strcmp(term, "dumb") == 0;
}

void style_init(Style *style, int fd) {
        const char *no_colour = getenv("NO_COLOR");

        style->bytes = false;
        style->legend = true;
        style->terminal = isatty(fd) && !terminal_is_dumb();
        style->colour = style->terminal && (!no_colour || !*no_colour);
        style->utf8 = style->terminal && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

const char *style_colour(const Style *style, Colour colour) {
        static const char *const codes[] = {
                [COLOUR_NONE] = "\x1b[0m",
                [COLOUR_GREEN] = "\x1b[32m",
                [COLOUR_YELLOW] = "\x1b[33m",
                [COLOUR_RED] = "\x1b[31m",
        };
        static_assert(ELEMENTSOF(codes) == _COLOUR_MAX, "a code for each colour");

        return style->colour ? codes[colour] : "";
}

static unsigned size_from_environment(const char *name, unsigned fallback) {
        const char *text = getenv(name);
        uint64_t value;

        if (!text || parse_u64(text, &value) < 0 || value == 0 || value > 4096)
                return fallback;
        return (unsigned)value;
}

unsigned terminal_columns(int fd) {
        struct winsize size;

        if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
                return size.ws_col;
        return size_from_environment("COLUMNS", 80);
}

unsigned terminal_rows(int fd) {
        struct winsize size;

        if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
                return size.ws_row;
        return size_from_environment("LINES", 24);
}

char *text_escape(const char *text) {
        size_t left = strlen(text);
        char *copy, *out;
        mbstate_t state = { 0 };
        wchar_t wide;

        copy = out = malloc(4 * left + 1);
        if (!copy)
                return NULL;

        while (left > 0) {
                size_t n = mbrtowc(&wide, text, left, &state);
                bool whole = n != (size_t)-1 && n != (size_t)-2;

                if (whole && iswprint((wint_t)wide)) {
                        out = mempcpy(out, text, n);
                } else {
                        if (!whole) {
                                memset(&state, 0, sizeof(state));
                                n = 1;
                        }
                        for (size_t i = 0; i < n; i++)
                                out += sprintf(out, "\\x%02x", (unsigned char)text[i]);
                }
                text += n;
                left -= n;
        }

        *out = '\0';
        return copy;
}

char *text_size(char *buf, const Style *style, uint64_t bytes) {
        if (!style->bytes)
                return format_size(buf, TEXT_MAX, bytes);
        (void)snprintf(buf, TEXT_MAX, "%" PRIu64, bytes);
        return buf;
}

char *text_percent(char *buf, uint32_t permyriad) {
        (void)snprintf(buf, TEXT_MAX, "%" PRIu32 ".%02" PRIu32, permyriad / 100, permyriad % 100);
        return buf;
}

char *text_time(char *buf, uint64_t usec) {
        time_t seconds = (time_t)(usec / USEC_PER_SEC);
        struct tm tm;

        if (!localtime_r(&seconds, &tm) || strftime(buf, TEXT_MAX, "%F %T", &tm) == 0)
                (void)snprintf(buf, TEXT_MAX, "?");
        return buf;
}

char *text_time_iso(char *buf, uint64_t usec) {
        time_t seconds = (time_t)(usec / USEC_PER_SEC);
        char day[TEXT_MAX - 16];
        struct tm tm;

        if (!gmtime_r(&seconds, &tm) || strftime(day, sizeof(day), "%FT%T", &tm) == 0)
                (void)snprintf(day, sizeof(day), "?");
        (void)snprintf(buf, TEXT_MAX, "%s.%06uZ", day, (unsigned)(usec % USEC_PER_SEC));
        return buf;
}

char *text_age(char *buf, uint64_t usec) {
        uint64_t now = now_usec();
        uint64_t age = now > usec ? now - usec : 0;

        return format_duration(buf, TEXT_MAX, age - age % USEC_PER_SEC);
}

/* Something that is there shows, however little it is. */
static unsigned bar_cells(uint64_t part, uint64_t whole) {
        uint64_t cell = whole / BAR_CELLS;
        uint64_t cells;

        if (part == 0 || cell == 0)
                return 0;
        cells = (part + cell / 2) / cell;
        if (cells == 0)
                return 1;
        return cells > BAR_CELLS ? BAR_CELLS : (unsigned)cells;
}

char *text_bar(char *buf, const Style *style, uint64_t part, uint64_t more, uint64_t whole) {
        const char *full = style->utf8 ? "█" : "#";
        const char *half = style->utf8 ? "▒" : "=";
        const char *none = style->utf8 ? "░" : "-";
        unsigned n_full = bar_cells(part, whole);
        unsigned n_half = bar_cells(more, whole);
        char *out = buf;

        if (!style->utf8)
                *out++ = '[';
        for (unsigned i = 0; i < BAR_CELLS; i++)
                out = stpcpy(out, i < n_full ? full : i < n_half ? half : none);
        (void)strcpy(out, style->utf8 ? "" : "]");
        return buf;
}

static unsigned text_columns(const char *text, size_t length) {
        mbstate_t state = { 0 };
        unsigned columns = 0;
        wchar_t wide;

        while (length > 0) {
                size_t n = mbrtowc(&wide, text, length, &state);
                int width;

                if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
                        return columns + (unsigned)length;
                width = wcwidth(wide);
                columns += width > 0 ? (unsigned)width : 0;
                text += n;
                length -= n;
        }
        return columns;
}

/* Up to the next place where a line may break: a figure keeps its unit. */
static size_t word_length(const char *text) {
        size_t length = strcspn(text, " ");

        if (length > 0 && isdigit((unsigned char)text[length - 1]) && text[length] == ' ')
                length += 1 + strcspn(text + length + 1, " ");
        return length;
}

static void print_words(const char *text, unsigned indent) {
        unsigned limit = isatty(STDOUT_FILENO) ? terminal_columns(STDOUT_FILENO) : UINT_MAX;
        unsigned column = indent;

        while (*text) {
                size_t spaces = strspn(text, " ");
                size_t length = word_length(text + spaces);
                unsigned columns = text_columns(text + spaces, length);

                if (column > indent && column + spaces + columns > limit) {
                        printf("\n%*s", (int)indent, "");
                        column = indent;
                        text += spaces;
                        spaces = 0;
                }
                printf("%.*s", (int)(spaces + length), text);
                column += (unsigned)spaces + columns;
                text += spaces + length;
        }
        putchar('\n');
}

static char *text_format_escaped(const char *format, va_list ap) {
        _cleanup_(freep) char *text = NULL;

        if (vasprintf(&text, format, ap) < 0) {
                text = NULL;
                return NULL;
        }
        return text_escape(text);
}

void print_wrapped(const char *label, unsigned indent, const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = text_format_escaped(format, ap);
        va_end(ap);

        if (label)
                printf("%*s  ", (int)indent - 2, label);
        print_words(text ? text : "?", indent);
}

void print_error(const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = text_format_escaped(format, ap);
        va_end(ap);

        /* What was said before on standard output comes before, also when both are one file. */
        (void)fflush(stdout);
        (void)fprintf(stderr, "swapctl: %s\n", text ? text : "out of memory");
}

void print_line(const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = text_format_escaped(format, ap);
        va_end(ap);

        (void)puts(text ? text : "?");
}

uint64_t now_usec(void) {
        struct timespec now;

        (void)clock_gettime(CLOCK_REALTIME, &now);
        return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}
