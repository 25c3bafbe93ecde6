/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/config.h"

#include "base/parse.h"
#include "base/u64.h"

/* "infinity" to the policy: it may be added to any time without an overflow. */
#define FOREVER_USEC (100 * 366 * 24 * USEC_PER_HOUR)

/* Divides first: 100 % of anything has to come out right. More than there are numbers is all. */
static uint64_t amount_resolve(Amount a, uint64_t total_bytes) {
        uint64_t whole, rest;

        if (!a.is_percent)
                return a.value;

        rest = total_bytes % PERMYRIAD_ONE * a.value / PERMYRIAD_ONE;
        if (__builtin_mul_overflow(total_bytes / PERMYRIAD_ONE, a.value, &whole) ||
            __builtin_add_overflow(whole, rest, &whole))
                return UINT64_MAX;
        return whole;
}

/* Whole MiB are whole pages everywhere. */
static uint64_t file_size_resolve(Amount file_size, uint64_t maximum_bytes) {
        uint64_t bytes = u64_min(file_size.value, maximum_bytes);

        return bytes - bytes % MIB;
}

static uint32_t stall_resolve(Stall s) {
        uint64_t permyriad = s.stall_usec * PERMYRIAD_ONE / s.window_usec;

        /* A share of 0 would make every moment one of pressure. */
        return permyriad > 0 ? (uint32_t)permyriad : 1;
}

static uint64_t maximum_resolve(const Config *c, uint64_t ram_bytes) {
        uint64_t minimum_bytes = amount_resolve(c->minimum, ram_bytes);

        if (c->maximum.value != 0)
                return amount_resolve(c->maximum, ram_bytes);
        return u64_max(u64_max(ram_bytes, CONFIG_MAXIMUM_AUTO_BYTES), minimum_bytes);
}

void config_resolve(const Config *c, uint64_t ram_bytes, uint64_t filesystem_bytes,
                    PolicyConfig *ret) {
        uint64_t maximum_bytes = maximum_resolve(c, ram_bytes);
        uint64_t headroom_max_bytes = amount_resolve(c->headroom_max, ram_bytes);

        *ret = (PolicyConfig){
                .minimum_bytes = u64_min(amount_resolve(c->minimum, ram_bytes), maximum_bytes),
                .maximum_bytes = maximum_bytes,
                .file_bytes = file_size_resolve(c->file_size, maximum_bytes),
                .keep_free_bytes = amount_resolve(c->keep_free, filesystem_bytes),
                .headroom_bytes =
                        u64_min(amount_resolve(c->headroom, ram_bytes), headroom_max_bytes),
                .headroom_max_bytes = headroom_max_bytes,
                .margin_bytes = amount_resolve(c->margin, ram_bytes),
                .calm_usec = u64_min(c->calm_usec, FOREVER_USEC),
                .interval_usec = c->interval_usec,
                .on_balance = c->on_balance,
                .pressure_permyriad = stall_resolve(c->pressure),
        };
}
