/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/psi.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>

#include "base/file.h"
#include "kernel/scan.h"

struct PsiTrigger {
        int fd;
        uint64_t window_usec;
};

typedef struct PsiAverages {
        uint32_t avg10_permyriad;
        uint64_t total_usec;
} PsiAverages;

static int trigger_arm(int fd, PsiLine line, uint64_t stall_usec, uint64_t window_usec) {
        char spec[64];
        int n;

        /* psi_write() overwrites the last byte with a NUL of its own, so one has to be sent. */
        n = snprintf(spec, sizeof(spec), "%s %" PRIu64 " %" PRIu64,
                     line == PSI_FULL ? "full" : "some", stall_usec, window_usec);
        assert(n > 0 && (size_t)n < sizeof(spec));
        if (write(fd, spec, (size_t)n + 1) < 0)
                return -errno;
        return 0;
}

/* The same share of a window that everybody gets; at least one, since the kernel refuses 0. */
static uint64_t stall_scale(uint64_t stall_usec, uint64_t window_usec) {
        unsigned __int128 scaled =
                (unsigned __int128)stall_usec * PSI_UNPRIVILEGED_WINDOW_USEC / window_usec;

        return scaled > 0 ? (uint64_t)scaled : 1;
}

/*
 * EINVAL is all that the kernel says, for lack of privilege as for a window outside its bounds
 * (below 500 ms before 6.5, above 10 s ever). The 2 s window mends either.
 */
static int trigger_arm_degraded(PsiTrigger *t, PsiLine line, uint64_t stall_usec,
                                uint64_t window_usec) {
        if (window_usec == PSI_UNPRIVILEGED_WINDOW_USEC)
                return -EINVAL;

        t->window_usec = PSI_UNPRIVILEGED_WINDOW_USEC;
        return trigger_arm(t->fd, line, stall_scale(stall_usec, window_usec), t->window_usec);
}

int psi_trigger_new(const char *pressure_path, PsiLine line, uint64_t stall_usec,
                    uint64_t window_usec, bool *ret_degraded, PsiTrigger **ret) {
        _cleanup_(psi_trigger_freep) PsiTrigger *t = NULL;
        int r;

        if (stall_usec == 0 || stall_usec > window_usec)
                return -EINVAL;

        t = malloc(sizeof(*t));
        if (!t)
                return -ENOMEM;
        *t = (PsiTrigger){ .window_usec = window_usec };

        t->fd = open(pressure_path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (t->fd < 0)
                return -errno;

        r = trigger_arm(t->fd, line, stall_usec, window_usec);
        if (r == -EINVAL)
                r = trigger_arm_degraded(t, line, stall_usec, window_usec);
        if (r < 0)
                return r;

        *ret_degraded = t->window_usec != window_usec;
        *ret = STEAL_PTR(t);
        return 0;
}

PsiTrigger *psi_trigger_free(PsiTrigger *t) {
        if (!t)
                return NULL;

        (void)close_fd(t->fd);
        free(t);
        return NULL;
}

int psi_trigger_get_fd(const PsiTrigger *t) {
        return t->fd;
}

uint64_t psi_trigger_get_window_usec(const PsiTrigger *t) {
        return t->window_usec;
}

/* "12.34" -> 1234: the kernel prints percent with two decimals, always. */
static bool scan_permyriad(const char **cursor, uint32_t *ret) {
        const char *at = *cursor;
        uint64_t whole, hundredths;

        if (!scan_u64(&at, &whole) || whole > UINT32_MAX / 100 - 1 || !scan_word(&at, "."))
                return false;
        if (strspn(at, "0123456789") != 2 || !scan_u64(&at, &hundredths))
                return false;

        *cursor = at;
        *ret = (uint32_t)(whole * 100 + hundredths);
        return true;
}

/* The rest of a line, behind its first word. */
static int averages_parse(const char *at, PsiAverages *ret) {
        PsiAverages a;
        uint32_t unused;

        if (!scan_word(&at, "avg10=") || !scan_permyriad(&at, &a.avg10_permyriad))
                return -EBADMSG;
        if (!scan_word(&at, " avg60=") || !scan_permyriad(&at, &unused))
                return -EBADMSG;
        if (!scan_word(&at, " avg300=") || !scan_permyriad(&at, &unused))
                return -EBADMSG;
        if (!scan_word(&at, " total=") || !scan_u64(&at, &a.total_usec) || !scan_end_of_line(at))
                return -EBADMSG;

        *ret = a;
        return 0;
}

int psi_parse(const char *text, PressureFacts *ret) {
        PsiAverages some, full = { 0 };
        const char *at = text;
        int r;

        if (!scan_word(&at, "some "))
                return -EBADMSG;
        r = averages_parse(at, &some);
        if (r < 0)
                return r;

        at = scan_next_line(at);
        if (scan_word(&at, "full ")) {
                r = averages_parse(at, &full);
                if (r < 0)
                        return r;
        } else if (*at != '\0')
                return -EBADMSG;

        ret->some_avg10_permyriad = some.avg10_permyriad;
        ret->some_total_usec = some.total_usec;
        ret->full_avg10_permyriad = full.avg10_permyriad;
        ret->full_total_usec = full.total_usec;
        return 0;
}

int psi_read(int fd, PressureFacts *ret) {
        char text[512];
        ssize_t n;

        n = file_read_fd(fd, text, sizeof(text));
        if (n < 0)
                return (int)n;
        return psi_parse(text, ret);
}
