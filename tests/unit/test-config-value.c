/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values without files: what each option takes, and what the policy gets of it. */

#include "config/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/parse.h"
#include "base/text.h"

static Config *config_default(void) {
        ConfigReport report = { 0 };
        Config *c = NULL;

        assert_int_equal(config_load(NULL, "/dev/null", true, &report, &c), 0);
        return c;
}

typedef struct ValueRow {
        const char *key;
        const char *text;
        const char *value; /* NULL: refused */
} ValueRow;

/* clang-format off */
static const ValueRow value_rows[] = {
        { "Directory",   "/swap",                 "/swap"       },
        { "Directory",   "//mnt///my swap//",     "/mnt/my swap" },
        { "Directory",   "/..swap/.x/a..",        "/..swap/.x/a.." },
        { "Directory",   "/d\xc3\xa4ten",         "/d\xc3\xa4ten" },
        { "Directory",   "/",                     NULL          },
        { "Directory",   "///",                   NULL          },
        { "Directory",   "swap",                  NULL          },
        { "Directory",   "./swap",                NULL          },
        { "Directory",   "/var/../etc",           NULL          },
        { "Directory",   "/var/./swap",           NULL          },
        { "Directory",   "/var/..",               NULL          },
        { "Directory",   "/a\xff" "b",            NULL          },
        { "Directory",   "/a\033[1mb",            NULL          },
        { "MinimumSize", "0",                     "0"           },
        { "MinimumSize", "512M",                  "512M"        },
        { "MinimumSize", "1.5G",                  "1536M"       },
        { "MinimumSize", "1000001",               "1000001"     },
        { "MinimumSize", "5 G",                   "5G"          },
        { "MinimumSize", "10%",                   "10%"         },
        { "MinimumSize", "12.5%",                 "12.50%"      },
        { "MinimumSize", "0%",                    "0%"          },
        { "MaximumSize", "1000%",                 "1000%"       },
        { "MaximumSize", "auto",                  "auto"        },
        { "MinimumSize", "1001%",                 NULL          },
        { "MinimumSize", "18446744073709551615",  "18446744073709551615" },
        { "MinimumSize", "18446744073709551616",  NULL          },
        { "MinimumSize", "-1",                    NULL          },
        { "MinimumSize", "1e30",                  NULL          },
        { "MinimumSize", "16E",                   NULL          },
        { "MinimumSize", "%",                     NULL          },
        { "MinimumSize", "NaN",                   NULL          },
        { "MinimumSize", "auto",                  NULL          },
        { "MaximumSize", "1K",                    "1K"          },
        { "MaximumSize", "0",                     NULL          },
        { "MaximumSize", "0%",                    NULL          },
        { "FileSize",    "auto",                  "auto"        },
        { "FileSize",    "16M",                   "16M"         },
        { "FileSize",    "16777215",              NULL          },
        { "FileSize",    "0",                     NULL          },
        { "FileSize",    "10%",                   NULL          },
        { "FileSize",    "20000P",                NULL          },
        { "FileSize",    "Auto",                  NULL          },
        { "KeepFree",    "100%",                  "100%"        },
        { "KeepFree",    "100.01%",               NULL          },
        { "KeepFree",    "20G",                   "20G"         },
        { "KeepFree",    "0",                     "0"           },
        { "Priority",    "0",                     "0"           },
        { "Priority",    "32767",                 "32767"       },
        { "Priority",    "32768",                 NULL          },
        { "Priority",    "-1",                    NULL          },
        { "Priority",    "5.0",                   NULL          },
        { "Device",      "auto",                  "auto"        },
        { "Device",      "2",                     "2"           },
        { "Device",      "/dev/disk/by-id/x",     "/dev/disk/by-id/x" },
        { "Device",      "0",                     NULL          },
        { "Device",      "sda",                   NULL          },
        { "Device",      "-1",                    NULL          },
        { "Device",      "/dev/\033[1m",          NULL          },
        { "Device",      "/dev/a-name-that-has-sixty-three-characters-if-the-slash-counts", "/dev/a-name-that-has-sixty-three-characters-if-the-slash-counts" },
        { "Device",      "/dev/a-name-that-has-sixty-four-characters-if-the-slashes-counts", NULL },
        { "Discard",     "on",                    "yes"         },
        { "Discard",     "FALSE",                 "no"          },
        { "Discard",     "once",                  NULL          },
        { "Pressure",    "1us/500ms",             "1us/500ms"   },
        { "Pressure",    "10s/10s",               "10s/10s"     },
        { "Pressure",    "0.15s/2",               "150ms/2s"    },
        { "Pressure",    "0/1s",                  NULL          },
        { "Pressure",    "1001ms/1s",             NULL          },
        { "Pressure",    "70ms/499999us",         NULL          },
        { "Pressure",    "70ms/10000001us",       NULL          },
        { "Pressure",    "infinity/infinity",     NULL          },
        { "Pressure",    "70ms",                  NULL          },
        { "Pressure",    "/1s",                   NULL          },
        { "Pressure",    "70ms/",                 NULL          },
        { "Pressure",    "70ms/1s/1s",            NULL          },
        { "Urgent",      "7%",                    NULL          },
        { "Urgent",      "00000000000000000000000000000001s/1s", NULL },
        { "Headroom",    "0",                     "0"           },
        { "HeadroomMax", "0%",                    "0%"          },
        { "CalmSec",     "0",                     "0"           },
        { "CalmSec",     "90",                    "90s"         },
        { "CalmSec",     "1h 30min",              "90min"       },
        { "CalmSec",     "infinity",              "infinity"    },
        { "CalmSec",     "366d",                  "366d"        },
        { "CalmSec",     "366d 1us",              NULL          },
        { "CalmSec",     "99999999999999999999s", NULL          },
        { "CalmSec",     "soon",                  NULL          },
        { "IntervalSec", "1us",                   "1us"         },
        { "IntervalSec", "0",                     NULL          },
        { "IntervalSec", "infinity",              NULL          },
        { "IntervalSec", "-5s",                   NULL          },
        { "Margin",      "2G",                    "2G"          },
        { "DrainTimeoutSec", "infinity",          "infinity"    },
        { "DrainTimeoutSec", "0s",                NULL          },
        { "OnBalance",   "auto",                  "auto"        },
        { "OnBalance",   "wait",                  "wait"        },
        { "OnBalance",   "interrupt",             "interrupt"   },
        { "OnBalance",   "Wait",                  NULL          },
        { "OnBalance",   "yes",                   NULL          },
        { "OnBalance",   "interrupted",           NULL          },
        { "CompleteScrub", "no",                  "no"          },
        { "CompleteScrub", "maybe",               NULL          },
        { "CompleteBalance", "yes",               "yes"         },
        { "Reserve",     "auto",                  "auto"        },
        { "Reserve",     "no",                    "no"          },
        { "Reserve",     "8192M",                 "8G"          },
        { "Reserve",     "16M",                   "16M"         },
        { "Reserve",     "16777215",              NULL          },
        { "Reserve",     "0",                     NULL          },
        { "Reserve",     "50%",                   NULL          },
        { "Reserve",     "yes",                   NULL          },
        { "Reserve",     "20000P",                NULL          },
};
/* clang-format on */

static void test_values(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(value_rows); i++) {
                _cleanup_(config_freep) Config *c = config_default();
                const ValueRow *row = &value_rows[i];
                const ConfigOption *o = config_option_guess(row->key);
                const char *wrong = config_option_set(o, c, row->text);
                char text[CONFIG_VALUE_MAX];

                if (!wrong != !!row->value)
                        fail_msg("%s=%s %s", row->key, row->text, wrong ? wrong : "is taken");

                /* What is refused leaves what was; what is taken reads back the same. */
                (void)config_option_format(o, c, text, sizeof(text));
                assert_string_equal(text, row->value ? row->value : o->default_text);
                assert_null(config_option_set(o, c, text));
                assert_string_equal(
                        config_option_format(o, c, (char[CONFIG_VALUE_MAX]){ 0 }, CONFIG_VALUE_MAX),
                        text);
        }
}

static void test_directory_length(void **state) {
        _cleanup_(config_freep) Config *c = config_default();
        const ConfigOption *o = config_option_get(CONFIG_DIRECTORY);
        char text[CONFIG_DIRECTORY_MAX + 1];

        (void)state;
        (void)snprintf(text, sizeof(text), "/%0*d", CONFIG_DIRECTORY_MAX - 1, 0);
        assert_non_null(config_option_set(o, c, text));
        assert_string_equal(c->directory, o->default_text);

        text[CONFIG_DIRECTORY_MAX - 1] = '\0';
        assert_null(config_option_set(o, c, text));
        assert_string_equal(c->directory, text);
}

typedef struct ResolveRow {
        const char *story;
        const char *settings[4];
        uint64_t ram_bytes;
        uint64_t filesystem_bytes;
        PolicyConfig expected;
} ResolveRow;

/* clang-format off */
#define DEFAULT_SIZES .minimum_bytes = GIB, .maximum_bytes = 8 * GIB
#define DEFAULT_TIMES .calm_usec = 120 * USEC_PER_SEC, .interval_usec = 30 * USEC_PER_SEC
static const ResolveRow resolve_rows[] = {
        { "a laptop as it comes", { NULL }, 16 * GIB, 500 * GIB,
          { .minimum_bytes = GIB, .maximum_bytes = 16 * GIB, .keep_free_bytes = 25 * GIB,
            .headroom_bytes = 858993459, .headroom_max_bytes = 4 * GIB, .margin_bytes = 1717986918,
            DEFAULT_TIMES, .pressure_permyriad = 700 } },
        { "a small machine as it comes", { NULL }, GIB / 2, 16 * GIB,
          { .minimum_bytes = GIB, .maximum_bytes = 8 * GIB, .keep_free_bytes = 858993459,
            .headroom_bytes = 26843545, .headroom_max_bytes = 128 * MIB, .margin_bytes = 53687091,
            DEFAULT_TIMES, .pressure_permyriad = 700 } },
        { "a minimum that is more than it would be", { "MinimumSize=200%", "MaximumSize=auto" },
          6 * GIB, 0,
          { .minimum_bytes = 12 * GIB, .maximum_bytes = 12 * GIB, .headroom_bytes = 322122547,
            .headroom_max_bytes = 3 * GIB / 2, .margin_bytes = 644245094, DEFAULT_TIMES,
            .pressure_permyriad = 700 } },
        { "percentages of nothing", { "MaximumSize=100%" }, 0, 0,
          { DEFAULT_TIMES, .pressure_permyriad = 700 } },
        { "the largest there is", { "MaximumSize=1000%", "KeepFree=100%" },
          UINT64_MAX, UINT64_MAX,
          { .minimum_bytes = GIB, .maximum_bytes = UINT64_MAX, .keep_free_bytes = UINT64_MAX,
            .headroom_bytes = UINT64_MAX / 20, .headroom_max_bytes = UINT64_MAX / 4,
            .margin_bytes = UINT64_MAX / 10, DEFAULT_TIMES, .pressure_permyriad = 700 } },
        { "the maximum wins", { "MinimumSize=50%", "MaximumSize=100000000", "FileSize=1G" },
          GIB, 0,
          { .minimum_bytes = 100000000, .maximum_bytes = 100000000, .file_bytes = 95 * MIB,
            .headroom_bytes = GIB / 20, .headroom_max_bytes = GIB / 4, .margin_bytes = GIB / 10,
            DEFAULT_TIMES, .pressure_permyriad = 700 } },
        { "the bound of the headroom wins", { "Headroom=2G", "HeadroomMax=10%" },
          4 * GIB, 0,
          { .minimum_bytes = GIB, .maximum_bytes = 8 * GIB, .headroom_bytes = 4 * GIB / 10,
            .headroom_max_bytes = 4 * GIB / 10, .margin_bytes = 4 * GIB / 10,
            DEFAULT_TIMES, .pressure_permyriad = 700 } },
        { "a percentage of nothing", { "MaximumSize=50%" }, 0, 0,
          { DEFAULT_TIMES, .pressure_permyriad = 700 } },
        { "a file of odd size becomes whole pages",
          { "FileSize=16777217", "MinimumSize=0", "MaximumSize=1G" }, 0, 0,
          { .maximum_bytes = GIB, .file_bytes = 16 * MIB, DEFAULT_TIMES,
            .pressure_permyriad = 700 } },
        { "infinity can be added to any time",
          { "CalmSec=infinity", "IntervalSec=1us", "Pressure=1us/10s" }, 0, 0,
          { DEFAULT_SIZES, .calm_usec = 100 * 366 * 24 * USEC_PER_HOUR, .interval_usec = 1,
            .pressure_permyriad = 1 } },
        { "all the time", { "Pressure=10s/10s" }, 0, 0,
          { DEFAULT_SIZES, DEFAULT_TIMES, .pressure_permyriad = 10000 } },
        { "a balance is never to be interrupted", { "OnBalance=wait" }, 0, 0,
          { DEFAULT_SIZES, DEFAULT_TIMES, .pressure_permyriad = 700, .on_balance = ON_BALANCE_WAIT } },
        { "a balance is to be interrupted soon", { "OnBalance=interrupt" }, 0, 0,
          { DEFAULT_SIZES, DEFAULT_TIMES, .pressure_permyriad = 700, .on_balance = ON_BALANCE_INTERRUPT } },
};
/* clang-format on */

static void config_apply(Config *c, const char *setting) {
        const char *value = strchr(setting, '=') + 1;
        char key[32];

        (void)snprintf(key, sizeof(key), "%.*s", (int)(value - setting - 1), setting);
        assert_null(config_option_set(config_option_guess(key), c, value));
}

static void test_resolve(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(resolve_rows); i++) {
                _cleanup_(config_freep) Config *c = config_default();
                const ResolveRow *row = &resolve_rows[i];
                PolicyConfig got;

                for (size_t n = 0; row->settings[n]; n++)
                        config_apply(c, row->settings[n]);
                memset(&got, 0xff, sizeof(got));
                config_resolve(c, row->ram_bytes, row->filesystem_bytes, &got);

#define CHECK(field)                                                                               \
        if (got.field != row->expected.field)                                                      \
        fail_msg("%s: " #field " is %llu", row->story, (unsigned long long)got.field)
                CHECK(minimum_bytes);
                CHECK(maximum_bytes);
                CHECK(file_bytes);
                CHECK(keep_free_bytes);
                CHECK(headroom_bytes);
                CHECK(headroom_max_bytes);
                CHECK(margin_bytes);
                CHECK(calm_usec);
                CHECK(interval_usec);
                CHECK(on_balance);
                CHECK(pressure_permyriad);
#undef CHECK
        }
}

static void test_text(void **state) {
        /* clang-format off */
        static const struct {
                const char *dirty, *clean;
                const char *utf8; /* NULL: as the clean one */
        } rows[] = {
                { "",                         ""             },
                { "plain text ~",             "plain text ~" },
                { "\t\x01\x1b\x7f",           "????", "\t\x01\x1b\x7f" },
                { "\xc2\x80\xc2\x9f\xc2\xa0", "????\xc2\xa0", "\xc2\x80\xc2\x9f\xc2\xa0" },
                { "\x1b\xc2",                 "??", "\x1b?"  },
                { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7" },
                { "\xc3",                     "?"            },
                { "\xe2\x82",                 "??"           },
                { "\xf0\x9f\x90z",            "???z"         },
                { "\x80\xbf\xff\xfe",         "????"         },
                { "\xc0\xaf\xc1\xbf",         "????"         },
                { "\xe0\x9f\xbf\xe0\xa0\x80", "???\xe0\xa0\x80" },
                { "\xed\xa0\x80\xed\x9f\xbf", "???\xed\x9f\xbf" },
                { "\xf4\x90\x80\x80\xf4\x8f\xbf\xbf", "????\xf4\x8f\xbf\xbf" },
                { "\xf8\x88\x80\x80\x80",     "?????"        },
        };
        /* clang-format on */

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char text[64];

                strcpy(text, rows[i].dirty);
                assert_int_equal(text_is_clean(text), strcmp(text, rows[i].clean) == 0);
                text_clean(text);
                assert_string_equal(text, rows[i].clean);
                assert_true(text_is_clean(text));

                strcpy(text, rows[i].dirty);
                text_make_utf8(text);
                assert_string_equal(text, rows[i].utf8 ?: rows[i].clean);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_directory_length),
                cmocka_unit_test(test_resolve),
                cmocka_unit_test(test_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
