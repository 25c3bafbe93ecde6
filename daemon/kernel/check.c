/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/check.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/btrfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/u64.h"
#include "kernel/exclop.h"
#include "kernel/fsinfo.h"
#include "kernel/survey.h"
#include "kernel/swap.h"

/* What adjoins on the device, as btrfs_swap_activate() puts it together. */
typedef struct Run {
        uint64_t length_bytes; /* 0: none yet */
        uint64_t device_id;
        uint64_t physical_end;
} Run;

typedef struct FileCheck {
        FileFacts facts;
        ExtentCheck check;
        CheckReport report;
        PinTable pins;
        Survey survey;
        Run run;
        uint64_t mapped_bytes;
        uint64_t bulk_from;
} FileCheck;

static void run_end(FileCheck *c) {
        CheckReport *report = &c->report;

        if (c->run.length_bytes == 0)
                return;
        report->smallest_bytes = report->extents == 0
                                         ? c->run.length_bytes
                                         : u64_min(report->smallest_bytes, c->run.length_bytes);
        report->largest_bytes = u64_max(report->largest_bytes, c->run.length_bytes);
        report->extents++;
        c->run.length_bytes = 0;
}

static void run_take(FileCheck *c, const Extent *extent) {
        uint64_t length_bytes, physical;

        if (!extent->chunk_known || extent->offset_bytes >= c->check.size_bytes)
                return;
        length_bytes = u64_min(extent->length_bytes, c->check.size_bytes - extent->offset_bytes);
        physical = extent->chunk.physical + (extent->logical - extent->chunk.logical);
        if (c->run.device_id != extent->chunk.device_id || c->run.physical_end != physical)
                run_end(c);

        c->run.device_id = extent->chunk.device_id;
        c->run.length_bytes += length_bytes;
        c->run.physical_end = physical + length_bytes;
        c->mapped_bytes += length_bytes;
}

static int file_take(void *userdata, const Extent *extent) {
        FileCheck *c = userdata;

        extent_check_feed(&c->check, extent);
        pin_table_take(&c->pins, extent, c->facts.size_bytes);
        survey_take(&c->survey, extent, &c->pins);
        run_take(c, extent);
        return 0;
}

typedef int (*Walker)(int fd, ExtentHandler handler, void *userdata);

static int file_walk(FileCheck *c, int fd, Walker walk) {
        memset(&c->report, 0, sizeof(c->report));
        c->run = (Run){ 0 };
        c->mapped_bytes = 0;
        pin_table_begin(&c->pins);
        extent_check_begin(&c->check, &c->facts, findings_take, &c->report);
        return walk(fd, file_take, c);
}

/*
 * First as if nothing were shared. If that cannot be shown for all of it at once, the walk is done
 * again, and FIEMAP is asked for each extent.
 */
static int file_judge(FileCheck *c, int fd) {
        bool settled;
        int r;

        survey_begin(&c->survey, fd, c->bulk_from);
        r = file_walk(c, fd, extents_walk_plain);
        settled = survey_end(&c->survey);
        if (r < 0)
                return r;
        if (!settled) {
                c->survey.abandoned = true;
                r = file_walk(c, fd, extents_walk);
                if (r < 0)
                        return r;
        }
        (void)extent_check_end(&c->check);
        run_end(c);
        return 0;
}

static void detail_size(const FileFacts *facts, char *buf, size_t size) {
        if (facts->header_size_bytes <= facts->page_bytes)
                (void)snprintf(buf, size, "the header counts no page but itself");
        else
                (void)snprintf(buf, size,
                               "the header counts %" PRIu64 " bytes, the file has %" PRIu64,
                               facts->header_size_bytes, facts->size_bytes);
}

/* In words what was found of the file as a whole, where the rule alone does not say it. */
static void details_fill(FileCheck *c) {
        for (uint32_t i = 0; i < c->report.n_findings; i++) {
                Finding *f = &c->report.findings[i];

                if (f->rule == CHECK_SIZE)
                        detail_size(&c->facts, f->detail, sizeof(f->detail));
                else if (f->rule == CHECK_HEADER)
                        (void)snprintf(f->detail, sizeof(f->detail),
                                       "no valid header for pages of %" PRIu64 " bytes",
                                       c->facts.page_bytes);
        }
}

static void add_whole(CheckReport *report, CheckRule rule, bool passes, const char *detail) {
        Finding finding = { .rule = rule, .passes = passes };

        (void)snprintf(finding.detail, sizeof(finding.detail), "%s", detail);
        findings_add(report, &finding);
}

/* What excludes swapon at this moment. A paused balance does not go away by itself. */
static int operation_look(CheckReport *report, const char *fsid) {
        char name[EXCLOP_NAME_MAX], detail[EXCLOP_NAME_MAX + 16];
        _cleanup_(close_fdp) int fd = -1;
        int r;

        fd = exclop_open("/sys/fs/btrfs", fsid);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        r = exclop_read(fd, name, sizeof(name));
        if (r < 0 || strcmp(name, EXCLOP_NONE) == 0)
                return r;
        (void)snprintf(detail, sizeof(detail), "now: %s", name);
        add_whole(report, CHECK_OPERATION, strcmp(name, "balance paused") != 0, detail);
        return 0;
}

static void scrub_look(CheckReport *report, int fd) {
        struct btrfs_ioctl_scrub_args scrub = { .devid = report->device_id };
        char detail[64];

        /* ENOTCONN: none runs. */
        if (report->chunks == 0 || ioctl(fd, BTRFS_IOC_SCRUB_PROGRESS, &scrub) < 0)
                return;
        (void)snprintf(detail, sizeof(detail), "a scrub runs on device %" PRIu64,
                       report->device_id);
        add_whole(report, CHECK_SCRUB, true, detail);
}

/*
 * Whole pages, as the header counts them and the kernel could map them, but the first. Of extents
 * that do not begin at a page the kernel drops the edges; there are none where a page is a sector.
 */
static uint64_t swap_size(const FileCheck *c) {
        uint64_t mapped_bytes = u64_round_down(c->mapped_bytes, c->facts.page_bytes);

        return u64_subtract(u64_min(mapped_bytes, c->facts.header_size_bytes), c->facts.page_bytes);
}

static int file_finish(FileCheck *c, int fd) {
        CheckReport *report = &c->report;
        FsIdentity identity;
        Pins pins;
        int r;

        r = pin_table_end(&c->pins, fd, &pins);
        if (r < 0)
                return r;
        report->size_bytes = c->facts.size_bytes;
        report->device_id = c->check.verdict.device_id;
        report->chunks = pins.chunks;
        report->pinned_bytes = pins.chunk_bytes;
        report->collateral_bytes = pins.collateral_bytes;
        details_fill(c);

        r = fs_identity_read(fd, &identity);
        if (r < 0)
                return r;
        /* What is on already does not ask whether it could be turned on. */
        report->active = swap_is_active(fd);
        if (!report->active) {
                r = operation_look(report, identity.fsid);
                if (r < 0)
                        return r;
                scrub_look(report, fd);
        }
        if (!findings_refuse(report))
                report->swap_bytes = swap_size(c);
        return 0;
}

int check_file(int fd, uint64_t bulk_from, CheckReport *ret) {
        struct stat st;
        FileCheck c;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;
        /* A swap area too, perhaps, but no file on a filesystem. */
        if (S_ISBLK(st.st_mode))
                return -ENOTTY;
        if (!S_ISREG(st.st_mode)) {
                *ret = (CheckReport){ .size_bytes = (uint64_t)st.st_size };
                add_whole(ret, CHECK_NOT_REGULAR, false, "");
                return 0;
        }

        r = file_facts_read(fd, &c.facts);
        if (r < 0)
                return r;
        c.facts.deleted = st.st_nlink == 0;
        c.bulk_from = bulk_from;
        r = file_judge(&c, fd);
        if (r < 0)
                return r;
        r = file_finish(&c, fd);
        if (r < 0)
                return r;
        *ret = c.report;
        return 0;
}
