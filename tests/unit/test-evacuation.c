/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Each story is played to its end on a model of the pool, and at each step there must be as much
 * swap online as at the beginning.
 */

#include "manager/evacuation.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/u64.h"
#include "policy/sizing.h"

#define FILES_MAX 4
#define STEPS_MAX 32
#define TEXT_MAX 512

typedef struct Story {
        const char *sentence;
        SlotFacts files[FILES_MAX];
        const char *steps;

        /* 0: what is mostly so (see play()). */
        uint64_t maximum_mib;
        uint64_t disk_mib; /* free beyond KeepFree= */
        uint64_t available_mib;
        unsigned areas_free;
        uint64_t elsewhere_mib; /* free swap that is not the pool's */
        uint64_t raise_mib;     /* headroom to be raised to */
        uint64_t total_mib;     /* all swap of the machine, as far as it makes a tail */
        Exclusive exclusive;
        RelocationState relocation;
        bool may_shrink;
        bool no_room; /* whatever the figures say */
        bool raid;
        bool read_only;
} Story;

/* Of so many MiB, so many of them in use; in the way or not. */
#define FILE_OF(file_state, size, used, is_avoided)                                                \
        {                                                                                          \
                .state = SLOT_##file_state, .size_bytes = (size)*MIB, .used_bytes = (used)*MIB,    \
                .avoided = (is_avoided)                                                            \
        }
#define ACTIVE(size, used) FILE_OF(ACTIVE, size, used, false)
#define IN_WAY(size, used) FILE_OF(ACTIVE, size, used, true)
#define SPARE(size) FILE_OF(SPARE, size, 0, false)
#define SPARE_IN_WAY(size) FILE_OF(SPARE, size, 0, true)
#define KEPT_IN_WAY(size, used)                                                                    \
        {                                                                                          \
                .state = SLOT_ACTIVE, .size_bytes = (size)*MIB, .used_bytes = (used)*MIB,          \
                .avoided = true, .kept = true                                                      \
        }
#define KEPT_SPARE_IN_WAY(size)                                                                    \
        { .state = SLOT_SPARE, .size_bytes = (size)*MIB, .avoided = true, .kept = true }
#define BROKEN(size)                                                                               \
        { .state = SLOT_SPARE, .size_bytes = (size)*MIB, .broken = true }

/* clang-format off */
static const Story stories[] = {
        { "an empty pool",                   { { 0 } },                                      "finished" },
        { "who is in nobody's way stays",    { ACTIVE(1024, 10), SPARE(1024) },              "finished" },
        { "a spare in the way goes",         { ACTIVE(1024, 10), SPARE_IN_WAY(512) },        "remove 1, finished" },
        { "one that was added by hand and is off waits",
          { KEPT_SPARE_IN_WAY(512) },                                                        "finished" },
        { "the spare stands in",             { IN_WAY(1024, 10), SPARE(1024) },
          "enable 1, drain 0, remove 0, finished" },
        { "a small file is enough for a small one", { IN_WAY(512, 10), SPARE(1024) },
          "enable 1, drain 0, remove 0, finished" },
        { "without a spare one is made",     { IN_WAY(1024, 10) },
          "prepare 1024, enable 1, drain 0, remove 0, finished" },
        { "one that is too small is no help", { IN_WAY(1024, 10), SPARE(512) },
          "prepare 1024, enable 2, drain 0, remove 0, finished" },
        { "one in the way neither",          { IN_WAY(1024, 10), SPARE_IN_WAY(1024) },
          "remove 1, prepare 1024, enable 1, drain 0, remove 0, finished" },
        { "nor a broken one",                { IN_WAY(1024, 10), BROKEN(1024) },
          "prepare 1024, enable 2, drain 0, remove 0, finished" },
        { "by hand stays by hand",           { KEPT_IN_WAY(1024, 10), SPARE(1024) },
          "prepare 1024 kept, enable 2, drain 0, remove 0, finished" },
        { "the cheapest first",              { IN_WAY(1024, 300), IN_WAY(512, 10), SPARE(512) },
          "enable 2, drain 1, remove 1, prepare 1024, enable 1, drain 0, remove 0, finished" },
        { "one large for two small ones",    { IN_WAY(512, 10), IN_WAY(512, 20), SPARE(1024) },
          "enable 2, drain 0, remove 0, drain 1, remove 1, finished" },

        { "MaximumSize= bends for as long as both are there", { IN_WAY(1024, 10) },
          "prepare 1024, enable 1, drain 0, remove 0, finished", .maximum_mib = 1024 },
        { "but not further",                 { IN_WAY(1024, 10), ACTIVE(1024, 0) },
          "stuck at-maximum", .maximum_mib = 1024 },
        { "KeepFree= does not bend",         { IN_WAY(1024, 10) },
          "stuck no-space", .disk_mib = 1023 },
        { "a spare gives its room away",     { IN_WAY(1024, 10), SPARE(512) },
          "remove 1, prepare 1024, enable 1, drain 0, remove 0, finished", .disk_mib = 512 },
        { "also where MaximumSize= is short", { IN_WAY(1024, 10), SPARE(512) },
          "remove 1, prepare 1024, enable 1, drain 0, remove 0, finished", .maximum_mib = 1100 },
        { "the last area is enough",         { IN_WAY(1024, 10), SPARE(512) },
          "remove 1, prepare 1024, enable 1, drain 0, remove 0, finished", .areas_free = 1 },
        { "no room after all",               { IN_WAY(1024, 10) },
          "prepare 1024, stuck no-space", .no_room = true },
        { "a spare may be the room there is", { IN_WAY(1024, 10), SPARE(512) },
          "prepare 1024, remove 1, prepare 1024, stuck no-space", .no_room = true },
        { "new chunks are raid1",            { IN_WAY(1024, 10) },  "stuck profile", .raid = true },
        { "but a spare is there",            { IN_WAY(1024, 10), SPARE(1024) },
          "enable 1, drain 0, remove 0, finished", .raid = true },
        { "a read-only filesystem",          { IN_WAY(1024, 10) },  "stuck read-only", .read_only = true },

        { "without one, where that is allowed",    { IN_WAY(1024, 10), ACTIVE(1024, 0) },
          "prepare 1024, drain 0 without, remove 0, finished", .may_shrink = true, .no_room = true },
        { "if memory holds it",              { IN_WAY(1024, 600), ACTIVE(2048, 0) },
          "stuck no-space", .may_shrink = true, .disk_mib = 1, .available_mib = 855 },
        { "with the margin",                 { IN_WAY(1024, 600), ACTIVE(2048, 0) },
          "drain 0 without, remove 0, finished", .may_shrink = true, .disk_mib = 1, .available_mib = 856 },
        { "and the rest has headroom",       { IN_WAY(1024, 10), ACTIVE(512, 0) },
          "stuck no-space", .may_shrink = true, .disk_mib = 1 },
        { "one has room, the other goes without", { IN_WAY(512, 1), IN_WAY(1024, 10), ACTIVE(2048, 0) },
          "prepare 512, enable 3, drain 0, remove 0, drain 1 without, remove 1, finished",
          .may_shrink = true, .disk_mib = 512 },
        { "nothing is given back from a read-only filesystem", { IN_WAY(1024, 10), ACTIVE(2048, 0) },
          "stuck read-only", .may_shrink = true, .read_only = true },

        { "what comes in goes out again",    { IN_WAY(1024, 1024), SPARE(1024) },
          "enable 1, drain 0, remove 0, finished", .available_mib = 128 },
        { "half of the margin has to stay",  { IN_WAY(1024, 1024), SPARE(1024) },
          "stuck memory-short", .available_mib = 127 },
        { "nobody waits for an empty file",  { IN_WAY(1024, 0), SPARE(1024) },
          "enable 1, drain 0, remove 0, finished", .available_mib = 1 },
        { "nothing is made in vain",         { IN_WAY(1024, 1024) },
          "stuck memory-short", .available_mib = 127 },

        { "a balance passes",                { IN_WAY(1024, 10), SPARE(1024) },
          "wait operation", .exclusive = EXCLUSIVE_BALANCE },
        { "reclaim too",                     { IN_WAY(1024, 10), SPARE(1024) },
          "wait reclaim", .exclusive = EXCLUSIVE_RECLAIM },
        { "a paused one stays",              { IN_WAY(1024, 10), SPARE(1024) },
          "stuck operation", .exclusive = EXCLUSIVE_BALANCE_PAUSED },
        { "unless it is about to be cancelled", { IN_WAY(1024, 10), SPARE(1024) },
          "wait operation", .exclusive = EXCLUSIVE_BALANCE_PAUSED, .relocation = RELOCATION_INTERRUPTING },
        { "what needs none does not wait",   { SPARE_IN_WAY(1024) },
          "remove 0, finished", .exclusive = EXCLUSIVE_BALANCE },
        { "no area for a replacement",       { IN_WAY(1024, 10), SPARE(1024) },
          "stuck no-areas", .areas_free = UINT32_MAX },

        { "the headroom is raised by the spare", { ACTIVE(1024, 1000), SPARE(1024) },
          "enable 1, finished", .raise_mib = 1000 },
        { "and by new files",                { ACTIVE(1024, 1000) },
          "prepare 1024, enable 1, prepare 1024, enable 2, finished", .raise_mib = 2000 },
        { "what is there is enough",         { ACTIVE(1024, 0), SPARE(1024) },
          "finished", .raise_mib = 1024 },
        { "also that of others",             { ACTIVE(1024, 1024), SPARE(1024) },
          "finished", .raise_mib = 1024, .elsewhere_mib = 1024 },
        { "the last tenth of all swap is not counted", { ACTIVE(1024, 0), SPARE(1024) },
          "enable 1, finished", .raise_mib = 1000, .total_mib = 1024 },
        { "after what has to move",          { IN_WAY(1024, 1000), SPARE(1024) },
          "enable 1, drain 0, remove 0, prepare 1024, enable 0, finished", .raise_mib = 1000 },
        { "up to MaximumSize=",              { ACTIVE(1024, 1024) },
          "prepare 1024, enable 1, finished", .raise_mib = 4096, .maximum_mib = 2048 },
        { "which does not bend here",        { ACTIVE(1024, 1024) },
          "finished", .raise_mib = 4096, .maximum_mib = 1024 },
        { "up to KeepFree=",                 { ACTIVE(1024, 1024) },
          "finished", .raise_mib = 4096, .disk_mib = 100 },
        { "no room after all is no failure", { ACTIVE(1024, 1024) },
          "prepare 1024, finished", .raise_mib = 4096, .no_room = true },
        { "nor is a balance",                { ACTIVE(1024, 1024), SPARE(1024) },
          "finished", .raise_mib = 4096, .exclusive = EXCLUSIVE_BALANCE },
        { "nor a kernel without areas",      { ACTIVE(1024, 1024), SPARE(1024) },
          "finished", .raise_mib = 4096, .areas_free = UINT32_MAX },
        { "nor raid1",                       { ACTIVE(1024, 1024) },
          "finished", .raise_mib = 4096, .raid = true },
};
/* clang-format on */

/* ---- the model ---- */

typedef struct Model {
        const Story *story;
        Request request;
        PolicyConfig config;
        Sample sample;
        char text[TEXT_MAX];
} Model;

__attribute__((format(printf, 2, 3))) static void tell(Model *m, const char *format, ...) {
        size_t length = strlen(m->text);
        va_list ap;

        va_start(ap, format);
        (void)snprintf(m->text + length, TEXT_MAX - length, "%s", length > 0 ? ", " : "");
        length = strlen(m->text);
        (void)vsnprintf(m->text + length, TEXT_MAX - length, format, ap);
        va_end(ap);
}

static uint64_t or_mostly(uint64_t mib, uint64_t mostly) {
        return (mib > 0 ? mib : mostly) * MIB;
}

static void model_init(Model *m, const Story *s) {
        unsigned active = 0;

        *m = (Model){ .story = s, .request = { .kind = REQUEST_EVACUATE, .slot = SLOT_NONE } };
        m->config = (PolicyConfig){ .maximum_bytes = or_mostly(s->maximum_mib, 8192),
                                    .keep_free_bytes = GIB,
                                    .headroom_bytes = 512 * MIB,
                                    .margin_bytes = 256 * MIB };
        m->sample = (Sample){
                .memory.swap_total_bytes = s->total_mib * MIB,
                .memory.available_bytes = or_mostly(s->available_mib, 8192),
                .filesystem = { .free_bytes = GIB + or_mostly(s->disk_mib, 16384),
                                .chunk_bytes = GIB,
                                .single = !s->raid,
                                .writable = !s->read_only },
                .operation = { .exclusive = s->exclusive, .relocation = s->relocation },
                .headroom_bytes = s->elsewhere_mib * MIB,
        };
        memcpy(m->sample.slots, s->files, sizeof(s->files));
        for (unsigned i = 0; i < FILES_MAX; i++) {
                const SlotFacts *slot = &m->sample.slots[i];

                if (slot->state != SLOT_ACTIVE)
                        continue;
                active++;
                m->sample.headroom_bytes += slot->size_bytes - slot->used_bytes;
                m->request.keep_bytes += slot->size_bytes;
                m->request.kept_bytes += slot->kept ? slot->size_bytes : 0;
        }
        m->sample.areas_used = active;
        m->sample.areas_max = active + (s->areas_free > 0 ? s->areas_free : 8);
        if (s->areas_free == UINT32_MAX)
                m->sample.areas_max = active;
        m->request.headroom_bytes = s->raise_mib * MIB;
        m->request.may_shrink = s->may_shrink;
}

static void model_prepare(Model *m, const Step *step) {
        Sample *in = &m->sample;
        unsigned i = 0;

        tell(m, "prepare %" PRIu64 "%s", step->bytes / MIB, step->kept ? " kept" : "");
        if (m->story->no_room) {
                m->request.no_replacement = true;
                return;
        }
        while (in->slots[i].state != SLOT_ABSENT)
                i++;
        in->slots[i] =
                (SlotFacts){ .state = SLOT_SPARE, .kept = step->kept, .size_bytes = step->bytes };
        in->filesystem.free_bytes -= step->bytes;
}

static void model_enable(Model *m, uint32_t i) {
        SlotFacts *slot = &m->sample.slots[i];

        tell(m, "enable %u", i);
        assert_int_equal(slot->state, SLOT_SPARE);
        assert_true(m->sample.areas_used++ < m->sample.areas_max);
        slot->state = SLOT_ACTIVE;
        m->sample.headroom_bytes += slot->size_bytes;
}

/* All of it goes out again, as it would in the worst case. */
static void model_drain(Model *m, const Step *step) {
        SlotFacts *slot = &m->sample.slots[step->slot];

        tell(m, "drain %u%s", step->slot, step->shrinks ? " without" : "");
        assert_int_equal(slot->state, SLOT_ACTIVE);
        m->request.slot = step->slot;
        if (step->shrinks) {
                m->request.keep_bytes -= slot->size_bytes;
                m->request.kept_bytes -= slot->kept ? slot->size_bytes : 0;
        }
        slot->state = SLOT_SPARE;
        m->sample.areas_used--;
        m->sample.headroom_bytes = u64_subtract(m->sample.headroom_bytes, slot->size_bytes);
        slot->used_bytes = 0;
}

static void model_remove(Model *m, uint32_t i) {
        SlotFacts *slot = &m->sample.slots[i];

        tell(m, "remove %u", i);
        assert_int_equal(slot->state, SLOT_SPARE);
        m->sample.filesystem.free_bytes += slot->size_bytes;
        if (!slot->avoided)
                m->request.no_replacement = false;
        *slot = (SlotFacts){ .state = SLOT_ABSENT };
}

/* False when the story is over. */
static bool model_take(Model *m, const Step *step) {
        switch (step->kind) {
        case STEP_PREPARE:
                model_prepare(m, step);
                return true;
        case STEP_ENABLE:
                model_enable(m, step->slot);
                return true;
        case STEP_DRAIN:
                model_drain(m, step);
                return true;
        case STEP_REMOVE:
                model_remove(m, step->slot);
                return true;
        case STEP_WAIT:
                tell(m, "wait %s", reason_to_string(step->reason));
                return false;
        case STEP_STUCK:
                tell(m, "stuck %s", reason_to_string(step->reason));
                return false;
        default:
                tell(m, "finished");
                return false;
        }
}

static void play(const Story *s) {
        unsigned steps = 0;
        bool more = true;
        Model m;
        Step step;

        model_init(&m, s);
        while (more && steps++ < STEPS_MAX) {
                step = request_next_step(&m.request, &m.config, &m.sample);
                more = model_take(&m, &step);
                if (sizing_active_bytes(&m.sample) < m.request.keep_bytes)
                        fail_msg("%s: less online than before after: %s", s->sentence, m.text);
                if (m.sample.filesystem.free_bytes < m.config.keep_free_bytes)
                        fail_msg("%s: KeepFree= is broken after: %s", s->sentence, m.text);
        }
        if (strcmp(m.text, s->steps) != 0)
                fail_msg("%s: %s", s->sentence, m.text);
}

static void test_stories(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(stories); i++)
                play(&stories[i]);
}

/* A person is told what is in the way, and what to do. */
static void test_words(void **state) {
        (void)state;

        for (unsigned i = 0; i < _REASON_MAX; i++) {
                assert_true(evacuation_obstacle(i)[0] != '\0');
                assert_true(evacuation_remedy(i)[0] != '\0');
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stories),
                cmocka_unit_test(test_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
