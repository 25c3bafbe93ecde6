/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Kinds of values that an option can have
 *
 * Each knows how to read itself and how to write itself so that it reads back the same: "1G", not
 * "1.00 GiB".
 */

#include <stddef.h>

#include "base/cleanup.h"
#include "config/config.h"

#define CONFIG_VALUE_MAX CONFIG_DIRECTORY_MAX

typedef struct ValueKind {
        /*
         * NULL and `*ret` set; or what is wrong with it, to follow upon the value: "is not a
         * number", and `*ret` untouched.
         */
        const char *(*parse)(const char *text, void *ret);

        /* Writes at most CONFIG_VALUE_MAX bytes with the NUL. */
        void (*format)(const void *value, char *buf, size_t size);
} ValueKind;

extern const ValueKind value_directory; /* char[CONFIG_DIRECTORY_MAX] */
extern const ValueKind value_amount;    /* Amount, as all up to the next */
extern const ValueKind value_maximum;   /* not 0, but for "auto" */
extern const ValueKind value_share;     /* at most all of it */
extern const ValueKind value_file_size;
extern const ValueKind value_priority;   /* int32_t */
extern const ValueKind value_device;     /* char[CONFIG_DEVICE_MAX] */
extern const ValueKind value_switch;     /* bool */
extern const ValueKind value_on_balance; /* OnBalance */
extern const ValueKind value_reserve;    /* ReserveWish */
extern const ValueKind value_stall;      /* Stall */
extern const ValueKind value_period;     /* uint64_t usec, as all that follow; 0 to infinity */
extern const ValueKind value_interval;   /* neither 0 nor infinity */
extern const ValueKind value_timeout;    /* not 0 */
