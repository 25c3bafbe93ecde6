/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/area-place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/host.h"
#include "kernel/devices.h"
#include "kernel/extents.h"
#include "kernel/fsinfo.h"

static int take_first(void *userdata, const Extent *extent) {
        Extent *first = userdata;

        *first = *extent;
        return -ECANCELED;
}

/* What adjoins is one device's: a swapfile that is on has no other. */
static void place_on_btrfs(int fd, HibernationArea *area) {
        uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
        Extent first = { 0 };
        dev_t device;

        (void)extents_walk_plain(fd, take_first, &first);
        if (!first.chunk_known || fs_device_number(fd, first.chunk.device_id, &device) < 0)
                return;
        area->device = device;
        area->offset_pages =
                (first.chunk.physical + (first.logical - first.chunk.logical)) / page_bytes;
}

/* Without opening it: the service may not open a disk. */
static int place_stat(const char *path, struct stat *ret) {
        _cleanup_(close_fdp) int fd = -1;

        fd = host_open(path, O_PATH | O_CLOEXEC);
        if (fd < 0)
                return fd;
        return fstat(fd, ret) < 0 ? -errno : 0;
}

int area_place_read(const char *path, HibernationArea *area) {
        _cleanup_(close_fdp) int fd = -1;
        FsIdentity identity;
        struct stat st;
        int r;

        r = place_stat(path, &st);
        if (r < 0)
                return r;
        if (S_ISBLK(st.st_mode)) {
                area->device = st.st_rdev;
                area->offset_pages = 0;
                return 0;
        }

        fd = host_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return fd;
        area->offset_pages = RESUME_OFFSET_NONE;
        if (fs_identity_read(fd, &identity) < 0) {
                area->device = st.st_dev;
        } else {
                area->device = 0;
                if (identity.devices == 1)
                        place_on_btrfs(fd, area);
        }
        return 0;
}
