/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "progress.h"

#include <inttypes.h>

void progress_init(Progress *progress, bool bytes) {
        *progress = (Progress){ 0 };
        style_init(&progress->style, STDERR_FILENO);
        progress->style.bytes = bytes;
}

static const ProgressSample *sample_oldest(const Progress *progress) {
        if (progress->n_samples < PROGRESS_SAMPLES)
                return &progress->samples[0];
        return &progress->samples[progress->n_samples % PROGRESS_SAMPLES];
}

static const ProgressSample *sample_newest(const Progress *progress) {
        return &progress->samples[(progress->n_samples - 1) % PROGRESS_SAMPLES];
}

static uint64_t bytes_per_sec(const Progress *progress) {
        const ProgressSample *oldest = sample_oldest(progress);
        const ProgressSample *newest = sample_newest(progress);
        uint64_t msec;

        if (newest->at_usec <= oldest->at_usec || newest->left_bytes >= oldest->left_bytes)
                return 0;
        msec = (newest->at_usec - oldest->at_usec) / USEC_PER_MSEC;
        if (msec == 0)
                return 0;
        return (oldest->left_bytes - newest->left_bytes) / msec * 1000;
}

static void progress_draw(Progress *progress, uint64_t left_bytes) {
        uint64_t done_bytes = progress->total_bytes - left_bytes;
        uint64_t rate = bytes_per_sec(progress);
        char bar[BAR_MAX];
        char rest[96] = "";
        char line[256];

        if (rate > 0)
                (void)snprintf(rest, sizeof(rest), "  %s/s  %s left",
                               TEXT_SIZE(&progress->style, rate),
                               FORMAT_DURATION((left_bytes / rate + 1) * USEC_PER_SEC));

        (void)snprintf(
                line, sizeof(line), "%s %3" PRIu64 " %%  %s of %s%s",
                text_bar(bar, &progress->style, done_bytes, done_bytes, progress->total_bytes),
                done_bytes * 100 / progress->total_bytes, TEXT_SIZE(&progress->style, done_bytes),
                TEXT_SIZE(&progress->style, progress->total_bytes), rest);

        (void)fprintf(stderr, "\r\x1b[K%s", line);
        progress->drawn = true;
}

void progress_update(Progress *progress, uint64_t at_usec, uint64_t left_bytes) {
        if (!progress->style.terminal)
                return;

        /* Memory that goes on being swapped out meanwhile makes it more work than it was. */
        if (left_bytes > progress->total_bytes)
                progress->total_bytes = left_bytes;
        if (progress->total_bytes == 0)
                return;

        progress->samples[progress->n_samples++ % PROGRESS_SAMPLES] = (ProgressSample){
                .at_usec = at_usec,
                .left_bytes = left_bytes,
        };
        progress_draw(progress, left_bytes);
}

void progress_show(Progress *progress, uint64_t done, uint64_t total, bool bytes,
                   const char *words) {
        const Style *style = &progress->style;
        char bar[BAR_MAX], of[112];

        if (!style->terminal)
                return;
        if (bytes)
                (void)snprintf(of, sizeof(of), "%s of %s", TEXT_SIZE(style, done),
                               TEXT_SIZE(style, total));
        else
                (void)snprintf(of, sizeof(of), "%" PRIu64 " of %" PRIu64 " block groups", done,
                               total);
        (void)fprintf(stderr, "\r\x1b[K%s %3" PRIu64 " %%  %s  %s",
                      text_bar(bar, style, done, done, total > 0 ? total : 1),
                      total > 0 ? done * 100 / total : 0, of, words);
        progress->drawn = true;
}

void progress_clear(Progress *progress) {
        if (!progress->drawn)
                return;
        (void)fputs("\r\x1b[K", stderr);
        progress->drawn = false;
}
