/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/sampler.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/u64.h"
#include "kernel/meminfo.h"
#include "kernel/psi.h"

int sampler_open(Sampler *s) {
        s->meminfo_fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
        if (s->meminfo_fd < 0)
                return -errno;
        s->vmstat_fd = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);
        if (s->vmstat_fd < 0)
                return -errno;
        s->swaps_fd = swaps_open("/proc/swaps");
        if (s->swaps_fd < 0)
                return s->swaps_fd;
        s->pressure_fd = open("/proc/pressure/memory", O_RDONLY | O_CLOEXEC);
        return 0;
}

void sampler_close(Sampler *s) {
        s->meminfo_fd = close_fd(s->meminfo_fd);
        s->vmstat_fd = close_fd(s->vmstat_fd);
        s->swaps_fd = close_fd(s->swaps_fd);
        s->pressure_fd = close_fd(s->pressure_fd);
}

int sampler_read(Sampler *s, Sample *ret) {
        const char *cursor = s->swaps;
        SwapArea area;
        ssize_t n;
        int r;

        r = meminfo_read(s->meminfo_fd, &ret->memory);
        if (r < 0)
                return r;
        r = vmstat_read(s->vmstat_fd, &ret->pressure);
        if (r < 0)
                return r;

        /* The file opens with `psi=0` on the command line too, but cannot be read then. */
        if (s->pressure_fd >= 0 && psi_read(s->pressure_fd, &ret->pressure) < 0)
                s->pressure_fd = close_fd(s->pressure_fd);

        n = swaps_read(s->swaps_fd, s->swaps, sizeof(s->swaps));
        if (n < 0)
                return (int)n;
        ret->areas_used = 0;
        while ((r = swaps_next(&cursor, &area)) != 0)
                ret->areas_used += r > 0;
        return 0;
}

static void count_zram(const SwapArea *area, Sample *ret) {
        if (!ret->zram || area->priority < ret->zram_priority)
                ret->zram_priority = area->priority;
        ret->zram = true;
}

void sampler_count_headroom(const Sampler *s, const char *draining, Sample *ret) {
        const char *cursor = s->swaps;
        uint64_t coming_back_bytes = 0;
        SwapArea area;
        int r;

        ret->headroom_bytes = ret->swapped_bytes = 0;
        ret->zram = false;
        while ((r = swaps_next(&cursor, &area)) != 0) {
                if (r < 0)
                        continue;
                if (area.zram) {
                        count_zram(&area, ret);
                        continue;
                }
                if (draining && strcmp(area.path, draining) == 0) {
                        coming_back_bytes = area.used_bytes;
                        continue;
                }
                ret->headroom_bytes += area.size_bytes - area.used_bytes;
                ret->swapped_bytes += area.used_bytes;
        }
        ret->headroom_bytes = u64_subtract(ret->headroom_bytes, coming_back_bytes);
}
