/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/extents.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/chunks.h"
#include "kernel/fsinfo.h"
#include "kernel/sharing.h"
#include "kernel/swap-header.h"
#include "kernel/tree-search.h"

/* A fragmented file goes to and fro between chunks; each look-up is a call of the kernel. */
#define CHUNK_CACHE 8

typedef struct Walk {
        int fd;
        unsigned oldest;
        Chunk chunks[CHUNK_CACHE]; /* that the last extents were found in */
        Sharing sharing;
} Walk;

typedef struct PinnedChunk {
        uint64_t logical;
        uint64_t length_bytes;
} PinnedChunk;

typedef struct Judgement {
        ExtentCheck check;
        uint64_t size_bytes;
        uint64_t own_bytes;
        Pins pins;
        unsigned known;
        PinnedChunk chunks[PINS_CHUNKS_MAX];
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

static int walk_find_chunk(Walk *w, uint64_t logical, const Chunk **ret) {
        Chunk found;
        unsigned i;
        int r;

        for (i = 0; i < CHUNK_CACHE; i++)
                if (chunk_holds(&w->chunks[i], logical)) {
                        *ret = &w->chunks[i];
                        return 0;
                }

        r = chunk_find(w->fd, logical, &found);
        if (r < 0)
                return r;
        w->chunks[w->oldest] = found;
        *ret = &w->chunks[w->oldest];
        w->oldest = (w->oldest + 1) % CHUNK_CACHE;
        return 0;
}

static int walk_complete(Walk *w, Extent *extent) {
        const Chunk *chunk;
        int r;

        if (extent->kind != EXTENT_REGULAR && extent->kind != EXTENT_PREALLOC)
                return 0;

        r = sharing_of(&w->sharing, extent->offset_bytes, extent->length_bytes, &extent->shared);
        if (r < 0)
                return r;

        r = walk_find_chunk(w, extent->logical, &chunk);
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
        w->oldest = 0;
        memset(w->chunks, 0, sizeof(w->chunks));
        r = sharing_begin(&w->sharing, fd);
        if (r < 0)
                return r;

        tree_search_begin(search, fd, TREE_OF_DESCRIPTOR,
                          (TreeKey){ st.st_ino, 0, BTRFS_EXTENT_DATA_KEY },
                          (TreeKey){ st.st_ino, UINT64_MAX, BTRFS_EXTENT_DATA_KEY });
        return 0;
}

int extents_walk(int fd, ExtentHandler handler, void *userdata) {
        TreeSearch search;
        TreeItem item;
        Extent extent;
        Walk walk;
        int r;

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

static int facts_read_header(int fd, FileFacts *facts) {
        SwapHeader header;
        int r;

        r = swap_header_read(fd, &header);
        if (r == -EBADMSG)
                return 0;
        if (r < 0)
                return r;

        /* read_swap_header() refuses other versions, and bad pages in a regular file. */
        facts->header_valid = header.version == 1 && header.bad_pages == 0;
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
        if (facts.regular) {
                r = facts_read_header(fd, &facts);
                if (r < 0)
                        return r;
        }

        *ret = facts;
        return 0;
}

static void judgement_pin(Judgement *j, const Chunk *chunk) {
        unsigned i;

        /* From behind: mostly it is the one before. */
        for (i = j->known; i > 0; i--)
                if (j->chunks[i - 1].logical == chunk->logical)
                        return;

        j->pins.chunks++;
        j->pins.chunk_bytes += chunk->length_bytes;
        if (j->known < PINS_CHUNKS_MAX)
                j->chunks[j->known++] = (PinnedChunk){ chunk->logical, chunk->length_bytes };
}

static int judgement_take(void *userdata, const Extent *extent) {
        Judgement *j = userdata;

        extent_check_feed(&j->check, extent);

        /* The kernel does not look beyond the file's end, and pins nothing there. */
        if (extent->offset_bytes >= j->size_bytes)
                return 0;
        j->pins.extents++;
        if (extent->chunk_known) {
                j->own_bytes += extent->length_bytes;
                judgement_pin(j, &extent->chunk);
        }
        return 0;
}

static int judgement_collateral(Judgement *j, int fd) {
        uint64_t used_bytes = 0, n;
        unsigned i;
        int r;

        for (i = 0; i < j->known; i++) {
                r = chunk_used_bytes(fd,
                                     &(Chunk){ .logical = j->chunks[i].logical,
                                               .length_bytes = j->chunks[i].length_bytes },
                                     &n);
                if (r < 0 && r != -ENOENT)
                        return r;
                used_bytes += r < 0 ? 0 : n;
        }

        /* Less than its own: the file is younger than the last commit. */
        j->pins.collateral_bytes = used_bytes > j->own_bytes ? used_bytes - j->own_bytes : 0;
        return 0;
}

int extents_check(int fd, CheckVerdict *ret_verdict, Pins *ret_pins) {
        CheckVerdict verdict;
        FileFacts facts;
        Judgement j;
        int r;

        r = file_facts_read(fd, &facts);
        if (r < 0)
                return r;

        /* The table of chunks need not be cleared. */
        memset(&j, 0, offsetof(Judgement, chunks));
        j.size_bytes = facts.size_bytes;
        extent_check_begin(&j.check, &facts);
        if (facts.regular) {
                r = extents_walk(fd, judgement_take, &j);
                if (r < 0)
                        return r;
        }
        verdict = extent_check_end(&j.check);

        if (ret_pins) {
                r = judgement_collateral(&j, fd);
                if (r < 0)
                        return r;
                *ret_pins = j.pins;
        }
        *ret_verdict = verdict;
        return 0;
}
