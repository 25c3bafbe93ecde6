/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The options: one table
 *
 * The reader of the files, GetConfiguration on the bus, the sample file and the manual all go by
 * it; the last two are held against it by a test. An option is known by its index, a ConfigId.
 */

#include <stddef.h>

#include "base/cleanup.h"
#include "config/value.h"
#include "config/config.h"

typedef struct ConfigOption {
        const char *section;
        const char *key;
        const char *default_text;
        const char *help; /* one line, without a full stop */
        const ValueKind *kind;
        size_t offset; /* in Config */
} ConfigOption;

size_t config_option_count(void);
const ConfigOption *config_option_get(size_t index);

/* NULL if there is none; names are exact. */
const ConfigOption *config_option_find(const char *section, const char *key);
size_t config_option_index(const ConfigOption *option);
bool config_option_has_section(const char *section);

/* The option that was meant, maybe: any section, any case. */
const ConfigOption *config_option_guess(const char *key);

/* NULL if `text` is taken, otherwise what is wrong with it; then the option keeps its value. */
const char *config_option_set(const ConfigOption *option, Config *c, const char *text);

/* The value in force, written so that it reads back the same. CONFIG_VALUE_MAX is enough. */
char *config_option_format(const ConfigOption *option, const Config *c, char *buf, size_t size);

/* Where the value comes from: "default" or "FILE:LINE". */
#define CONFIG_SOURCE_MAX (CONFIG_FILE_SHOWN_MAX + 16)
char *config_option_format_source(const ConfigOption *option, const Config *c, char *buf,
                                  size_t size);
