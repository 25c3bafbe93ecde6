/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Configuration
 *
 * What the files say, as they say it: a percentage stays one until somebody knows of what. What
 * is wrong in a file is never fatal: it is reported and something safe is used in its place. The
 * options themselves, with defaults, stand in option.c; btrfs-swapd.conf(5) is for people.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "config/report.h"
#include "policy/hibernation.h"
#include "policy/types.h"

#define CONFIG_MAIN_FILE "/etc/btrfs-swapd.conf"

/*
 * With its NUL. systemd names a unit after each active swapfile's path, every other character of
 * which may take four there, of 255.
 */
#define CONFIG_DIRECTORY_MAX 128

#define CONFIG_DEVICE_MAX 64

/*
 * MaximumSize=auto is as much as memory, but at least this, and at least MinimumSize=: the smaller
 * the memory, the more often it is exceeded, and what is not needed is not on disk.
 */
#define CONFIG_MAXIMUM_AUTO_BYTES (8 * GIB)

/* In the order of the manual; the index of an option everywhere. */
typedef enum ConfigId {
        CONFIG_DIRECTORY,
        CONFIG_MINIMUM_SIZE,
        CONFIG_MAXIMUM_SIZE,
        CONFIG_FILE_SIZE,
        CONFIG_KEEP_FREE,
        CONFIG_PRIORITY,
        CONFIG_DEVICE,
        CONFIG_DISCARD,
        CONFIG_PRESSURE,
        CONFIG_URGENT,
        CONFIG_HEADROOM,
        CONFIG_HEADROOM_MAX,
        CONFIG_CALM,
        CONFIG_INTERVAL,
        CONFIG_MARGIN,
        CONFIG_DRAIN_TIMEOUT,
        CONFIG_ON_BALANCE,
        CONFIG_COMPLETE_SCRUB,
        CONFIG_COMPLETE_BALANCE,
        CONFIG_RESERVE,
        _CONFIG_ID_MAX,
} ConfigId;

typedef struct Amount {
        uint64_t value; /* bytes or permyriad */
        bool is_percent;
} Amount;

/* What arms a PSI trigger: 0 < stall <= window, 500 ms <= window <= 10 s. */
typedef struct Stall {
        uint64_t stall_usec;
        uint64_t window_usec;
} Stall;

typedef struct ConfigSource {
        uint32_t line; /* 0: the default */
        uint32_t file; /* index into Config.files */
} ConfigSource;

typedef struct Config {
        char directory[CONFIG_DIRECTORY_MAX]; /* absolute, without "." and "..", not "/" */
        Amount minimum;
        Amount maximum;                 /* 0: auto */
        Amount file_size;               /* never a percentage; 0: auto */
        Amount keep_free;               /* of the filesystem; all other percentages are of RAM */
        int32_t priority;               /* of the first file, 0..32767 */
        char device[CONFIG_DEVICE_MAX]; /* number or absolute path; "": auto */
        bool discard;

        Stall pressure;
        Stall urgent;
        Amount headroom;
        Amount headroom_max;

        uint64_t calm_usec;     /* USEC_INFINITY: never shrink */
        uint64_t interval_usec; /* neither 0 nor USEC_INFINITY */
        Amount margin;
        uint64_t drain_timeout_usec; /* not 0; USEC_INFINITY: none */

        OnBalance on_balance;
        bool complete_scrub;
        bool complete_balance;

        ReserveWish reserve;

        ConfigSource sources[_CONFIG_ID_MAX];
        char **files; /* those that the sources refer to, fit to be shown */
        uint32_t n_files;
} Config;

/*
 * Reads `file` alone, or, if that is NULL, the main file and the drop-ins below `root` ("" or NULL
 * but in tests). What is wrong takes the place of what is in `report`; a failure is not in there.
 * Returns -errno if `file` cannot be read; if `strict`, also if the main file is there and cannot
 * be read: for a reload, where the configuration in force is better than the defaults. A main file
 * that does not exist is as good as an empty one.
 */
int config_load(const char *root, const char *file, bool strict, ConfigReport *report,
                Config **ret);
Config *config_free(Config *c);

DEFINE_CLEANUP(Config *, config_free)

/*
 * Turns percentages into bytes and makes the result coherent: a minimum above the maximum, a file
 * larger than it, a headroom above its bound are cut down.
 */
void config_resolve(const Config *c, uint64_t ram_bytes, uint64_t filesystem_bytes,
                    PolicyConfig *ret);
