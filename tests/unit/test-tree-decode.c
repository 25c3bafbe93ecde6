/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <endian.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "fuzz-tree.h"
#include "kernel/chunks.h"
#include "kernel/extents.h"
#include "rng.h"

#define BUFFER_MAX 4096
#define ROUNDS 200000

static void put64(uint8_t *at, uint64_t n) {
        n = htole64(n);
        memcpy(at, &n, sizeof(n));
}

static size_t put_item(uint8_t *buf, size_t at, uint8_t type, uint64_t offset, const uint8_t *data,
                       size_t size) {
        const struct btrfs_ioctl_search_header header = {
                .objectid = 261, .offset = offset, .type = type, .len = (uint32_t)size
        };

        memcpy(buf + at, &header, sizeof(header));
        memcpy(buf + at + sizeof(header), data, size);
        return at + sizeof(header) + size;
}

static void extent_make(uint8_t item[sizeof(struct btrfs_file_extent_item)], uint8_t type) {
        memset(item, 0, sizeof(struct btrfs_file_extent_item));
        put64(item + offsetof(struct btrfs_file_extent_item, generation), 7);
        put64(item + offsetof(struct btrfs_file_extent_item, ram_bytes), MIB);
        item[offsetof(struct btrfs_file_extent_item, type)] = type;
        put64(item + offsetof(struct btrfs_file_extent_item, disk_bytenr), GIB);
        put64(item + offsetof(struct btrfs_file_extent_item, disk_num_bytes), MIB);
        put64(item + offsetof(struct btrfs_file_extent_item, offset), 4096);
        put64(item + offsetof(struct btrfs_file_extent_item, num_bytes), MIB - 4096);
}

static void chunk_make(uint8_t item[sizeof(struct btrfs_chunk)]) {
        memset(item, 0, sizeof(struct btrfs_chunk));
        put64(item + offsetof(struct btrfs_chunk, length), GIB);
        put64(item + offsetof(struct btrfs_chunk, type), BTRFS_BLOCK_GROUP_DATA);
        item[offsetof(struct btrfs_chunk, num_stripes)] = 1;
        put64(item + offsetof(struct btrfs_chunk, stripe), 3);
}

static size_t buffer_make(uint8_t buf[BUFFER_MAX]) {
        uint8_t extent[sizeof(struct btrfs_file_extent_item)], chunk[sizeof(struct btrfs_chunk)];
        size_t at = 0;

        extent_make(extent, BTRFS_FILE_EXTENT_PREALLOC);
        chunk_make(chunk);
        for (uint64_t i = 0; i < 8; i++) {
                at = put_item(buf, at, BTRFS_EXTENT_DATA_KEY, i * MIB, extent, sizeof(extent));
                at = put_item(buf, at, BTRFS_CHUNK_ITEM_KEY, (i + 1) * GIB, chunk, sizeof(chunk));
                at = put_item(buf, at, BTRFS_EXTENT_ITEM_KEY, MIB, extent, 53);
        }
        return at;
}

static void test_sound(void **state) {
        uint8_t item[sizeof(struct btrfs_file_extent_item)], chunk_item[sizeof(struct btrfs_chunk)];
        Extent extent;
        Chunk chunk;

        (void)state;
        extent_make(item, BTRFS_FILE_EXTENT_REG);
        assert_int_equal(extent_parse(8192, item, sizeof(item), &extent), 0);
        assert_int_equal(extent.kind, EXTENT_REGULAR);
        assert_int_equal(extent.offset_bytes, 8192);
        assert_int_equal(extent.length_bytes, MIB - 4096);
        assert_int_equal(extent.logical, GIB + 4096);
        assert_int_equal(extent.whole, GIB);
        assert_int_equal(extent.generation, 7);
        assert_false(extent.compressed || extent.encrypted);

        chunk_make(chunk_item);
        assert_int_equal(chunk_parse(5 * GIB, chunk_item, sizeof(chunk_item), &chunk), 0);
        assert_int_equal(chunk.logical, 5 * GIB);
        assert_int_equal(chunk.device_id, 3);
}

/* What is said of an extent is in it alone: compressed and encoded ones do not pass for plain. */
static void test_encoded(void **state) {
        const size_t places[] = { offsetof(struct btrfs_file_extent_item, compression),
                                  offsetof(struct btrfs_file_extent_item, encryption),
                                  offsetof(struct btrfs_file_extent_item, other_encoding),
                                  offsetof(struct btrfs_file_extent_item, other_encoding) + 1 };
        uint8_t item[sizeof(struct btrfs_file_extent_item)];
        Extent extent;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                extent_make(item, BTRFS_FILE_EXTENT_REG);
                item[places[i]] = 3;
                assert_int_equal(extent_parse(0, item, sizeof(item), &extent), 0);
                assert_int_equal(extent.compressed, i == 0);
                assert_int_equal(extent.encrypted, i > 0);
        }
        extent_make(item, BTRFS_FILE_EXTENT_PREALLOC + 1);
        assert_int_equal(extent_parse(0, item, sizeof(item), &extent), -EBADMSG);
}

/* A damaged buffer is refused or decoded to something; nothing is read or written beside it. */
static void test_mutations(void **state) {
        uint8_t sound[BUFFER_MAX];
        size_t size = buffer_make(sound), cut;
        Rng rng = { 1 };

        (void)state;
        for (unsigned i = 0; i < ROUNDS; i++) {
                _cleanup_(freep) uint8_t *buf = NULL;

                cut = rng_chance(&rng, 30) ? rng_range(&rng, 0, size) : size;
                buf = malloc(cut + 1);
                assert_non_null(buf);
                memcpy(buf, sound, cut);
                for (uint64_t n = rng_range(&rng, 0, 8); n > 0 && cut > 0; n--)
                        buf[rng_range(&rng, 0, cut - 1)] =
                                rng_chance(&rng, 30) ? 0xff : (uint8_t)rng_next(&rng);
                assert_int_equal(LLVMFuzzerTestOneInput(buf, cut), 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sound),
                cmocka_unit_test(test_encoded),
                cmocka_unit_test(test_mutations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
