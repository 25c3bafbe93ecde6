/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/value.h"

#include <inttypes.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"

/*
 * A swapfile takes one of the kernel's 23 areas, however small it is: with smaller ones the pool
 * ends before it is worth having, and each of them pins a whole chunk.
 */
#define FILE_SIZE_MIN_BYTES (16 * MIB)

/* From 6.5 on the kernel takes shorter windows, before it refuses them. */
#define WINDOW_MIN_USEC (500 * USEC_PER_MSEC)
#define WINDOW_MAX_USEC (10 * USEC_PER_SEC)

/* Far beyond any use; what is added to a time can never overflow. */
#define DURATION_MAX_USEC (366 * 24 * USEC_PER_HOUR)

static const char *directory_parse(const char *text, void *ret) {
        char path[CONFIG_DIRECTORY_MAX];
        size_t length, used = 0;

        if (text[0] != '/')
                return "is not an absolute path";
        if (!text_is_clean(text))
                return "contains control characters or is not UTF-8";
        if (strlen(text) >= sizeof(path))
                return "is longer than 127 characters";

        /* Each component with the one slash before it. */
        for (text += strspn(text, "/"); *text != '\0'; text += strspn(text, "/")) {
                length = strcspn(text, "/");
                if (strncmp(text, "..", length) == 0 && length <= 2)
                        return "contains '.' or '..'";
                path[used++] = '/';
                memcpy(path + used, text, length);
                used += length;
                text += length;
        }
        if (used == 0)
                return "is the root directory";

        path[used] = '\0';
        memcpy(ret, path, used + 1);
        return NULL;
}

static void directory_format(const void *value, char *buf, size_t size) {
        (void)snprintf(buf, size, "%s", (const char *)value);
}

static const char *amount_parse(const char *text, void *ret) {
        uint32_t permyriad;
        uint64_t bytes;
        int r;

        r = parse_percent(text, &permyriad);
        if (r == -ERANGE)
                return "is above 1000%";
        if (r == 0) {
                *(Amount *)ret = (Amount){ .value = permyriad, .is_percent = true };
                return NULL;
        }

        r = parse_size(text, &bytes);
        if (r == -ERANGE)
                return "is too large";
        if (r < 0)
                return "is neither a size such as 512M nor a percentage such as 10%";

        *(Amount *)ret = (Amount){ .value = bytes };
        return NULL;
}

static void amount_format(const void *value, char *buf, size_t size) {
        static const char suffixes[][2] = { "", "K", "M", "G", "T", "P" };
        const Amount *a = value;
        uint64_t n = a->value;
        unsigned i = 0;

        if (!a->is_percent) {
                for (; n > 0 && n % KIB == 0 && i < ELEMENTSOF(suffixes) - 1; i++)
                        n /= KIB;
                (void)snprintf(buf, size, "%" PRIu64 "%s", n, suffixes[i]);
        } else if (n % 100 == 0)
                (void)snprintf(buf, size, "%" PRIu64 "%%", n / 100);
        else
                (void)snprintf(buf, size, "%" PRIu64 ".%02" PRIu64 "%%", n / 100, n % 100);
}

static const char *maximum_parse(const char *text, void *ret) {
        const char *wrong;
        Amount a = { 0 };

        if (strcmp(text, "auto") == 0) {
                *(Amount *)ret = a;
                return NULL;
        }

        wrong = amount_parse(text, &a);
        if (wrong)
                return wrong;
        if (a.value == 0)
                return "is 0, which would allow no swap at all";

        *(Amount *)ret = a;
        return NULL;
}

static const char *share_parse(const char *text, void *ret) {
        const char *wrong;
        Amount a;

        wrong = amount_parse(text, &a);
        if (wrong)
                return wrong;
        if (a.is_percent && a.value > PERMYRIAD_ONE)
                return "is above 100%";

        *(Amount *)ret = a;
        return NULL;
}

static const char *file_size_parse(const char *text, void *ret) {
        uint64_t bytes = 0;
        int r = 0;

        if (strcmp(text, "auto") != 0)
                r = parse_size(text, &bytes);
        if (r == -ERANGE)
                return "is too large";
        if (r < 0)
                return "is neither 'auto' nor a size such as 512M";
        if (bytes < FILE_SIZE_MIN_BYTES && strcmp(text, "auto") != 0)
                return "is below 16M, too small to be worth one of the kernel's few swap areas";

        *(Amount *)ret = (Amount){ .value = bytes };
        return NULL;
}

static void auto_amount_format(const void *value, char *buf, size_t size) {
        if (((const Amount *)value)->value == 0)
                (void)snprintf(buf, size, "auto");
        else
                amount_format(value, buf, size);
}

static const char *priority_parse(const char *text, void *ret) {
        uint64_t n;

        if (parse_u64(text, &n) < 0 || n > 32767)
                return "is not a number from 0 to 32767";
        *(int32_t *)ret = (int32_t)n;
        return NULL;
}

static void priority_format(const void *value, char *buf, size_t size) {
        (void)snprintf(buf, size, "%" PRId32, *(const int32_t *)value);
}

static const char *device_parse(const char *text, void *ret) {
        uint64_t id;

        if (strcmp(text, "auto") == 0) {
                *(char *)ret = '\0';
                return NULL;
        }
        if (text[0] != '/' && (parse_u64(text, &id) < 0 || id == 0))
                return "is neither 'auto' nor a device number such as 1 nor an absolute path";
        if (!text_is_clean(text))
                return "contains control characters or is not UTF-8";
        if (strlen(text) >= CONFIG_DEVICE_MAX)
                return "is longer than 63 characters";

        memcpy(ret, text, strlen(text) + 1);
        return NULL;
}

static void device_format(const void *value, char *buf, size_t size) {
        const char *device = value;

        (void)snprintf(buf, size, "%s", device[0] == '\0' ? "auto" : device);
}

static const char *switch_parse(const char *text, void *ret) {
        return parse_bool(text, ret) < 0 ? "is neither 'yes' nor 'no'" : NULL;
}

static void switch_format(const void *value, char *buf, size_t size) {
        (void)snprintf(buf, size, "%s", *(const bool *)value ? "yes" : "no");
}

static const char *on_balance_parse(const char *text, void *ret) {
        for (OnBalance i = 0; i < _ON_BALANCE_MAX; i++) {
                if (strcmp(text, on_balance_to_string(i)) != 0)
                        continue;
                *(OnBalance *)ret = i;
                return NULL;
        }
        return "is none of 'auto', 'wait' and 'interrupt'";
}

static void on_balance_format(const void *value, char *buf, size_t size) {
        (void)snprintf(buf, size, "%s", on_balance_to_string(*(const OnBalance *)value));
}

static const char *reserve_parse(const char *text, void *ret) {
        ReserveWish *wish = ret;
        uint64_t bytes;
        int r;

        if (strcmp(text, "auto") == 0 || strcmp(text, "no") == 0) {
                *wish = (ReserveWish){ .wanted = text[0] == 'a' };
                return NULL;
        }
        r = parse_size(text, &bytes);
        if (r == -ERANGE)
                return "is too large";
        if (r < 0)
                return "is none of 'auto', 'no' and a size such as 8G";
        if (bytes < FILE_SIZE_MIN_BYTES)
                return "is below 16M, too small for any image";

        *wish = (ReserveWish){ .wanted = true, .bytes = bytes };
        return NULL;
}

static void reserve_format(const void *value, char *buf, size_t size) {
        const ReserveWish *wish = value;
        Amount amount = { .value = wish->bytes };

        if (!wish->wanted || wish->bytes == 0)
                (void)snprintf(buf, size, "%s", wish->wanted ? "auto" : "no");
        else
                amount_format(&amount, buf, size);
}

static const char *duration_parse(const char *text, uint64_t *ret_usec) {
        uint64_t usec;
        int r;

        r = parse_duration(text, &usec);
        if (r == -EINVAL)
                return "is not a time such as 30s or 5min";
        if (r < 0 || (usec > DURATION_MAX_USEC && usec != USEC_INFINITY))
                return "is above 366 days";

        *ret_usec = usec;
        return NULL;
}

/* In the one unit that leaves no rest. */
static void duration_format(const void *value, char *buf, size_t size) {
        /* clang-format off */
        static const struct {
                const char *name;
                uint64_t usec;
        } units[] = {
                { "d",   24 * USEC_PER_HOUR },
                { "h",   USEC_PER_HOUR      },
                { "min", USEC_PER_MINUTE    },
                { "s",   USEC_PER_SEC       },
                { "ms",  USEC_PER_MSEC      },
                { "us",  1                  },
        };
        /* clang-format on */
        uint64_t usec = *(const uint64_t *)value;
        size_t i = 0;

        while (usec % units[i].usec != 0)
                i++;

        if (usec == USEC_INFINITY || usec == 0)
                (void)snprintf(buf, size, "%s", usec == 0 ? "0" : "infinity");
        else
                (void)snprintf(buf, size, "%" PRIu64 "%s", usec / units[i].usec, units[i].name);
}

static const char *stall_parse(const char *text, void *ret) {
        static const char not_one[] = "is not a stall and a window such as 70ms/1s";
        const char *slash = strchr(text, '/');
        char first[FORMAT_MAX];
        Stall s;

        if (!slash || (size_t)(slash - text) >= sizeof(first))
                return not_one;
        memcpy(first, text, (size_t)(slash - text));
        first[slash - text] = '\0';

        if (parse_duration(first, &s.stall_usec) < 0 ||
            parse_duration(slash + 1, &s.window_usec) < 0)
                return not_one;
        if (s.window_usec < WINDOW_MIN_USEC || s.window_usec > WINDOW_MAX_USEC)
                return "has a window that is not between 500ms and 10s";
        if (s.stall_usec == 0 || s.stall_usec > s.window_usec)
                return "has a stall that is 0 or longer than its window";

        *(Stall *)ret = s;
        return NULL;
}

static void stall_format(const void *value, char *buf, size_t size) {
        const Stall *s = value;
        char stall[FORMAT_MAX], window[FORMAT_MAX];

        duration_format(&s->stall_usec, stall, sizeof(stall));
        duration_format(&s->window_usec, window, sizeof(window));
        (void)snprintf(buf, size, "%s/%s", stall, window);
}

static const char *period_parse(const char *text, void *ret) {
        return duration_parse(text, ret);
}

static const char *timeout_parse(const char *text, void *ret) {
        const char *wrong;
        uint64_t usec;

        wrong = duration_parse(text, &usec);
        if (wrong)
                return wrong;
        if (usec == 0)
                return "is no time at all";

        *(uint64_t *)ret = usec;
        return NULL;
}

static const char *interval_parse(const char *text, void *ret) {
        const char *wrong;
        uint64_t usec;

        wrong = timeout_parse(text, &usec);
        if (wrong)
                return wrong;
        if (usec == USEC_INFINITY)
                return "cannot be infinite";

        *(uint64_t *)ret = usec;
        return NULL;
}

const ValueKind value_directory = { directory_parse, directory_format };
const ValueKind value_amount = { amount_parse, amount_format };
const ValueKind value_maximum = { maximum_parse, auto_amount_format };
const ValueKind value_share = { share_parse, amount_format };
const ValueKind value_file_size = { file_size_parse, auto_amount_format };
const ValueKind value_priority = { priority_parse, priority_format };
const ValueKind value_device = { device_parse, device_format };
const ValueKind value_switch = { switch_parse, switch_format };
const ValueKind value_on_balance = { on_balance_parse, on_balance_format };
const ValueKind value_reserve = { reserve_parse, reserve_format };
const ValueKind value_stall = { stall_parse, stall_format };
const ValueKind value_period = { period_parse, duration_format };
const ValueKind value_interval = { interval_parse, duration_format };
const ValueKind value_timeout = { timeout_parse, duration_format };
