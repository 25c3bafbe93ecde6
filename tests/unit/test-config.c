/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which files count, and in which order. argv[1] is the sample file that is installed. */

#include "config/config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/parse.h"
#include "config/option.h"
#include "config-tree.h"

static const char *sample_path;

/* Every default parses to itself, too: it is what the configuration of no files is made of. */
static void test_defaults(void **state) {
        Tree *t = *state;

        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){ NULL });
        check_defaults(t->config);
        assert_string_equal(t->config->directory, "/var/lib/btrfs-swapd");
        assert_int_equal(t->config->minimum.value, GIB);
        assert_int_equal(t->config->maximum.value, 0);
        assert_int_equal(t->config->pressure.stall_usec, 70 * USEC_PER_MSEC);
        assert_int_equal(t->config->urgent.window_usec, USEC_PER_SEC);
        assert_int_equal(t->config->drain_timeout_usec, 10 * USEC_PER_MINUTE);
        assert_int_equal(t->config->on_balance, ON_BALANCE_AUTO);
        assert_true(t->config->complete_scrub);
        assert_false(t->config->complete_balance);
        assert_string_equal(source_of(t, "Pool", "Priority"), "default");
}

static void test_sample_says_the_defaults(void **state) {
        char line[512], *text = NULL;
        size_t size = 0;
        Tree *t = *state;
        FILE *sample, *out;

        assert_int_equal(config_load(NULL, sample_path, true, &t->report, &t->config), 0);
        check_report(t, (const char *const[]){ NULL });
        check_defaults(t->config);

        sample = fopen(sample_path, "r");
        out = open_memstream(&text, &size);
        assert_true(sample && out);
        while (fgets(line, sizeof(line), sample))
                fputs(line[0] == '#' && line[1] != ' ' ? line + 1 : line, out);
        fclose(sample);
        fclose(out);
        tree_put(t, MAIN, text);
        free(text);

        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){ NULL });
        for (size_t i = 0; i < config_option_count(); i++) {
                const ConfigOption *o = config_option_get(i);

                assert_string_equal(value_of(t->config, o->section, o->key), o->default_text);
                assert_int_not_equal(t->config->sources[i].line, 0);
        }
}

static void test_empty_resets(void **state) {
        Tree *t = *state;

        tree_put(t, MAIN, "[Pool]\nPriority=7\nDiscard=yes\n");
        tree_put(t, ETC "a.conf", "[Pool]\nPriority=\nDiscard= ; nothing\n");
        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){ NULL });
        check_defaults(t->config);
}

static void test_dropins(void **state) {
        Tree *t = *state;

        tree_put(t, MAIN, "[Pool]\nPriority=1\nKeepFree=1G\n");
        tree_put(t, LIB "20-b.conf", "[Pool]\nPriority=2\nMinimumSize=2M\n");
        tree_put(t, ETC "10-a.conf", "[Pool]\nPriority=3\nMaximumSize=3G\n");
        tree_put(t, LIB "30-c.conf", "[Grow]\nHeadroom=1M\nHeadroomMax=1M\n");
        tree_put(t, LOCAL "30-c.conf", "[Grow]\nHeadroom=2M\n");
        tree_put(t, LOCAL "40-d.conf", "[Shrink]\nMargin=1M\n");
        tree_put(t, RUN "40-d.conf", "[Shrink]\nMargin=2M\n");
        tree_put(t, ETC "40-d.conf", "[Shrink]\nMargin=3M\n");
        tree_put(t, ETC ".hidden.conf", "[Pool]\nDiscard=yes\n");
        tree_put(t, ETC "no.conf~", "[Pool]\nDiscard=yes\n");
        tree_put(t, ETC "conf", "[Pool]\nDiscard=yes\n");
        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){ NULL });

        /* By file name, whatever the directory. */
        assert_string_equal(value_of(t->config, "Pool", "Priority"), "2");
        assert_string_equal(source_of(t, "Pool", "Priority"), LIB "20-b.conf:2");
        assert_string_equal(source_of(t, "Pool", "MaximumSize"), ETC "10-a.conf:3");
        assert_string_equal(source_of(t, "Pool", "KeepFree"), MAIN ":3");

        /* The same name: the more important one alone. */
        assert_string_equal(source_of(t, "Grow", "Headroom"), LOCAL "30-c.conf:2");
        assert_string_equal(source_of(t, "Grow", "HeadroomMax"), "default");
        assert_string_equal(source_of(t, "Shrink", "Margin"), ETC "40-d.conf:2");
        assert_string_equal(value_of(t->config, "Pool", "Discard"), "no");

        assert_int_equal(unlink(tree_path(t, ETC "40-d.conf")), 0);
        assert_int_equal(tree_load(t), 0);
        assert_string_equal(source_of(t, "Shrink", "Margin"), RUN "40-d.conf:2");
}

static void test_masks(void **state) {
        Tree *t = *state;

        tree_put(t, LIB "a.conf", "[Pool]\nPriority=2\n");
        tree_put(t, LIB "b.conf", "[Pool]\nKeepFree=2G\n");
        tree_put(t, RUN "a.conf", "");
        assert_int_equal(symlink("/dev/null", tree_path(t, ETC "b.conf")), 0);
        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){ NULL });
        check_defaults(t->config);
}

static void test_unreadable_dropins(void **state) {
        static const char *const expected[] = {
                "/run/btrfs-swapd.conf.d: cannot be read (Not a directory); ignoring it",
                ETC "a.conf: cannot be read (Is a directory); ignoring it",
                ETC "b.conf: cannot be read (No such file or directory); ignoring it",
                ETC "c.conf: cannot be read (Operation not supported); ignoring it",
                ETC "d.conf: cannot be read (Too many levels of symbolic links); ignoring it",
                NULL,
        };
        Tree *t = *state;

        tree_put(t, "/run/btrfs-swapd.conf.d", "");
        assert_int_equal(mkdir(tree_path(t, ETC "a.conf"), 0755), 0);
        assert_int_equal(symlink("nowhere", tree_path(t, ETC "b.conf")), 0);
        assert_int_equal(mkfifo(tree_path(t, ETC "c.conf"), 0600), 0);
        assert_int_equal(symlink("d.conf", tree_path(t, ETC "d.conf")), 0);
        tree_put(t, ETC "e.conf", "[Pool]\nPriority=5\n");
        assert_int_equal(tree_load(t), 0);
        check_report(t, expected);
        assert_string_equal(source_of(t, "Pool", "Priority"), ETC "e.conf:2");
}

static void test_unreadable_main_file(void **state) {
        Tree *t = *state;
        Config *kept;

        assert_int_equal(mkdir(tree_path(t, MAIN), 0755), 0);
        tree_put(t, ETC "a.conf", "[Pool]\nPriority=5\n");

        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){
                                MAIN ": cannot be read (Is a directory); ignoring it", NULL });
        assert_string_equal(value_of(t->config, "Pool", "Priority"), "5");

        kept = t->config;
        assert_int_equal(config_load(t->root, NULL, true, &t->report, &kept), -EISDIR);
        assert_ptr_equal(kept, t->config);
        check_report(t, (const char *const[]){ NULL });
}

/* Strict or not, no main file is as good as an empty one. */
static void test_missing_main_file(void **state) {
        Tree *t = *state;

        assert_int_equal(config_load(t->root, NULL, true, &t->report, &t->config), 0);
        check_report(t, (const char *const[]){ NULL });
        check_defaults(t->config);
}

static void test_one_file_only(void **state) {
        Config *none = NULL;
        Tree *t = *state;

        tree_put(t, MAIN, "[Pool]\nPriority=1\n");
        tree_put(t, ETC "a.conf", "[Pool]\nPriority=2\n");
        tree_put(t, "/mine", "[Pool]\nKeepFree=3G\n");
        assert_int_equal(config_load(t->root, tree_path(t, "/mine"), false, &t->report, &t->config),
                         0);
        check_report(t, (const char *const[]){ NULL });
        assert_string_equal(value_of(t->config, "Pool", "Priority"), "50");
        assert_string_equal(source_of(t, "Pool", "KeepFree"), "/mine:2");

        assert_int_equal(config_load(NULL, tree_path(t, "/missing"), false, &t->report, &none),
                         -ENOENT);
        assert_null(none);
        check_report(t, (const char *const[]){ NULL });
        assert_int_equal(config_load(NULL, t->root, false, &t->report, &none), -EISDIR);

        t->config = config_free(t->config);
        assert_int_equal(config_load(NULL, "/dev/null", false, &t->report, &t->config), 0);
        check_defaults(t->config);
}

static void test_reload_keeps_the_old(void **state) {
        Config *fresh = NULL;
        Tree *t = *state;

        tree_put(t, MAIN, "[Pool]\nPriority=5\n");
        assert_int_equal(tree_load(t), 0);

        assert_int_equal(unlink(tree_path(t, MAIN)), 0);
        assert_int_equal(symlink("btrfs-swapd.conf", tree_path(t, MAIN)), 0);
        assert_int_equal(config_load(t->root, NULL, true, &t->report, &fresh), -ELOOP);
        assert_null(fresh);
        assert_string_equal(value_of(t->config, "Pool", "Priority"), "5");
        assert_string_equal(source_of(t, "Pool", "Priority"), MAIN ":2");
}

static void test_conflicts_are_told(void **state) {
        static const char *const expected[] = {
                MAIN ":3: MinimumSize=3G is above MaximumSize=2G; using 2G",
                MAIN ":4: FileSize=4G is above MaximumSize=2G; using 2G",
                MAIN ":6: Headroom=30% is above HeadroomMax=25%; using 25%",
                NULL,
        };
        Tree *t = *state;

        tree_put(t, MAIN,
                 "[Pool]\nMaximumSize=2G\nMinimumSize=3G\nFileSize=4G\n"
                 "[Grow]\nHeadroom=30%\n");
        assert_int_equal(tree_load(t), 0);
        check_report(t, expected);

        /* Not knowable here; and a default that yields is no mistake. */
        tree_put(t, MAIN, "[Pool]\nMaximumSize=512M\n[Grow]\nHeadroom=1000G\n");
        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){ NULL });
}

int main(int argc, char *argv[]) {
        static const struct CMUnitTest tests[] = {
                TREE_TEST(test_defaults),
                TREE_TEST(test_sample_says_the_defaults),
                TREE_TEST(test_empty_resets),
                TREE_TEST(test_dropins),
                TREE_TEST(test_masks),
                TREE_TEST(test_unreadable_dropins),
                TREE_TEST(test_unreadable_main_file),
                TREE_TEST(test_missing_main_file),
                TREE_TEST(test_one_file_only),
                TREE_TEST(test_reload_keeps_the_old),
                TREE_TEST(test_conflicts_are_told),
        };

        if (argc != 2) {
                fprintf(stderr, "usage: %s SAMPLE\n", argv[0]);
                return 2;
        }
        sample_path = argv[1];
        return cmocka_run_group_tests(tests, NULL, NULL);
}
