/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <endian.h>
#include <errno.h>
#include <linux/btrfs_tree.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "kernel/balance.h"
#include "kernel/scrub.h"

/* clang-format off */
static const char *const texts[] = {
        "-d -m",
        "-dusage=50",
        "-dusage=10..50 -musage=5",
        "-dlimit=2",
        "-dlimit=4294967299",
        "-dlimit=2..10 -mlimit=3..",
        "-dprofiles=raid1|single,devid=3,drange=1048576..1073741824,vrange=4096..,stripes=1..2,convert=dup,soft -f",
        "-dusage=1 -musage=2 -susage=3 -f",
};
/* clang-format on */

static BalanceArgs args_of(const char *text) {
        char copy[BALANCE_TEXT_MAX], *rest = strcpy(copy, text), *option;
        BalanceArgs args = { 0 };

        while ((option = strsep(&rest, " ")))
                assert_null(balance_args_take(&args, option));
        assert_null(balance_args_complete(&args));
        return args;
}

static void test_there_and_back(void **state) {
        struct btrfs_ioctl_balance_args kernel;
        char text[BALANCE_TEXT_MAX];
        BalanceArgs args, back;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                args = args_of(texts[i]);
                balance_args_to_kernel(&args, &kernel);
                assert_int_equal(balance_args_from_kernel(&kernel, &back), 0);
                assert_string_equal(balance_args_format(&back, text, sizeof(text)), texts[i]);
        }
}

static void test_to_kernel(void **state) {
        const BalanceArgs args =
                args_of("-dusage=10..50,limit=2..9 -musage=7,limit=8,convert=raid1 -f");
        struct btrfs_ioctl_balance_args kernel;

        (void)state;
        balance_args_to_kernel(&args, &kernel);
        assert_true(kernel.flags == (BTRFS_BALANCE_TYPE_MASK | BTRFS_BALANCE_FORCE));
        assert_true(kernel.data.flags ==
                    (BTRFS_BALANCE_ARGS_USAGE_RANGE | BTRFS_BALANCE_ARGS_LIMIT_RANGE));
        assert_true(kernel.data.usage_min == 10 && kernel.data.usage_max == 50);
        assert_true(kernel.data.limit_min == 2 && kernel.data.limit_max == 9);
        assert_true(kernel.meta.flags == (BTRFS_BALANCE_ARGS_USAGE | BTRFS_BALANCE_ARGS_LIMIT |
                                          BTRFS_BALANCE_ARGS_CONVERT));
        assert_true(kernel.meta.usage == 7 && kernel.meta.limit == 8);
        assert_true(kernel.meta.target == BTRFS_BLOCK_GROUP_RAID1);
        assert_memory_equal(&kernel.meta, &kernel.sys, sizeof(kernel.sys));
}

static void test_from_kernel(void **state) {
        struct btrfs_ioctl_balance_args kernel = {
                .flags = BTRFS_BALANCE_DATA | BTRFS_BALANCE_RESUME,
                .data = { .flags = BTRFS_BALANCE_ARGS_USAGE | BTRFS_BALANCE_ARGS_USAGE_RANGE },
                .meta = { .flags = UINT64_MAX },
        };
        BalanceArgs args;
        char text[BALANCE_TEXT_MAX];

        (void)state;
        /* btrfs-progs have set both; and what is not enabled is not looked at. */
        kernel.data.usage_min = 10;
        kernel.data.usage_max = 50;
        assert_int_equal(balance_args_from_kernel(&kernel, &args), 0);
        assert_string_equal(balance_args_format(&args, text, sizeof(text)), "-dusage=10..50");
        kernel.data.usage_max = UINT32_MAX;
        assert_int_equal(balance_args_from_kernel(&kernel, &args), 0);
        assert_string_equal(balance_args_format(&args, text, sizeof(text)), "-dusage=10..100");
        kernel.data.usage_min = 0;
        kernel.data.usage_max = 50;
        assert_int_equal(balance_args_from_kernel(&kernel, &args), 0);
        assert_string_equal(balance_args_format(&args, text, sizeof(text)), "-dusage=0");

        kernel.flags |= BTRFS_BALANCE_METADATA;
        assert_int_equal(balance_args_from_kernel(&kernel, &args), -EOPNOTSUPP);
        kernel.flags = UINT64_C(1) << 20;
        assert_int_equal(balance_args_from_kernel(&kernel, &args), -EOPNOTSUPP);
}

static void test_item(void **state) {
        const BalanceArgs args = args_of("-dusage=10..50,limit=7 -mlimit=2..9,vrange=5..6");
        struct btrfs_ioctl_balance_args kernel;
        uint8_t item[sizeof(struct btrfs_balance_item)] = { 0 };
        uint64_t flags;
        char text[BALANCE_TEXT_MAX];
        BalanceArgs back;

        (void)state;
        if (BYTE_ORDER != LITTLE_ENDIAN)
                skip();
        /* On such a machine the item is as the request, without what is between. */
        balance_args_to_kernel(&args, &kernel);
        flags = kernel.flags;
        memcpy(item, &flags, sizeof(flags));
        memcpy(item + offsetof(struct btrfs_balance_item, data), &kernel.data, sizeof(kernel.data));
        memcpy(item + offsetof(struct btrfs_balance_item, meta), &kernel.meta, sizeof(kernel.meta));
        memcpy(item + offsetof(struct btrfs_balance_item, sys), &kernel.sys, sizeof(kernel.sys));
        assert_int_equal(balance_item_parse(item, sizeof(item) - 1, &back), -EBADMSG);
        assert_int_equal(balance_item_parse(item, sizeof(item), &back), 0);
        assert_string_equal(balance_args_format(&back, text, sizeof(text)),
                            "-dusage=10..50,limit=7 -mvrange=5..6,limit=2..9");
}

static void test_scrub_stat(void **state) {
        ScrubStat sum = { 1, 2, 3, 4, 5, 6, 70 };
        const ScrubStat more = { 10, 20, 30, 40, 50, 60, 7 };

        (void)state;
        scrub_stat_add(&sum, &more);
        assert_true(sum.data_bytes == 11 && sum.metadata_bytes == 22 && sum.errors == 33);
        assert_true(sum.corrected == 44 && sum.uncorrectable == 55 && sum.unverified == 66);
        assert_int_equal(sum.last_physical, 70);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_to_kernel),
                cmocka_unit_test(test_from_kernel),    cmocka_unit_test(test_item),
                cmocka_unit_test(test_scrub_stat),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
