/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Memory hog that knows what it wrote
 *
 *     hog [--rate MiB/s] [--rise MiB/s] [--hold SECONDS] [--passes N] [--seed N] [--words N] SIZE
 *
 * Writes every word of every page with a value that follows from seed, pass, page and word, holds
 * them, then reads every page back: a page that swap has lost, mixed up or damaged is found and
 * named. The values do not compress, so that zswap and zram cannot make the work look easy. With
 * --words only that many of each page, to fill memory faster than an emulated processor writes.
 * With
 * --rise the rate is higher by that with each second, from --rate on.
 * SIGUSR1: verify now and go on. SIGTERM: verify what was written and end. Only ever started
 * inside a memory cgroup, or in a machine of its own.
 *
 * Exit status: 0 all pages right, 1 a page wrong or no memory, 2 usage.
 */

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define WRONG_PAGES_SHOWN 8

typedef struct Hog {
        uint64_t *words;
        uint64_t size_bytes;
        uint64_t page_bytes;
        uint64_t words_per_page; /* that are written */
        uint64_t bytes_per_sec;  /* 0: as fast as it goes */
        uint64_t rise;           /* bytes_per_sec more, with each second */
        uint64_t hold_usec;
        uint64_t passes;
        uint64_t seed;
        uint64_t pass;         /* that whose values the written pages have */
        uint64_t pages_filled; /* of this pass */
        uint64_t pages_old;    /* those behind them still have the values of the pass before */
        sigset_t signals;
        bool ending;
        bool wrong;
} Hog;

/* The finaliser of splitmix64: a bijection that leaves no pattern. */
static uint64_t mix(uint64_t x) {
        x ^= x >> 30;
        x *= UINT64_C(0xbf58476d1ce4e5b9);
        x ^= x >> 27;
        x *= UINT64_C(0x94d049bb133111eb);
        return x ^ (x >> 31);
}

static uint64_t page_key(const Hog *h, uint64_t pass, uint64_t page) {
        return mix(mix(mix(h->seed) + pass) + page);
}

static uint64_t word_value(uint64_t key, uint64_t word) {
        return mix(key + word * UINT64_C(0x9e3779b97f4a7c15));
}

static uint64_t now_usec(void) {
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

static uint64_t usec_add(uint64_t a, uint64_t b) {
        return a > USEC_INFINITY - b ? USEC_INFINITY : a + b;
}

static void page_fill(const Hog *h, uint64_t page) {
        uint64_t key = page_key(h, h->pass, page);
        uint64_t *words = h->words + page * (h->page_bytes / sizeof(uint64_t));

        for (uint64_t i = 0; i < h->words_per_page; i++)
                words[i] = word_value(key, i);
}

/* Says where, for a page that is wrong: the first word that differs. */
static bool page_verify(const Hog *h, uint64_t page, uint64_t pass, bool show) {
        uint64_t key = page_key(h, pass, page);
        const uint64_t *words = h->words + page * (h->page_bytes / sizeof(uint64_t));

        for (uint64_t i = 0; i < h->words_per_page; i++) {
                if (words[i] == word_value(key, i))
                        continue;
                if (show)
                        printf("page %" PRIu64 ": word %" PRIu64 " is %016" PRIx64
                               " and not %016" PRIx64 "\n",
                               page, i, words[i], word_value(key, i));
                return false;
        }

        return true;
}

/* What has been read for the last time need not be swapped out again for what is read next. */
static void page_release(const Hog *h, uint64_t page) {
        (void)madvise((uint8_t *)h->words + page * h->page_bytes, h->page_bytes, MADV_DONTNEED);
}

static void verify(Hog *h, bool last) {
        uint64_t pages = h->pages_filled > h->pages_old ? h->pages_filled : h->pages_old;
        uint64_t wrong = 0;

        for (uint64_t page = 0; page < pages; page++) {
                uint64_t pass = page < h->pages_filled ? h->pass : h->pass - 1;

                if (!page_verify(h, page, pass, wrong < WRONG_PAGES_SHOWN))
                        wrong++;
                if (last)
                        page_release(h, page);
        }

        if (wrong > 0)
                h->wrong = true;
        printf("pass %" PRIu64 ": %" PRIu64 " pages verified, %" PRIu64 " wrong\n", h->pass, pages,
               wrong);
}

/*
 * Waits until `until_usec` for a signal, at least looks for one. Signals are blocked all the time
 * and taken here: none is lost between a look and a sleep.
 */
static void wait_signals(Hog *h, uint64_t until_usec) {
        do {
                uint64_t now = now_usec();
                uint64_t left = until_usec > now ? until_usec - now : 0;
                struct timespec ts = {
                        .tv_sec = (time_t)(left / USEC_PER_SEC),
                        .tv_nsec = (long)(left % USEC_PER_SEC) * 1000,
                };
                int sig = sigtimedwait(&h->signals, NULL, &ts);

                if (sig == SIGUSR1)
                        verify(h, /* last= */ false);
                h->ending = h->ending || sig == SIGTERM;
        } while (!h->ending && now_usec() < until_usec);
}

/* How long the next MiB is to take. */
static uint64_t mib_usec(const Hog *h, uint64_t since_usec) {
        uint64_t bytes_per_sec = h->bytes_per_sec + h->rise * since_usec / USEC_PER_SEC;

        return bytes_per_sec == 0 ? 0 : MIB * USEC_PER_SEC / bytes_per_sec;
}

static void fill(Hog *h) {
        uint64_t start_usec = now_usec(), due_usec = start_usec;
        uint64_t per_mib = MIB / h->page_bytes;

        h->pages_old = h->pages_filled;
        h->pages_filled = 0;
        for (uint64_t page = 0; page < h->size_bytes / h->page_bytes && !h->ending; page++) {
                if (page % per_mib == 0) {
                        wait_signals(h, due_usec);
                        due_usec += mib_usec(h, due_usec - start_usec);
                }
                if (h->ending)
                        break;
                page_fill(h, page);
                h->pages_filled = page + 1;
        }
        printf("pass %" PRIu64 ": %" PRIu64 " pages filled\n", h->pass, h->pages_filled);
}

static int run(Hog *h) {
        for (uint64_t i = 1; i <= h->passes && !h->ending; i++) {
                h->pass = i;
                fill(h);
                if (!h->ending)
                        wait_signals(h, usec_add(now_usec(), h->hold_usec));
                verify(h, /* last= */ i == h->passes || h->ending);
        }

        return h->wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int map(Hog *h) {
        /* No reserve: overcommit would refuse what swap that comes later can hold. */
        h->words = mmap(NULL, h->size_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (h->words == MAP_FAILED) {
                fprintf(stderr, "hog: cannot map %" PRIu64 " bytes: %m\n", h->size_bytes);
                return -1;
        }

        /* Page by page, so that each takes its own way through swap. */
        (void)madvise(h->words, h->size_bytes, MADV_NOHUGEPAGE);
        return 0;
}

static int rate_parse(const char *text, uint64_t *ret_bytes_per_sec) {
        uint64_t mib_per_sec;

        if (parse_u64(text, &mib_per_sec) < 0 || mib_per_sec > TIB / MIB)
                return -1;
        *ret_bytes_per_sec = mib_per_sec * MIB;
        return 0;
}

static int option_parse(Hog *h, int option, const char *text) {
        switch (option) {
        case 'r':
                return rate_parse(text, &h->bytes_per_sec);
        case 'i':
                return rate_parse(text, &h->rise);
        case 'h':
                return parse_duration(text, &h->hold_usec);
        case 'p':
                return parse_u64(text, &h->passes);
        case 's':
                return parse_u64(text, &h->seed);
        case 'w':
                if (parse_u64(text, &h->words_per_page) < 0)
                        return -1;
                return h->words_per_page <= h->page_bytes / sizeof(uint64_t) ? 0 : -1;
        }

        return -1;
}

static int arguments_parse(Hog *h, int argc, char **argv) {
        static const struct option options[] = {
                { "rate", required_argument, NULL, 'r' },
                { "rise", required_argument, NULL, 'i' },
                { "hold", required_argument, NULL, 'h' },
                { "passes", required_argument, NULL, 'p' },
                { "seed", required_argument, NULL, 's' },
                { "words", required_argument, NULL, 'w' },
                { NULL, 0, NULL, 0 },
        };
        int option;

        while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
                if (option_parse(h, option, optarg) < 0)
                        return -1;

        if (argc - optind != 1 || parse_size(argv[optind], &h->size_bytes) < 0)
                return -1;

        h->size_bytes -= h->size_bytes % h->page_bytes;
        return h->size_bytes > 0 ? 0 : -1;
}

int main(int argc, char **argv) {
        Hog h = {
                .page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
                .passes = 1,
        };

        h.words_per_page = h.page_bytes / sizeof(uint64_t);

        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        if (arguments_parse(&h, argc, argv) < 0) {
                fprintf(stderr, "Usage: hog [--rate MiB/s] [--rise MiB/s] [--hold SECONDS] "
                                "[--passes N] [--seed N] [--words N] SIZE\n");
                return 2;
        }

        (void)sigemptyset(&h.signals);
        (void)sigaddset(&h.signals, SIGUSR1);
        (void)sigaddset(&h.signals, SIGTERM);
        (void)sigprocmask(SIG_BLOCK, &h.signals, NULL);

        if (map(&h) < 0)
                return EXIT_FAILURE;

        return run(&h);
}
