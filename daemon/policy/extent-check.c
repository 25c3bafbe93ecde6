/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/extent-check.h"

#include <assert.h>
#include <linux/btrfs_tree.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/u64.h"

/*
 * btrfs_swap_activate() rounds the file's size down to the filesystem's sector. The smallest sector
 * there is serves for all: a hole in the tail of a larger one is refused here, which is safe.
 */
#define SECTOR_BYTES 4096

/* Spelled out, because older headers lack the profiles with three and four copies in the mask. */
#define PROFILE_BITS                                                                               \
        (BTRFS_BLOCK_GROUP_RAID0 | BTRFS_BLOCK_GROUP_RAID1 | BTRFS_BLOCK_GROUP_RAID1C3 |           \
         BTRFS_BLOCK_GROUP_RAID1C4 | BTRFS_BLOCK_GROUP_DUP | BTRFS_BLOCK_GROUP_RAID10 |            \
         BTRFS_BLOCK_GROUP_RAID5 | BTRFS_BLOCK_GROUP_RAID6)

typedef struct RuleText {
        const char *name;
        const char *sentence;
        const char *remedy;
} RuleText;

/* clang-format off */
static const RuleText texts[] = {
        [CHECK_OK] = {
                "ok", "The kernel takes this file as swap",
                "Nothing to do" },
        [CHECK_NOT_REGULAR] = {
                "not-regular", "It is not a regular file",
                "Name a regular file" },
        [CHECK_HEADER] = {
                "header", "It has no valid swap header for this machine's page size",
                "Write a new header with mkswap(8), on this machine" },
        [CHECK_SIZE] = {
                "size", "It is shorter than its swap header says, or nothing but the header",
                "Make the file anew at its full size and run mkswap(8) on it" },
        [CHECK_COMPRESS_FLAG] = {
                "compress-flag", "The file is marked for compression",
                "Make the file anew, without the compression property (see chattr(1), +C)" },
        [CHECK_COW] = {
                "copy-on-write", "The file is copied on write or has checksums",
                "Make the file anew and set NOCOW before its first byte (chattr +C)" },
        [CHECK_HOLE] = {
                "hole", "The file has a hole",
                "Make the file anew with fallocate(1); a hole cannot be filled safely later" },
        [CHECK_INLINE] = {
                "inline", "The file's data lies inside the metadata",
                "Make the file anew with fallocate(1), larger than a few KiB" },
        [CHECK_COMPRESSED] = {
                "compressed", "The file has a compressed extent",
                "Make the file anew with NOCOW set before its first byte (chattr +C)" },
        [CHECK_ENCRYPTED] = {
                "encrypted", "The file has an encrypted or otherwise encoded extent",
                "Make the file anew without encryption" },
        [CHECK_SHARED] = {
                "shared", "An extent is shared with a snapshot or a reflink copy",
                "Make the file anew in a subvolume that nobody snapshots, or delete the "
                "snapshot and wait for its removal (btrfs subvolume sync)" },
        [CHECK_PROFILE] = {
                "profile", "An extent lies in a chunk whose profile is not 'single'",
                "Convert the data to 'single' (btrfs balance start -dconvert=single), then make "
                "the file anew" },
        [CHECK_DEVICE] = {
                "device", "The file lies on more than one device",
                "Make the file anew, smaller or when one device has room for all of it" },
        [CHECK_NO_CHUNK] = {
                "no-chunk", "An extent points to where the filesystem has no chunk",
                "Run btrfs-check(8) on the unmounted filesystem" },
        [CHECK_ZONED] = {
                "zoned", "The filesystem is zoned, which cannot hold swapfiles",
                "Put the pool on a filesystem that is not zoned" },
        [CHECK_REMAP_TREE] = {
                "remap-tree", "The filesystem translates addresses in a way that swap bypasses",
                "Put the pool on a filesystem without remap-tree and extent-tree-v2" },
        [CHECK_READ_ONLY] = {
                "read-only", "The subvolume or the filesystem is read-only",
                "Make it writable (btrfs property set <subvolume> ro false, or mount -o "
                "remount,rw)" },
};
/* clang-format on */

static_assert(ELEMENTSOF(texts) == _CHECK_RULE_MAX, "one text per rule");

const char *check_rule_to_string(CheckRule rule) {
        return (unsigned)rule < _CHECK_RULE_MAX ? texts[rule].name : NULL;
}

const char *check_rule_to_sentence(CheckRule rule) {
        return (unsigned)rule < _CHECK_RULE_MAX ? texts[rule].sentence : NULL;
}

const char *check_rule_to_remedy(CheckRule rule) {
        return (unsigned)rule < _CHECK_RULE_MAX ? texts[rule].remedy : NULL;
}

/* The kernel counts whole pages of both: read_swap_header() in mm/swapfile.c. */
static bool size_is_short(const FileFacts *facts) {
        uint64_t whole_pages = u64_round_down(facts->size_bytes, facts->page_bytes);

        return facts->header_size_bytes <= facts->page_bytes ||
               facts->header_size_bytes > whole_pages;
}

/*
 * The first refusal of swapon(2). What the whole filesystem lacks comes before what the file
 * lacks: no work on the file would cure it.
 */
static CheckRule facts_judge(const FileFacts *facts) {
        if (!facts->regular)
                return CHECK_NOT_REGULAR;
        if (facts->read_only)
                return CHECK_READ_ONLY;
        if (facts->zoned)
                return CHECK_ZONED;
        if (facts->remap_tree)
                return CHECK_REMAP_TREE;
        if (!facts->header_valid)
                return CHECK_HEADER;
        if (size_is_short(facts))
                return CHECK_SIZE;
        if (facts->compress_flag)
                return CHECK_COMPRESS_FLAG;
        if (!facts->nocow_flag)
                return CHECK_COW;

        return CHECK_OK;
}

static CheckRule extent_judge(const ExtentCheck *check, const Extent *extent) {
        if (extent->kind == EXTENT_HOLE)
                return CHECK_HOLE;
        if (extent->kind == EXTENT_INLINE)
                return CHECK_INLINE;
        if (extent->compressed)
                return CHECK_COMPRESSED;
        if (extent->encrypted)
                return CHECK_ENCRYPTED;
        if (extent->shared)
                return CHECK_SHARED;
        if (!extent->chunk_known)
                return CHECK_NO_CHUNK;
        if (extent->chunk.type & PROFILE_BITS)
                return CHECK_PROFILE;
        if (check->verdict.extents > 0 && extent->chunk.device_id != check->verdict.device_id)
                return CHECK_DEVICE;

        return CHECK_OK;
}

static void verdict_refuse(ExtentCheck *check, CheckRule rule, uint64_t offset_bytes) {
        check->verdict.rule = rule;
        check->verdict.offset_bytes = offset_bytes;
}

void extent_check_begin(ExtentCheck *check, const FileFacts *facts) {
        assert(facts->page_bytes > 0);

        *check = (ExtentCheck){
                .size_bytes = u64_round_down(facts->size_bytes, SECTOR_BYTES),
                .verdict.rule = facts_judge(facts),
        };
}

void extent_check_feed(ExtentCheck *check, const Extent *extent) {
        CheckRule rule;

        /* What is allocated past the end is not swap; the kernel stops there, too. */
        if (check->verdict.rule != CHECK_OK || extent->offset_bytes >= check->size_bytes)
                return;

        if (extent->offset_bytes > check->next_offset) {
                verdict_refuse(check, CHECK_HOLE, check->next_offset);
                return;
        }

        rule = extent_judge(check, extent);
        if (rule != CHECK_OK) {
                verdict_refuse(check, rule, extent->offset_bytes);
                return;
        }

        if (check->verdict.extents == 0)
                check->verdict.device_id = extent->chunk.device_id;
        check->verdict.extents++;
        check->next_offset = u64_add(extent->offset_bytes, extent->length_bytes);
}

CheckVerdict extent_check_end(ExtentCheck *check) {
        if (check->verdict.rule == CHECK_OK && check->next_offset < check->size_bytes)
                verdict_refuse(check, CHECK_HOLE, check->next_offset);

        return check->verdict;
}
