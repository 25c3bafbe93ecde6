/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/balance-probe.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/parse.h"
#include "kernel/chunks.h"
#include "policy/balance-chunk.h"

typedef struct Shared {
        unsigned n;
        ProbeChunk chunks[PROBES_MAX];
} Shared;

struct BalanceProbe {
        Job *job;
        Shared *shared;
        BalanceProbeHandler handler;
        void *userdata;
};

/* ---- in the child ---- */

typedef struct ProbeArgs {
        int fd;
        const BalanceArgs *args;
        Shared *shared;
} ProbeArgs;

static int probe_chunk(const ProbeArgs *probe, ProbeChunk *chunk) {
        BalanceStat stat;
        BalanceArgs args;
        BalancePart part;
        Chunk found;
        int r;

        chunk->result = PROBE_OTHER;
        r = chunk_find(probe->fd, chunk->logical, &found);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        part = balance_part_of(&found);
        if (!balance_args_probe(probe->args, &part, &args))
                return 0;

        chunk->result = PROBE_UNKNOWN;
        r = balance_run(probe->fd, &args, &stat);
        if (r < 0)
                return r;
        if (stat.completed > 0)
                chunk->result = PROBE_MOVED;
        else
                chunk->result = stat.expected > 0 ? PROBE_MATCHES : PROBE_OTHER;
        return 0;
}

static int run_probe(const void *argument) {
        const ProbeArgs *probe = argument;
        int r = 0;

        for (unsigned i = 0; i < probe->shared->n && r >= 0; i++)
                r = probe_chunk(probe, &probe->shared->chunks[i]);
        return r;
}

/* ---- in the daemon ---- */

static void on_job(void *userdata, JobOutcome outcome, int error, uint64_t took_usec) {
        _cleanup_(balance_probe_freep) BalanceProbe *probe = userdata;

        probe->job = NULL;
        if (outcome != JOB_DONE && outcome != JOB_FAILED)
                error = -ECANCELED;
        probe->handler(probe->userdata, error, probe->shared->chunks, probe->shared->n);
}

static int balance_probe_new(BalanceProbe **ret) {
        _cleanup_(balance_probe_freep) BalanceProbe *probe = NULL;
        void *shared;

        probe = calloc(1, sizeof(*probe));
        if (!probe)
                return -ENOMEM;
        shared = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                      0);
        if (shared == MAP_FAILED)
                return -errno;
        probe->shared = shared;
        *ret = STEAL_PTR(probe);
        return 0;
}

int balance_probe_start(sd_event *event, int fd, const BalanceArgs *args, const uint64_t *chunks,
                        unsigned n, BalanceProbeHandler handler, void *userdata,
                        BalanceProbe **ret) {
        _cleanup_(balance_probe_freep) BalanceProbe *probe = NULL;
        ProbeArgs argument = { fd, args, NULL };
        JobSpec spec = {
                .name = "swapd-probe",
                .run = run_probe,
                .argument = &argument,
                .fds = { fd },
                .n_fds = 1,
                .timeout_usec = USEC_INFINITY,
        };
        int r;

        r = balance_probe_new(&probe);
        if (r < 0)
                return r;
        probe->handler = handler;
        probe->userdata = userdata;
        for (unsigned i = 0; i < n && i < PROBES_MAX; i++)
                probe->shared->chunks[probe->shared->n++] = (ProbeChunk){ .logical = chunks[i] };
        argument.shared = probe->shared;

        r = job_start(event, &spec, on_job, probe, &probe->job);
        if (r < 0)
                return r;
        *ret = STEAL_PTR(probe);
        return 0;
}

void balance_probe_cancel(BalanceProbe *probe) {
        job_cancel(probe->job);
}

BalanceProbe *balance_probe_free(BalanceProbe *probe) {
        if (!probe)
                return NULL;

        (void)job_free(probe->job);
        if (probe->shared)
                (void)munmap(probe->shared, sizeof(*probe->shared));
        free(probe);
        return NULL;
}
