/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "json.h"
#include "table.h"
#include "verdict.h"

#define INDENT 12

/* Lines of a screen that are not rows of the table: the figures and the shell's prompt. */
#define LINES_ABOVE 16

static struct json_object *status_to_json(const PoolInfo *pool) {
        struct json_object *json = json_new();

        for (size_t i = 0; i < pool_properties.n; i++) {
                const Property *property = &pool_properties.rows[i];

                property_add_json(property, pool, json);
                if (property->type == &decision_type)
                        (void)json_object_object_add(json, "swapfiles", swapfiles_to_json(pool));
        }
        return json;
}

static void print_verdict(const PoolInfo *pool, const Style *style) {
        char text[VERDICT_MAX];
        Colour colour = verdict_write(text, sizeof(text), pool, style);

        if (style->terminal)
                printf("%s%s%s ", style_colour(style, colour), style->utf8 ? "●" : "*",
                       style_colour(style, COLOUR_NONE));
        print_wrapped(NULL, style->terminal ? 2 : 0, "%s", text);
        putchar('\n');
}

static void print_pool(const PoolInfo *pool, const Style *style) {
        uint64_t most = pool->maximum_bytes;
        char bar[BAR_MAX];

        if (most < pool->size_bytes)
                most = pool->size_bytes;
        text_bar(bar, style, pool->used_bytes, pool->size_bytes, most);

        print_wrapped("Pool", INDENT, "%s %s used of %s, at most %s", bar,
                      TEXT_SIZE(style, pool->used_bytes), TEXT_SIZE(style, pool->size_bytes),
                      TEXT_SIZE(style, most));
        if (pool->spare_bytes > 0)
                print_wrapped("Spare", INDENT, "%s ready to be turned on",
                              TEXT_SIZE(style, pool->spare_bytes));
        else
                print_wrapped("Spare", INDENT, "none");
}

static void print_headroom(const PoolInfo *pool, const Style *style) {
        const char *filling = "";
        char rate[64];

        if (pool->fill_bytes_per_second > 0) {
                (void)snprintf(rate, sizeof(rate), ", filling at %s/s",
                               TEXT_SIZE(style, pool->fill_bytes_per_second));
                filling = rate;
        }
        print_wrapped("Headroom", INDENT, "%s free, %s wanted%s",
                      TEXT_SIZE(style, pool->headroom_bytes),
                      TEXT_SIZE(style, pool->wanted_headroom_bytes), filling);
}

static const char *pressure_note(const char *source) {
        if (strcmp(source, "psi-slow") == 0)
                return " (windows of 2 s: no CAP_SYS_RESOURCE)";
        if (strcmp(source, "vmstat") == 0)
                return " (the kernel has no PSI; paced by /proc/vmstat)";
        return "";
}

static void print_memory(const PoolInfo *pool, const Style *style) {
        print_wrapped("Memory", INDENT, "%s available of %s; all swap: %s free of %s",
                      TEXT_SIZE(style, pool->memory_available_bytes),
                      TEXT_SIZE(style, pool->memory_total_bytes),
                      TEXT_SIZE(style, pool->swap_free_bytes),
                      TEXT_SIZE(style, pool->swap_total_bytes));
        if (pool->zswapped_bytes > 0)
                print_wrapped("Zswap", INDENT,
                              "%s of the swap in use are not on disk, but in %s of memory",
                              TEXT_SIZE(style, pool->zswapped_bytes),
                              TEXT_SIZE(style, pool->zswap_bytes));
        print_wrapped("Pressure", INDENT, "some %s %%, full %s %%%s",
                      TEXT_PERCENT(pool->some_avg10_permyriad),
                      TEXT_PERCENT(pool->full_avg10_permyriad),
                      pressure_note(pool->pressure_source));
}

static void print_filesystem(const PoolInfo *pool, const Style *style) {
        print_wrapped("Filesystem", INDENT, "%s free of %s, %s of it are kept free",
                      TEXT_SIZE(style, pool->filesystem_free_bytes),
                      TEXT_SIZE(style, pool->filesystem_size_bytes),
                      TEXT_SIZE(style, pool->keep_free_bytes));
        print_wrapped("Directory", INDENT, "'%s' on %.8s", pool->directory,
                      *pool->filesystem ? pool->filesystem : "unknown");
        if (pool->pinned_chunks > 0)
                print_wrapped("Pinned", INDENT, "%" PRIu32 " %s, %s, with %s of other data",
                              pool->pinned_chunks, pool->pinned_chunks == 1 ? "chunk" : "chunks",
                              TEXT_SIZE(style, pool->pinned_bytes),
                              TEXT_SIZE(style, pool->collateral_bytes));
        else
                print_wrapped("Pinned", INDENT, "nothing");
}

/* What goes on with the filesystem besides the pool; nothing is the rule. */
static void print_activity(const PoolInfo *pool, const Style *style) {
        char text[ACTIVITY_TEXT_MAX];

        if (operation_write(text, sizeof(text), pool->operation, &pool->progress))
                print_wrapped("Operation", INDENT, "%s", text);
        if (scrub_write(text, sizeof(text), &pool->scrub, style))
                print_wrapped("Scrub", INDENT, "%s", text);
        if (relocation_write(text, sizeof(text), &pool->relocation))
                print_wrapped("Relocation", INDENT, "%s", text);
        if (upkeep_write(text, sizeof(text), &pool->upkeep, style))
                print_wrapped("Upkeep", INDENT, "%s", text);
        for (size_t i = 0; i < pool->leases.n; i++)
                if (lease_write(text, sizeof(text), &pool->leases.items[i]))
                        print_wrapped("Lease", INDENT, "%s", text);
}

static const SwapfileInfo *pool_find(const PoolInfo *pool, const char *name) {
        for (size_t i = 0; i < pool->n_swapfiles; i++)
                if (strcmp(pool->swapfiles[i].name, name) == 0)
                        return &pool->swapfiles[i];
        return NULL;
}

/* How far a drain is can be seen from what is still in use. */
static void print_job(const PoolInfo *pool, const Style *style) {
        const JobInfo *job = &pool->job;
        const SwapfileInfo *swapfile = pool_find(pool, job->swapfile);
        char since[64] = "";

        if (!*job->kind || strcmp(job->kind, "none") == 0)
                return;

        if (job->since_usec > 0)
                (void)snprintf(since, sizeof(since), ", for %s", TEXT_AGE(job->since_usec));
        if (swapfile)
                print_wrapped("Job", INDENT, "%s of '%s', %s of %s in use%s", job->kind,
                              job->swapfile, TEXT_SIZE(style, swapfile->used_bytes),
                              TEXT_SIZE(style, swapfile->size_bytes), since);
        else if (*job->swapfile)
                print_wrapped("Job", INDENT, "%s of '%s'%s", job->kind, job->swapfile, since);
        else
                print_wrapped("Job", INDENT, "%s%s", job->kind, since);
}

static void print_decision(const DecisionInfo *decision) {
        char since[64] = "";

        if (!*decision->action)
                return;
        if (decision->at_usec > 0)
                (void)snprintf(since, sizeof(since), ", for %s", TEXT_AGE(decision->at_usec));
        print_wrapped("Decision", INDENT, "%s: %s (%s%s)", decision->action, decision->sentence,
                      decision->reason, since);
}

static ExitCode status_print(const PoolInfo *pool, const Style *style) {
        unsigned rows = UINT_MAX;

        print_verdict(pool, style);
        print_pool(pool, style);
        print_headroom(pool, style);
        print_memory(pool, style);
        print_filesystem(pool, style);
        print_activity(pool, style);
        print_decision(&pool->decision);
        print_job(pool, style);
        if (pool->n_swapfiles == 0)
                return EXIT_DONE;

        putchar('\n');
        if (style->terminal) {
                rows = terminal_rows(STDOUT_FILENO);
                rows = rows > LINES_ABOVE ? rows - LINES_ABOVE : 1;
        }
        return table_print_swapfiles(pool, style, false, rows) < 0 ? EXIT_SYSTEM : EXIT_DONE;
}

ExitCode verb_status(Client *client, int argc, char **argv) {
        _cleanup_(pool_info_freep) PoolInfo *pool = NULL;
        ExitCode code;

        code = client_fetch_pool(client, &pool);
        if (code != EXIT_DONE)
                return code;
        if (client->json)
                return client_print_json(client, status_to_json(pool));
        return status_print(pool, &client->style);
}
