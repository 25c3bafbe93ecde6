/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A root directory with configuration files, of its own for each test
 *
 * Paths are as they would be in the real root: what is compared is without the temporary one.
 */

#include "config/config.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config/option.h"

#define MAIN "/etc/btrfs-swapd.conf"
#define ETC "/etc/btrfs-swapd.conf.d/"
#define RUN "/run/btrfs-swapd.conf.d/"
#define LOCAL "/usr/local/lib/btrfs-swapd.conf.d/"
#define LIB "/usr/lib/btrfs-swapd.conf.d/"

#define TREE_TEST(f) cmocka_unit_test_setup_teardown(f, tree_setup, tree_teardown)

typedef struct Tree {
        char root[64];
        Config *config;
        ConfigReport report;
} Tree;

static inline int tree_setup(void **state) {
        Tree *t = calloc(1, sizeof(*t));

        assert_non_null(t);
        strcpy(t->root, "/tmp/test-config.XXXXXX");
        assert_non_null(mkdtemp(t->root));
        *state = t;
        return 0;
}

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

static inline int tree_teardown(void **state) {
        Tree *t = *state;

        config_free(t->config);
        config_report_clear(&t->report);
        assert_int_equal(nftw(t->root, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
        free(t);
        return 0;
}

/* The file's path, with the directories above it made. */
static inline const char *tree_path(const Tree *t, const char *path) {
        static char full[256];

        (void)snprintf(full, sizeof(full), "%s%s", t->root, path);
        for (char *p = full + strlen(t->root) + 1; (p = strchr(p, '/')); p++) {
                *p = '\0';
                assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
                *p = '/';
        }
        return full;
}

static inline void tree_write(const Tree *t, const char *path, const void *bytes, size_t size) {
        _cleanup_(fclosep) FILE *f = fopen(tree_path(t, path), "w");

        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, size, f), size);
}

static inline void tree_put(const Tree *t, const char *path, const char *text) {
        tree_write(t, path, text, strlen(text));
}

static inline int tree_load(Tree *t) {
        t->config = config_free(t->config);
        return config_load(t->root, NULL, false, &t->report, &t->config);
}

static inline const char *value_of(const Config *c, const char *section, const char *key) {
        static char text[CONFIG_VALUE_MAX];

        return config_option_format(config_option_find(section, key), c, text, sizeof(text));
}

/* The source without the root of the test. */
static inline const char *source_of(const Tree *t, const char *section, const char *key) {
        static char text[CONFIG_SOURCE_MAX];
        const char *s = config_option_format_source(config_option_find(section, key), t->config,
                                                    text, sizeof(text));

        return strncmp(s, t->root, strlen(t->root)) == 0 ? s + strlen(t->root) : s;
}

/* What the report says at a place, without the root of the test. */
static inline void check_report(const Tree *t, const char *const lines[]) {
        size_t n = 0;

        for (; lines[n]; n++) {
                const char *got = n < t->report.count ? t->report.lines[n] : "(nothing)";

                if (strncmp(got, t->root, strlen(t->root)) == 0)
                        got += strlen(t->root);
                assert_string_equal(got, lines[n]);
        }
        if (t->report.count > n)
                fail_msg("reported besides: %s", t->report.lines[n]);
        assert_null(t->report.lines[t->report.count]);
}

static inline void check_defaults(const Config *c) {
        char text[CONFIG_VALUE_MAX];

        for (size_t i = 0; i < config_option_count(); i++) {
                const ConfigOption *o = config_option_get(i);

                assert_string_equal(config_option_format(o, c, text, sizeof(text)),
                                    o->default_text);
                assert_int_equal(c->sources[i].line, 0);
        }
}
