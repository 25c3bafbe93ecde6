/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/parse.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define UNTOUCHED 4711

typedef struct Row {
        const char *text;
        int result;
        uint64_t value;
} Row;

static void check(const char *what, const Row *row, int r, uint64_t value) {
        if (r != row->result)
                fail_msg("%s '%s': returned %d, not %d", what, row->text, r, row->result);
        if (value != (r == 0 ? row->value : UNTOUCHED))
                fail_msg("%s '%s': yielded %llu", what, row->text, (unsigned long long)value);
}

static void test_u64(void **state) {
        /* clang-format off */
        static const Row rows[] = {
                { "0",                    0,       0          },
                { "00012",                0,       12         },
                { "18446744073709551615", 0,       UINT64_MAX },
                { "18446744073709551616", -ERANGE, 0          },
                { "99999999999999999999", -ERANGE, 0          },
                { "184467440737095516160", -ERANGE, 0         },
                { "99999999999999999999x", -EINVAL, 0         },
                { "",                     -EINVAL, 0          },
                { "-1",                   -EINVAL, 0          },
                { "+1",                   -EINVAL, 0          },
                { " 5",                   -EINVAL, 0          },
                { "5 ",                   -EINVAL, 0          },
                { "1.0",                  -EINVAL, 0          },
                { "0x10",                 -EINVAL, 0          },
                { "1e3",                  -EINVAL, 0          },
                { "NaN",                  -EINVAL, 0          },
                { "\xd9\xa3",             -EINVAL, 0          },
        };
        /* clang-format on */

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint64_t value = UNTOUCHED;
                int r = parse_u64(rows[i].text, &value);

                check("number", &rows[i], r, value);
        }
}

static void test_size(void **state) {
        /* clang-format off */
        static const Row rows[] = {
                { "0",                    0,       0                 },
                { "1048576",              0,       MIB               },
                { "100B",                 0,       100               },
                { "512 B",                0,       512               },
                { "512M",                 0,       512 * MIB         },
                { "512m",                 0,       512 * MIB         },
                { "1.5G",                 0,       GIB + GIB / 2     },
                { "1.500G",               0,       GIB + GIB / 2     },
                { "0.001M",               0,       1048              },
                { "64KiB",                0,       64 * KIB          },
                { "64Kib",                0,       64 * KIB          },
                { "2 GiB",                0,       2 * GIB           },
                { "5 G",                  0,       5 * GIB           },
                { "1gb",                  0,       GIB               },
                { "3T",                   0,       3 * TIB           },
                { "9999T",                0,       9999 * TIB        },
                { "16383P",               0,       16383 * 1024 * TIB },
                { "16383.999P",           0,       16383 * 1024 * TIB + 999 * 1024 * TIB / 1000 },
                { "16384P",               -ERANGE, 0                 },
                { "18446744073709551615", 0,       UINT64_MAX        },
                { "18446744073709551616", -ERANGE, 0                 },
                { "18446744073709551615K", -ERANGE, 0                },
                { "99999999999999999999 GiB", -ERANGE, 0             },
                { "",                     -EINVAL, 0                 },
                { "G",                    -EINVAL, 0                 },
                { "-1",                   -EINVAL, 0                 },
                { "-1G",                  -EINVAL, 0                 },
                { "+1G",                  -EINVAL, 0                 },
                { "1e30",                 -EINVAL, 0                 },
                { "16E",                  -EINVAL, 0                 },
                { "10%",                  -EINVAL, 0                 },
                { "%",                    -EINVAL, 0                 },
                { "NaN",                  -EINVAL, 0                 },
                { "infinity",             -EINVAL, 0                 },
                { " 5",                   -EINVAL, 0                 },
                { "5 ",                   -EINVAL, 0                 },
                { "5G ",                  -EINVAL, 0                 },
                { "5G1",                  -EINVAL, 0                 },
                { "5GG",                  -EINVAL, 0                 },
                { "5GiBs",                -EINVAL, 0                 },
                { "5Gi",                  -EINVAL, 0                 },
                { "5i",                   -EINVAL, 0                 },
                { "5 iB",                 -EINVAL, 0                 },
                { ".5G",                  -EINVAL, 0                 },
                { "5.G",                  -EINVAL, 0                 },
                { "1.2345G",              -EINVAL, 0                 },
                { "1.5.5G",               -EINVAL, 0                 },
                { "1,5G",                 -EINVAL, 0                 },
                { "0.5",                  -EINVAL, 0                 },
                { "1.0",                  0,       1                 },
                { "0x10M",                -EINVAL, 0                 },
                { "5\tG",                 -EINVAL, 0                 },
                { "5\n",                  -EINVAL, 0                 },
        };
        /* clang-format on */

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint64_t value = UNTOUCHED;
                int r = parse_size(rows[i].text, &value);

                check("size", &rows[i], r, value);
        }
}

static void test_percent(void **state) {
        /* clang-format off */
        static const Row rows[] = {
                { "0%",        0,       0      },
                { "10%",       0,       1000   },
                { "12.5%",     0,       1250   },
                { "0.01%",     0,       1      },
                { "100%",      0,       10000  },
                { "7 %",       0,       700    },
                { "1000%",     0,       100000 },
                { "1000.01%",  -ERANGE, 0      },
                { "18446744073709551616%", -ERANGE, 0 },
                { "0.001%",    -EINVAL, 0      },
                { "",          -EINVAL, 0      },
                { "%",         -EINVAL, 0      },
                { "10",        -EINVAL, 0      },
                { "-1%",       -EINVAL, 0      },
                { " 5%",       -EINVAL, 0      },
                { "5% ",       -EINVAL, 0      },
                { "5%%",       -EINVAL, 0      },
                { "5.%",       -EINVAL, 0      },
                { "NaN%",      -EINVAL, 0      },
                { "1e2%",      -EINVAL, 0      },
        };
        /* clang-format on */

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint32_t value = UNTOUCHED;
                int r = parse_percent(rows[i].text, &value);

                check("percentage", &rows[i], r, value);
        }
}

static void test_duration(void **state) {
        /* clang-format off */
        static const Row rows[] = {
                { "0",          0,       0                       },
                { "90",         0,       90 * USEC_PER_SEC       },
                { "0.25",       0,       250 * USEC_PER_MSEC     },
                { "90s",        0,       90 * USEC_PER_SEC       },
                { "5min",       0,       5 * USEC_PER_MINUTE     },
                { "5 min",      0,       5 * USEC_PER_MINUTE     },
                { "1h 30min",   0,       90 * USEC_PER_MINUTE    },
                { "1h30m",      0,       90 * USEC_PER_MINUTE    },
                { "1h  30 min", 0,       90 * USEC_PER_MINUTE    },
                { "1.5h",       0,       90 * USEC_PER_MINUTE    },
                { "250ms",      0,       250 * USEC_PER_MSEC     },
                { "500us",      0,       500                     },
                { "2 days",     0,       48 * USEC_PER_HOUR      },
                { "1 hour 1 second", 0,  USEC_PER_HOUR + USEC_PER_SEC },
                { "infinity",   0,       USEC_INFINITY           },
                { "18446744073709551614us", 0,       UINT64_MAX - 1 },
                { "18446744073709551615us", -ERANGE, 0           },
                { "18446744073709551615s",  -ERANGE, 0           },
                { "18446744073709551614us 1us", -ERANGE, 0       },
                { "99999999999999999999",   -ERANGE, 0           },
                { "99999999999999999999s x", -EINVAL, 0          },
                { "213503983d", -ERANGE, 0                       },
                { "",           -EINVAL, 0                       },
                { "s",          -EINVAL, 0                       },
                { "-1s",        -EINVAL, 0                       },
                { " 5s",        -EINVAL, 0                       },
                { "5s ",        -EINVAL, 0                       },
                { "5 ",         -EINVAL, 0                       },
                { "1h 30",      -EINVAL, 0                       },
                { "30 1h",      -EINVAL, 0                       },
                { "5S",         -EINVAL, 0                       },
                { "5mins",      -EINVAL, 0                       },
                { "5mi",        -EINVAL, 0                       },
                { "5parsecs",   -EINVAL, 0                       },
                { "0.5us",      -EINVAL, 0                       },
                { "1.5s.",      -EINVAL, 0                       },
                { "1.2345s",    -EINVAL, 0                       },
                { "infinity 1s", -EINVAL, 0                      },
                { "Infinity",   -EINVAL, 0                       },
                { "70ms/1s",    -EINVAL, 0                       },
                { "NaN",        -EINVAL, 0                       },
                { "1e3s",       -EINVAL, 0                       },
        };
        /* clang-format on */

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint64_t value = UNTOUCHED;
                int r = parse_duration(rows[i].text, &value);

                check("duration", &rows[i], r, value);
        }
}

static void test_bool(void **state) {
        /* clang-format off */
        static const Row rows[] = {
                { "yes",  0, true  }, { "no",    0, false },
                { "true", 0, true  }, { "false", 0, false },
                { "on",   0, true  }, { "off",   0, false },
                { "1",    0, true  }, { "0",     0, false },
                { "YES",  0, true  }, { "No",    0, false },
                { "",     -EINVAL, 0 }, { "y",    -EINVAL, 0 },
                { "yes ", -EINVAL, 0 }, { " no",  -EINVAL, 0 },
                { "2",    -EINVAL, 0 }, { "maybe", -EINVAL, 0 },
        };
        /* clang-format on */

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                bool before = i % 2 == 0, value = before;
                int r = parse_bool(rows[i].text, &value);

                assert_int_equal(r, rows[i].result);
                assert_int_equal(value, r == 0 ? rows[i].value : before);
        }
}

typedef struct FormatRow {
        uint64_t value;
        const char *text;
} FormatRow;

static void test_format_size(void **state) {
        /* clang-format off */
        static const FormatRow rows[] = {
                { 0,                      "0 B"       },
                { 1023,                   "1023 B"    },
                { 1024,                   "1.00 KiB"  },
                { 1029,                   "1.00 KiB"  },
                { 1030,                   "1.01 KiB"  },
                { 10 * KIB - 6,           "9.99 KiB"  },
                { 10 * KIB - 5,           "10.0 KiB"  },
                { 100 * KIB - 52,         "99.9 KiB"  },
                { 100 * KIB - 51,         "100 KiB"   },
                { MIB - 513,              "1023 KiB"  },
                { MIB - 512,              "1.00 MiB"  },
                { MIB - 1,                "1.00 MiB"  },
                { GIB + GIB / 2,          "1.50 GiB"  },
                { 512 * MIB,              "512 MiB"   },
                { 15 * GIB + 512 * MIB,   "15.5 GiB"  },
                { 1023 * TIB,             "1023 TiB"  },
                { UINT64_C(3) << 59,      "1.50 EiB"  },
                { UINT64_MAX,             "16.0 EiB"  },
        };
        /* clang-format on */

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                assert_string_equal(FORMAT_SIZE(rows[i].value), rows[i].text);
}

static void test_format_duration(void **state) {
        /* clang-format off */
        static const FormatRow rows[] = {
                { 0,                                       "0s"          },
                { 1,                                       "1us"         },
                { 999,                                     "999us"       },
                { 1500,                                    "1ms 500us"   },
                { 70 * USEC_PER_MSEC,                      "70ms"        },
                { USEC_PER_SEC - 1,                        "999ms 999us" },
                { USEC_PER_SEC,                            "1s"          },
                { 2 * USEC_PER_MINUTE,                     "2min"        },
                { 200 * USEC_PER_SEC + 999,                "3min 20s"    },
                { 90 * USEC_PER_MINUTE,                    "1h 30min"    },
                { USEC_PER_HOUR + 3,                       "1h"          },
                { USEC_PER_HOUR + 59 * USEC_PER_SEC,       "1h"          },
                { 49 * USEC_PER_HOUR,                      "2d 1h"       },
                { UINT64_MAX - 1,                          "213503982d 8h" },
                { USEC_INFINITY,                           "infinity"    },
        };
        /* clang-format on */

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                assert_string_equal(FORMAT_DURATION(rows[i].value), rows[i].text);
}

/* What is printed can be typed in again, and is less than 1/20 away. */
static void test_format_parses(void **state) {
        (void)state;

        for (unsigned shift = 0; shift < 59; shift++) {
                uint64_t value = UINT64_C(3) << shift, back;

                assert_int_equal(parse_size(FORMAT_SIZE(value), &back), 0);
                assert_in_range(back, value - value / 20, value + value / 20);
                assert_int_equal(parse_duration(FORMAT_DURATION(value), &back), 0);
                assert_in_range(back, value - value / 20, value);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_u64),
                cmocka_unit_test(test_size),
                cmocka_unit_test(test_percent),
                cmocka_unit_test(test_duration),
                cmocka_unit_test(test_bool),
                cmocka_unit_test(test_format_size),
                cmocka_unit_test(test_format_duration),
                cmocka_unit_test(test_format_parses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
