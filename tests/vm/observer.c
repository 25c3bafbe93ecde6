/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What somebody at the screen feels
 *
 *     observer [--period DURATION] [--memory SIZE] [--locked]
 *
 * Wakes at fixed points in time, as a desktop does for each frame, writes to a part of its memory,
 * all of it within a second or so, and notes how late it was done. Its memory is not locked: it
 * lives as its neighbours do. One that it has slept through counts as well, with its own lateness,
 * so that a long stall is not a single sample. At each wake it looks how much swap there is, too.
 *
 * --locked: its memory is, and it runs before all others. What is late then is the machine itself,
 * emulated on one that has other work.
 *
 * SIGUSR1: a line of figures, and all is forgotten; SIGTERM: the same, and the end. `empty` is the
 * longest time that swap was full, or off; `longest_at_usec`, on the clock of the kernel's log,
 * when the longest stall was over.
 */

#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/u64.h"

#define SAMPLES_MAX (1U << 18)
#define WAKES_PER_ROUND 64

/* What the kernel keeps for each processor is free, and of no use to the others. */
#define SWAP_EMPTY_BYTES MIB

typedef struct Observer {
        uint64_t period_usec;
        bool locked;
        uint64_t memory_bytes;
        uint64_t page_bytes;
        uint8_t *memory;
        uint64_t page; /* the next to be written */
        uint32_t *late_usec;
        unsigned count;
        uint32_t longest_usec;
        uint64_t longest_at_usec;
        uint64_t swap_peak_bytes;
        uint64_t empty_since_usec; /* 0: it is not */
        uint64_t empty_usec;
        sigset_t signals;
} Observer;

static uint64_t now_usec(void) {
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

static void look_at_swap(Observer *o, uint64_t now) {
        struct sysinfo info;
        uint64_t used_bytes;

        if (sysinfo(&info) < 0)
                return;
        used_bytes = (uint64_t)(info.totalswap - info.freeswap) * info.mem_unit;
        o->swap_peak_bytes = u64_max(o->swap_peak_bytes, used_bytes);

        if ((uint64_t)info.freeswap * info.mem_unit >= SWAP_EMPTY_BYTES)
                o->empty_since_usec = 0;
        else if (o->empty_since_usec == 0)
                o->empty_since_usec = now;
        else
                o->empty_usec = u64_max(o->empty_usec, now - o->empty_since_usec);
}

static void wake(Observer *o, uint64_t due_usec) {
        uint64_t pages = o->memory_bytes / o->page_bytes, now;
        uint32_t late_usec;

        for (uint64_t i = 0; i < pages / WAKES_PER_ROUND + 1; i++) {
                o->memory[o->page * o->page_bytes]++;
                o->page = (o->page + 1) % pages;
        }
        now = now_usec();
        late_usec = (uint32_t)u64_min(now - due_usec, UINT32_MAX);
        if (o->count < SAMPLES_MAX)
                o->late_usec[o->count++] = late_usec;
        if (late_usec > o->longest_usec) {
                o->longest_usec = late_usec;
                o->longest_at_usec = now;
        }
        look_at_swap(o, now);
}

static int compare(const void *a, const void *b) {
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

        return (x > y) - (x < y);
}

static uint32_t late_at(const Observer *o, unsigned permille) {
        return o->count == 0 ? 0 : o->late_usec[(uint64_t)(o->count - 1) * permille / 1000];
}

static void report(Observer *o) {
        qsort(o->late_usec, o->count, sizeof(o->late_usec[0]), compare);
        printf("wakes=%u p50_usec=%" PRIu32 " p99_usec=%" PRIu32 " p999_usec=%" PRIu32
               " longest_usec=%" PRIu32 " longest_at_usec=%" PRIu64 " swap_peak_mib=%" PRIu64
               " empty_msec=%" PRIu64 "\n",
               o->count, late_at(o, 500), late_at(o, 990), late_at(o, 999), o->longest_usec,
               o->longest_at_usec, o->swap_peak_bytes / MIB,
               (uint64_t)(o->empty_usec / USEC_PER_MSEC));
        o->count = o->longest_usec = 0;
        o->swap_peak_bytes = o->empty_usec = o->empty_since_usec = 0;
}

static void observe(Observer *o) {
        uint64_t due_usec = now_usec();
        int sig = 0;

        while (sig != SIGTERM) {
                uint64_t left = u64_subtract(due_usec, now_usec());
                struct timespec ts = {
                        .tv_sec = (time_t)(left / USEC_PER_SEC),
                        .tv_nsec = (long)(left % USEC_PER_SEC) * 1000,
                };

                sig = sigtimedwait(&o->signals, NULL, &ts);
                if (sig > 0) {
                        report(o);
                        due_usec = now_usec();
                } else {
                        wake(o, due_usec);
                        due_usec += o->period_usec;
                }
        }
}

static int observer_map(Observer *o) {
        size_t samples_bytes = SAMPLES_MAX * sizeof(o->late_usec[0]);

        o->memory = mmap(NULL, o->memory_bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        o->late_usec = mmap(NULL, samples_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (o->memory == MAP_FAILED || o->late_usec == MAP_FAILED)
                return -1;
        /* To write down how long it took is not what is measured. */
        return mlock(o->late_usec, samples_bytes);
}

static int observer_lock(const Observer *o) {
        const struct sched_param param = { .sched_priority = 1 };

        if (!o->locked)
                return 0;
        if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
                return -1;
        return sched_setscheduler(0, SCHED_FIFO, &param);
}

static int arguments_parse(Observer *o, int argc, char **argv) {
        static const struct option options[] = {
                { "period", required_argument, NULL, 'p' },
                { "memory", required_argument, NULL, 'm' },
                { "locked", no_argument, NULL, 'l' },
                { NULL, 0, NULL, 0 },
        };
        int option;

        while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                if (option == 'l') {
                        o->locked = true;
                        continue;
                }
                if (option == 'p' && parse_duration(optarg, &o->period_usec) >= 0)
                        continue;
                if (option != 'm' || parse_size(optarg, &o->memory_bytes) < 0)
                        return -1;
        }
        return optind == argc && o->memory_bytes >= o->page_bytes && o->period_usec > 0 ? 0 : -1;
}

int main(int argc, char **argv) {
        Observer o = {
                .period_usec = 10 * USEC_PER_MSEC,
                .memory_bytes = 8 * MIB,
                .page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
        };

        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        if (arguments_parse(&o, argc, argv) < 0) {
                fprintf(stderr, "Usage: observer [--period DURATION] [--memory SIZE] [--locked]\n");
                return 2;
        }
        (void)sigemptyset(&o.signals);
        (void)sigaddset(&o.signals, SIGUSR1);
        (void)sigaddset(&o.signals, SIGTERM);
        (void)sigprocmask(SIG_BLOCK, &o.signals, NULL);
        if (observer_map(&o) < 0 || observer_lock(&o) < 0) {
                fprintf(stderr, "observer: no memory, or no right to lock it: %m\n");
                return EXIT_FAILURE;
        }

        observe(&o);
        return EXIT_SUCCESS;
}
