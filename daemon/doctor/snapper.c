/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/snapper.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "kernel/scan.h"

static bool value_ends(char c, char quote) {
        if (c == '\0' || c == '\n')
                return true;
        return quote != '\0' ? c == quote : strchr(" \t#", c) != NULL;
}

/* In double quotes a backslash takes the next character as it is. */
static bool value_read(const char *at, char *buf, size_t size) {
        char quote = *at == '"' || *at == '\'' ? *at++ : '\0';
        size_t n = 0;

        for (; !value_ends(*at, quote); at++) {
                if (*at == '\\' && quote == '"' && at[1] != '\0' && at[1] != '\n')
                        at++;
                if (n == size - 1)
                        return false;
                buf[n++] = *at;
        }
        buf[n] = '\0';
        return quote == '\0' || *at == quote;
}

int snapper_config_parse(const char *text, SnapperConfig *ret) {
        char type[32] = "btrfs";
        SnapperConfig config = { 0 };
        const char *at;

        for (; *text != '\0'; text = scan_next_line(text)) {
                at = text;
                (void)scan_blank(&at);
                if (scan_word(&at, "SUBVOLUME=")) {
                        if (!value_read(at, config.subvolume, sizeof(config.subvolume)))
                                config.subvolume[0] = '\0';
                } else if (scan_word(&at, "FSTYPE=") && !value_read(at, type, sizeof(type))) {
                        return -ENOENT;
                }
        }
        if (config.subvolume[0] != '/' || strcmp(type, "btrfs") != 0)
                return -ENOENT;
        *ret = config;
        return 0;
}
