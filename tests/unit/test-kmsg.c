/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "kernel/kmsg.h"

typedef struct LineStory {
        const char *record;
        KmsgEvent event;
} LineStory;

/* clang-format off */
static const LineStory lines[] = {
        { "6,1203,12674422989,-;BTRFS info (device loop0): balance: start -dlimit=0..100\n",
          { KMSG_BALANCE_START, "loop0", 0, 0, UINT64_C(12674422989) } },
        { "6,1203,1,-;BTRFS info (device nvme0n1p2): balance: resume -dusage=90 -musage=90 -susage=90\n",
          { KMSG_BALANCE_START, "nvme0n1p2", 0, 0, 1 } },
        { "6,1,2,-;BTRFS info (device dm-0 state M): balance: paused\n",
          { KMSG_BALANCE_END, "dm-0", 0, -ECANCELED, 2 } },
        { "6,1,2,-;BTRFS info (device sda): balance: canceled\n SUBSYSTEM=block\n",
          { KMSG_BALANCE_END, "sda", 0, -ECANCELED, 2 } },
        { "6,1,2,-;BTRFS info (device sda): balance: ended with status: 0\n",
          { KMSG_BALANCE_END, "sda", 0, 0, 2 } },
        { "6,1,2,-;BTRFS info (device sda): balance: ended with status: -28\n",
          { KMSG_BALANCE_END, "sda", 0, -ENOSPC, 2 } },
        { "6,1,2,-,caller=T123;BTRFS info (device sda): relocating block group 3293577216 flags data\n",
          { KMSG_RELOCATING, "sda", UINT64_C(3293577216), 0, 2 } },
        { "6,1,2,-;BTRFS info (device sda): relocating block group 22020096 flags system|dup\n",
          { KMSG_RELOCATING, "sda", 22020096, 0, 2 } },
        { "6,1,2,-;BTRFS info (device loop1): skipping relocation of block group 7043284992 due to active swapfile\n",
          { KMSG_SKIP_RELOCATION, "loop1", UINT64_C(7043284992), 0, 2 } },
        { "6,1,2,-;BTRFS info (device vdb): scrub: started on devid 1\n",
          { KMSG_SCRUB_START, "vdb", 1, 0, 2 } },
        { "6,1,2,-;BTRFS info (device vdb): scrub: finished on devid 5 with status: 0\n",
          { KMSG_SCRUB_END, "vdb", 5, 0, 2 } },
        { "6,1,2,-;BTRFS info (device vdb): scrub: not finished on devid 5 with status: -125\n",
          { KMSG_SCRUB_END, "vdb", 5, -ECANCELED, 2 } },
        { "4,1,2,-;BTRFS warning (device vdb): scrub: skipping scrub of block group 13631488 due to active swapfile\n",
          { KMSG_SKIP_SCRUB, "vdb", 13631488, 0, 2 } },
        { "4,1,2,-;BTRFS warning (device vdb): skipping scrub of block group 13631488 due to active swapfile\n",
          { KMSG_SKIP_SCRUB, "vdb", 13631488, 0, 2 } },
};

static const char *const other_lines[] = {
        "",
        "6",
        "6,1,2",
        "6,1,2,-",
        "6,1,2,-;",
        ";BTRFS info (device sda): balance: paused\n",
        "6,1,x,-;BTRFS info (device sda): balance: paused\n",
        /* Written by a process, whatever it says. */
        "14,1,2,-;BTRFS info (device sda): relocating block group 1 flags data\n",
        "6,1,2,-;EXT4-fs (sda1): balance: paused\n",
        "6,1,2,-;BTRFS info: balance: paused\n",
        "6,1,2,-;BTRFS info (device ): balance: paused\n",
        "6,1,2,-;BTRFS info (device sda balance: paused\n",
        "6,1,2,-;BTRFS info (device sda): balance: resume skipped\n",
        "6,1,2,-;BTRFS info (device sda): balance: force reducing metadata redundancy\n",
        "6,1,2,-;BTRFS info (device sda): balance: ended with status: \n",
        "6,1,2,-;BTRFS info (device sda): balance: ended with status: 99999999999\n",
        "6,1,2,-;BTRFS info (device sda): relocating block group \n",
        "6,1,2,-;BTRFS info (device sda): relocating block group 99999999999999999999999 flags data\n",
        "6,1,2,-;BTRFS info (device sda): relocating block group -1 flags data\n",
        "6,1,2,-;BTRFS info (device sda): found 2 extents, stage: move data extents\n",
        "6,1,2,-;BTRFS info (device sda): scrub: started on devid\n",
        "6,1,2,-;BTRFS info (device 0123456789012345678901234567890123456789012345678901234567890123): balance: paused\n",
};
/* clang-format on */

static void test_lines(void **state) {
        KmsgEvent event;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                const LineStory *t = &lines[i];

                if (!kmsg_parse(t->record, &event))
                        fail_msg("not recognised: %s", t->record);
                assert_int_equal(event.kind, t->event.kind);
                assert_string_equal(event.device, t->event.device);
                assert_true(event.logical == t->event.logical);
                assert_int_equal(event.status, t->event.status);
                assert_true(event.at_usec == t->event.at_usec);
        }
}

static void test_other_lines(void **state) {
        KmsgEvent event = { .logical = 7 };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(other_lines); i++)
                if (kmsg_parse(other_lines[i], &event))
                        fail_msg("recognised: %s", other_lines[i]);
        assert_int_equal(event.logical, 7);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_other_lines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
