/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * How far it is, and how it came out: as figures, as a sentence, and in the log.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/u64.h"
#include "manager/upkeep-internal.h"

/* The log names no more of them; the map shows them all. */
#define LOG_CHUNKS_MAX 16

static bool is_scrub(const Upkeep *u) {
        return u->operation == OPERATION_SCRUB;
}

unsigned upkeep_skipped(const Upkeep *u) {
        /* As many as were asked for have been done: nothing is owed. */
        if (u->limited && u->limit_left == 0)
                return 0;
        return u->left.n + u->left.more;
}

/* ---- progress ---- */

static uint64_t bytes_scrubbed(const Upkeep *u) {
        uint64_t bytes = u->scrub_stat.data_bytes + u->scrub_stat.metadata_bytes;
        ScrubStat stat;

        if (!u->scrub)
                return bytes;
        scrub_run_see(u->scrub, &stat);
        return bytes + stat.data_bytes + stat.metadata_bytes;
}

static void fill_scrub(const Upkeep *u, StatusUpkeep *s) {
        s->done = bytes_scrubbed(u);
        s->total = u64_max(u->total, s->done);
}

static void fill_balance(const Manager *m, StatusUpkeep *s) {
        const Coordination *c = &m->coordination;
        const Upkeep *u = &m->upkeep;
        BalanceStat stat = { 0 };

        if (m->relocation && relocation_get_state(m->relocation) == RELOCATION_RUNNING &&
            c->report_current && c->report.balance)
                stat = c->report.seen.stat;
        s->done = u->balance_stat.completed + stat.completed;
        s->total = u->balance_stat.expected;
        if (u->stage == STAGE_OTHERS || u->stage == STAGE_FIRST)
                s->total += stat.expected;
        s->total = u64_max(s->total, s->done);
}

void upkeep_fill_status(Manager *m) {
        const Upkeep *u = &m->upkeep;
        StatusUpkeep *s = &m->status.upkeep;

        *s = (StatusUpkeep){ 0 };
        if (u->stage == STAGE_NONE || !m->pool)
                return;
        *s = (StatusUpkeep){
                .job = u->job,
                .operation = operation_to_string(u->operation),
                .phase = upkeep_phase_to_string(upkeep_stage_to_phase(u->stage)),
                .since_realtime_usec = u->since_realtime_usec,
        };
        if (is_scrub(u))
                fill_scrub(u, s);
        else
                fill_balance(m, s);
}

/* ---- the result ---- */

void upkeep_fill_report(Upkeep *u) {
        UpkeepReport *report = &u->report;
        UpkeepFigure scrub[] = {
                { "data_bytes", u->scrub_stat.data_bytes },
                { "metadata_bytes", u->scrub_stat.metadata_bytes },
                { "errors", u->scrub_stat.errors },
                { "corrected", u->scrub_stat.corrected },
                { "uncorrectable", u->scrub_stat.uncorrectable },
        };
        UpkeepFigure balance[] = {
                { "expected", u64_max(u->balance_stat.expected, u->balance_stat.completed) },
                { "considered", u->balance_stat.considered },
                { "completed", u->balance_stat.completed },
        };
        const UpkeepFigure *figures = is_scrub(u) ? scrub : balance;
        unsigned n = is_scrub(u) ? ELEMENTSOF(scrub) : ELEMENTSOF(balance);

        *report = (UpkeepReport){ .job = u->job };
        report->figures[0] = (UpkeepFigure){ "skipped", upkeep_skipped(u) };
        report->figures[1] = (UpkeepFigure){ "files_rotated", u->files_rotated };
        memcpy(&report->figures[2], figures, n * sizeof(*figures));
}

static int summarize_scrub(const Upkeep *u, char *buf, size_t size) {
        const ScrubStat *stat = &u->scrub_stat;

        if (stat->errors == 0)
                return snprintf(buf, size, "scrubbed %s without an error",
                                FORMAT_SIZE(stat->data_bytes + stat->metadata_bytes));
        return snprintf(buf, size,
                        "scrubbed %s with %" PRIu64 " errors, of which %" PRIu64
                        " were corrected and %" PRIu64 " cannot be",
                        FORMAT_SIZE(stat->data_bytes + stat->metadata_bytes), stat->errors,
                        stat->corrected, stat->uncorrectable);
}

static int summarize_balance(const Upkeep *u, char *buf, size_t size) {
        return snprintf(buf, size, "relocated %" PRIu64 " of %" PRIu64 " block groups",
                        u->balance_stat.completed,
                        u64_max(u->balance_stat.considered, u->balance_stat.completed));
}

void upkeep_summarize(const Upkeep *u, char *buf, size_t size) {
        unsigned skipped = upkeep_skipped(u);
        const char *obstacle = u->obstacle;
        int n = is_scrub(u) ? summarize_scrub(u, buf, size) : summarize_balance(u, buf, size);

        if (u->cancel && skipped > 0)
                obstacle = "stopped before";
        else if (skipped > 0 && !*obstacle)
                obstacle = "they are pinned by swapfiles that are not the pool's; 'swapctl doctor' "
                           "names those, and 'swapctl add --adopt' takes one into the pool";
        if (n < 0 || (size_t)n >= size)
                return;
        if (skipped > 0)
                (void)snprintf(buf + n, size - (size_t)n, "; %u skipped: %s", skipped, obstacle);
        else if (*obstacle)
                (void)snprintf(buf + n, size - (size_t)n, "; %s", obstacle);
}

void upkeep_log_skipped(const Upkeep *u) {
        unsigned skipped = upkeep_skipped(u);

        for (unsigned i = 0; i < u->left.n && i < skipped && i < LOG_CHUNKS_MAX; i++)
                log_notice("The %s skipped block group %" PRIu64 "%s",
                           operation_to_string(u->operation), u->left.items[i].logical,
                           u->left.items[i].pinned ? ", which swap pins" : "");
        if (skipped > LOG_CHUNKS_MAX)
                log_notice("... and %u more; 'swapctl map' shows them", skipped - LOG_CHUNKS_MAX);
}
