/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/report.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

static char *line_new(const char *file, unsigned line, const char *format, va_list ap) {
        _cleanup_(freep) char *what = NULL;
        char *text = NULL;
        int n;

        if (vasprintf(&what, format, ap) < 0) {
                what = NULL;
                return NULL;
        }

        if (line > 0)
                n = asprintf(&text, "%.*s:%u: %s", CONFIG_FILE_SHOWN_MAX, file, line, what);
        else
                n = asprintf(&text, "%.*s: %s", CONFIG_FILE_SHOWN_MAX, file, what);
        if (n < 0)
                return NULL;

        text_clean(text);
        return text;
}

void config_report_add(ConfigReport *report, const char *file, unsigned line, const char *format,
                       ...) {
        char *text = NULL;
        va_list ap;

        if (report->count < CONFIG_REPORT_MAX) {
                va_start(ap, format);
                text = line_new(file, line, format, ap);
                va_end(ap);
        }

        if (text)
                report->lines[report->count++] = text;
        else
                report->left_off++;
}

void config_report_end(ConfigReport *report) {
        char *text = NULL;

        if (report->left_off == 0)
                return;
        if (asprintf(&text, "... and %zu more", report->left_off) < 0)
                return;

        report->lines[report->count++] = text;
        report->left_off = 0;
}

void config_report_clear(ConfigReport *report) {
        for (size_t i = 0; i < report->count; i++)
                free(report->lines[i]);
        *report = (ConfigReport){ 0 };
}
