/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/look.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/host.h"
#include "base/parse.h"
#include "doctor/area.h"
#include "doctor/fstab.h"
#include "doctor/managers.h"
#include "doctor/oomd.h"
#include "kernel/balance.h"
#include "kernel/exclop.h"
#include "kernel/swaps.h"
#include "kernel/version.h"

#define FSTAB_BYTES_MAX (64 * KIB)

typedef struct Look {
        Machine *machine;
        PoolPlace pool;
        struct stat stats[AREAS_MAX]; /* of each area; all 0: it is no file, or out of sight */
} Look;

/* ---- areas ---- */

/* NULL where there is no room for more. */
static AreaFacts *look_add(Look *look, const char *path, AreaKind kind, bool active) {
        Machine *m = look->machine;
        AreaFacts *area;

        if (m->n_areas == AREAS_MAX)
                return NULL;
        area = &m->areas[m->n_areas++];
        *area = (AreaFacts){ .kind = kind, .active = active };
        (void)snprintf(area->path, sizeof(area->path), "%s", path);
        look->stats[m->n_areas - 1] = (struct stat){ 0 };
        return area;
}

static AreaFacts *look_find(Look *look, const struct stat *st) {
        for (unsigned i = 0; i < look->machine->n_areas; i++)
                if (look->stats[i].st_ino == st->st_ino && look->stats[i].st_dev == st->st_dev)
                        return &look->machine->areas[i];
        return NULL;
}

static int look_at_last(Look *look) {
        Machine *m = look->machine;

        return area_look(&m->areas[m->n_areas - 1], &look->pool, &m->sources,
                         &look->stats[m->n_areas - 1]);
}

static void look_at_active(Look *look, const SwapArea *swap) {
        AreaKind kind = swap->zram ? AREA_ZRAM : swap->file ? AREA_FILE : AREA_DEVICE;
        AreaFacts *area = look_add(look, swap->path, kind, /* active= */ true);

        if (!area)
                return;
        area->priority = swap->priority;
        if (kind == AREA_FILE && !swap->deleted)
                (void)look_at_last(look);
}

static int look_at_swaps(Look *look) {
        _cleanup_(close_fdp) int fd = -1;
        char text[SWAPS_TEXT_MAX];
        const char *cursor = text;
        SwapArea swap;
        ssize_t n;
        int r;

        fd = swaps_open("/proc/swaps");
        if (fd < 0)
                return fd;
        n = swaps_read(fd, text, sizeof(text));
        if (n < 0)
                return (int)n;
        while ((r = swaps_next(&cursor, &swap)) != 0)
                if (r > 0)
                        look_at_active(look, &swap);
        return 0;
}

static void look_at_fstab_file(void *userdata, const FstabFile *file) {
        Look *look = userdata;
        AreaFacts *area = NULL;
        struct stat st;
        int r;

        r = host_stat(file->path, &st);
        if (r < 0) {
                if (r == -ENOENT && file->needed)
                        area = look_add(look, file->path, AREA_FILE, /* active= */ false);
                if (area)
                        area->missing = true;
        } else {
                area = look_find(look, &st);
                if (!area) {
                        area = look_add(look, file->path, AREA_FILE, /* active= */ false);
                        if (area)
                                (void)look_at_last(look);
                }
        }
        if (area)
                area->in_fstab = true;
}

static void look_at_fstab(Look *look) {
        _cleanup_(freep) char *text = NULL;
        ssize_t n;

        text = malloc(FSTAB_BYTES_MAX);
        if (!text)
                return;
        n = file_read_at(AT_FDCWD, "/etc/fstab", text, FSTAB_BYTES_MAX);
        if (n >= 0 || n == -EFBIG)
                (void)fstab_parse(text, look_at_fstab_file, look);
}

/* ---- the pool ---- */

/* What has our mark; whatever else lies there is listed by others. */
static void look_at_pool_file(Look *look, int dir_fd, const char *name) {
        char path[PATH_MAX];
        struct stat st;
        AreaFacts *area;
        int n;

        n = snprintf(path, sizeof(path), "%s/%s", look->machine->pool.directory, name);
        if (n < 0 || (size_t)n >= sizeof(path) ||
            fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
            look_find(look, &st))
                return;
        area = look_add(look, path, AREA_FILE, /* active= */ false);
        if (!area)
                return;
        (void)look_at_last(look);
        if (area->kind != AREA_POOL)
                look->machine->n_areas--;
}

static void look_at_pool_files(Look *look) {
        _cleanup_(closedirp) DIR *dir = NULL;
        const struct dirent *entry;

        dir = host_opendir(look->machine->pool.directory);
        if (!dir)
                return;
        while ((entry = readdir(dir)))
                look_at_pool_file(look, dirfd(dir), entry->d_name);
}

static bool balance_is_paused(int fd, const char *fsid) {
        _cleanup_(close_fdp) int exclop_fd = -1;
        Exclusive exclusive;

        exclop_fd = exclop_open("/sys/fs/btrfs", fsid);
        return exclop_fd >= 0 && exclusive_read(exclop_fd, fd, &exclusive) >= 0 &&
               exclusive == EXCLUSIVE_BALANCE_PAUSED;
}

static void look_at_pool(Look *look) {
        PoolFacts *pool = &look->machine->pool;
        _cleanup_(close_fdp) int fd = -1;
        FilesystemFacts facts;
        SubvolumeId subvolume;

        fd = host_open(pool->directory, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || subvolume_id_read(fd, &subvolume) < 0 || fs_facts_read(fd, &facts) < 0)
                return;
        memcpy(look->pool.fsid, subvolume.fsid, sizeof(look->pool.fsid));
        look->pool.subvolume_id = subvolume.id;
        look->pool.directory = pool->directory;
        pool->looked_at = true;
        hibernation_facts_read(&look->machine->hibernation, fd, pool->directory);
        pool->single = facts.single;
        pool->balance_paused = balance_is_paused(fd, subvolume.fsid);
}

/* ---- all ---- */

static bool zswap_is_on(void) {
        char text[8];

        return file_read_at(AT_FDCWD, "/sys/module/zswap/parameters/enabled", text, sizeof(text)) >
                       0 &&
               text[0] == 'Y';
}

static PressureSource pressure_source_find(const char *name) {
        for (int source = 0; source < _PRESSURE_SOURCE_MAX; source++)
                if (strcmp(pressure_source_to_string((PressureSource)source), name) == 0)
                        return (PressureSource)source;
        return PRESSURE_PSI;
}

int machine_look(const DaemonFacts *daemon, Machine *ret) {
        _cleanup_(freep) Look *look = NULL;
        int r;

        look = calloc(1, sizeof(*look));
        if (!look)
                return -ENOMEM;
        look->machine = ret;
        ret->n_areas = 0;
        ret->kernel = kernel_version_read();
        ret->pressure = pressure_source_find(daemon->pressure_source);
        ret->pool = (PoolFacts){
                .pinned_bytes = daemon->pinned_bytes,
                .collateral_bytes = daemon->collateral_bytes,
        };
        ret->hibernation = (HibernationFacts){
                .asked = daemon->hibernation_asked,
                .reserve = daemon->reserve,
                .room = daemon->reserve_room,
        };
        (void)snprintf(ret->pool.directory, sizeof(ret->pool.directory), "%s", daemon->directory);
        (void)snprintf(ret->pool.trouble, sizeof(ret->pool.trouble), "%s", daemon->trouble);

        look_at_pool(look);
        snapshots_read(&ret->sources);
        managers_read(ret->managers);
        ret->oomd_limit_permyriad = oomd_limit_read();
        ret->zswap = zswap_is_on();
        r = look_at_swaps(look);
        if (r < 0)
                return r;
        look_at_fstab(look);
        look_at_pool_files(look);
        return 0;
}
