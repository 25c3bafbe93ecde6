/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Decimals are kept as whole number and fraction: integers alone, so what is written is exactly
 * what is meant. A number too large for its result is remembered and said only once the rest has
 * turned out to be well-formed.
 */

#include "base/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define PERMYRIAD_MAX (10 * PERMYRIAD_ONE)

typedef struct Number {
        uint64_t whole;
        uint32_t fraction; /* in units of the last decimal place that is allowed */
        bool huge;         /* does not fit; `whole` is rubbish */
} Number;

typedef struct Unit {
        const char *name;
        uint64_t usec;
} Unit;

/* isdigit() and toupper() follow the locale, a configuration file must not. */
static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool skip_blanks(const char **text) {
        size_t n = strspn(*text, " ");

        *text += n;
        return n > 0;
}

/* A digit beyond the last place is left over, where the caller expects a unit or the end. */
static uint32_t fraction_parse(const char **text, unsigned places) {
        uint32_t fraction = 0;

        for (; places > 0; places--) {
                fraction *= 10;
                if (is_digit(**text))
                        fraction += (uint32_t)(*(*text)++ - '0');
        }
        return fraction;
}

static int number_parse(const char **text, unsigned places, Number *ret) {
        const char *p = *text;
        Number n = { 0 };

        if (!is_digit(*p))
                return -EINVAL;

        for (; is_digit(*p); p++)
                n.huge = n.huge || __builtin_mul_overflow(n.whole, 10, &n.whole) ||
                         __builtin_add_overflow(n.whole, (uint64_t)(*p - '0'), &n.whole);

        if (*p == '.' && places > 0) {
                if (!is_digit(*++p))
                        return -EINVAL;
                n.fraction = fraction_parse(&p, places);
        }

        *text = p;
        *ret = n;
        return 0;
}

/* `one` is what `fraction` would have to be for a whole. There is no half byte, no half usec. */
static int number_scale(const Number *n, uint32_t one, uint64_t unit, uint64_t *ret) {
        uint64_t value;

        if (unit == 1 && n->fraction > 0)
                return -EINVAL;
        if (n->huge || __builtin_mul_overflow(n->whole, unit, &value) ||
            __builtin_add_overflow(value, n->fraction * unit / one, &value))
                return -ERANGE;

        *ret = value;
        return 0;
}

int parse_u64(const char *text, uint64_t *ret) {
        Number n;
        int r;

        r = number_parse(&text, 0, &n);
        if (r < 0)
                return r;
        if (*text != '\0')
                return -EINVAL;
        return number_scale(&n, 1, 1, ret);
}

static int size_unit_parse(const char *text, uint64_t *ret_bytes) {
        static const char prefixes[] = "kKmMgGtTpP";
        const char *found;

        if (*text == '\0' || strcasecmp(text, "B") == 0) {
                *ret_bytes = 1;
                return 0;
        }

        found = strchr(prefixes, *text++);
        if (!found || (*text != '\0' && strcasecmp(text, "B") != 0 && strcasecmp(text, "iB") != 0))
                return -EINVAL;

        *ret_bytes = KIB << (10 * ((found - prefixes) / 2));
        return 0;
}

int parse_size(const char *text, uint64_t *ret_bytes) {
        uint64_t unit;
        Number n;
        int r;

        r = number_parse(&text, 3, &n);
        if (r < 0)
                return r;
        if (skip_blanks(&text) && *text == '\0')
                return -EINVAL;
        r = size_unit_parse(text, &unit);
        if (r < 0)
                return r;
        return number_scale(&n, 1000, unit, ret_bytes);
}

int parse_percent(const char *text, uint32_t *ret_permyriad) {
        uint64_t value;
        Number n;
        int r;

        r = number_parse(&text, 2, &n);
        if (r < 0)
                return r;
        (void)skip_blanks(&text);
        if (strcmp(text, "%") != 0)
                return -EINVAL;

        r = number_scale(&n, 100, 100, &value);
        if (r < 0)
                return r;
        if (value > PERMYRIAD_MAX)
                return -ERANGE;

        *ret_permyriad = (uint32_t)value;
        return 0;
}

static int time_unit_parse(const char **text, uint64_t *ret_usec) {
        /* clang-format off */
        static const Unit units[] = {
                { "us",       1                  },
                { "usec",     1                  },
                { "ms",       USEC_PER_MSEC      },
                { "msec",     USEC_PER_MSEC      },
                { "s",        USEC_PER_SEC       },
                { "sec",      USEC_PER_SEC       },
                { "second",   USEC_PER_SEC       },
                { "seconds",  USEC_PER_SEC       },
                { "m",        USEC_PER_MINUTE    },
                { "min",      USEC_PER_MINUTE    },
                { "minute",   USEC_PER_MINUTE    },
                { "minutes",  USEC_PER_MINUTE    },
                { "h",        USEC_PER_HOUR      },
                { "hr",       USEC_PER_HOUR      },
                { "hour",     USEC_PER_HOUR      },
                { "hours",    USEC_PER_HOUR      },
                { "d",        24 * USEC_PER_HOUR },
                { "day",      24 * USEC_PER_HOUR },
                { "days",     24 * USEC_PER_HOUR },
        };
        /* clang-format on */
        size_t length = 0;

        while (is_letter((*text)[length]))
                length++;

        for (size_t i = 0; i < ELEMENTSOF(units); i++)
                if (strlen(units[i].name) == length && memcmp(*text, units[i].name, length) == 0) {
                        *text += length;
                        *ret_usec = units[i].usec;
                        return 0;
                }
        return -EINVAL;
}

/* "30min" of "1h 30min". */
static int duration_term_parse(const char **text, uint64_t *ret_usec) {
        uint64_t unit;
        Number n;
        int r;

        r = number_parse(text, 3, &n);
        if (r < 0)
                return r;
        (void)skip_blanks(text);
        r = time_unit_parse(text, &unit);
        if (r < 0)
                return r;
        return number_scale(&n, 1000, unit, ret_usec);
}

static int duration_terms_parse(const char *text, uint64_t *ret_usec) {
        uint64_t term, sum = 0;
        bool huge = false;
        int r;

        for (;;) {
                r = duration_term_parse(&text, &term);
                if (r == -EINVAL)
                        return r;
                huge = huge || r < 0 || __builtin_add_overflow(sum, term, &sum);
                if (*text == '\0')
                        break;
                (void)skip_blanks(&text);
        }

        /* The largest number already means "infinity". */
        if (huge || sum == USEC_INFINITY)
                return -ERANGE;

        *ret_usec = sum;
        return 0;
}

int parse_duration(const char *text, uint64_t *ret_usec) {
        const char *end = text;
        Number n;

        if (strcmp(text, "infinity") == 0) {
                *ret_usec = USEC_INFINITY;
                return 0;
        }
        if (number_parse(&end, 3, &n) == 0 && *end == '\0')
                return number_scale(&n, 1000, USEC_PER_SEC, ret_usec);
        return duration_terms_parse(text, ret_usec);
}

int parse_bool(const char *text, bool *ret) {
        static const char *const words[][2] = {
                { "no", "yes" },
                { "false", "true" },
                { "off", "on" },
                { "0", "1" },
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                for (size_t value = 0; value < 2; value++)
                        if (strcasecmp(text, words[i][value]) == 0) {
                                *ret = value == 1;
                                return 0;
                        }
        return -EINVAL;
}

/* bytes / 2^shift in units of 1/parts, rounded. */
static uint64_t shifted_round(uint64_t bytes, unsigned shift, uint64_t parts) {
        uint64_t rest = bytes & ((UINT64_C(1) << shift) - 1);

        /* Exabytes: 100 times the rest would not fit. The bits lost are below any rounding. */
        if (shift > 50) {
                rest >>= 10;
                return (bytes >> shift) * parts +
                       ((rest * parts + (1ULL << (shift - 11))) >> (shift - 10));
        }
        return (bytes >> shift) * parts + ((rest * parts + (1ULL << (shift - 1))) >> shift);
}

char *format_size(char *buf, size_t size, uint64_t bytes) {
        static const char prefixes[] = "KMGTPE";
        uint64_t tenths, hundredths, whole;
        unsigned i = 0;

        if (bytes < KIB) {
                (void)snprintf(buf, size, "%" PRIu64 " B", bytes);
                return buf;
        }

        /* By the rounded value, or what is just short of 1 GiB would be "1024 MiB". */
        while (shifted_round(bytes, 10 * (i + 1), 1) >= 1024 && prefixes[i + 1] != '\0')
                i++;

        whole = shifted_round(bytes, 10 * (i + 1), 1);
        tenths = shifted_round(bytes, 10 * (i + 1), 10);
        hundredths = shifted_round(bytes, 10 * (i + 1), 100);
        if (hundredths < 1000)
                (void)snprintf(buf, size, "%" PRIu64 ".%02" PRIu64 " %ciB", hundredths / 100,
                               hundredths % 100, prefixes[i]);
        else if (tenths < 1000)
                (void)snprintf(buf, size, "%" PRIu64 ".%" PRIu64 " %ciB", tenths / 10, tenths % 10,
                               prefixes[i]);
        else
                (void)snprintf(buf, size, "%" PRIu64 " %ciB", whole, prefixes[i]);
        return buf;
}

char *format_duration(char *buf, size_t size, uint64_t usec) {
        static const Unit units[] = {
                { "d", 24 * USEC_PER_HOUR }, { "h", USEC_PER_HOUR },  { "min", USEC_PER_MINUTE },
                { "s", USEC_PER_SEC },       { "ms", USEC_PER_MSEC }, { "us", 1 },
        };
        size_t i = 0;

        if (usec == USEC_INFINITY || usec == 0) {
                (void)snprintf(buf, size, "%s", usec == 0 ? "0s" : "infinity");
                return buf;
        }

        while (usec < units[i].usec)
                i++;

        /* The next smaller unit, not the next one that is not 0: "1h" says more than "1h 3us". */
        if (i + 1 < ELEMENTSOF(units) && usec % units[i].usec >= units[i + 1].usec)
                (void)snprintf(buf, size, "%" PRIu64 "%s %" PRIu64 "%s", usec / units[i].usec,
                               units[i].name, usec % units[i].usec / units[i + 1].usec,
                               units[i + 1].name);
        else
                (void)snprintf(buf, size, "%" PRIu64 "%s", usec / units[i].usec, units[i].name);
        return buf;
}
