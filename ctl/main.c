/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * swapctl: shows and steers btrfs-swapd
 *
 * Reads the command line and hands over to a verb. The help is made from the tables.
 */

#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <stddef.h>
#include <string.h>

#include "build-config.h"
#include "verb.h"

/* Also what getopt_long() returns: no letter is a power of two. */
typedef enum OptionFlag {
        OPTION_JSON = 1 << 0,
        OPTION_BYTES = 1 << 1,
        OPTION_NO_WAIT = 1 << 2,
        OPTION_NO_LEGEND = 1 << 3,
        OPTION_FILESYSTEM = 1 << 4,
        OPTION_SVG = 1 << 5,
        OPTION_RESUME_OFFSET = 1 << 6,
        OPTION_DEVICE = 1 << 7,
        OPTION_SIZE = 1 << 8,
        OPTION_SUBVOLUME = 1 << 9,
        OPTION_DEADLINE = 1 << 10,
        OPTION_PATH = 1 << 11,
        OPTION_ADOPT = 1 << 12,
        OPTION_READ_ONLY = 1 << 13,
        OPTION_FILTERS = 1 << 14,
} OptionFlag;

/* Of a balance, all together. */
#define FILTERS_MAX 512

typedef struct Verb {
        const char *name;
        ExitCode (*run)(Client *client, int argc, char **argv); /* NULL: the help */
        const char *arguments;
        int arguments_min;
        int arguments_max;
        unsigned options;
        const char *description;
} Verb;

typedef struct CommandLine {
        const char *verb;
        unsigned options;
        Client client; /* what the options say */
        char filters[FILTERS_MAX];
        bool short_status; /* -s */
        bool help;
        bool version;
        int argc;
        char **argv;
} CommandLine;

#define OPTION_DETAILS                                                                             \
        (OPTION_FILESYSTEM | OPTION_DEVICE | OPTION_SIZE | OPTION_SUBVOLUME | OPTION_DEADLINE)

/* clang-format off */
static const Verb verbs[] = {
        { "status", verb_status, "", 0, 0, OPTION_JSON | OPTION_BYTES | OPTION_NO_LEGEND,
          "Is all well, how much swap, what is it doing and why (the default)" },
        { "list", verb_list, "", 0, 0, OPTION_JSON | OPTION_BYTES | OPTION_NO_LEGEND,
          "The swapfiles as a table" },
        { "add", verb_add, "[SIZE|FILE]", 0, 1, OPTION_JSON | OPTION_NO_WAIT | OPTION_PATH |
          OPTION_ADOPT,
          "Make a swapfile and turn it on; it stays until removed by hand" },
        { "remove", verb_remove, "NAME", 1, 1, OPTION_JSON | OPTION_BYTES | OPTION_NO_WAIT,
          "Swap a file off and remove it" },
        { "drain", verb_drain, "", 0, 0, OPTION_JSON | OPTION_BYTES | OPTION_NO_WAIT,
          "Swap all files off and remove them" },
        { "reserve", verb_reserve, "", 0, 0, OPTION_JSON | OPTION_NO_WAIT,
          "Make room for the image of a hibernation that is about to begin" },
        { "why", verb_why, "", 0, 0, OPTION_JSON | OPTION_BYTES,
          "The last decisions with their figures, newest last" },
        { "check", verb_check, "FILE...", 1, INT_MAX, OPTION_JSON | OPTION_BYTES | OPTION_NO_LEGEND,
          "Would the kernel take these files as swap, and why not" },
        { "map", verb_map, "", 0, 0, OPTION_JSON | OPTION_BYTES | OPTION_NO_LEGEND |
          OPTION_FILESYSTEM | OPTION_SVG | OPTION_RESUME_OFFSET,
          "The filesystem's chunks as a picture, and what swap keeps from scrub" },
        { "doctor", verb_doctor, "", 0, 0, OPTION_JSON,
          "What gets in the way of swap, or swap of other tools, and what mends it" },
        { "prepare", verb_prepare, "OPERATION", 1, 1, OPTION_JSON | OPTION_BYTES | OPTION_DETAILS,
          "Make the filesystem ready for an operation, and hold it so" },
        { "run", verb_run, "OPERATION -- COMMAND...", 2, INT_MAX, OPTION_DETAILS,
          "Run a command while the filesystem is ready for what it does" },
        { "relocation", verb_relocation, "[pause|resume|status] [-- COMMAND...]", 0, INT_MAX,
          OPTION_JSON,
          "Have a balance stand still, for as long as COMMAND runs or until interrupted" },
        { "scrub", verb_scrub, "", 0, 0, OPTION_JSON | OPTION_BYTES | OPTION_NO_WAIT |
          OPTION_FILESYSTEM | OPTION_DEVICE | OPTION_READ_ONLY,
          "Scrub all data, that beside swapfiles too" },
        { "balance", verb_balance, "[PATH]", 0, 1, OPTION_JSON | OPTION_NO_WAIT | OPTION_FILTERS,
          "Balance, block groups with swapfiles too" },
        { "monitor", verb_monitor, "", 0, 0, OPTION_JSON | OPTION_BYTES,
          "Follow what changes, one line each" },
        { "reload", verb_reload, "", 0, 0, OPTION_JSON,
          "Read the configuration again" },
        { "config", verb_config, "", 0, 0, OPTION_JSON | OPTION_NO_LEGEND,
          "The values in force, and where each comes from" },
        { "check-config", verb_check_config, "[FILE]", 0, 1, 0,
          "Check the configuration, or FILE alone; needs no daemon" },
        { "version", verb_version, "", 0, 0, OPTION_JSON,
          "Versions of swapctl and of the running daemon" },
        { "help", NULL, "[VERB]", 0, 1, 0,
          "This text, or about one verb" },
};

static const struct {
        unsigned flag;
        const char *name;
        const char *description;
} flags[] = {
        { OPTION_JSON,          "--json",               "One JSON object on standard output"     },
        { OPTION_BYTES,         "--bytes",              "Sizes as plain numbers of bytes"        },
        { OPTION_NO_WAIT,       "--no-wait",            "Return when the work has started"       },
        { OPTION_NO_LEGEND,     "--no-legend",          "No headings above tables"               },
        { OPTION_FILESYSTEM,    "--filesystem PATH",    "The one that PATH is on, not the pool's" },
        { OPTION_DEVICE,        "--device DEVICE",      "What it is about, by path or number"    },
        { OPTION_SIZE,          "--size SIZE",          "As 'btrfs filesystem resize' takes it"  },
        { OPTION_SUBVOLUME,     "--subvolume PATH",     "What a snapshot is made of"             },
        { OPTION_DEADLINE,      "--deadline TIME",      "How long to wait at most, as 10min"     },
        { OPTION_SVG,           "--svg FILE",           "Write the picture as SVG; -: to standard output" },
        { OPTION_RESUME_OFFSET, "--resume-offset FILE", "Where hibernation finds this swapfile"  },
        { OPTION_PATH,          "--path FILE",          "Take this swapfile, which is off, into the pool" },
        { OPTION_ADOPT,         "--adopt",              "Stand in for a swapfile that is on; its path instead of a size" },
        { OPTION_READ_ONLY,     "--read-only",          "Tell of errors and do not mend them"    },
        { OPTION_FILTERS,       "-d, -m, -s[FILTERS]",  "Block groups of data, metadata, system" },
        { OPTION_FILTERS,       "-f, --force",          "Let it reduce redundancy"               },
        { 0,                    "--help",               "Help (-h)"                              },
        { 0,                    "--version",            "Version of swapctl"                     },
};

static const struct option options[] = {
        { "json",          no_argument,       NULL, OPTION_JSON },
        { "bytes",         no_argument,       NULL, OPTION_BYTES },
        { "no-wait",       no_argument,       NULL, OPTION_NO_WAIT },
        { "no-legend",     no_argument,       NULL, OPTION_NO_LEGEND },
        { "filesystem",    required_argument, NULL, OPTION_FILESYSTEM },
        { "device",        required_argument, NULL, OPTION_DEVICE },
        { "size",          required_argument, NULL, OPTION_SIZE },
        { "subvolume",     required_argument, NULL, OPTION_SUBVOLUME },
        { "deadline",      required_argument, NULL, OPTION_DEADLINE },
        { "svg",           required_argument, NULL, OPTION_SVG },
        { "resume-offset", required_argument, NULL, OPTION_RESUME_OFFSET },
        { "path",          required_argument, NULL, OPTION_PATH },
        { "adopt",         no_argument,       NULL, OPTION_ADOPT },
        { "read-only",     no_argument,       NULL, OPTION_READ_ONLY },
        { "force",         no_argument,       NULL, 'f' },
        { "help",          no_argument,       NULL, 'h' },
        { "version",       no_argument,       NULL, 'V' },
        { 0 },
};
/* clang-format on */

static const Verb *verb_find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
        return NULL;
}

static void help_options(unsigned mask) {
        puts("\nOptions:");
        for (size_t i = 0; i < ELEMENTSOF(flags); i++)
                if (flags[i].flag == 0 || flags[i].flag & mask)
                        printf("  %-24s%s\n", flags[i].name, flags[i].description);
}

static void help_verb(const Verb *verb) {
        printf("swapctl %s%s%s [OPTION...]\n\n  %s\n", verb->name, *verb->arguments ? " " : "",
               verb->arguments, verb->description);
        help_options(verb->options);
}

static void help_all(void) {
        char name[64];

        puts("swapctl [OPTION...] [VERB [ARGUMENT]]\n\n"
             "Shows and steers btrfs-swapd, which gives the machine swap when it needs it.\n\n"
             "Verbs:");
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
                (void)snprintf(name, sizeof(name), "%s %s", verbs[i].name, verbs[i].arguments);
                printf("  %-30s%s\n", name, verbs[i].description);
        }
        help_options(UINT32_MAX);
        puts("\nSee swapctl(1) for the exit codes and the shape of the JSON.");
}

static ExitCode help(int argc, char **argv) {
        const Verb *verb;

        if (argc == 0) {
                help_all();
                return EXIT_DONE;
        }

        verb = verb_find(argv[0]);
        if (!verb) {
                print_error("There is no verb '%s'; 'swapctl help' lists them", argv[0]);
                return EXIT_USAGE;
        }
        help_verb(verb);
        return EXIT_DONE;
}

/* `word` is what getopt has just left behind, unless there is more in a bundle of short options. */
static ExitCode report_option(const char *word, int letter) {
        if (strncmp(word, "--", 2) == 0)
                print_error("There is no option '%s'; see 'swapctl help'", word);
        else
                print_error("There is no option '-%c'; see 'swapctl help'", letter);
        return EXIT_USAGE;
}

/* clang-format off */
static const struct {
        int option;
        size_t offset;
} values[] = {
        { OPTION_FILESYSTEM,    offsetof(Client, filesystem)    },
        { OPTION_DEVICE,        offsetof(Client, device)        },
        { OPTION_SIZE,          offsetof(Client, size)          },
        { OPTION_SUBVOLUME,     offsetof(Client, subvolume)     },
        { OPTION_SVG,           offsetof(Client, svg)           },
        { OPTION_RESUME_OFFSET, offsetof(Client, resume_offset) },
        { OPTION_PATH,          offsetof(Client, path)          },
};
/* clang-format on */

static void command_line_take_value(CommandLine *line, int option) {
        line->options |= (unsigned)option;
        for (size_t i = 0; i < ELEMENTSOF(values); i++)
                if (values[i].option == option)
                        *(const char **)((char *)&line->client + values[i].offset) = optarg;
}

static ExitCode command_line_take_deadline(CommandLine *line) {
        line->options |= OPTION_DEADLINE;
        if (parse_duration(optarg, &line->client.deadline_usec) >= 0)
                return EXIT_DONE;
        print_error("'%s' is no time; write it as 90s, 10min or 1h 30min", optarg);
        return EXIT_USAGE;
}

/* -s alone may be the short form of a verb; which of the two shows when the verb is known. */
static void command_line_take_filter(CommandLine *line, int letter) {
        size_t n = strlen(line->filters);

        if (letter == 's' && !optarg)
                line->short_status = true;
        else
                line->options |= OPTION_FILTERS;
        (void)snprintf(line->filters + n, sizeof(line->filters) - n, "%s-%c%s", n > 0 ? " " : "",
                       letter, optarg ?: "");
}

static ExitCode command_line_parse(CommandLine *line, int argc, char **argv) {
        int c;

        opterr = 0;
        while ((c = getopt_long(argc, argv, ":hld::m::s::f", options, NULL)) >= 0)
                switch (c) {
                case OPTION_JSON:
                case OPTION_BYTES:
                case OPTION_NO_WAIT:
                case OPTION_NO_LEGEND:
                case OPTION_ADOPT:
                case OPTION_READ_ONLY:
                        line->options |= (unsigned)c;
                        break;
                case OPTION_FILESYSTEM:
                case OPTION_SVG:
                case OPTION_RESUME_OFFSET:
                case OPTION_DEVICE:
                case OPTION_SIZE:
                case OPTION_SUBVOLUME:
                case OPTION_PATH:
                        command_line_take_value(line, c);
                        break;
                case OPTION_DEADLINE:
                        if (command_line_take_deadline(line) != EXIT_DONE)
                                return EXIT_USAGE;
                        break;
                case 'l': /* these two as swapctl(8) of the BSDs */
                        line->verb = "list";
                        break;
                case 'd':
                case 'm':
                case 's':
                case 'f':
                        command_line_take_filter(line, c);
                        break;
                case 'h':
                        line->help = true;
                        break;
                case 'V':
                        line->version = true;
                        break;
                case ':':
                        print_error("'%s' needs a value; see 'swapctl help'", argv[optind - 1]);
                        return EXIT_USAGE;
                default:
                        return report_option(argv[optind - 1], optopt);
                }

        line->argc = argc - optind;
        line->argv = argv + optind;
        return EXIT_DONE;
}

/* -l and -s are verbs already; otherwise it is the first argument, or there is none. */
static void command_line_take_verb(CommandLine *line) {
        bool balance = line->argc > 0 && strcmp(line->argv[0], "balance") == 0;

        if (line->short_status && !balance && !line->verb)
                line->verb = "status";
        if (line->short_status && balance)
                line->options |= OPTION_FILTERS;
        if (line->verb)
                return;
        line->verb = "status";
        if (line->argc == 0)
                return;
        line->verb = line->argv[0];
        line->argc--;
        line->argv++;
}

static ExitCode verb_allows(const Verb *verb, const CommandLine *line) {
        if (line->argc < verb->arguments_min) {
                print_error("'%s' needs %s; see 'swapctl help %s'", verb->name, verb->arguments,
                            verb->name);
                return EXIT_USAGE;
        }
        if (line->argc > verb->arguments_max) {
                print_error("'%s' is one argument too many for '%s'; see 'swapctl help %s'",
                            line->argv[verb->arguments_max], verb->name, verb->name);
                return EXIT_USAGE;
        }

        for (size_t i = 0; i < ELEMENTSOF(flags); i++)
                if (flags[i].flag & line->options & ~verb->options) {
                        print_error("'%s' does not take %s; see 'swapctl help %s'", verb->name,
                                    flags[i].name, verb->name);
                        return EXIT_USAGE;
                }
        return EXIT_DONE;
}

static ExitCode verb_call(const Verb *verb, const CommandLine *line) {
        _cleanup_(client_done) Client client = line->client;

        client.json = line->options & OPTION_JSON;
        client.wait = !(line->options & OPTION_NO_WAIT);
        client.adopt = line->options & OPTION_ADOPT;
        client.filters = line->filters;
        client.read_only = line->options & OPTION_READ_ONLY;
        style_init(&client.style, STDOUT_FILENO);
        client.style.bytes = line->options & OPTION_BYTES;
        client.style.legend = !(line->options & OPTION_NO_LEGEND);
        return verb->run(&client, line->argc, line->argv);
}

static ExitCode run(int argc, char **argv) {
        CommandLine line = { .client.deadline_usec = USEC_INFINITY };
        const Verb *verb;
        ExitCode code;

        code = command_line_parse(&line, argc, argv);
        if (code != EXIT_DONE)
                return code;

        if (line.version) {
                puts("swapctl " PROJECT_VERSION);
                return EXIT_DONE;
        }
        if (line.help)
                return help(line.argc, line.argv);

        command_line_take_verb(&line);
        verb = verb_find(line.verb);
        if (!verb) {
                print_error("There is no verb '%s'; 'swapctl help' lists them", line.verb);
                return EXIT_USAGE;
        }
        code = verb_allows(verb, &line);
        if (code != EXIT_DONE)
                return code;
        return verb->run ? verb_call(verb, &line) : help(line.argc, line.argv);
}

int main(int argc, char **argv) {
        ExitCode code;

        /* Only what a character is: figures are written the same everywhere. */
        (void)setlocale(LC_CTYPE, "");
        code = run(argc, argv);

        if (fflush(stdout) != 0 || ferror(stdout)) {
                print_error("Cannot write: %s", strerror(errno));
                return EXIT_SYSTEM;
        }
        return (int)code;
}
