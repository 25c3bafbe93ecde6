/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/extent-check.h"

#include <assert.h>
#include <linux/btrfs_tree.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/u64.h"

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
        [CHECK_IMMUTABLE] = {
                "immutable", "The file is immutable or append-only and cannot be opened for writing",
                "Clear the attribute (chattr -i -a)" },
        [CHECK_DELETED] = {
                "deleted", "The file has no name any more, and swapon takes a name",
                "Make the file anew" },
        [CHECK_OPERATION] = {
                "operation", "An exclusive operation has the filesystem, and swapon is one itself",
                "Wait for it to end; one that is paused must be resumed and finish, or be "
                "cancelled (btrfs balance cancel)" },
        [CHECK_SCRUB] = {
                "scrub", "A scrub makes each chunk read-only while it passes over it",
                "Try again when swapon is refused meanwhile, or wait for the scrub to end" },
};
/* clang-format on */

static_assert(ELEMENTSOF(texts) == _CHECK_RULE_MAX, "one text per rule");

const char *check_rule_to_string(CheckRule rule) {
        return (unsigned)rule < _CHECK_RULE_MAX ? texts[rule].name : NULL;
}

CheckRule check_rule_from_string(const char *name) {
        int rule;

        for (rule = 0; rule < _CHECK_RULE_MAX; rule++)
                if (strcmp(texts[rule].name, name) == 0)
                        break;
        return (CheckRule)rule;
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

static void check_violate(ExtentCheck *check, CheckRule rule, uint64_t offset_bytes,
                          uint64_t length_bytes, const Extent *extent) {
        const Violation violation = { rule, offset_bytes, length_bytes, extent };

        if (check->verdict.rule == CHECK_OK) {
                check->verdict.rule = rule;
                check->verdict.offset_bytes = offset_bytes;
        }
        if (check->handler)
                check->handler(check->userdata, &violation);
}

/*
 * What the whole filesystem lacks comes before what the file lacks: no work on the file would cure
 * it.
 */
static void facts_judge(ExtentCheck *check, const FileFacts *facts) {
        const struct {
                bool broken;
                CheckRule rule;
        } rules[] = {
                { facts->read_only, CHECK_READ_ONLY },
                { facts->zoned, CHECK_ZONED },
                { facts->remap_tree, CHECK_REMAP_TREE },
                { facts->immutable, CHECK_IMMUTABLE },
                { facts->deleted, CHECK_DELETED },
                { !facts->header_valid, CHECK_HEADER },
                { facts->header_valid && size_is_short(facts), CHECK_SIZE },
                { facts->compress_flag, CHECK_COMPRESS_FLAG },
                { !facts->nocow_flag, CHECK_COW },
        };

        for (size_t i = 0; i < ELEMENTSOF(rules); i++)
                if (rules[i].broken)
                        check_violate(check, rules[i].rule, 0, 0, NULL);
}

/* What an extent can be guilty of at the same time, in the kernel's order. */
static void extent_judge(ExtentCheck *check, const Extent *extent, uint64_t length_bytes) {
        bool first = check->verdict.extents == 0;
        const struct {
                bool broken;
                CheckRule rule;
        } rules[] = {
                { extent->compressed, CHECK_COMPRESSED },
                { extent->encrypted, CHECK_ENCRYPTED },
                { extent->shared, CHECK_SHARED },
                { !extent->chunk_known, CHECK_NO_CHUNK },
                { extent->chunk_known && extent->chunk.type & PROFILE_BITS, CHECK_PROFILE },
                { extent->chunk_known && !first &&
                          extent->chunk.device_id != check->verdict.device_id,
                  CHECK_DEVICE },
        };

        for (size_t i = 0; i < ELEMENTSOF(rules); i++)
                if (rules[i].broken)
                        check_violate(check, rules[i].rule, extent->offset_bytes, length_bytes,
                                      extent);
}

static void extent_take(ExtentCheck *check, const Extent *extent) {
        uint64_t left = check->size_bytes - extent->offset_bytes;
        uint64_t length_bytes = u64_min(extent->length_bytes, left);

        if (extent->kind == EXTENT_HOLE || extent->kind == EXTENT_INLINE) {
                check_violate(check, extent->kind == EXTENT_HOLE ? CHECK_HOLE : CHECK_INLINE,
                              extent->offset_bytes, length_bytes, extent);
                return;
        }
        extent_judge(check, extent, length_bytes);
        if (check->verdict.rule != CHECK_OK && !check->handler)
                return;
        if (check->verdict.extents == 0 && extent->chunk_known)
                check->verdict.device_id = extent->chunk.device_id;
        check->verdict.extents += extent->chunk_known;
}

void extent_check_begin(ExtentCheck *check, const FileFacts *facts, ViolationHandler handler,
                        void *userdata) {
        assert(facts->page_bytes > 0 && facts->sector_bytes > 0);

        *check = (ExtentCheck){
                .size_bytes = u64_round_down(facts->size_bytes, facts->sector_bytes),
                .handler = handler,
                .userdata = userdata,
        };
        if (facts->regular)
                facts_judge(check, facts);
        else
                check_violate(check, CHECK_NOT_REGULAR, 0, 0, NULL);
}

void extent_check_feed(ExtentCheck *check, const Extent *extent) {
        bool done = check->verdict.rule != CHECK_OK && !check->handler;

        /* What is allocated past the end is not swap; the kernel stops there, too. */
        if (done || extent->offset_bytes >= check->size_bytes)
                return;

        if (extent->offset_bytes > check->next_offset)
                check_violate(check, CHECK_HOLE, check->next_offset,
                              extent->offset_bytes - check->next_offset, NULL);
        if (check->verdict.rule == CHECK_OK || check->handler)
                extent_take(check, extent);
        check->next_offset = u64_add(extent->offset_bytes, extent->length_bytes);
}

CheckVerdict extent_check_end(ExtentCheck *check) {
        bool done = check->verdict.rule != CHECK_OK && !check->handler;

        /* Once: whoever asks for the verdict again hears the same. */
        if (!done && check->next_offset < check->size_bytes) {
                check_violate(check, CHECK_HOLE, check->next_offset,
                              check->size_bytes - check->next_offset, NULL);
                check->next_offset = check->size_bytes;
        }
        return check->verdict;
}
