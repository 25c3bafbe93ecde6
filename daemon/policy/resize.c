/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/resize.h"

#include <errno.h>
#include <string.h>

#include "base/u64.h"

static int parse_digits(const char **cursor, uint64_t *ret) {
        uint64_t value = 0;
        const char *c = *cursor;

        if (*c < '0' || *c > '9')
                return -EINVAL;
        for (; *c >= '0' && *c <= '9'; c++)
                if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
                    __builtin_add_overflow(value, (uint64_t)(*c - '0'), &value))
                        return -ERANGE;
        *cursor = c;
        *ret = value;
        return 0;
}

/* One letter at most; the kernel knows neither "MiB" nor "1.5G". */
static int parse_bytes(const char *text, uint64_t *ret) {
        static const char letters[] = "kmgtpe";
        const char *letter;
        uint64_t value;
        int r;

        r = parse_digits(&text, &value);
        if (r < 0)
                return r;
        if (*text != '\0') {
                letter = strchr(letters, *text | 0x20);
                if (!letter || text[1] != '\0')
                        return -EINVAL;
                if (__builtin_mul_overflow(value, KIB << (10 * (letter - letters)), &value))
                        return -ERANGE;
        }
        *ret = value;
        return 0;
}

static int parse_device(const char **cursor, ResizeWish *wish) {
        const char *text = *cursor;
        int r;

        wish->device_id = RESIZE_DEVICE_DEFAULT;
        if (!strchr(text, ':'))
                return 0;
        r = parse_digits(&text, &wish->device_id);
        if (r < 0)
                return r;
        if (*text != ':' || wish->device_id == 0)
                return -EINVAL;
        wish->device_named = true;
        *cursor = text + 1;
        return 0;
}

int resize_parse(const char *text, ResizeWish *ret) {
        ResizeWish wish = { .kind = RESIZE_TO };
        int r;

        r = parse_device(&text, &wish);
        if (r < 0)
                return r;
        if (strcmp(text, "max") == 0) {
                wish.kind = RESIZE_MAX;
                *ret = wish;
                return 0;
        }

        if (*text == '+' || *text == '-')
                wish.kind = *text++ == '+' ? RESIZE_MORE : RESIZE_LESS;
        r = parse_bytes(text, &wish.bytes);
        if (r < 0)
                return r;
        *ret = wish;
        return 0;
}

static uint64_t target(const ResizeWish *wish, uint64_t device_bytes) {
        switch (wish->kind) {
        case RESIZE_MORE:
                return u64_add(device_bytes, wish->bytes);
        case RESIZE_LESS:
                return u64_subtract(device_bytes, wish->bytes);
        case RESIZE_MAX:
                return UINT64_MAX;
        case RESIZE_TO:
        default:
                return wish->bytes;
        }
}

int resize_target(const ResizeWish *wish, uint64_t device_bytes, uint64_t *ret_bytes) {
        uint64_t bytes = target(wish, device_bytes);

        if (bytes < RESIZE_BYTES_MIN)
                return -ERANGE;
        *ret_bytes = bytes;
        return 0;
}
