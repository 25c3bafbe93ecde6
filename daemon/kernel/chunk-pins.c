/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/chunk-pins.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/host.h"
#include "kernel/extents.h"
#include "kernel/fsinfo.h"
#include "kernel/swaps.h"
#include "kernel/tree-search.h"

int chunk_pins_add_file(ChunkTable *table, int fd) {
        TreeSearch search;
        struct stat st;
        TreeItem item;
        Extent extent;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;
        tree_search_begin(&search, fd, TREE_OF_DESCRIPTOR,
                          (TreeKey){ st.st_ino, 0, BTRFS_EXTENT_DATA_KEY },
                          (TreeKey){ st.st_ino, UINT64_MAX, BTRFS_EXTENT_DATA_KEY });
        while ((r = tree_search_next(&search, &item)) > 0) {
                r = extent_parse(item.key.offset, item.data, item.size, &extent);
                if (r < 0)
                        return r;
                if (extent.kind != EXTENT_REGULAR && extent.kind != EXTENT_PREALLOC)
                        continue;
                /* btrfs_swap_activate() does not look beyond the file's end. */
                if (extent.offset_bytes >= (uint64_t)st.st_size)
                        break;
                r = chunk_table_pin(table, extent.logical, extent.length_bytes);
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        return r < 0 ? r : 0;
}

/* A path of another mount namespace may lead nowhere here, or to something else. */
static int pins_add_path(ChunkTable *table, const char *fsid, const char *path) {
        _cleanup_(close_fdp) int fd = -1;
        FsIdentity identity;
        struct stat st;
        int r;

        fd = host_open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return 0;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return 0;

        r = fs_identity_read(fd, &identity);
        if (r == -ENOTTY)
                return 0;
        if (r < 0)
                return r;
        if (strcmp(identity.fsid, fsid) != 0)
                return 0;
        return chunk_pins_add_file(table, fd);
}

int chunk_pins_add(ChunkTable *table, const char *fsid) {
        _cleanup_(close_fdp) int swaps_fd = -1;
        char text[SWAPS_TEXT_MAX];
        const char *cursor = text;
        SwapArea area;
        ssize_t n;
        int r;

        swaps_fd = swaps_open("/proc/swaps");
        if (swaps_fd < 0)
                return swaps_fd;
        n = swaps_read(swaps_fd, text, sizeof(text));
        if (n < 0)
                return (int)n;

        while ((r = swaps_next(&cursor, &area)) != 0) {
                if (r < 0 || !area.file || area.deleted)
                        continue;
                r = pins_add_path(table, fsid, area.path);
                if (r < 0)
                        return r;
        }
        return 0;
}
