/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The caller opens the file, so that nobody learns of one that he could not read; the daemon judges
 * the descriptor.
 */

#include "verb.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "json.h"
#include "table.h"

/* In the place of EXIT_NO_MEMORY, which this verb has no use for. */
#define EXIT_UNJUDGED ((ExitCode)2)

/* Longer than the daemon gives itself for one file. */
#define CALL_TIMEOUT_USEC (90 * USEC_PER_SEC)

#define FACTS_MAX 16
#define INDENT 4

typedef enum FileVerdict {
        VERDICT_OK,
        VERDICT_REFUSED,
        VERDICT_UNKNOWN,
        _VERDICT_MAX,
} FileVerdict;

static const char *const verdict_names[] = {
        [VERDICT_OK] = "ok",
        [VERDICT_REFUSED] = "refused",
        [VERDICT_UNKNOWN] = "unknown",
};
static_assert(ELEMENTSOF(verdict_names) == _VERDICT_MAX, "a name for each");

typedef struct Finding {
        const char *rule;
        uint64_t offset_bytes;
        uint64_t length_bytes;
        const char *detail;
        const char *why;
        const char *remedy;
        int passes;
} Finding;

typedef struct Fact {
        const char *name;
        uint64_t value;
} Fact;

/* The strings are those of the message. */
typedef struct Checked {
        const char *path;
        FileVerdict verdict;
        char *error; /* why it is unknown */
        sd_bus_message *answer;
        Finding *findings;
        size_t n_findings;
        Fact facts[FACTS_MAX];
        size_t n_facts;
} Checked;

static void checked_done(Checked *file) {
        free(file->error);
        free(file->findings);
        (void)sd_bus_message_unref(file->answer);
}

static uint64_t fact(const Checked *file, const char *name) {
        for (size_t i = 0; i < file->n_facts; i++)
                if (strcmp(file->facts[i].name, name) == 0)
                        return file->facts[i].value;
        return 0;
}

/* ---- asking ---- */

static int findings_read(sd_bus_message *m, Checked *file) {
        Finding finding, *more;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "(sttsssb)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(m, "(sttsssb)", &finding.rule, &finding.offset_bytes,
                                        &finding.length_bytes, &finding.detail, &finding.why,
                                        &finding.remedy, &finding.passes)) > 0) {
                more = reallocarray(file->findings, file->n_findings + 1, sizeof(*more));
                if (!more)
                        return -ENOMEM;
                file->findings = more;
                file->findings[file->n_findings++] = finding;
                if (!finding.passes)
                        file->verdict = VERDICT_REFUSED;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int facts_read(sd_bus_message *m, Checked *file) {
        Fact one;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{st}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(m, "{st}", &one.name, &one.value)) > 0)
                if (file->n_facts < FACTS_MAX)
                        file->facts[file->n_facts++] = one;
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/*
 * To open a device or a FIFO can do something or block; what it is can be seen without. The second
 * step goes by the descriptor: what was looked at is what is opened.
 */
static int file_open(const char *path) {
        char link[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
        _cleanup_(close_fdp) int fd = -1;
        struct stat st;
        int opened;

        fd = open(path, O_PATH | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
                return STEAL_FD(fd);

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        opened = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        return opened < 0 ? -errno : opened;
}

static void checked_fail(Checked *file, const char *reason) {
        file->verdict = VERDICT_UNKNOWN;
        file->error = strdup(reason);
}

static ExitCode checked_ask(Checked *file, Client *client, int fd) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = client_new_call(client, "Check", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "h", fd);
        if (r >= 0)
                r = sd_bus_call(client->bus, call, CALL_TIMEOUT_USEC, &error, &file->answer);
        if (r < 0) {
                /* Ours is what the daemon says of the file; the rest is between it and us. */
                if (!error.name || strncmp(error.name, "org.btrfs.", strlen("org.btrfs.")) != 0)
                        return exit_code_report(&error, r);
                checked_fail(file, error.message ? error.message : error.name);
                return EXIT_DONE;
        }

        r = findings_read(file->answer, file);
        if (r >= 0)
                r = facts_read(file->answer, file);
        return r < 0 ? client_report_answer(r) : EXIT_DONE;
}

static ExitCode checked_fetch(Checked *file, Client *client) {
        _cleanup_(close_fdp) int fd = -1;

        fd = file_open(file->path);
        if (fd < 0) {
                checked_fail(file, strerror(-fd));
                return EXIT_DONE;
        }
        return checked_ask(file, client, fd);
}

/* ---- for people ---- */

static const TableColumn columns[] = {
        { "RULE", 0 },
        { "OFFSET", SCOLS_FL_RIGHT },
        { "LENGTH", SCOLS_FL_RIGHT },
        { "FOUND", 0 },
};

static int print_table(const Checked *file, const Style *style) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        table = table_new(style, columns, ELEMENTSOF(columns));
        if (!table)
                return -ENOMEM;
        for (size_t i = 0; i < file->n_findings; i++) {
                const Finding *f = &file->findings[i];
                bool whole = f->length_bytes == 0;
                const char *cells[ELEMENTSOF(columns)] = {
                        f->rule,
                        whole ? "-" : TEXT_SIZE(style, f->offset_bytes),
                        whole ? "-" : TEXT_SIZE(style, f->length_bytes),
                        *f->detail ? f->detail : f->why,
                };

                r = table_add(table, cells, ELEMENTSOF(cells),
                              f->passes ? COLOUR_YELLOW : COLOUR_RED);
                if (r < 0)
                        return r;
        }
        (void)scols_print_table(table);
        return 0;
}

static bool said_before(const Checked *file, size_t i) {
        for (size_t j = 0; j < i; j++)
                if (strcmp(file->findings[j].rule, file->findings[i].rule) == 0)
                        return true;
        return false;
}

static int print_findings(const Checked *file, const Style *style) {
        uint64_t left_off = fact(file, "findings_left_off");

        if (print_table(file, style) < 0)
                return -ENOMEM;
        if (left_off > 0)
                printf("... and %" PRIu64 " more\n", left_off);
        for (size_t i = 0; i < file->n_findings; i++) {
                const Finding *f = &file->findings[i];

                if (said_before(file, i))
                        continue;
                print_line("%s%s", f->rule, f->passes ? " (passes by itself)" : "");
                print_wrapped("", INDENT, "%s.", f->why);
                print_wrapped("", INDENT, "%s.", f->remedy);
        }
        return 0;
}

static void print_summary(const Checked *file, const Style *style) {
        uint64_t extents = fact(file, "extents"), chunks = fact(file, "chunks");

        print_line("  %s of swap, on device %" PRIu64, TEXT_SIZE(style, fact(file, "swap_bytes")),
                   fact(file, "device_id"));
        if (extents == 1)
                print_line("  1 extent");
        else
                print_line("  %" PRIu64 " extents, the largest %s, the smallest %s", extents,
                           TEXT_SIZE(style, fact(file, "largest_bytes")),
                           TEXT_SIZE(style, fact(file, "smallest_bytes")));
        print_line("  %s %" PRIu64 " chunk%s of %s, with %s of other data",
                   fact(file, "active") ? "pins" : "would pin", chunks, chunks == 1 ? "" : "s",
                   TEXT_SIZE(style, fact(file, "pinned_bytes")),
                   TEXT_SIZE(style, fact(file, "collateral_bytes")));
}

static int print_checked(const Checked *file, const Style *style) {
        if (file->verdict == VERDICT_UNKNOWN) {
                print_error("'%s': %s", file->path, file->error ? file->error : "out of memory");
                return 0;
        }
        if (file->verdict == VERDICT_REFUSED) {
                print_line("'%s': the kernel does not take it as swap", file->path);
                return print_findings(file, style);
        }

        print_line("'%s': %s", file->path,
                   fact(file, "active") ? "good, and in use as swap"
                                        : "good, the kernel takes it as swap");
        print_summary(file, style);
        return file->n_findings > 0 ? print_findings(file, style) : 0;
}

/* ---- for programs ---- */

static struct json_object *finding_to_json(const Finding *f) {
        struct json_object *json = json_object_new_object();

        (void)json_object_object_add(json, "rule", json_object_new_string(f->rule));
        (void)json_object_object_add(json, "offset_bytes", json_object_new_uint64(f->offset_bytes));
        (void)json_object_object_add(json, "length_bytes", json_object_new_uint64(f->length_bytes));
        (void)json_object_object_add(json, "detail", json_object_new_string(f->detail));
        (void)json_object_object_add(json, "why", json_object_new_string(f->why));
        (void)json_object_object_add(json, "remedy", json_object_new_string(f->remedy));
        (void)json_object_object_add(json, "passes", json_object_new_boolean(f->passes));
        return json;
}

static struct json_object *checked_to_json(const Checked *file) {
        struct json_object *json = json_object_new_object();
        struct json_object *findings = json_object_new_array();

        (void)json_object_object_add(json, "path", json_new_text(file->path));
        (void)json_object_object_add(json, "verdict",
                                     json_object_new_string(verdict_names[file->verdict]));
        for (size_t i = 0; i < file->n_findings; i++)
                (void)json_object_array_add(findings, finding_to_json(&file->findings[i]));
        (void)json_object_object_add(json, "findings", findings);
        if (file->verdict == VERDICT_UNKNOWN)
                (void)json_object_object_add(
                        json, "error", json_object_new_string(file->error ? file->error : ""));
        for (size_t i = 0; i < file->n_facts; i++) {
                const Fact *f = &file->facts[i];
                bool truth = strcmp(f->name, "active") == 0;

                (void)json_object_object_add(json, f->name,
                                             truth ? json_object_new_boolean(f->value != 0)
                                                   : json_object_new_uint64(f->value));
        }
        return json;
}

/* ---- the verb ---- */

ExitCode verb_check(Client *client, int argc, char **argv) {
        _cleanup_(json_object_freep) struct json_object *files = json_object_new_array();
        FileVerdict worst = VERDICT_OK;
        struct json_object *json;
        ExitCode code;

        code = client_connect(client);
        for (int i = 0; i < argc && code == EXIT_DONE; i++) {
                _cleanup_(checked_done) Checked file = { .path = argv[i] };

                code = checked_fetch(&file, client);
                if (code != EXIT_DONE)
                        break;
                worst = file.verdict > worst ? file.verdict : worst;
                if (client->json)
                        (void)json_object_array_add(files, checked_to_json(&file));
                else if (print_checked(&file, &client->style) < 0)
                        code = EXIT_SYSTEM;
        }
        if (code != EXIT_DONE)
                return code;

        if (client->json) {
                json = json_new();
                (void)json_object_object_add(json, "files", STEAL_PTR(files));
                code = client_print_json(client, json);
                if (code != EXIT_DONE)
                        return code;
        }
        return worst == VERDICT_UNKNOWN   ? EXIT_UNJUDGED
               : worst == VERDICT_REFUSED ? EXIT_REFUSED
                                          : EXIT_DONE;
}
