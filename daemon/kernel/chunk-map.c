/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/chunk-map.h"

#include <assert.h>

#include "kernel/chunk-pins.h"
#include "kernel/chunk-table.h"
#include "kernel/fsinfo.h"
#include "kernel/tree-search.h"

#define WRITER_RECORDS 256

static_assert(sizeof(ChunkRecord) == 8 * sizeof(uint64_t), "as the bus hands it out");

typedef struct Writer {
        int fd;
        uint64_t written;
        size_t n;
        ChunkRecord records[WRITER_RECORDS];
} Writer;

static int writer_flush(Writer *w) {
        const char *at = (const char *)w->records;
        size_t left = w->n * sizeof(w->records[0]);

        while (left > 0) {
                ssize_t n = write(w->fd, at, left);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                at += n;
                left -= (size_t)n;
        }
        w->n = 0;
        return 0;
}

static int writer_add(Writer *w, const ChunkRecord *record) {
        int r;

        if (w->n == WRITER_RECORDS) {
                r = writer_flush(w);
                if (r < 0)
                        return r;
        }
        if (w->written == CHUNK_RECORDS_MAX)
                return -EFBIG;
        w->records[w->n++] = *record;
        w->written++;
        return 0;
}

static int write_stripe(Writer *w, ChunkTable *table, const TreeItem *item) {
        ChunkRecord record;
        ChunkUse chunk;
        int r;

        if (item->size < sizeof(struct btrfs_dev_extent))
                return -EBADMSG;
        r = chunk_table_get(table,
                            tree_le64(item->data, offsetof(struct btrfs_dev_extent, chunk_offset)),
                            &chunk);
        /* Removed since the search that found this. */
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;

        record = (ChunkRecord){
                .logical = chunk.logical,
                .length_bytes = chunk.length_bytes,
                .type = chunk.type,
                .device_id = item->key.objectid,
                .physical = item->key.offset,
                .stripe_bytes = tree_le64(item->data, offsetof(struct btrfs_dev_extent, length)),
                .used_bytes = chunk.used_bytes,
                .pinned_bytes = chunk.pinned_bytes,
        };
        return writer_add(w, &record);
}

static int write_stripes(Writer *w, int fd, ChunkTable *table, uint64_t device_id) {
        TreeSearch search;
        TreeItem item;
        int r;

        tree_search_begin(&search, fd, BTRFS_DEV_TREE_OBJECTID,
                          (TreeKey){ device_id, 0, BTRFS_DEV_EXTENT_KEY },
                          (TreeKey){ device_id, UINT64_MAX, BTRFS_DEV_EXTENT_KEY });
        while ((r = tree_search_next(&search, &item)) > 0) {
                r = write_stripe(w, table, &item);
                if (r < 0)
                        return r;
        }
        return r;
}

/* From the tree and not by BTRFS_IOC_DEV_INFO, which leaves out who has which identifier. */
static int write_devices(Writer *w, int fd, ChunkTable *table) {
        const uint64_t tree = BTRFS_CHUNK_TREE_OBJECTID, id = BTRFS_DEV_ITEMS_OBJECTID;
        TreeSearch search;
        TreeItem item;
        int r;

        tree_search_begin(&search, fd, tree, (TreeKey){ id, 0, BTRFS_DEV_ITEM_KEY },
                          (TreeKey){ id, UINT64_MAX, BTRFS_DEV_ITEM_KEY });
        while ((r = tree_search_next(&search, &item)) > 0) {
                ChunkRecord record = { .device_id = item.key.offset };

                if (item.size < sizeof(struct btrfs_dev_item))
                        return -EBADMSG;
                record.length_bytes =
                        tree_le64(item.data, offsetof(struct btrfs_dev_item, total_bytes));
                r = writer_add(w, &record);
                if (r < 0)
                        return r;
                r = write_stripes(w, fd, table, item.key.offset);
                if (r < 0)
                        return r;
        }
        return r;
}

int chunk_map_write(int fd, int out_fd) {
        _cleanup_(chunk_table_freep) ChunkTable *table = NULL;
        FsIdentity identity;
        Writer writer;
        int r;

        r = fs_identity_read(fd, &identity);
        if (r < 0)
                return r;
        writer.fd = out_fd;
        writer.written = 0;
        writer.n = 0;

        r = chunk_table_new(fd, &table);
        if (r < 0)
                return r;
        r = chunk_pins_add(table, identity.fsid);
        if (r < 0)
                return r;
        r = write_devices(&writer, fd, table);
        if (r < 0)
                return r;
        return writer_flush(&writer);
}
