/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A configuration of snapper: /etc/snapper/configs/NAME
 *
 * Assignments as a shell would read them, one on a line. Pure.
 */

#include <limits.h>

typedef struct SnapperConfig {
        char subvolume[PATH_MAX];
} SnapperConfig;

/* -ENOENT: it names no subvolume of a btrfs. */
int snapper_config_parse(const char *text, SnapperConfig *ret);
