/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "fuzz-tree.h"
#include "rng.h"

#define ROUNDS 200000

/* clang-format off */
static const char *const sound[] = {
        "-dprofiles=raid1|single,usage=5..6,limit=7,devid=8,drange=9k..10G,vrange=11..,stripes=13..14,convert=dup,soft",
        "--metadata=usage=50,limit=..3,limit=2..",
        "6,1203,12674422989,-;BTRFS info (device loop0 state M): balance: ended with status: -28\n",
        "6,1,2,-,caller=T123;BTRFS info (device sda): relocating block group 3293577216 flags data\n",
        "4,1,2,-;BTRFS warning (device vdb): scrub: skipping scrub of block group 1 due to active swapfile\n",
};
/* clang-format on */

static void test_mutations(void **state) {
        static const char letters[] = "-.,;|=:() 0123456789dkG";
        Rng rng = { 1 };

        (void)state;
        for (unsigned i = 0; i < ROUNDS; i++) {
                const char *from = sound[rng_range(&rng, 0, ELEMENTSOF(sound) - 1)];
                size_t size = strlen(from);
                _cleanup_(freep) uint8_t *buf = malloc(size);

                assert_non_null(buf);
                memcpy(buf, from, size);
                for (uint64_t n = rng_range(&rng, 0, 6); n > 0; n--)
                        buf[rng_range(&rng, 0, size - 1)] =
                                (uint8_t)letters[rng_range(&rng, 0, sizeof(letters) - 1)];
                if (rng_chance(&rng, 20))
                        size = rng_range(&rng, 0, size);
                assert_int_equal(LLVMFuzzerTestOneInput(buf, size), 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_mutations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
