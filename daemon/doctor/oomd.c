/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/oomd.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "kernel/processes.h"
#include "kernel/scan.h"

#define LIMIT_DEFAULT_PERMYRIAD 9000

/* Comments with a few settings. */
#define TEXT_MAX 4096

/* In the order in which they count. */
static const char *const files[] = {
        "/usr/lib/systemd/oomd.conf",          "/etc/systemd/oomd.conf",
        "/usr/lib/systemd/oomd.conf.d/*.conf", "/run/systemd/oomd.conf.d/*.conf",
        "/etc/systemd/oomd.conf.d/*.conf",
};

static void line_take(const char *at, uint32_t *limit_permyriad) {
        char value[16];
        size_t n;

        (void)scan_blank(&at);
        n = strcspn(at, " \t\r\n");
        if (n >= sizeof(value))
                return;
        memcpy(value, at, n);
        value[n] = '\0';
        (void)parse_percent(value, limit_permyriad);
}

void oomd_config_parse(const char *text, uint32_t *limit_permyriad) {
        const char *at;

        for (; *text != '\0'; text = scan_next_line(text)) {
                at = text;
                (void)scan_blank(&at);
                if (!scan_word(&at, "SwapUsedLimit"))
                        continue;
                (void)scan_blank(&at);
                if (scan_word(&at, "="))
                        line_take(at, limit_permyriad);
        }
}

static void process_take(void *userdata, const char *name) {
        bool *runs = userdata;

        *runs = *runs || strcmp(name, "systemd-oomd") == 0;
}

static void files_take(const char *pattern, uint32_t *limit_permyriad) {
        glob_t found = { 0 };
        char text[TEXT_MAX];
        ssize_t n;

        if (glob(pattern, 0, NULL, &found) == 0)
                for (size_t i = 0; i < found.gl_pathc; i++) {
                        n = file_read_at(AT_FDCWD, found.gl_pathv[i], text, sizeof(text));
                        if (n >= 0 || n == -EFBIG)
                                oomd_config_parse(text, limit_permyriad);
                }
        globfree(&found);
}

uint32_t oomd_limit_read(void) {
        uint32_t limit_permyriad = LIMIT_DEFAULT_PERMYRIAD;
        bool runs = false;

        (void)processes_walk(process_take, &runs);
        if (!runs)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                files_take(files[i], &limit_permyriad);
        return limit_permyriad;
}
