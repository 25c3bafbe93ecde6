/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/remedy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kernel/scan.h"

typedef struct Writer {
        char *buf;
        size_t size;
        size_t used;
        bool full;
} Writer;

static void write_bytes(Writer *w, const char *bytes, size_t n) {
        if (w->full || n >= w->size - w->used) {
                w->full = true;
                return;
        }
        memcpy(w->buf + w->used, bytes, n);
        w->used += n;
        w->buf[w->used] = '\0';
}

/* In single quotes nothing means anything to a shell but the quote that ends them. */
static void write_quoted(Writer *w, const char *thing) {
        write_bytes(w, "'", 1);
        for (; *thing != '\0'; thing++)
                if (*thing == '\'')
                        write_bytes(w, "'\\''", 4);
                else
                        write_bytes(w, thing, 1);
        write_bytes(w, "'", 1);
}

static void write_number(Writer *w, uint64_t number) {
        char digits[24];
        int n = snprintf(digits, sizeof(digits), "%" PRIu64, number);

        write_bytes(w, digits, (size_t)n);
}

void remedy_write(char *buf, size_t size, const char *text, const char *thing, uint64_t number) {
        Writer w = { .buf = buf, .size = size };

        buf[0] = '\0';
        while (*text != '\0')
                if (scan_word(&text, "{}"))
                        write_quoted(&w, thing);
                else if (scan_word(&text, "{#}"))
                        write_number(&w, number);
                else
                        write_bytes(&w, text++, 1);
        if (w.full)
                buf[0] = '\0';
}
