/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/meminfo.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/parse.h"

#define REST "MemAvailable: 50 kB\nSwapTotal: 20 kB\nSwapFree: 10 kB\n"

typedef struct MeminfoCase {
        const char *sentence;
        const char *text;
        int result;
        MemoryFacts kib;
} MeminfoCase;

typedef struct VmstatCase {
        const char *sentence;
        const char *text;
        int result;
        uint64_t stalls;
        uint64_t outs;
} VmstatCase;

typedef struct MeminfoFile {
        const char *name;
        MemoryFacts kib;
} MeminfoFile;

/* clang-format off */
static const MeminfoCase meminfo_cases[] = {
        { "the four lines",         "MemTotal: 100 kB\n" REST, 0, { 100, 50, 20, 10 }              },
        { "in another order",       REST "MemTotal: 100 kB\n", 0, { 100, 50, 20, 10 }              },
        { "without a last newline", REST "MemTotal: 100 kB", 0, { 100, 50, 20, 10 }                },
        { "unknown lines between",  "New: x\nMemTotalX: 1 kB\nMemTotal: 7 kB\n\n" REST, 0,
                                                                           { 7, 50, 20, 10 }       },
        { "with zswap",             "MemTotal: 100 kB\n" REST "Zswap: 3 kB\nZswapped: 9 kB\n", 0,
                                                                     { 100, 50, 20, 10, 9, 3 }     },
        { "half of zswap is none",  "MemTotal: 100 kB\n" REST "Zswap: 3 kB\n", 0,
                                                                     { 100, 50, 20, 10, 0, 0 }     },
        { "an empty file",          "", -EBADMSG, { 0 }                                            },
        { "a line is missing",      REST, -EBADMSG, { 0 }                                          },
        { "a number is missing",    "MemTotal: kB\n" REST, -EBADMSG, { 0 }                         },
        { "no number",              "MemTotal: 1x0 kB\n" REST, -EBADMSG, { 0 }                     },
        { "a negative number",      "MemTotal: -1 kB\n" REST, -EBADMSG, { 0 }                      },
        { "another unit",           "MemTotal: 100 MB\n" REST, -EBADMSG, { 0 }                     },
        { "cut within the number",  REST "MemTotal: 10", -EBADMSG, { 0 }                           },
        { "beyond 64 bits",         "MemTotal: 18446744073709551616 kB\n" REST, -EBADMSG, { 0 }    },
        { "beyond 64 bits in bytes", "MemTotal: 18014398509481984 kB\n" REST, -EBADMSG, { 0 }      },
};

static const MeminfoFile meminfo_files[] = {
        { "meminfo-5.15", { 16252928,  9897484, 8388604, 4194300 } },
        { "meminfo-6.6",  {  1966080,   101236, 2097148,       0, 480420, 120332 } },
        { "meminfo-6.18", { 24684092, 24350268,       0,       0 } },
};

static const VmstatCase vmstat_cases[] = {
        { "the sum of all zones",     "pswpout 9\nallocstall_dma 1\nallocstall_normal 2\n", 0, 3, 9 },
        { "pswpout_x is another one", "pswpout_x 5\npswpout 9\nallocstall_dma 0\n", 0, 0, 9         },
        { "an empty file",            "", -EBADMSG, 0, 0                                            },
        { "no stalls counted",        "pswpout 9\n", -EBADMSG, 0, 0                                 },
        { "no swap counted",          "allocstall_normal 2\n", -EBADMSG, 0, 0                       },
        { "a number is missing",      "pswpout 9\nallocstall_normal\n", -EBADMSG, 0, 0              },
        { "no number",                "pswpout nine\nallocstall_normal 2\n", -EBADMSG, 0, 0         },
        { "something behind it",      "pswpout 9 kB\nallocstall_normal 2\n", -EBADMSG, 0, 0         },
        { "beyond 64 bits",           "pswpout 18446744073709551616\nallocstall_normal 2\n",
                                                                              -EBADMSG, 0, 0        },
};
/* clang-format on */

static const char *data_directory;

static int data_open(const char *name) {
        char path[PATH_MAX];
        int fd;

        (void)snprintf(path, sizeof(path), "%s/%s", data_directory, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

static void assert_memory(const MemoryFacts *facts, const MemoryFacts *kib) {
        assert_int_equal(facts->total_bytes, kib->total_bytes * KIB);
        assert_int_equal(facts->available_bytes, kib->available_bytes * KIB);
        assert_int_equal(facts->swap_total_bytes, kib->swap_total_bytes * KIB);
        assert_int_equal(facts->swap_free_bytes, kib->swap_free_bytes * KIB);
        assert_int_equal(facts->zswapped_bytes, kib->zswapped_bytes * KIB);
        assert_int_equal(facts->zswap_bytes, kib->zswap_bytes * KIB);
}

static void test_meminfo_parse(void **state) {
        const MeminfoCase *c;

        (void)state;
        for (c = meminfo_cases; c < meminfo_cases + ELEMENTSOF(meminfo_cases); c++) {
                MemoryFacts facts = { 0 };

                print_message("%s\n", c->sentence);
                assert_int_equal(meminfo_parse(c->text, &facts), c->result);
                assert_memory(&facts, &c->kib);
        }
}

static void test_meminfo_files(void **state) {
        const MeminfoFile *f;

        (void)state;
        for (f = meminfo_files; f < meminfo_files + ELEMENTSOF(meminfo_files); f++) {
                _cleanup_(close_fdp) int fd = data_open(f->name);
                MemoryFacts facts = { 0 };

                print_message("%s\n", f->name);
                assert_int_equal(meminfo_read(fd, &facts), 0);
                assert_memory(&facts, &f->kib);
        }
}

static void test_vmstat_parse(void **state) {
        const VmstatCase *c;

        (void)state;
        for (c = vmstat_cases; c < vmstat_cases + ELEMENTSOF(vmstat_cases); c++) {
                PressureFacts facts = { .some_total_usec = 5 };

                print_message("%s\n", c->sentence);
                assert_int_equal(vmstat_parse(c->text, &facts), c->result);
                assert_int_equal(facts.alloc_stalls, c->stalls);
                assert_int_equal(facts.swap_outs, c->outs);
                assert_int_equal(facts.some_total_usec, 5);
        }
}

static void test_vmstat_files(void **state) {
        _cleanup_(close_fdp) int old = data_open("vmstat-5.15");
        _cleanup_(close_fdp) int new = data_open("vmstat-6.18");
        PressureFacts facts = { 0 };

        (void)state;
        assert_int_equal(vmstat_read(old, &facts), 0);
        assert_int_equal(facts.alloc_stalls, 1 + 2 + 39 + 7 + 1980089);
        assert_int_equal(facts.swap_outs, 1832011);

        assert_int_equal(vmstat_read(new, &facts), 0);
        assert_int_equal(facts.alloc_stalls, 0);
        assert_int_equal(facts.swap_outs, 587987);
}

/*
 * The same file cut off after every byte: an answer that is complete, or none. Zswap is told last,
 * and may be missing.
 */
static void test_cut_anywhere(void **state) {
        _cleanup_(close_fdp) int fd = data_open("meminfo-6.6");
        const MemoryFacts *whole = &meminfo_files[1].kib;
        char text[16 * KIB];
        ssize_t n;
        int r;

        (void)state;
        n = file_read_fd(fd, text, sizeof(text));
        assert_true(n > 0);
        while (n-- > 0) {
                MemoryFacts facts = { .total_bytes = 1 };

                text[n] = '\0';
                r = meminfo_parse(text, &facts);
                if (r == 0 && facts.zswapped_bytes == 0) {
                        facts.zswapped_bytes = whole->zswapped_bytes * KIB;
                        facts.zswap_bytes += whole->zswap_bytes * KIB;
                }
                if (r == 0)
                        assert_memory(&facts, whole);
                else
                        assert_int_equal(facts.total_bytes, 1);
        }
}

static void test_too_large(void **state) {
        char path[] = "/tmp/test-meminfo-XXXXXX";
        _cleanup_(close_fdp) int fd = mkostemp(path, O_CLOEXEC);
        PressureFacts facts;

        (void)state;
        assert_true(fd >= 0);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(ftruncate(fd, 64 * KIB), 0);
        assert_int_equal(vmstat_read(fd, &facts), -EFBIG);
}

int main(int argc, char **argv) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_meminfo_parse), cmocka_unit_test(test_meminfo_files),
                cmocka_unit_test(test_vmstat_parse),  cmocka_unit_test(test_vmstat_files),
                cmocka_unit_test(test_cut_anywhere),  cmocka_unit_test(test_too_large),
        };

        data_directory = argc > 1 ? argv[1] : "data";
        return cmocka_run_group_tests(tests, NULL, NULL);
}
