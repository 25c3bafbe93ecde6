/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/swap-header.h"

#include <byteswap.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"

static const uint8_t uuid[16] = { 0xde, 0xad, 0xbe, 0xef, 0x00, 0x01, 0x42, 0x03,
                                  0x84, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b };
#define UUID_TEXT "deadbeef-0001-4203-8405-060708090a0b"

typedef struct FormatCase {
        const char *sentence;
        size_t page_bytes;
        uint64_t size_bytes;
        int result;
        uint32_t last_page;
} FormatCase;

/* clang-format off */
static const FormatCase format_cases[] = {
        { "1 GiB",                       4096, GIB,                 0, 262143      },
        { "large pages",                65536, GIB,                 0, 16383       },
        { "a part of a page is lost",    4096, 10 * 4096 + 4095,    0, 9           },
        { "the smallest",                4096, 10 * 4096,           0, 9           },
        { "below the smallest",          4096, 10 * 4096 - 1, -ERANGE, 0           },
        { "small for large pages",      65536, 10 * 4096,     -ERANGE, 0           },
        { "nothing",                     4096, 0,             -ERANGE, 0           },
        { "the largest",                 4096, 16 * TIB,            0, UINT32_MAX  },
        { "a page more",                 4096, 16 * TIB + 4096, -ERANGE, 0         },
        { "beyond everything",           4096, UINT64_MAX,    -ERANGE, 0           },
        { "a page size of 0",               0, GIB,           -EINVAL, 0           },
        { "too small a page",            2048, GIB,           -EINVAL, 0           },
        { "no power of two",            12288, GIB,           -EINVAL, 0           },
        { "too large a page",          131072, GIB,           -EINVAL, 0           },
};
/* clang-format on */

static void test_format(void **state) {
        const FormatCase *c;
        uint8_t page[SWAP_PAGE_MAX];
        SwapHeader header;

        (void)state;
        for (c = format_cases; c < format_cases + ELEMENTSOF(format_cases); c++) {
                print_message("%s\n", c->sentence);
                memset(page, 0xff, sizeof(page));
                assert_int_equal(
                        swap_header_format(page, c->page_bytes, c->size_bytes, uuid, false),
                        c->result);
                if (c->result < 0)
                        continue;
                assert_int_equal(swap_header_parse(page, c->page_bytes, &header), 0);
                assert_int_equal(header.version, 1);
                assert_int_equal(header.last_page, c->last_page);
                assert_int_equal(header.bad_pages, 0);
                assert_memory_equal(header.uuid, uuid, sizeof(uuid));
                assert_string_equal(header.label, SWAP_LABEL);
                assert_true(header.ours && !header.kept);
        }
}

static void test_kept(void **state) {
        uint8_t page[4096];
        SwapHeader header;

        (void)state;
        assert_int_equal(swap_header_format(page, sizeof(page), GIB, uuid, true), 0);
        assert_int_equal(swap_header_parse(page, sizeof(page), &header), 0);
        assert_string_equal(header.label, SWAP_LABEL_KEPT);
        assert_true(header.ours && header.kept);
}

typedef struct LabelCase {
        const char *sentence;
        char label[17];
        bool ours;
        bool kept;
} LabelCase;

/* clang-format off */
static const LabelCase label_cases[] = {
        { "none",              "",                 false, false },
        { "ours",              "btrfs-swapd",      true,  false },
        { "kept",              "btrfs-swapd-keep", true,  true  },
        { "another's",         "swap",             false, false },
        { "the beginning",     "btrfs-swap",       false, false },
        { "something behind",  "btrfs-swapd2",     false, false },
        { "something behind a NUL", "btrfs-swapd\0x", false, false },
        { "most of kept",      "btrfs-swapd-kee",  false, false },
        { "16 bytes, no NUL",  "0123456789abcdef", false, false },
};
/* clang-format on */

static void test_labels(void **state) {
        const LabelCase *c;
        uint8_t page[4096];
        SwapHeader header;

        (void)state;
        for (c = label_cases; c < label_cases + ELEMENTSOF(label_cases); c++) {
                print_message("%s\n", c->sentence);
                assert_int_equal(swap_header_format(page, sizeof(page), GIB, uuid, false), 0);
                memcpy(page + 1024 + 28, c->label, 16);
                assert_int_equal(swap_header_parse(page, sizeof(page), &header), 0);
                assert_string_equal(header.label, c->label);
                assert_int_equal(header.ours, c->ours);
                assert_int_equal(header.kept, c->kept);
        }
}

static void test_no_header(void **state) {
        static uint8_t page[SWAP_PAGE_MAX];
        SwapHeader header = { .version = 77 };

        (void)state;
        memset(page, 0, sizeof(page));
        assert_int_equal(swap_header_parse(page, 4096, &header), -EBADMSG);

        /* For another page size the magic is elsewhere. */
        assert_int_equal(swap_header_format(page, 4096, GIB, uuid, false), 0);
        assert_int_equal(swap_header_parse(page, 16384, &header), -EBADMSG);
        assert_int_equal(swap_header_parse(page, 4095, &header), -EINVAL);

        assert_int_equal(header.version, 77);
}

/* The kernel does not take it as swap, but it is ours. */
static void test_image(void **state) {
        uint8_t page[4096];
        SwapHeader header;

        (void)state;
        assert_int_equal(swap_header_format(page, sizeof(page), GIB, uuid, false), 0);
        assert_int_equal(swap_header_parse(page, sizeof(page), &header), 0);
        assert_false(header.has_image);
        memcpy(page + 4096 - 10, "S1SUSPEND\0", 10);
        assert_int_equal(swap_header_parse(page, sizeof(page), &header), 0);
        assert_true(header.has_image);
        assert_true(header.ours);
}

static void test_other_byte_order(void **state) {
        uint32_t words[3] = { bswap_32(1), bswap_32(99), bswap_32(2) };
        uint8_t page[4096];
        SwapHeader header;

        (void)state;
        assert_int_equal(swap_header_format(page, sizeof(page), GIB, uuid, false), 0);
        memcpy(page + 1024, words, sizeof(words));
        assert_int_equal(swap_header_parse(page, sizeof(page), &header), 0);
        assert_int_equal(header.version, 1);
        assert_int_equal(header.last_page, 99);
        assert_int_equal(header.bad_pages, 2);
}

static void file_make(char *path, uint64_t size_bytes, bool kept) {
        size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
        _cleanup_(close_fdp) int fd = mkstemp(path);
        uint8_t page[SWAP_PAGE_MAX];

        assert_true(fd >= 0);
        assert_int_equal(swap_header_format(page, page_bytes, size_bytes, uuid, kept), 0);
        assert_int_equal(write(fd, page, page_bytes), page_bytes);
        assert_int_equal(ftruncate(fd, (off_t)size_bytes), 0);
}

static void assert_output(const char *command, const char *path, const char *wanted) {
        char line[512], output[1024] = "";
        FILE *f;

        (void)snprintf(line, sizeof(line), "PATH=$PATH:/sbin:/usr/sbin; %s '%s'", command, path);
        f = popen(line, "re");
        assert_non_null(f);
        (void)!fread(output, 1, sizeof(output) - 1, f);
        assert_int_equal(pclose(f), 0);
        if (!strstr(output, wanted))
                fail_msg("'%s' says '%s', not '%s'", line, output, wanted);
}

/* What the tools of util-linux read in our header. */
static void test_against_util_linux(void **state) {
        char ours[] = "/tmp/test-swap-header-XXXXXX", kept[] = "/tmp/test-swap-header-XXXXXX";

        (void)state;
        file_make(ours, MIB, false);
        file_make(kept, MIB, true);

        assert_output("blkid -p -o value -s TYPE", ours, "swap\n");
        assert_output("blkid -p -o value -s VERSION", ours, "1\n");
        assert_output("blkid -p -o value -s LABEL", ours, SWAP_LABEL "\n");
        assert_output("blkid -p -o value -s UUID", ours, UUID_TEXT "\n");
        assert_output("swaplabel", ours, "LABEL: " SWAP_LABEL "\n");
        assert_output("swaplabel", ours, "UUID:  " UUID_TEXT "\n");
        assert_output("blkid -p -o value -s LABEL", kept, SWAP_LABEL_KEPT "\n");

        assert_int_equal(unlink(ours), 0);
        assert_int_equal(unlink(kept), 0);
}

static void test_read(void **state) {
        char path[] = "/tmp/test-swap-header-XXXXXX";
        _cleanup_(close_fdp) int fd = -1;
        SwapHeader header;

        (void)state;
        file_make(path, MIB, false);
        fd = open(path, O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(swap_header_read(fd, &header), 0);
        assert_true(header.ours);
        assert_int_equal(header.last_page, (long)MIB / sysconf(_SC_PAGESIZE) - 1);

        assert_int_equal(ftruncate(fd, sysconf(_SC_PAGESIZE) - 1), 0);
        assert_int_equal(swap_header_read(fd, &header), -EBADMSG);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(swap_header_read(fd, &header), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_format),
                cmocka_unit_test(test_kept),
                cmocka_unit_test(test_labels),
                cmocka_unit_test(test_no_header),
                cmocka_unit_test(test_image),
                cmocka_unit_test(test_other_byte_order),
                cmocka_unit_test(test_against_util_linux),
                cmocka_unit_test(test_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
