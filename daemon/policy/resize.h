/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A new size for a device, in the words of 'btrfs filesystem resize'
 *
 * "[DEVID:][+-]SIZE[kKmMgGtTpPeE]" or "[DEVID:]max": as the kernel reads it, with the same default
 * for the device. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/parse.h"

#define RESIZE_DEVICE_DEFAULT 1
/* btrfs_ioctl_resize() takes nothing below. */
#define RESIZE_BYTES_MIN (256 * MIB)

typedef enum ResizeKind {
        RESIZE_TO,
        RESIZE_MORE,
        RESIZE_LESS,
        RESIZE_MAX, /* as large as the device is, which is never less */
} ResizeKind;

typedef struct ResizeWish {
        ResizeKind kind;
        uint64_t device_id;
        bool device_named;
        uint64_t bytes;
} ResizeWish;

/* 0; -EINVAL: not one of these ("cancel" is not: it ends a resize); -ERANGE: too large. */
int resize_parse(const char *text, ResizeWish *ret);

/* The size afterwards of a device that has `device_bytes` now; -ERANGE: none that it can have. */
int resize_target(const ResizeWish *wish, uint64_t device_bytes, uint64_t *ret_bytes);
