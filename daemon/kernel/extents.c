/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/extents.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/chunk-cache.h"
#include "kernel/fsinfo.h"
#include "kernel/pin-table.h"
#include "kernel/sharing.h"
#include "kernel/swap-header.h"
#include "kernel/tree-search.h"

typedef struct Walk {
        int fd;
        ChunkCache chunks;
        bool ask_sharing;
        Sharing sharing;
} Walk;

typedef struct Judgement {
        ExtentCheck check;
        uint64_t size_bytes;
        PinTable pins;
} Judgement;

#define ITEM_OFFSET(member) offsetof(struct btrfs_file_extent_item, member)

/* An extent on disk, or the explicit lack of one. */
static int extent_parse_disk(const uint8_t *item, size_t size, bool written, Extent *extent) {
        uint64_t end;

        if (size < sizeof(struct btrfs_file_extent_item))
                return -EBADMSG;
        extent->length_bytes = tree_le64(item, ITEM_OFFSET(num_bytes));
        if (__builtin_add_overflow(extent->offset_bytes, extent->length_bytes, &end))
                return -EBADMSG;

        extent->logical = tree_le64(item, ITEM_OFFSET(disk_bytenr));
        if (extent->logical == 0) {
                extent->kind = EXTENT_HOLE;
                return 0;
        }

        extent->kind = written ? EXTENT_REGULAR : EXTENT_PREALLOC;
        extent->whole = extent->logical;
        /* Within a compressed extent the offset counts unpacked bytes. */
        if (!extent->compressed)
                extent->logical += tree_le64(item, ITEM_OFFSET(offset));
        return 0;
}

int extent_parse(uint64_t offset_bytes, const uint8_t *item, size_t size, Extent *ret) {
        Extent extent = { .offset_bytes = offset_bytes };
        uint8_t type;
        int r;

        /* What an inline extent has as well. */
        if (size < ITEM_OFFSET(disk_bytenr))
                return -EBADMSG;
        type = item[ITEM_OFFSET(type)];
        extent.generation = tree_le64(item, ITEM_OFFSET(generation));
        extent.compressed = item[ITEM_OFFSET(compression)] != 0;
        extent.encrypted = item[ITEM_OFFSET(encryption)] != 0 ||
                           tree_le16(item, ITEM_OFFSET(other_encoding)) != 0;

        if (type > BTRFS_FILE_EXTENT_PREALLOC)
                return -EBADMSG;
        if (type == BTRFS_FILE_EXTENT_INLINE) {
                extent.kind = EXTENT_INLINE;
                extent.length_bytes = tree_le64(item, ITEM_OFFSET(ram_bytes));
        } else {
                r = extent_parse_disk(item, size, type == BTRFS_FILE_EXTENT_REG, &extent);
                if (r < 0)
                        return r;
        }

        *ret = extent;
        return 0;
}

static int walk_complete(Walk *w, Extent *extent) {
        const Chunk *chunk;
        int r;

        if (extent->kind != EXTENT_REGULAR && extent->kind != EXTENT_PREALLOC)
                return 0;

        if (w->ask_sharing) {
                r = sharing_of(&w->sharing, extent->offset_bytes, extent->length_bytes,
                               &extent->shared);
                if (r < 0)
                        return r;
        }

        r = chunk_cache_find(&w->chunks, w->fd, extent->logical, &chunk);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        extent->chunk_known = true;
        extent->chunk = *chunk;
        return 0;
}

static int walk_begin(Walk *w, TreeSearch *search, int fd) {
        struct stat st;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;

        w->fd = fd;
        chunk_cache_begin(&w->chunks);
        r = w->ask_sharing ? sharing_begin(&w->sharing, fd) : sharing_flush(fd);
        if (r < 0)
                return r;

        tree_search_begin(search, fd, TREE_OF_DESCRIPTOR,
                          (TreeKey){ st.st_ino, 0, BTRFS_EXTENT_DATA_KEY },
                          (TreeKey){ st.st_ino, UINT64_MAX, BTRFS_EXTENT_DATA_KEY });
        return 0;
}

static int walk_run(int fd, bool ask_sharing, ExtentHandler handler, void *userdata) {
        TreeSearch search;
        TreeItem item;
        Extent extent;
        Walk walk;
        int r;

        walk.ask_sharing = ask_sharing;
        r = walk_begin(&walk, &search, fd);
        if (r < 0)
                return r;

        while ((r = tree_search_next(&search, &item)) > 0) {
                r = extent_parse(item.key.offset, item.data, item.size, &extent);
                if (r < 0)
                        return r;
                r = walk_complete(&walk, &extent);
                if (r < 0)
                        return r;
                r = handler(userdata, &extent);
                if (r < 0)
                        return r;
        }
        return r;
}

int extents_walk(int fd, ExtentHandler handler, void *userdata) {
        return walk_run(fd, true, handler, userdata);
}

int extents_walk_plain(int fd, ExtentHandler handler, void *userdata) {
        return walk_run(fd, false, handler, userdata);
}

static int facts_read_header(int fd, FileFacts *facts) {
        SwapHeader header;
        int r;

        r = swap_header_read(fd, &header);
        if (r == -EBADMSG)
                return 0;
        if (r < 0)
                return r;

        /* read_swap_header() refuses other versions, and bad pages in a regular file. */
        facts->header_valid = header.version == 1 && header.bad_pages == 0 && !header.has_image;
        facts->header_size_bytes = ((uint64_t)header.last_page + 1) * facts->page_bytes;
        return 0;
}

static int facts_read_filesystem(int fd, FileFacts *facts) {
        FsIdentity identity;
        bool writable;
        int r;

        r = fs_identity_read(fd, &identity);
        if (r < 0)
                return r;
        r = fs_is_writable(fd, &writable);
        if (r < 0)
                return r;

        facts->sector_bytes = identity.sector_bytes;
        facts->zoned = identity.zoned;
        facts->remap_tree = identity.remap_tree;
        facts->read_only = !writable;
        return 0;
}

int file_facts_read(int fd, FileFacts *ret) {
        FileFacts facts = { .page_bytes = (uint64_t)sysconf(_SC_PAGESIZE) };
        struct stat st;
        int flags = 0, r;

        r = facts_read_filesystem(fd, &facts);
        if (r < 0)
                return r;
        if (fstat(fd, &st) < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return -errno;

        facts.regular = S_ISREG(st.st_mode);
        facts.size_bytes = (uint64_t)st.st_size;
        facts.compress_flag = flags & FS_COMPR_FL;
        facts.nocow_flag = flags & FS_NOCOW_FL;
        facts.immutable = flags & (FS_IMMUTABLE_FL | FS_APPEND_FL);
        if (facts.regular) {
                r = facts_read_header(fd, &facts);
                if (r < 0)
                        return r;
        }

        *ret = facts;
        return 0;
}

static int judgement_take(void *userdata, const Extent *extent) {
        Judgement *j = userdata;

        extent_check_feed(&j->check, extent);
        pin_table_take(&j->pins, extent, j->size_bytes);
        return 0;
}

int extents_check(int fd, CheckVerdict *ret_verdict, Pins *ret_pins) {
        FileFacts facts;
        Judgement j;
        int r;

        r = file_facts_read(fd, &facts);
        if (r < 0)
                return r;

        j.size_bytes = facts.size_bytes;
        pin_table_begin(&j.pins);
        extent_check_begin(&j.check, &facts, NULL, NULL);
        if (facts.regular) {
                r = extents_walk(fd, judgement_take, &j);
                if (r < 0)
                        return r;
        }
        if (ret_pins) {
                r = pin_table_end(&j.pins, fd, ret_pins);
                if (r < 0)
                        return r;
        }
        *ret_verdict = extent_check_end(&j.check);
        return 0;
}
