/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/parse.h"
#include "doctor/judge.h"
#include "kernel/check.h"
#include "kernel/chunk-map.h"
#include "kernel/placer.h"
#include "pool/job.h"

#define INSPECT_TIMEOUT_USEC USEC_PER_MINUTE

typedef struct Inspect {
        InspectHandler handler;
        void *userdata;
        int report_fd;
} Inspect;

typedef struct InspectArgs {
        InspectKind kind;
        int fd; /* -1: of the whole machine */
        const DaemonFacts *daemon;
        int report_fd;
} InspectArgs;

typedef struct DiagnosisWriter {
        int fd;
        int error;
} DiagnosisWriter;

static unsigned under_way;

static int write_report(int fd, const void *report, size_t size) {
        ssize_t n = write(fd, report, size);

        if (n < 0)
                return -errno;
        return (size_t)n == size ? 0 : -EIO;
}

static void write_diagnosis(void *userdata, const Diagnosis *diagnosis) {
        DiagnosisWriter *writer = userdata;

        if (writer->error == 0)
                writer->error = write_report(writer->fd, diagnosis, sizeof(*diagnosis));
}

static int inspect_file(int fd, int report_fd) {
        CheckReport report;
        int r;

        r = check_file(fd, CHECK_BULK_FROM, &report);
        return r < 0 ? r : write_report(report_fd, &report, sizeof(report));
}

static int inspect_machine(const DaemonFacts *daemon, int report_fd) {
        DiagnosisWriter writer = { .fd = report_fd };
        _cleanup_(freep) Machine *machine = NULL;
        int r;

        machine = malloc(sizeof(*machine));
        if (!machine)
                return -ENOMEM;
        r = machine_look(daemon, machine);
        if (r < 0)
                return r;
        machine_judge(machine, write_diagnosis, &writer);
        return writer.error;
}

static int run_inspect(const void *argument) {
        const InspectArgs *args = argument;
        int r;

        switch (args->kind) {
        case INSPECT_FILESYSTEM:
                return chunk_map_write(args->fd, args->report_fd);
        case INSPECT_COMMITTED:
                r = place_commit(args->fd);
                return r < 0 ? r : chunk_map_write(args->fd, args->report_fd);
        case INSPECT_MACHINE:
                return inspect_machine(args->daemon, args->report_fd);
        default:
                return inspect_file(args->fd, args->report_fd);
        }
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

static int start(sd_event *event, InspectArgs *args, InspectHandler handler, void *userdata) {
        _cleanup_(inspect_freep) Inspect *inspect = NULL;
        JobSpec spec = {
                .name = "swapd-inspect",
                .run = run_inspect,
                .argument = args,
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
        args->report_fd = inspect->report_fd;
        spec.fds[spec.n_fds++] = inspect->report_fd;
        if (args->fd >= 0)
                spec.fds[spec.n_fds++] = args->fd;

        r = job_start(event, &spec, on_job, inspect, &job);
        if (r < 0)
                return r;
        under_way++;
        (void)STEAL_PTR(inspect);
        return 0;
}

int inspect_start(sd_event *event, InspectKind kind, int fd, InspectHandler handler,
                  void *userdata) {
        InspectArgs args = { .kind = kind, .fd = fd };

        return start(event, &args, handler, userdata);
}

int inspect_machine_start(sd_event *event, const DaemonFacts *daemon, InspectHandler handler,
                          void *userdata) {
        InspectArgs args = { .kind = INSPECT_MACHINE, .fd = -1, .daemon = daemon };

        return start(event, &args, handler, userdata);
}
