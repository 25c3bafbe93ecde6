/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/swap.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "kernel/check.h"
#include "kernel/extents.h"
#include "kinds.h"

/* Far below what the daemon takes, so that small files go both ways. */
#define BULK_FROM 512

/* An exclusive operation of the kernel's own, as its automatic reclaim, passes. */
#define BUSY_TRIES 100
#define BUSY_USEC 100000

/* clang-format off */
static const struct {
        const char *text;
        CheckRule rules[2];
} reasons[] = {
        { "Unable to find swap-space signature",         { CHECK_HEADER, CHECK_HEADER } },
        { "Unable to handle swap header version",        { CHECK_HEADER, CHECK_HEADER } },
        { "Empty swap-file",                             { CHECK_SIZE, CHECK_SIZE } },
        { "Swap area shorter than signature indicates",  { CHECK_SIZE, CHECK_SIZE } },
        { "swapfile must not be compressed",             { CHECK_COMPRESS_FLAG, CHECK_COMPRESSED } },
        { "swapfile must not be copy-on-write",          { CHECK_COW, CHECK_SHARED } },
        { "swapfile must not be checksummed",            { CHECK_COW, CHECK_COW } },
        { "swapfile must not have holes",                { CHECK_HOLE, CHECK_HOLE } },
        { "swapfile must not be inline",                 { CHECK_INLINE, CHECK_INLINE } },
        { "swapfile must have single data profile",      { CHECK_PROFILE, CHECK_PROFILE } },
        { "swapfile must be on one device",              { CHECK_DEVICE, CHECK_DEVICE } },
};
/* clang-format on */

/* Which of the two a text stands for is ours to say, if it is one of them. */
static CheckRule reason_of(const char *line, CheckRule ours) {
        for (size_t i = 0; i < ELEMENTSOF(reasons); i++)
                if (strstr(line, reasons[i].text))
                        return ours == reasons[i].rules[1] ? ours : reasons[i].rules[0];
        return _CHECK_RULE_MAX;
}

/* The last word of the kernel since `log` was opened. */
static CheckRule reason_read(int log, CheckRule ours) {
        CheckRule reason = _CHECK_RULE_MAX, found;
        char line[8192];
        ssize_t n;

        for (;;) {
                n = read(log, line, sizeof(line) - 1);
                if (n < 0 && errno == EPIPE)
                        continue;
                if (n <= 0)
                        return reason;
                line[n] = '\0';
                found = reason_of(line, ours);
                reason = found == _CHECK_RULE_MAX ? reason : found;
        }
}

/* Of this area, by the table; 0 if it is not there. */
static uint64_t swap_bytes(const char *path) {
        char text[16384], *line;
        uint64_t kib = 0;

        if (file_read_at(AT_FDCWD, "/proc/swaps", text, sizeof(text)) < 0)
                return 0;
        line = strstr(text, path);
        if (line)
                (void)sscanf(line + strlen(path), " %*s %" SCNu64, &kib);
        return kib * KIB;
}

static int turn_on(const char *path, uint64_t *ret_bytes) {
        unsigned i;

        for (i = 0; i < BUSY_TRIES; i++) {
                if (swapon(path, SWAP_FLAG_PREFER | 1) == 0) {
                        *ret_bytes = swap_bytes(path);
                        return swapoff(path) < 0 ? -errno : 0;
                }
                if (errno != EBUSY)
                        return errno;
                (void)usleep(BUSY_USEC);
        }
        return EBUSY;
}

int answers_get(const Stage *s, Answers *ret) {
        _cleanup_(close_fdp) int log = -1, fd = -1;
        Answers answers = { 0 };
        char path[PATH_MAX + 16];
        int r;

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", s->fd);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = check_file(fd, BULK_FROM, &answers.report);
        if (r < 0)
                return r;
        r = extents_check(fd, &answers.verdict, NULL);
        if (r < 0)
                return r;

        log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (log >= 0)
                (void)lseek(log, 0, SEEK_END);
        /* By its name, but where it has none. */
        if (faccessat(s->dir_fd, "file", F_OK, 0) == 0)
                (void)snprintf(path, sizeof(path), "%s/file", s->subvolume);
        r = turn_on(path, &answers.kernel_bytes);
        if (r < 0)
                return r;
        answers.kernel = r;
        answers.reason = reason_read(log, answers.verdict.rule);
        *ret = answers;
        return 0;
}

const char *answers_disagree(const Answers *answers, CheckRule expected) {
        const CheckReport *report = &answers->report;
        CheckRule first = report->n_findings > 0 ? report->findings[0].rule : CHECK_OK;

        if (findings_refuse(report) != (answers->kernel != 0))
                return "the kernel says otherwise";
        if (expected != KIND_ANY && first != expected)
                return "another rule than expected";
        /* A name is what extents_check() does not ask for: the pool's new files have none yet. */
        if (first != CHECK_DELETED && answers->verdict.rule != first)
                return "extents_check() and check_file() differ";
        if (answers->kernel == 0 && answers->kernel_bytes != report->swap_bytes)
                return "the kernel added another size";
        if (answers->kernel != 0 && answers->reason != _CHECK_RULE_MAX && answers->reason != first)
                return "the kernel gives another reason";
        return NULL;
}
