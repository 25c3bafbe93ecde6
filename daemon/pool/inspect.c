/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/parse.h"
#include "kernel/check.h"
#include "kernel/chunk-map.h"
#include "pool/job.h"

#define INSPECT_TIMEOUT_USEC USEC_PER_MINUTE

typedef struct Inspect {
        InspectHandler handler;
        void *userdata;
        int report_fd;
} Inspect;

typedef struct InspectArgs {
        InspectKind kind;
        int fd;
        int report_fd;
} InspectArgs;

static unsigned under_way;

static int write_report(int fd, const CheckReport *report) {
        ssize_t n = write(fd, report, sizeof(*report));

        if (n < 0)
                return -errno;
        return n == sizeof(*report) ? 0 : -EIO;
}

static int run_inspect(const void *argument) {
        const InspectArgs *args = argument;
        CheckReport report;
        int r;

        if (args->kind == INSPECT_FILESYSTEM)
                return chunk_map_write(args->fd, args->report_fd);
        r = check_file(args->fd, CHECK_BULK_FROM, &report);
        return r < 0 ? r : write_report(args->report_fd, &report);
}

static Inspect *inspect_free(Inspect *inspect) {
        if (!inspect)
                return NULL;
        (void)close_fd(inspect->report_fd);
        free(inspect);
        return NULL;
}

DEFINE_CLEANUP(Inspect *, inspect_free)

static void on_job(void *userdata, JobOutcome outcome, int error, uint64_t took_usec) {
        _cleanup_(inspect_freep) Inspect *inspect = userdata;

        under_way--;
        if (outcome == JOB_DONE)
                (void)lseek(inspect->report_fd, 0, SEEK_SET);
        else if (outcome == JOB_TIMED_OUT)
                error = -ETIMEDOUT;
        else if (outcome != JOB_FAILED)
                error = -ECANCELED;
        inspect->handler(inspect->userdata, inspect->report_fd, error);
}

int inspect_start(sd_event *event, InspectKind kind, int fd, InspectHandler handler,
                  void *userdata) {
        _cleanup_(inspect_freep) Inspect *inspect = NULL;
        InspectArgs args = { kind, fd };
        JobSpec spec = {
                .name = "swapd-inspect",
                .run = run_inspect,
                .argument = &args,
                .timeout_usec = INSPECT_TIMEOUT_USEC,
        };
        Job *job;
        int r;

        if (under_way == INSPECTS_MAX)
                return -EBUSY;
        inspect = malloc(sizeof(*inspect));
        if (!inspect)
                return -ENOMEM;
        *inspect = (Inspect){ handler, userdata, -1 };

        inspect->report_fd = memfd_create("btrfs-swapd-report", MFD_CLOEXEC);
        if (inspect->report_fd < 0)
                return -errno;
        args.report_fd = inspect->report_fd;
        spec.fds[0] = fd;
        spec.fds[1] = inspect->report_fd;
        spec.n_fds = 2;

        r = job_start(event, &spec, on_job, inspect, &job);
        if (r < 0)
                return r;
        under_way++;
        (void)STEAL_PTR(inspect);
        return 0;
}
