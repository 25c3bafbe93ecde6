/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/swaps.h"

#include <fcntl.h>

#include "base/file.h"
#include "kernel/scan.h"

#define DELETED_SUFFIX " (deleted)"

static bool is_octal(char c, char highest) {
        return c >= '0' && c <= highest;
}

/* "\040": what seq_file_path() makes of a byte that would break the line. Never a NUL. */
static bool scan_escape(const char **cursor, char *ret) {
        const char *at = *cursor;
        int byte;

        if (at[0] != '\\' || !is_octal(at[1], '3') || !is_octal(at[2], '7') ||
            !is_octal(at[3], '7'))
                return false;
        byte = (at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0');
        if (byte == 0)
                return false;

        *cursor = at + 4;
        *ret = (char)byte;
        return true;
}

static bool scan_path(const char **cursor, char *path, size_t size) {
        const char *at = *cursor;
        size_t n = 0;

        while (*at != ' ' && *at != '\t' && !scan_end_of_line(at)) {
                if (n == size - 1)
                        return false;
                if (*at != '\\')
                        path[n++] = *at++;
                else if (!scan_escape(&at, &path[n++]))
                        return false;
        }
        path[n] = '\0';
        *cursor = at;
        return n > 0;
}

static bool scan_kib(const char **cursor, uint64_t *ret_bytes) {
        uint64_t kib;

        return scan_blank(cursor) && scan_u64(cursor, &kib) &&
               !__builtin_mul_overflow(kib, UINT64_C(1024), ret_bytes);
}

static bool scan_type(const char **cursor, bool *ret_file) {
        if (!scan_blank(cursor))
                return false;
        *ret_file = scan_word(cursor, "file");
        return *ret_file || scan_word(cursor, "partition");
}

static bool scan_priority(const char **cursor, int *ret) {
        bool negative;
        uint64_t n;

        if (!scan_blank(cursor))
                return false;
        negative = scan_word(cursor, "-");
        if (!scan_u64(cursor, &n) || n > INT_MAX)
                return false;
        *ret = negative ? -(int)n : (int)n;
        return true;
}

static bool path_strip_deleted(char *path) {
        size_t n = strlen(path), suffix = strlen(DELETED_SUFFIX);

        if (n <= suffix || strcmp(path + n - suffix, DELETED_SUFFIX) != 0)
                return false;
        path[n - suffix] = '\0';
        return true;
}

static bool path_is_zram(const char *path) {
        return scan_word(&path, "/dev/zram") && *path >= '0' && *path <= '9';
}

static int area_parse(const char *line, SwapArea *ret) {
        SwapArea area;

        if (!scan_path(&line, area.path, sizeof(area.path)) || !scan_type(&line, &area.file) ||
            !scan_kib(&line, &area.size_bytes) || !scan_kib(&line, &area.used_bytes) ||
            !scan_priority(&line, &area.priority) || !scan_end_of_line(line))
                return -EBADMSG;

        area.deleted = path_strip_deleted(area.path);
        area.zram = !area.file && path_is_zram(area.path);
        *ret = area;
        return 0;
}

int swaps_next(const char **cursor, SwapArea *ret) {
        const char *line = *cursor;
        int r;

        /* Only the heading begins like this: a path has a slash there. */
        if (strncmp(line, "Filename", strlen("Filename")) == 0)
                line = scan_next_line(line);

        *cursor = scan_next_line(line);
        if (*line == '\0')
                return 0;

        r = area_parse(line, ret);
        return r < 0 ? r : 1;
}

int swaps_open(const char *path) {
        int fd;

        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

ssize_t swaps_read(int fd, char *buf, size_t size) {
        return file_read_fd(fd, buf, size);
}
