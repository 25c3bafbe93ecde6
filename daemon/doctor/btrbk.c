/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/btrbk.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kernel/scan.h"

typedef enum Level {
        LEVEL_GLOBAL,
        LEVEL_VOLUME,
        LEVEL_SUBVOLUME,
        _LEVEL_MAX,
} Level;

typedef struct Parser {
        BtrbkHandler handler;
        void *userdata;
        Level level;
        bool idle[_LEVEL_MAX]; /* snapshot_create no */
        bool in_volume;        /* subvolumes are relative to one */
        char volume[PATH_MAX]; /* "": on another machine */
        char path[PATH_MAX];   /* of the subvolume whose section this is; "": not here */
} Parser;

static void subvolume_end(Parser *p) {
        if (p->level == LEVEL_SUBVOLUME && p->path[0] == '/' && !p->idle[LEVEL_SUBVOLUME])
                p->handler(p->userdata, p->path);
}

static void volume_begin(Parser *p, const char *path) {
        subvolume_end(p);
        p->level = LEVEL_VOLUME;
        p->in_volume = true;
        p->idle[LEVEL_VOLUME] = p->idle[LEVEL_GLOBAL];
        (void)snprintf(p->volume, sizeof(p->volume), "%s", path[0] == '/' ? path : "");
}

static void subvolume_begin(Parser *p, const char *path) {
        int n;

        subvolume_end(p);
        p->level = LEVEL_SUBVOLUME;
        p->idle[LEVEL_SUBVOLUME] = p->idle[p->in_volume ? LEVEL_VOLUME : LEVEL_GLOBAL];
        if (p->in_volume && p->volume[0] == '\0')
                n = snprintf(p->path, sizeof(p->path), "%s", "");
        else if (path[0] == '/')
                n = snprintf(p->path, sizeof(p->path), "%s", path);
        else
                n = snprintf(p->path, sizeof(p->path), "%s/%s", p->volume, path);
        if (n < 0 || (size_t)n >= sizeof(p->path))
                p->path[0] = '\0';
}

/* The rest of the line, without blanks at its end and without the quotes around it. */
static bool value_read(const char *at, char *buf, size_t size) {
        size_t n = strcspn(at, "\n");

        while (n > 0 && strchr(" \t\r", at[n - 1]))
                n--;
        if (n >= 2 && (at[0] == '"' || at[0] == '\'') && at[n - 1] == at[0]) {
                at++;
                n -= 2;
        }
        if (n >= size)
                return false;
        memcpy(buf, at, n);
        buf[n] = '\0';
        return true;
}

static bool line_has_key(const char *line, const char *key, const char **ret_value) {
        return scan_word(&line, key) && scan_blank(&line) && (*ret_value = line);
}

static void line_take(Parser *p, const char *line) {
        char value[PATH_MAX];
        const char *at;

        (void)scan_blank(&line);
        if (line_has_key(line, "volume", &at) && value_read(at, value, sizeof(value)))
                volume_begin(p, value);
        else if (line_has_key(line, "subvolume", &at) && value_read(at, value, sizeof(value)))
                subvolume_begin(p, value);
        else if (line_has_key(line, "snapshot_create", &at) && value_read(at, value, sizeof(value)))
                p->idle[p->level] = strcmp(value, "no") == 0;
}

void btrbk_config_parse(const char *text, BtrbkHandler handler, void *userdata) {
        Parser p = { .handler = handler, .userdata = userdata };

        for (; *text != '\0'; text = scan_next_line(text))
                line_take(&p, text);
        subvolume_end(&p);
}
