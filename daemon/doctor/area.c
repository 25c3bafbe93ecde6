/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/area.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/host.h"
#include "base/u64.h"
#include "kernel/check.h"
#include "kernel/chunk-pins.h"
#include "kernel/extents.h"
#include "kernel/swap-header.h"
#include "kernel/swap.h"
#include "kernel/swapfile.h"

/* Chunks of one file; what lies beyond is left out of the figures. */
#define CHUNKS_MAX 1024

typedef struct Chunks {
        unsigned n;
        uint64_t logical[CHUNKS_MAX];
} Chunks;

static bool file_is_ours(int fd) {
        SwapHeader header;

        return swap_header_read(fd, &header) >= 0 && header.ours;
}

static int chunks_take(void *userdata, const Extent *extent) {
        Chunks *chunks = userdata;

        if (!extent->chunk_known)
                return 0;
        /* Most often it is the one before. */
        for (unsigned i = chunks->n; i > 0; i--)
                if (chunks->logical[i - 1] == extent->chunk.logical)
                        return 0;
        if (chunks->n < CHUNKS_MAX)
                chunks->logical[chunks->n++] = extent->chunk.logical;
        return 0;
}

/* Spares are nobody's data; what else lies in the pool's directory is not looked at. */
static void spares_add(ChunkTable *table, const char *directory) {
        _cleanup_(closedirp) DIR *dir = NULL;
        const struct dirent *entry;

        dir = host_opendir(directory);
        if (!dir)
                return;
        while ((entry = readdir(dir))) {
                _cleanup_(close_fdp) int fd = -1;

                if (swapfile_open(dirfd(dir), entry->d_name, O_RDONLY, &fd) >= 0 &&
                    file_is_ours(fd) && !swap_is_active(fd))
                        (void)chunk_pins_add_file(table, fd);
        }
}

/* What is in the chunks and is no swapfile's. */
static int area_read_pins(AreaFacts *area, int fd, const PoolPlace *pool) {
        _cleanup_(chunk_table_freep) ChunkTable *table = NULL;
        _cleanup_(freep) Chunks *chunks = NULL;
        ChunkUse use;
        int r;

        chunks = malloc(sizeof(*chunks));
        if (!chunks)
                return -ENOMEM;
        chunks->n = 0;
        r = chunk_table_new(fd, &table);
        if (r < 0)
                return r;
        r = chunk_pins_add(table, area->subvolume.fsid);
        if (r < 0)
                return r;
        if (area->beside_the_pool)
                spares_add(table, pool->directory);
        r = extents_walk_plain(fd, chunks_take, chunks);
        if (r < 0)
                return r;

        for (unsigned i = 0; i < chunks->n; i++) {
                if (chunk_table_get(table, chunks->logical[i], &use) < 0)
                        continue;
                area->pinned_chunks++;
                area->pinned_bytes += use.length_bytes;
                area->collateral_bytes += u64_subtract(use.used_bytes, use.pinned_bytes);
        }
        return 0;
}

/* To be shared is what somebody else did to it, and outweighs the rest. What passes is no fault. */
static int area_read_fault(AreaFacts *area, int fd) {
        CheckReport report;
        int r;

        r = check_file(fd, CHECK_BULK_FROM, &report);
        if (r < 0)
                return r;
        for (uint32_t i = 0; i < report.n_findings; i++) {
                const Finding *f = &report.findings[i];

                if (f->passes || f->rule == CHECK_OPERATION)
                        continue;
                if (area->fault == CHECK_OK || f->rule == CHECK_SHARED)
                        area->fault = f->rule;
        }
        return 0;
}

static int area_read_btrfs(AreaFacts *area, int fd, const PoolPlace *pool,
                           const SnapshotSources *sources) {
        int r;

        r = subvolume_id_read(fd, &area->subvolume);
        if (r < 0)
                return r == -ENOTTY ? 0 : r;

        area->on_btrfs = true;
        area->snapshot = snapshots_find(sources, &area->subvolume);
        area->beside_the_pool = strcmp(area->subvolume.fsid, pool->fsid) == 0;
        if (subvolume_root_path(area->path, area->subvolume_path, sizeof(area->subvolume_path)) < 0)
                area->subvolume_path[0] = '\0';
        if (area->beside_the_pool && area->subvolume.id == pool->subvolume_id && file_is_ours(fd))
                area->kind = AREA_POOL;

        if (!area->active)
                return area_read_fault(area, fd);
        /* Of the pool as a whole the daemon knows it. */
        return area->kind == AREA_POOL ? 0 : area_read_pins(area, fd, pool);
}

int area_look(AreaFacts *area, const PoolPlace *pool, const SnapshotSources *sources,
              struct stat *ret_stat) {
        _cleanup_(close_fdp) int fd = -1;
        struct stat st;

        fd = host_open(area->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        *ret_stat = st;
        area->size_bytes = (uint64_t)st.st_size;
        return area_read_btrfs(area, fd, pool, sources);
}
