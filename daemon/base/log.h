/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Log
 *
 * One line per event on standard error. Under systemd the line carries its priority as `<N>` for
 * the journal; on a terminal it does not. Only manager, main, config and bus log: the layers below
 * return what happened. A line never allocates.
 */

#include <stdarg.h>
#include <syslog.h>

#include "base/cleanup.h"

/* Lines less important than `max_priority` (a syslog priority) are dropped. Default LOG_INFO. */
void log_set_max_priority(int max_priority);

void log_message(int priority, int error, const char *format, ...) _printf_(3, 4);

#define log_debug(...) log_message(LOG_DEBUG, 0, __VA_ARGS__)
#define log_info(...) log_message(LOG_INFO, 0, __VA_ARGS__)
#define log_notice(...) log_message(LOG_NOTICE, 0, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, 0, __VA_ARGS__)
#define log_error(...) log_message(LOG_ERR, 0, __VA_ARGS__)

/*
 * Appends ": <strerror>" and yields the (negative) error again, so that logging and returning are
 * one statement: `return log_error_errno(r, "Cannot open '%s'", path);`
 */
#define log_full_errno(priority, error, ...)                                                       \
        ({                                                                                         \
                int _error = (error);                                                              \
                log_message(priority, _error, __VA_ARGS__);                                        \
                _error;                                                                            \
        })
#define log_error_errno(error, ...) log_full_errno(LOG_ERR, error, __VA_ARGS__)
#define log_warning_errno(error, ...) log_full_errno(LOG_WARNING, error, __VA_ARGS__)
#define log_debug_errno(error, ...) log_full_errno(LOG_DEBUG, error, __VA_ARGS__)
