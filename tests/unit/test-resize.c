/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "policy/resize.h"

/* Of devices with 10 GiB. */
typedef struct ResizeStory {
        const char *text;
        int parsed;
        uint64_t device_id;
        bool device_named;
        int possible;
        uint64_t bytes;
} ResizeStory;

/* clang-format off */
static const ResizeStory stories[] = {
        { "4294967296",           0,       1,    false, 0,       4 * GIB            },
        { "4g",                   0,       1,    false, 0,       4 * GIB            },
        { "4096M",                0,       1,    false, 0,       4 * GIB            },
        { "4194304k",             0,       1,    false, 0,       4 * GIB            },
        { "1T",                   0,       1,    false, 0,       TIB                },
        { "1p",                   0,       1,    false, 0,       1024 * TIB         },
        { "1E",                   0,       1,    false, 0,       1024 * 1024 * TIB  },
        { "2:4G",                 0,       2,    true,  0,       4 * GIB            },
        { "17:4G",                0,       17,   true,  0,       4 * GIB            },
        { "-1G",                  0,       1,    false, 0,       9 * GIB            },
        { "3:-1G",                0,       3,    true,  0,       9 * GIB            },
        { "+1G",                  0,       1,    false, 0,       11 * GIB           },
        { "2:+512m",              0,       2,    true,  0,       10 * GIB + 512 * MIB },
        { "max",                  0,       1,    false, 0,       UINT64_MAX         },
        { "5:max",                0,       5,    true,  0,       UINT64_MAX         },
        { "256M",                 0,       1,    false, 0,       256 * MIB          },
        { "268435455",            0,       1,    false, -ERANGE, 0                  },
        { "0",                    0,       1,    false, -ERANGE, 0                  },
        { "-10G",                 0,       1,    false, -ERANGE, 0                  },
        { "-11G",                 0,       1,    false, -ERANGE, 0                  },
        { "+15E",                 0,       1,    false, 0,       15 * 1024 * 1024 * TIB + 10 * GIB },
        { "18446744073709551615", 0,       1,    false, 0,       UINT64_MAX         },
        { "18446744073709551616", -ERANGE, 0,    false, 0,       0                  },
        { "16E",                  -ERANGE, 0,    false, 0,       0                  },
        { "99999999999999999999:1G", -ERANGE, 0, false, 0,       0                  },
        { "",                     -EINVAL, 0,    false, 0,       0                  },
        { "cancel",               -EINVAL, 0,    false, 0,       0                  },
        { "1:cancel",             -EINVAL, 0,    false, 0,       0                  },
        { "G",                    -EINVAL, 0,    false, 0,       0                  },
        { "+",                    -EINVAL, 0,    false, 0,       0                  },
        { "--1G",                 -EINVAL, 0,    false, 0,       0                  },
        { "1.5G",                 -EINVAL, 0,    false, 0,       0                  },
        { "1GiB",                 -EINVAL, 0,    false, 0,       0                  },
        { "1x",                   -EINVAL, 0,    false, 0,       0                  },
        { "1 G",                  -EINVAL, 0,    false, 0,       0                  },
        { " 1G",                  -EINVAL, 0,    false, 0,       0                  },
        { ":1G",                  -EINVAL, 0,    false, 0,       0                  },
        { "0:1G",                 -EINVAL, 0,    false, 0,       0                  },
        { "1:",                   -EINVAL, 0,    false, 0,       0                  },
        { "1:2:3G",               -EINVAL, 0,    false, 0,       0                  },
        { "/dev/sdb:1G",          -EINVAL, 0,    false, 0,       0                  },
        { "maximum",              -EINVAL, 0,    false, 0,       0                  },
        { "+max",                 -EINVAL, 0,    false, 0,       0                  },
};
/* clang-format on */

static void check_story(const ResizeStory *s) {
        ResizeWish wish = { .device_id = 77 };
        uint64_t bytes = 77;
        int r;

        r = resize_parse(s->text, &wish);
        if (r != s->parsed)
                fail_msg("'%s': %d", s->text, r);
        if (r < 0) {
                assert_int_equal(wish.device_id, 77);
                return;
        }
        if (wish.device_id != s->device_id || wish.device_named != s->device_named)
                fail_msg("'%s': device %llu", s->text, (unsigned long long)wish.device_id);

        r = resize_target(&wish, 10 * GIB, &bytes);
        if (r != s->possible)
                fail_msg("'%s': %d", s->text, r);
        if (bytes != (r < 0 ? 77 : s->bytes))
                fail_msg("'%s': %llu", s->text, (unsigned long long)bytes);
}

static void test_resize(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(stories); i++)
                check_story(&stories[i]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_resize),
        };

        return cmocka_run_group_tests_name("resize", tests, NULL, NULL);
}
