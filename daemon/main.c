/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * btrfs-swapd: the command line, the configuration, the memory of the process itself.
 */

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

#include "build-config.h"
#include "base/log.h"
#include "config/config.h"
#include "manager/manager.h"

/* The deepest path stays far below this; it is touched once, so that it is there in need. */
#define STACK_BYTES (256 * 1024)

typedef struct Options {
        const char *config_file;
        bool check;
        bool debug;
} Options;

static void print_help(void) {
        printf("btrfs-swapd [OPTION...]\n"
               "\n"
               "Keeps a pool of swapfiles on btrfs as large as memory pressure needs it.\n"
               "\n"
               "      --config FILE          read only this configuration file\n"
               "      --check-config [FILE]  say what is wrong with the configuration, and end\n"
               "      --debug                say more\n"
               "  -h, --help                 show this help\n"
               "      --version              show the version\n"
               "\n"
               "See btrfs-swapd(8), btrfs-swapd.conf(5); steer it with swapctl(1).\n");
}

/* Returns 1 to go on, 0 when everything is said, -EINVAL. */
static int parse_options(int argc, char **argv, Options *ret) {
        enum { OPTION_CONFIG = 256, OPTION_CHECK, OPTION_DEBUG, OPTION_VERSION };
        static const struct option options[] = {
                { "config", required_argument, NULL, OPTION_CONFIG },
                { "check-config", no_argument, NULL, OPTION_CHECK },
                { "debug", no_argument, NULL, OPTION_DEBUG },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, OPTION_VERSION },
                { 0 },
        };
        int c;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
                switch (c) {
                case OPTION_CONFIG:
                        ret->config_file = optarg;
                        break;
                case OPTION_CHECK:
                        ret->check = true;
                        break;
                case OPTION_DEBUG:
                        ret->debug = true;
                        break;
                case OPTION_VERSION:
                        printf("btrfs-swapd %s\n", PROJECT_VERSION);
                        return 0;
                case 'h':
                        print_help();
                        return 0;
                default:
                        return -EINVAL;
                }
        }

        /* The file to check may stand alone, too. */
        if (ret->check && optind < argc && !ret->config_file)
                ret->config_file = argv[optind++];
        if (optind < argc) {
                fprintf(stderr, "btrfs-swapd: unexpected argument '%s'; see --help\n",
                        argv[optind]);
                return -EINVAL;
        }
        return 1;
}

static int check_config(const Options *options) {
        _cleanup_(config_report_clear) ConfigReport report = { 0 };
        _cleanup_(config_freep) Config *config = NULL;
        int r;

        r = config_load(NULL, options->config_file, /* strict= */ true, &report, &config);
        for (size_t i = 0; report.lines[i]; i++)
                printf("%s\n", report.lines[i]);
        if (r < 0) {
                fprintf(stderr, "btrfs-swapd: cannot read '%s': %s\n",
                        options->config_file ?: CONFIG_MAIN_FILE, strerrordesc_np(-r));
                return EX_OSERR;
        }
        return report.count > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int load_config(const Options *options, Config **ret) {
        _cleanup_(config_report_clear) ConfigReport report = { 0 };
        int r;

        r = config_load(NULL, options->config_file, /* strict= */ false, &report, ret);
        for (size_t i = 0; report.lines[i]; i++)
                log_warning("%s", report.lines[i]);
        if (r < 0)
                return log_error_errno(r, "Cannot read the configuration file '%s'",
                                       options->config_file ?: CONFIG_MAIN_FILE);
        return 0;
}

/*
 * The daemon is needed most when memory is short: then its own pages must be there. The allocator
 * is told to keep what it has, and the stack is grown to its full size before it is locked.
 */
static void lock_memory(void) {
        char stack[STACK_BYTES];

        explicit_bzero(stack, sizeof(stack));
        (void)mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
        (void)mallopt(M_MMAP_MAX, 0);
        if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
                (void)log_full_errno(LOG_NOTICE, -errno,
                                     "Cannot lock memory (CAP_IPC_LOCK is missing?); going on, but "
                                     "slower under pressure");
}

static int run(const Options *options) {
        _cleanup_(manager_freep) Manager *manager = NULL;
        Config *config;
        int r;

        if (geteuid() != 0) {
                log_error("btrfs-swapd must be started as root");
                return EX_NOPERM;
        }
        if (load_config(options, &config) < 0)
                return EX_CONFIG;
        r = manager_new(options->config_file, config, &manager);
        if (r < 0) {
                (void)config_free(config);
                (void)log_error_errno(r, "Cannot set up");
                return EXIT_FAILURE;
        }

        r = manager_start(manager);
        if (r < 0)
                return EXIT_FAILURE;
        lock_memory();
        r = manager_run(manager);
        if (r < 0)
                (void)log_error_errno(r, "The event loop failed");
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv) {
        Options options = { 0 };
        int r;

        r = parse_options(argc, argv, &options);
        if (r <= 0)
                return r < 0 ? EX_USAGE : EXIT_SUCCESS;
        if (options.debug)
                log_set_max_priority(LOG_DEBUG);
        return options.check ? check_config(&options) : run(&options);
}
