/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sizes, times and numbers, as people write them
 *
 * Each parser takes the whole string: leading or trailing rubbish, a sign, an empty string and
 * anything that does not fit its result are refused, and then `ret` is untouched.
 * Returns: 0, -EINVAL (not one of these), -ERANGE (it is one, but too large).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define USEC_PER_MSEC 1000ULL
#define USEC_PER_SEC 1000000ULL
#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MINUTE)
#define USEC_INFINITY UINT64_MAX

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

/* All of something. */
#define PERMYRIAD_ONE 10000U

/* "10000", digits only. */
int parse_u64(const char *text, uint64_t *ret);

/*
 * Bytes: "1048576", "512 B", "512M", "1.5G", "64KiB", "2 GiB", "1gb". Suffixes K M G T P are
 * powers of 1024, upper or lower case, with an optional "iB" or "B". At most three decimal places.
 */
int parse_size(const char *text, uint64_t *ret_bytes);

/* "12.5%" -> 1250. At most two decimal places; above 100 % is allowed, 1000 % is the limit. */
int parse_percent(const char *text, uint32_t *ret_permyriad);

/*
 * "90s", "5min", "1h 30min", "1.5h", "250ms", "500us", "7d", with longer names as systemd.time(7)
 * has them; a bare number is seconds; "infinity". At most three decimal places.
 */
int parse_duration(const char *text, uint64_t *ret_usec);

/* yes/no, true/false, on/off, 1/0. */
int parse_bool(const char *text, bool *ret);

/*
 * The other way round. Both write a NUL-terminated string into `buf` and return `buf`. Sizes are
 * rounded to at most four significant digits ("1.50 GiB"), durations cut to two units ("1h 30min");
 * FORMAT_MAX bytes are always enough.
 */
#define FORMAT_MAX 32
char *format_size(char *buf, size_t size, uint64_t bytes);
char *format_duration(char *buf, size_t size, uint64_t usec);

/* For one use inside an argument list; lives as long as the enclosing block. */
#define FORMAT_SIZE(bytes) format_size((char[FORMAT_MAX]){ 0 }, FORMAT_MAX, bytes)
#define FORMAT_DURATION(usec) format_duration((char[FORMAT_MAX]){ 0 }, FORMAT_MAX, usec)
