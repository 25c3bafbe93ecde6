/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/look.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/parse.h"
#include "kernel/devices.h"
#include "kernel/scrub.h"
#include "pool/job.h"

#define LOOK_TIMEOUT_USEC USEC_PER_MINUTE

struct Look {
        Job *job;
        LookReport *shared;
        LookHandler handler;
        void *userdata;
};

/* ---- in the child ---- */

typedef struct LookArgs {
        int fd;
        int exclop_fd;
        LookReport *shared;
} LookArgs;

static void look_at_scrub(int fd, LookReport *report) {
        uint64_t bytes, devices = fs_device_max_id(fd);
        ScrubStat stat;

        for (uint64_t id = 1; id <= devices; id++) {
                if (scrub_see(fd, id, &stat) < 0)
                        continue;
                report->scrub = true;
                report->scrub_done_bytes += stat.data_bytes + stat.metadata_bytes;
                if (scrub_allocated_bytes(fd, id, &bytes) >= 0)
                        report->scrub_total_bytes += bytes;
        }
}

/* Reading arms the next event for everybody who shares the open file: the daemon would miss one. */
static int reopen(int fd) {
        char path[64];
        int own;

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        own = open(path, O_RDONLY | O_CLOEXEC);
        return own < 0 ? -errno : own;
}

static int run_look(const void *argument) {
        const LookArgs *args = argument;
        _cleanup_(close_fdp) int exclop_fd = reopen(args->exclop_fd);
        LookReport report = { 0 };
        int r;

        if (exclop_fd < 0)
                return exclop_fd;
        r = exclusive_read(exclop_fd, args->fd, &report.exclusive);
        if (r < 0)
                return r;
        if (report.exclusive == EXCLUSIVE_BALANCE || report.exclusive == EXCLUSIVE_BALANCE_PAUSED)
                report.balance = balance_see(args->fd, &report.seen) >= 0;
        look_at_scrub(args->fd, &report);
        *args->shared = report;
        return 0;
}

/* ---- in the daemon ---- */

Look *look_free(Look *look) {
        if (!look)
                return NULL;

        (void)job_free(look->job);
        if (look->shared)
                (void)munmap(look->shared, sizeof(*look->shared));
        free(look);
        return NULL;
}

static void on_looked(void *userdata, JobOutcome outcome, int error, uint64_t took_usec) {
        _cleanup_(look_freep) Look *look = userdata;

        look->job = NULL;
        look->handler(look->userdata, outcome == JOB_DONE ? look->shared : NULL);
}

int look_start(sd_event *event, int fd, int exclop_fd, LookHandler handler, void *userdata,
               Look **ret) {
        _cleanup_(look_freep) Look *look = NULL;
        LookArgs args = { .fd = fd, .exclop_fd = exclop_fd };
        JobSpec spec = {
                .name = "swapd-look",
                .run = run_look,
                .argument = &args,
                .fds = { fd, exclop_fd },
                .n_fds = 2,
                .timeout_usec = LOOK_TIMEOUT_USEC,
        };
        void *shared;
        int r;

        look = calloc(1, sizeof(*look));
        if (!look)
                return -ENOMEM;
        look->handler = handler;
        look->userdata = userdata;
        shared = mmap(NULL, sizeof(*look->shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED)
                return -errno;
        look->shared = args.shared = shared;

        r = job_start(event, &spec, on_looked, look, &look->job);
        if (r < 0)
                return r;
        *ret = STEAL_PTR(look);
        return 0;
}
