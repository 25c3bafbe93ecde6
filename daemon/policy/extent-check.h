/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Would the kernel take this file as swap?
 *
 * The rules of btrfs_swap_activate() and of the swapon system call in mm/swapfile.c, judged on
 * facts that were read elsewhere. Extents are fed one by one in file order, so that a file of a
 * million extents costs no more memory than one of four. The first violation is kept; feeding
 * more does no harm.
 */

#include <stdbool.h>
#include <stdint.h>

/*
 * Judged in the kernel's order, with one difference: what the whole filesystem refuses comes
 * before what the file lacks, because no work on the file would cure it. Names are stable, see
 * check_rule_to_string().
 */
typedef enum CheckRule {
        CHECK_OK,
        CHECK_NOT_REGULAR,   /* not a regular file */
        CHECK_HEADER,        /* no or broken swap header for this page size */
        CHECK_SIZE,          /* header only, or shorter than its header says */
        CHECK_COMPRESS_FLAG, /* inode has FS_COMPR_FL */
        CHECK_COW,           /* inode lacks FS_NOCOW_FL (NODATACOW, NODATASUM) */
        CHECK_HOLE,          /* explicit, implicit, or at the end */
        CHECK_INLINE,
        CHECK_COMPRESSED, /* the extent is, whatever the inode says */
        CHECK_ENCRYPTED,
        CHECK_SHARED,   /* snapshot or reflink */
        CHECK_PROFILE,  /* chunk is not `single` */
        CHECK_DEVICE,   /* not on the device of the first extent */
        CHECK_NO_CHUNK, /* no chunk at that address */
        CHECK_ZONED,
        CHECK_REMAP_TREE, /* remap-tree or extent-tree-v2: swapon does not translate */
        CHECK_READ_ONLY,  /* subvolume or filesystem: O_RDWR fails */
        CHECK_IMMUTABLE,  /* or append-only: O_RDWR fails */
        CHECK_DELETED,    /* no name is left: the kernel takes swap by its path */
        CHECK_OPERATION,  /* the filesystem's exclusive operation is taken */
        CHECK_SCRUB,      /* may have one of the chunks read-only at any moment */
        _CHECK_RULE_MAX,
} CheckRule;

const char *check_rule_to_string(CheckRule rule);

/* The rule of that name; _CHECK_RULE_MAX if there is none. */
CheckRule check_rule_from_string(const char *name);

/* One sentence each, without a full stop: why the kernel refuses it; what to do about it. */
const char *check_rule_to_sentence(CheckRule rule);
const char *check_rule_to_remedy(CheckRule rule);

typedef enum ExtentKind {
        EXTENT_REGULAR,
        EXTENT_PREALLOC,
        EXTENT_INLINE,
        EXTENT_HOLE, /* explicit: disk address 0 */
} ExtentKind;

/* A chunk of the filesystem as one device sees it. */
typedef struct Chunk {
        uint64_t logical;
        uint64_t length_bytes;
        uint64_t type; /* BTRFS_BLOCK_GROUP_* bits */
        uint64_t device_id;
        uint64_t physical; /* on that device */
        unsigned stripes;
} Chunk;

typedef struct Extent {
        uint64_t offset_bytes; /* in the file */
        uint64_t length_bytes;
        ExtentKind kind;
        bool compressed;
        bool encrypted; /* or any other encoding */
        bool shared;
        uint64_t logical;    /* address of the first byte, in the filesystem's address space */
        uint64_t whole;      /* where the whole extent begins, of which this may be a part */
        uint64_t generation; /* transaction that wrote this reference to it */
        bool chunk_known;
        Chunk chunk; /* the one that holds `logical`, if chunk_known */
} Extent;

typedef struct FileFacts {
        bool regular;
        bool compress_flag;
        bool nocow_flag;
        bool read_only;
        bool zoned;
        bool remap_tree;
        bool immutable;
        bool deleted;
        bool header_valid;
        uint64_t size_bytes;
        uint64_t sector_bytes;      /* of the filesystem; the kernel rounds the size down to it */
        uint64_t header_size_bytes; /* pages the header claims, in bytes, its own included */
        uint64_t page_bytes;
} FileFacts;

typedef struct CheckVerdict {
        CheckRule rule; /* CHECK_OK: the kernel takes it */
        uint64_t offset_bytes;
        uint64_t extents;
        uint64_t device_id;
} CheckVerdict;

typedef struct Violation {
        CheckRule rule;
        uint64_t offset_bytes;
        uint64_t length_bytes; /* 0: the file as a whole */
        const Extent *extent;  /* NULL where there is none: a hole, or the file as a whole */
} Violation;

/* Told of everything that is wrong, in the order of the file. */
typedef void (*ViolationHandler)(void *userdata, const Violation *violation);

typedef struct ExtentCheck {
        uint64_t size_bytes;
        uint64_t next_offset;
        CheckVerdict verdict;
        ViolationHandler handler;
        void *userdata;
} ExtentCheck;

/*
 * Judges the file as a whole and begins; facts that already refuse it make the verdict. Without a
 * handler (NULL) the check ends with the first violation, which is what there is time for before a
 * swapon; with one it goes on.
 */
void extent_check_begin(ExtentCheck *check, const FileFacts *facts, ViolationHandler handler,
                        void *userdata);
void extent_check_feed(ExtentCheck *check, const Extent *extent);
CheckVerdict extent_check_end(ExtentCheck *check);
