/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/meminfo.h"

#include "base/file.h"
#include "kernel/scan.h"

/* vmstat has 4 to 6 KiB on kernels of today, meminfo 2 KiB. */
#define TEXT_MAX (16 * 1024)

bool meminfo_find(const char *text, const char *key, uint64_t *ret_bytes) {
        const char *line, *at;
        uint64_t kib;

        for (line = text; *line != '\0'; line = scan_next_line(line)) {
                at = line;
                if (!scan_word(&at, key))
                        continue;
                return scan_blank(&at) && scan_u64(&at, &kib) && scan_word(&at, " kB") &&
                       scan_end_of_line(at) &&
                       !__builtin_mul_overflow(kib, UINT64_C(1024), ret_bytes);
        }
        return false;
}

int meminfo_parse(const char *text, MemoryFacts *ret) {
        MemoryFacts m;

        if (!meminfo_find(text, "MemTotal:", &m.total_bytes) ||
            !meminfo_find(text, "MemAvailable:", &m.available_bytes) ||
            !meminfo_find(text, "SwapTotal:", &m.swap_total_bytes) ||
            !meminfo_find(text, "SwapFree:", &m.swap_free_bytes))
                return -EBADMSG;

        if (!meminfo_find(text, "Zswap:", &m.zswap_bytes) ||
            !meminfo_find(text, "Zswapped:", &m.zswapped_bytes))
                m.zswap_bytes = m.zswapped_bytes = 0;
        *ret = m;
        return 0;
}

int meminfo_read(int fd, MemoryFacts *ret) {
        char text[TEXT_MAX];
        ssize_t n;

        n = file_read_fd(fd, text, sizeof(text));
        if (n < 0)
                return (int)n;
        return meminfo_parse(text, ret);
}

static bool vmstat_value(const char *at, uint64_t *ret) {
        uint64_t n;

        at += strcspn(at, " \n");
        if (!scan_word(&at, " ") || !scan_u64(&at, &n) || !scan_end_of_line(at))
                return false;
        *ret = n;
        return true;
}

int vmstat_parse(const char *text, PressureFacts *ret) {
        bool have_stalls = false, have_outs = false;
        uint64_t stalls = 0, outs = 0, zone;
        const char *line, *at;

        for (line = text; *line != '\0'; line = scan_next_line(line)) {
                at = line;
                if (scan_word(&at, "allocstall_")) {
                        if (!vmstat_value(at, &zone))
                                return -EBADMSG;
                        stalls += zone;
                        have_stalls = true;
                } else if (scan_word(&at, "pswpout ")) {
                        if (!vmstat_value(line, &outs))
                                return -EBADMSG;
                        have_outs = true;
                }
        }
        if (!have_stalls || !have_outs)
                return -EBADMSG;

        ret->alloc_stalls = stalls;
        ret->swap_outs = outs;
        return 0;
}

int vmstat_read(int fd, PressureFacts *ret) {
        char text[TEXT_MAX];
        ssize_t n;

        n = file_read_fd(fd, text, sizeof(text));
        if (n < 0)
                return (int)n;
        return vmstat_parse(text, ret);
}
