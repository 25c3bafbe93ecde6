/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/btrfs_tree.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "policy/balance-filter.h"

#define OPTIONS_MAX 4

typedef struct TakeStory {
        const char *sentence;
        const char *options[OPTIONS_MAX];
        const char *text; /* as formatted, after it was completed */
} TakeStory;

/* clang-format off */
static const TakeStory take_stories[] = {
        { "nothing at all is everything",            { NULL },                                  "-d -m"                       },
        { "force alone is everything",               { "-f" },                                  "-d -m -f"                    },
        { "data alone",                              { "-d" },                                  "-d"                          },
        { "metadata goes for system chunks",         { "-musage=5" },                           "-musage=5"                   },
        { "system chunks of their own",              { "-m", "-susage=5", "--force" },          "-m -susage=5 -f"             },
        { "system chunks alike are not told twice",  { "-musage=5", "-susage=5", "-f" },        "-musage=5 -f"                },
        { "system chunks alone",                     { "-s", "-f" },                            "-s -f"                       },
        { "usage",                                   { "-dusage=50" },                          "-dusage=50"                  },
        { "usage of nothing",                        { "-dusage=0" },                           "-dusage=0"                   },
        { "all usage",                               { "-dusage=100" },                         "-dusage=100"                 },
        { "usage between",                           { "-dusage=10..50" },                      "-dusage=10..50"              },
        { "usage up to",                             { "-dusage=..50" },                        "-dusage=0..50"               },
        { "usage from",                              { "-dusage=50.." },                        "-dusage=50..100"             },
        { "the last usage counts",                   { "-dusage=10..50,usage=7" },              "-dusage=7"                   },
        { "the last usage counts, a range",          { "-dusage=7", "-dusage=10..50" },         "-dusage=10..50"              },
        { "limit",                                   { "-dlimit=2" },                           "-dlimit=2"                   },
        { "a limit of more than 32 bits",            { "-dlimit=4294967296" },                  "-dlimit=4294967296"          },
        { "limit between",                           { "-dlimit=2..10" },                       "-dlimit=2..10"               },
        { "limit from",                              { "-dlimit=2.." },                         "-dlimit=2.."                 },
        { "limit up to",                             { "-dlimit=..10" },                        "-dlimit=0..10"               },
        { "the last limit counts",                   { "-dlimit=2..10", "-dlimit=3" },          "-dlimit=3"                   },
        { "a device and where on it",                { "-ddevid=3,drange=1M..1G" },             "-ddevid=3,drange=1048576..1073741824" },
        { "addresses to the end",                    { "-dvrange=1048576.." },                  "-dvrange=1048576.."          },
        { "addresses to somewhere",                  { "-dvrange=..1k" },                       "-dvrange=0..1024"            },
        { "stripes",                                 { "-dstripes=1..2" },                      "-dstripes=1..2"              },
        { "stripes, many",                           { "-dstripes=2.." },                       "-dstripes=2.."               },
        { "one profile",                             { "-mprofiles=dup" },                      "-mprofiles=dup"              },
        { "all profiles",                            { "-dprofiles=raid6|raid5|single|dup|raid10|raid1c4|raid1c3|raid1|raid0" },
          "-dprofiles=raid0|raid1|raid1c3|raid1c4|raid10|dup|single|raid5|raid6" },
        { "convert, softly",                         { "-dconvert=raid1,soft" },                "-dconvert=raid1,soft"        },
        { "empty filters are none",                  { "-d,usage=1,,limit=2," },                "-dusage=1,limit=2"           },
        { "filters of one type add up",              { "-dusage=1", "-dlimit=2" },              "-dusage=1,limit=2"           },
        { "options in full",                         { "--data=usage=1", "--metadata", "--system", "-f" }, "-dusage=1 -m -f"  },
};

static const struct {
        const char *option;
        const char *part; /* of what is said */
} wrong_options[] = {
        { "",                            "-d, -m or -s"  },
        { "-",                           "-d, -m or -s"  },
        { "usage=5",                     "-d, -m or -s"  },
        { "-x",                          "-d, -m or -s"  },
        { "--dataset",                   "-d, -m or -s"  },
        { "-fusage=5",                   "-d, -m or -s"  },
        { "-dbogus=1",                   "the filters are" },
        { "-d=usage=1",                  "the filters are" },
        { "-dUSAGE=1",                   "the filters are" },
        { "-dusage",                     "'usage' takes" },
        { "-dusage=",                    "'usage' takes" },
        { "-dusage=101",                 "'usage' takes" },
        { "-dusage=5%",                  "'usage' takes" },
        { "-dusage=-1",                  "'usage' takes" },
        { "-dusage=..",                  "'usage' takes" },
        { "-dusage=10..101",             "'usage' takes" },
        { "-dusage=50..10",              "'usage' takes" },
        { "-dusage=1..2..3",             "'usage' takes" },
        { "-dlimit=x",                   "'limit' takes" },
        { "-dlimit=10..2",               "'limit' takes" },
        { "-dlimit=0..4294967296",       "'limit' takes" },
        { "-dlimit=18446744073709551616", "'limit' takes" },
        { "-ddevid=0",                   "'devid' takes" },
        { "-ddevid=1..2",                "'devid' takes" },
        { "-ddrange=5",                  "'drange' takes" },
        { "-ddrange=5..5",               "'drange' takes" },
        { "-ddrange=1 G..2 G",           "'drange' takes" },
        { "-dvrange=2G..1G",             "'vrange' takes" },
        { "-dvrange=1G",                 "'vrange' takes" },
        { "-dstripes=1",                 "'stripes' takes" },
        { "-dstripes=1..4294967296",     "'stripes' takes" },
        { "-dprofiles=",                 "'profiles' takes" },
        { "-dprofiles=raid1|",           "'profiles' takes" },
        { "-dprofiles=raid2",            "'profiles' takes" },
        { "-dconvert=raid1|dup",         "'convert' takes" },
        { "-dconvert",                   "'convert' takes" },
        { "-dsoft=yes",                  "'soft' takes" },
};
/* clang-format on */

static void test_take(void **state) {
        char text[BALANCE_TEXT_MAX];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(take_stories); i++) {
                const TakeStory *t = &take_stories[i];
                BalanceArgs args = { 0 };

                for (size_t n = 0; n < OPTIONS_MAX && t->options[n]; n++)
                        assert_null(balance_args_take(&args, t->options[n]));
                assert_null(balance_args_complete(&args));
                if (strcmp(balance_args_format(&args, text, sizeof(text)), t->text) != 0)
                        fail_msg("%s: %s", t->sentence, text);
        }
}

/* What is formatted means the same when it is read again. */
static void test_round_trip(void **state) {
        char text[BALANCE_TEXT_MAX], again[BALANCE_TEXT_MAX], *rest, *option;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(take_stories); i++) {
                BalanceArgs args = { 0 };

                rest = strcpy(text, take_stories[i].text);
                while ((option = strsep(&rest, " ")))
                        assert_null(balance_args_take(&args, option));
                assert_null(balance_args_complete(&args));
                assert_string_equal(balance_args_format(&args, again, sizeof(again)),
                                    take_stories[i].text);
        }
}

static void test_wrong(void **state) {
        const BalanceArgs before = { .types[BALANCE_DATA] = { .usage_max = 7 } };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(wrong_options); i++) {
                BalanceArgs args = before;
                const char *wrong = balance_args_take(&args, wrong_options[i].option);

                if (!wrong || !strstr(wrong, wrong_options[i].part))
                        fail_msg("'%s': %s", wrong_options[i].option, wrong ? wrong : "taken");
                assert_memory_equal(&args, &before, sizeof(args));
        }
}

static void test_too_long(void **state) {
        char option[BALANCE_TEXT_MAX + 8];
        BalanceArgs args = { 0 };

        (void)state;
        memset(option, ',', sizeof(option));
        memcpy(option, "-d", 2);
        option[BALANCE_TEXT_MAX + 2] = '\0';
        assert_string_equal(balance_args_take(&args, option), "the filters are too long");
        option[BALANCE_TEXT_MAX + 1] = '\0';
        assert_null(balance_args_take(&args, option));
}

static void test_system_needs_force(void **state) {
        BalanceArgs args = { 0 };

        (void)state;
        assert_null(balance_args_take(&args, "-s"));
        assert_non_null(strstr(balance_args_complete(&args), "-f"));
}

static void test_values(void **state) {
        BalanceArgs args = { 0 };
        const BalanceFilter *data = &args.types[BALANCE_DATA];

        (void)state;
        assert_null(balance_args_take(
                &args, "-dprofiles=raid1|single,usage=5..6,limit=7,devid=8,drange=9..10,"
                       "vrange=11..12,stripes=13..14,convert=dup,soft"));
        assert_true(data->enabled);
        assert_false(args.types[BALANCE_METADATA].enabled);
        assert_int_equal(data->set, FILTER_PROFILES | FILTER_USAGE_RANGE | FILTER_LIMIT |
                                            FILTER_DEVID | FILTER_DRANGE | FILTER_VRANGE |
                                            FILTER_STRIPES_RANGE | FILTER_CONVERT | FILTER_SOFT);
        assert_true(data->profiles == (BTRFS_BLOCK_GROUP_RAID1 | BTRFS_AVAIL_ALLOC_BIT_SINGLE));
        assert_true(data->usage_min == 5 && data->usage_max == 6);
        assert_true(data->limit_min == 0 && data->limit_max == 7);
        assert_int_equal(data->device_id, 8);
        assert_true(data->physical_start == 9 && data->physical_end == 10);
        assert_true(data->logical_start == 11 && data->logical_end == 12);
        assert_true(data->stripes_min == 13 && data->stripes_max == 14);
        assert_true(data->convert == BTRFS_BLOCK_GROUP_DUP);
}

static void test_converts_data(void **state) {
        BalanceArgs none = { 0 }, single = { 0 }, raid = { 0 }, metadata = { 0 };

        (void)state;
        assert_null(balance_args_take(&single, "-dconvert=single"));
        assert_null(balance_args_take(&raid, "-dconvert=raid1,soft"));
        assert_null(balance_args_take(&metadata, "-mconvert=raid1"));
        assert_false(balance_args_converts_data(&none));
        assert_false(balance_args_converts_data(&single));
        assert_true(balance_args_converts_data(&raid));
        assert_false(balance_args_converts_data(&metadata));
}

/* The longest there is fits, and a buffer that is too small is not overrun. */
static void test_format_bounds(void **state) {
        const BalanceFilter longest = {
                .enabled = true,
                .set = UINT32_MAX,
                .profiles = UINT64_MAX,
                .usage_min = UINT64_MAX - 1,
                .usage_max = UINT64_MAX - 1,
                .device_id = UINT64_MAX,
                .physical_start = UINT64_MAX - 1,
                .physical_end = UINT64_MAX - 1,
                .logical_start = UINT64_MAX - 1,
                .logical_end = UINT64_MAX - 1,
                .limit_min = UINT32_MAX - 1,
                .limit_max = UINT32_MAX - 1,
                .stripes_min = UINT32_MAX - 1,
                .stripes_max = UINT32_MAX - 1,
                .convert = BTRFS_BLOCK_GROUP_RAID1C3,
        };
        BalanceArgs args = { .types = { longest, longest, longest }, .force = true };
        char text[BALANCE_TEXT_MAX], small[8];

        (void)state;
        args.types[BALANCE_SYSTEM].limit_min = 1;
        balance_args_format(&args, text, sizeof(text));
        assert_string_equal(text + strlen(text) - 8, ",soft -f");
        assert_string_equal(balance_args_format(&args, small, sizeof(small)), "-dprofi");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_take),
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_wrong),
                cmocka_unit_test(test_too_long),
                cmocka_unit_test(test_system_needs_force),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_converts_data),
                cmocka_unit_test(test_format_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
