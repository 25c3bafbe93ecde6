/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The configuration of Timeshift: /etc/timeshift/timeshift.json
 *
 * One object whose values are strings, truths too. In its btrfs mode Timeshift takes snapshots of
 * the subvolumes '@' and, if told to, '@home' of one filesystem, found by their names. Pure.
 */

#include <stdbool.h>

typedef struct TimeshiftConfig {
        char filesystem[64]; /* UUID */
        bool home;
} TimeshiftConfig;

/* -ENOENT: it is not in its btrfs mode, or no filesystem was chosen. */
int timeshift_config_parse(const char *text, TimeshiftConfig *ret);
