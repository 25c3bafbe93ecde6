/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is wrong with the configuration
 *
 * One line each: "FILE:LINE: what is wrong; what is used instead". Collected and not logged,
 * because it goes to the log, onto the bus or to the terminal, as the caller likes. The lines are
 * valid UTF-8 without control characters, whatever was in the file. Bounded, whatever the file.
 */

#include <stddef.h>

#include "base/cleanup.h"

#define CONFIG_REPORT_MAX 64

/* A path may be as long as a page; what is wrong in the file has to be seen as well. */
#define CONFIG_FILE_SHOWN_MAX 256

/* Begins as { 0 }. */
typedef struct ConfigReport {
        char *lines[CONFIG_REPORT_MAX + 2]; /* ends with NULL; room for "... and N more" */
        size_t count;
        size_t left_off;
} ConfigReport;

/* For a line of 0 only the file is named. */
void config_report_add(ConfigReport *report, const char *file, unsigned line, const char *format,
                       ...) _printf_(4, 5);

/* Closes it with "... and N more" if there were more than it holds. */
void config_report_end(ConfigReport *report);

/* Frees the lines; it can be used again. */
void config_report_clear(ConfigReport *report);
