/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/sharing.h"

#include <errno.h>
#include <linux/fs.h>
#include <stddef.h>
#include <sys/ioctl.h>

static int sharing_fill(Sharing *s, uint32_t flags) {
        struct fiemap *map = &s->request.map;
        const struct fiemap_extent *last;

        *map = (struct fiemap){
                .fm_start = s->next,
                .fm_length = FIEMAP_MAX_OFFSET - s->next,
                .fm_flags = flags,
                .fm_extent_count = SHARING_BATCH,
        };
        while (ioctl(s->fd, FS_IOC_FIEMAP, map) < 0)
                if (errno != EINTR)
                        return -errno;

        s->at = 0;
        if (map->fm_mapped_extents == 0) {
                s->exhausted = true;
                return 0;
        }
        if (map->fm_mapped_extents > SHARING_BATCH)
                return -EBADMSG;

        last = &map->fm_extents[map->fm_mapped_extents - 1];
        if (last->fe_logical + last->fe_length <= s->next)
                return -EBADMSG;
        s->next = last->fe_logical + last->fe_length;
        s->exhausted = last->fe_flags & FIEMAP_EXTENT_LAST;
        return 0;
}

/* The first mapped extent that ends behind `offset`; NULL if there is none. */
static int sharing_seek(Sharing *s, uint64_t offset, const struct fiemap_extent **ret) {
        const struct fiemap_extent *extent;
        int r;

        for (;;) {
                for (; s->at < s->request.map.fm_mapped_extents; s->at++) {
                        extent = &s->request.map.fm_extents[s->at];
                        if (extent->fe_logical + extent->fe_length > offset) {
                                *ret = extent;
                                return 0;
                        }
                }
                *ret = NULL;
                if (s->exhausted)
                        return 0;
                r = sharing_fill(s, 0);
                if (r < 0)
                        return r;
        }
}

int sharing_of(Sharing *s, uint64_t offset, uint64_t length, bool *ret) {
        const struct fiemap_extent *extent;
        uint64_t end = offset + length;
        bool shared = false;
        int r;

        while (!shared && offset < end) {
                r = sharing_seek(s, offset, &extent);
                if (r < 0)
                        return r;
                if (!extent || extent->fe_logical >= end)
                        break;
                shared = extent->fe_flags & FIEMAP_EXTENT_SHARED;
                offset = extent->fe_logical + extent->fe_length;
        }
        *ret = shared;
        return 0;
}

/*
 * What is still delayed has no item in the tree: FIEMAP_FLAG_SYNC writes it, and waits for its
 * ordered extents, as swapon itself does. fsync(2) would besides commit the inode's log and flush
 * the disk, milliseconds just before a swapon that is needed at once.
 */
int sharing_begin(Sharing *s, int fd) {
        s->fd = fd;
        s->next = 0;
        s->exhausted = false;
        return sharing_fill(s, FIEMAP_FLAG_SYNC);
}

int sharing_flush(int fd) {
        union {
                struct fiemap map;
                uint8_t bytes[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
        } request = {
                .map = { .fm_length = 1, .fm_flags = FIEMAP_FLAG_SYNC, .fm_extent_count = 1 }
        };

        while (ioctl(fd, FS_IOC_FIEMAP, &request.map) < 0)
                if (errno != EINTR)
                        return -errno;
        return 0;
}
