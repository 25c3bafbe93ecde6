/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/timeshift.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define BLANKS " \t\r\n"

typedef struct Reading {
        TimeshiftConfig config;
        bool btrfs;
} Reading;

/* From behind the opening quote; what does not fit is cut, which then is no value of interest. */
static const char *string_read(const char *at, char *buf, size_t size) {
        size_t n = 0;

        for (; *at != '\0' && *at != '"'; at++) {
                if (*at == '\\' && at[1] != '\0')
                        at++;
                if (n < size - 1)
                        buf[n++] = *at;
        }
        buf[n] = '\0';
        return *at == '"' ? at + 1 : at;
}

static const char *value_read(const char *at, char *buf, size_t size) {
        size_t n;

        if (*at == '"')
                return string_read(at + 1, buf, size);
        n = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789.-");
        if (n < size) {
                memcpy(buf, at, n);
                buf[n] = '\0';
        }
        return at + n;
}

static void member_take(Reading *reading, const char *key, const char *value) {
        bool truth = strcmp(value, "true") == 0;

        if (strcmp(key, "btrfs_mode") == 0)
                reading->btrfs = truth;
        else if (strcmp(key, "include_btrfs_home_for_backup") == 0 ||
                 strcmp(key, "include_btrfs_home") == 0)
                reading->config.home = truth;
        else if (strcmp(key, "backup_device_uuid") == 0 &&
                 strlen(value) < sizeof(reading->config.filesystem))
                memcpy(reading->config.filesystem, value, strlen(value) + 1);
}

/* A string at the top: the key of a member, if a colon follows. */
static const char *member_read(Reading *reading, const char *at) {
        char key[64] = "", value[64] = "";

        at = string_read(at, key, sizeof(key));
        at += strspn(at, BLANKS);
        if (*at != ':')
                return at;
        at++;
        at += strspn(at, BLANKS);
        at = value_read(at, value, sizeof(value));
        member_take(reading, key, value);
        return at;
}

int timeshift_config_parse(const char *text, TimeshiftConfig *ret) {
        Reading reading = { 0 };
        unsigned depth = 0;
        char nested[1];

        while (*text != '\0') {
                if (*text == '"') {
                        text = depth == 1 ? member_read(&reading, text + 1)
                                          : string_read(text + 1, nested, sizeof(nested));
                        continue;
                }
                if (*text == '{' || *text == '[')
                        depth++;
                else if ((*text == '}' || *text == ']') && depth > 0)
                        depth--;
                text++;
        }
        if (!reading.btrfs || reading.config.filesystem[0] == '\0')
                return -ENOENT;
        *ret = reading.config;
        return 0;
}
