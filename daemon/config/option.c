/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/option.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define FIELD(name) offsetof(Config, name)

/* clang-format off */
static const ConfigOption options[] = {
        [CONFIG_DIRECTORY] = {
                "Pool", "Directory", "/var/lib/btrfs-swapd",
                "Where the swapfiles are: a btrfs subvolume, made if it does not exist",
                &value_directory, FIELD(directory),
        },
        [CONFIG_MINIMUM_SIZE] = {
                "Pool", "MinimumSize", "1G",
                "Swap that stays online even when nothing needs it",
                &value_amount, FIELD(minimum),
        },
        [CONFIG_MAXIMUM_SIZE] = {
                "Pool", "MaximumSize", "auto",
                "What the pool never exceeds, the spare included; auto: as much as memory, at least 8G",
                &value_maximum, FIELD(maximum),
        },
        [CONFIG_FILE_SIZE] = {
                "Pool", "FileSize", "auto",
                "Size of the first swapfile, later ones are larger; auto: a chunk of the filesystem",
                &value_file_size, FIELD(file_size),
        },
        [CONFIG_KEEP_FREE] = {
                "Pool", "KeepFree", "5%",
                "Space that the pool leaves free on the filesystem",
                &value_share, FIELD(keep_free),
        },
        [CONFIG_PRIORITY] = {
                "Pool", "Priority", "50",
                "Swap priority of the first swapfile, each further one has the next lower",
                &value_priority, FIELD(priority),
        },
        [CONFIG_DEVICE] = {
                "Pool", "Device", "auto",
                "Device that swapfiles are placed on where possible, by number or path",
                &value_device, FIELD(device),
        },
        [CONFIG_DISCARD] = {
                "Pool", "Discard", "no",
                "Whether the kernel tells the disk about swap that is not needed any more",
                &value_switch, FIELD(discard),
        },
        [CONFIG_PRESSURE] = {
                "Grow", "Pressure", "70ms/1s",
                "Look when some tasks stalled on memory for so long within so long",
                &value_stall, FIELD(pressure),
        },
        [CONFIG_URGENT] = {
                "Grow", "Urgent", "50ms/1s",
                "Hurry when all tasks stalled on memory for so long within so long",
                &value_stall, FIELD(urgent),
        },
        [CONFIG_HEADROOM] = {
                "Grow", "Headroom", "5%",
                "Free swap that is online at all times",
                &value_amount, FIELD(headroom),
        },
        [CONFIG_HEADROOM_MAX] = {
                "Grow", "HeadroomMax", "25%",
                "Free swap that is online at most when swap fills fast",
                &value_amount, FIELD(headroom_max),
        },
        [CONFIG_CALM] = {
                "Shrink", "CalmSec", "2min",
                "How long it must have been calm before swap is given back",
                &value_period, FIELD(calm_usec),
        },
        [CONFIG_INTERVAL] = {
                "Shrink", "IntervalSec", "30s",
                "Time between one swapfile given back and the next",
                &value_interval, FIELD(interval_usec),
        },
        [CONFIG_MARGIN] = {
                "Shrink", "Margin", "10%",
                "Memory that must remain available with everything of the swapfile back in it",
                &value_amount, FIELD(margin),
        },
        [CONFIG_DRAIN_TIMEOUT] = {
                "Shrink", "DrainTimeoutSec", "10min",
                "How long it may take to empty one swapfile before it is given up",
                &value_timeout, FIELD(drain_timeout_usec),
        },
        [CONFIG_ON_BALANCE] = {
                "Coordinate", "OnBalance", "auto",
                "Whether a balance that keeps swap from growing is interrupted, to be continued at once",
                &value_on_balance, FIELD(on_balance),
        },
        [CONFIG_COMPLETE_SCRUB] = {
                "Coordinate", "CompleteScrub", "yes",
                "Whether the chunks that a scrub skipped because of swap are scrubbed afterwards",
                &value_switch, FIELD(complete_scrub),
        },
        [CONFIG_COMPLETE_BALANCE] = {
                "Coordinate", "CompleteBalance", "no",
                "Whether the chunks that a balance skipped because of swap are balanced afterwards",
                &value_switch, FIELD(complete_balance),
        },
        [CONFIG_RESERVE] = {
                "Hibernate", "Reserve", "auto",
                "Swapfile for the image of a hibernation, if no other swap has room; auto: of its size",
                &value_reserve, FIELD(reserve),
        },
};
/* clang-format on */

static_assert(ELEMENTSOF(options) == _CONFIG_ID_MAX, "an option without a row");

size_t config_option_count(void) {
        return ELEMENTSOF(options);
}

const ConfigOption *config_option_get(size_t index) {
        assert(index < ELEMENTSOF(options));
        return &options[index];
}

size_t config_option_index(const ConfigOption *option) {
        return (size_t)(option - options);
}

const ConfigOption *config_option_find(const char *section, const char *key) {
        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                if (strcmp(options[i].section, section) == 0 && strcmp(options[i].key, key) == 0)
                        return &options[i];
        return NULL;
}

bool config_option_has_section(const char *section) {
        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                if (strcmp(options[i].section, section) == 0)
                        return true;
        return false;
}

const ConfigOption *config_option_guess(const char *key) {
        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                if (strcasecmp(options[i].key, key) == 0)
                        return &options[i];
        return NULL;
}

const char *config_option_set(const ConfigOption *option, Config *c, const char *text) {
        return option->kind->parse(text, (char *)c + option->offset);
}

char *config_option_format(const ConfigOption *option, const Config *c, char *buf, size_t size) {
        option->kind->format((const char *)c + option->offset, buf, size);
        return buf;
}

char *config_option_format_source(const ConfigOption *option, const Config *c, char *buf,
                                  size_t size) {
        const ConfigSource *source = &c->sources[config_option_index(option)];

        if (source->line == 0)
                (void)snprintf(buf, size, "default");
        else
                (void)snprintf(buf, size, "%s:%" PRIu32, c->files[source->file], source->line);
        return buf;
}
