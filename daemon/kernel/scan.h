/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Words and numbers in the kernel's text files
 *
 * A cursor goes over NUL-terminated text where it lies: the readers of /proc run while memory is
 * short and must not allocate. A scan that fails leaves the cursor where it was.
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline bool scan_word(const char **cursor, const char *word) {
        size_t n = strlen(word);

        if (strncmp(*cursor, word, n) != 0)
                return false;
        *cursor += n;
        return true;
}

/* At least one space or tab. */
static inline bool scan_blank(const char **cursor) {
        size_t n = strspn(*cursor, " \t");

        *cursor += n;
        return n > 0;
}

/* Decimal digits alone: no sign, no blanks, nothing that does not fit. */
static inline bool scan_u64(const char **cursor, uint64_t *ret) {
        const char *at = *cursor;
        uint64_t n = 0;

        for (; *at >= '0' && *at <= '9'; at++)
                if (__builtin_mul_overflow(n, UINT64_C(10), &n) ||
                    __builtin_add_overflow(n, (uint64_t)(*at - '0'), &n))
                        return false;
        if (at == *cursor)
                return false;
        *cursor = at;
        *ret = n;
        return true;
}

static inline bool scan_end_of_line(const char *at) {
        return *at == '\n' || *at == '\0';
}

static inline const char *scan_next_line(const char *at) {
        at += strcspn(at, "\n");
        return *at == '\n' ? at + 1 : at;
}
