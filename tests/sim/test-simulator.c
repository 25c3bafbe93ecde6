/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The real policy against modelled machines
 *
 *     test-simulator                                 all families, 800 seeds each
 *     test-simulator --family hostile --seed 7 --verbose
 *     test-simulator --count 100
 *
 * A failure prints the scenario, the last decisions and the options that replay it.
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "check.h"
#include "sim.h"

#define DEFAULT_COUNT 800
#define SETTLE_USEC (30 * USEC_PER_MINUTE)
#define QUIET_HOURS 2
#define CYCLES 10000

typedef struct Options {
        uint64_t first_seed;
        uint64_t count;
        int family; /* -1: all */
        bool verbose;
} Options;

typedef struct Totals {
        uint64_t scenarios;
        uint64_t failures;
        uint64_t model_usec;
        uint64_t looks;
        uint64_t decisions;
        uint64_t interrupts;
} Totals;

static void play(Sim *sim, const Scenario *scenario) {
        sim_run(sim, SETTLE_USEC);
        if (!sim->failure)
                check_settled(sim);

        sim->hog = scenario->hog;
        if (scenario->operations)
                operations_start(&sim->operations, sim->machine.now_usec);
        if (scenario->disk_users || scenario->requests)
                sim->accident_usec = sim->machine.now_usec;
        sim_run(sim, sim->machine.now_usec + scenario->play_usec);
}

static void return_to_calm(Sim *sim) {
        uint64_t looks;

        sim_calm_down(sim);
        sim_run(sim, sim->machine.now_usec + check_return_usec(sim));
        if (sim->failure)
                return;
        check_returned(sim);

        looks = sim->looks;
        sim_run(sim, sim->machine.now_usec + QUIET_HOURS * USEC_PER_HOUR);
        check_quiet(sim, sim->looks - looks, QUIET_HOURS);
        check_state(sim);
}

static void report_failure(const Sim *sim, const Scenario *scenario) {
        printf("Broken at %s: %s\n", FORMAT_DURATION(sim->machine.now_usec), sim->failure);
        scenario_print(scenario);
        trace_print(&sim->trace);
}

static void totals_add(Totals *t, const Sim *sim) {
        t->scenarios++;
        t->failures += sim->failure != NULL;
        t->model_usec += sim->machine.now_usec;
        t->looks += sim->looks;
        t->decisions += sim->decisions;
        t->interrupts += sim->interrupts.count;
}

static void run_family(const Options *o, Family family, Totals *totals) {
        static Sim sim;

        for (uint64_t seed = o->first_seed; seed < o->first_seed + o->count; seed++) {
                Scenario scenario = scenario_make(seed, family);

                sim_init(&sim, &scenario);
                sim.trace.verbose = o->verbose;
                play(&sim, &scenario);
                if (!sim.failure)
                        return_to_calm(&sim);
                if (sim.failure)
                        report_failure(&sim, &scenario);
                totals_add(totals, &sim);
        }
}

/* A hog that comes and goes, thousands of times, on a pool with little patience. */
static void run_cycles(Totals *totals) {
        static Sim sim;
        Scenario scenario = scenario_make(1, FAMILY_PROMISED);

        scenario.model.total_bytes = 8 * GIB;
        scenario.config.calm_usec = USEC_PER_SEC;
        scenario.config.interval_usec = USEC_PER_SEC;
        scenario.hog = (Hog){ HOG_COMPILE, .peak_bytes = 12 * GIB, .bytes_per_sec = 64 * MIB };

        sim_init(&sim, &scenario);
        sim.hog = scenario.hog;
        while (sim.completed.count < CYCLES && !sim.failure &&
               sim.machine.now_usec < 365 * 24 * USEC_PER_HOUR)
                sim_run(&sim, sim.machine.now_usec + USEC_PER_HOUR);

        if (sim.completed.count < CYCLES && !sim.failure)
                sim.failure = "a pool grows and shrinks as often as it is asked to";
        check_state(&sim);
        if (sim.failure)
                report_failure(&sim, &scenario);
        totals_add(totals, &sim);
}

/* Drains that take minutes, and a hog that is back before: they must not be begun for ever. */
static void run_teasing(Totals *totals) {
        static Sim sim;
        Scenario scenario = scenario_make(1, FAMILY_WILD);

        scenario.model.total_bytes = 8 * GIB;
        scenario.model.kernel_bytes = 512 * MIB;
        scenario.model.watermark_bytes = 256 * MIB;
        scenario.model.others_bytes = 4 * GIB;
        scenario.model.disk_bytes_per_sec = 512 * MIB;
        scenario.model.drain_bytes_per_sec = 256 * KIB;
        scenario.config.file_bytes = 4 * GIB;
        scenario.config.maximum_bytes = 16 * GIB;
        scenario.config.margin_bytes = 512 * MIB;
        scenario.config.calm_usec = 10 * USEC_PER_SEC;
        scenario.config.interval_usec = USEC_PER_SEC;
        scenario.hog = (Hog){ HOG_COMPILE, .peak_bytes = 12 * GIB, .bytes_per_sec = 256 * MIB };

        sim_init(&sim, &scenario);
        sim.hog = scenario.hog;
        sim_run(&sim, 24 * USEC_PER_HOUR);
        if (sim.cancels.count == 0 && !sim.failure)
                sim.failure = "the hog is back before the drain ends";
        if (sim.failure)
                report_failure(&sim, &scenario);
        totals_add(totals, &sim);
}

/* A burst that takes many files, all through one long balance: it is not interrupted for each. */
static void run_burst(Totals *totals) {
        static Sim sim;
        Scenario scenario = scenario_make(1, FAMILY_WILD);
        uint64_t enabled;

        scenario.model.total_bytes = 8 * GIB;
        scenario.model.kernel_bytes = 512 * MIB;
        scenario.model.watermark_bytes = 256 * MIB;
        scenario.model.others_bytes = 2 * GIB;
        scenario.model.disk_bytes_per_sec = 512 * MIB;
        scenario.model.source = PRESSURE_PSI;
        scenario.config.file_bytes = 512 * MIB;
        scenario.config.minimum_bytes = GIB;
        scenario.config.maximum_bytes = 12 * GIB;
        scenario.config.headroom_bytes = 512 * MIB;
        scenario.config.on_balance = ON_BALANCE_AUTO;
        scenario.interrupt_max_usec = 200 * USEC_PER_MSEC;
        scenario.prepare_max_usec = 100 * USEC_PER_MSEC;
        scenario.hog = (Hog){ HOG_RAMP, .peak_bytes = 24 * GIB, .bytes_per_sec = 256 * MIB };

        sim_init(&sim, &scenario);
        sim_run(&sim, USEC_PER_MINUTE);
        enabled = sim.enables.count;
        sim.operations.exclusive = EXCLUSIVE_BALANCE;
        sim.operations.end_usec = 365 * 24 * USEC_PER_HOUR;
        sim.hog = scenario.hog;
        sim_run(&sim, 2 * USEC_PER_HOUR);
        enabled = sim.enables.count - enabled;
        if (!sim.failure && (sim.interrupts.count == 0 || enabled < 4 * sim.interrupts.count))
                sim.failure = "a burst interrupts a balance once, not for each file";
        if (!sim.failure && sim.operations.relocation != RELOCATION_RUNNING)
                sim.failure = "the balance goes on after the burst";
        if (sim.failure)
                report_failure(&sim, &scenario);
        totals_add(totals, &sim);
}

static int usage(void) {
        fprintf(stderr, "Usage: test-simulator [--family NAME] [--seed N] [--count N] "
                        "[--verbose]\n");
        return EXIT_FAILURE;
}

static int family_from_string(const char *name) {
        for (int f = 0; f < _FAMILY_MAX; f++)
                if (strcmp(family_to_string(f), name) == 0)
                        return f;
        return -1;
}

static int parse_argv(int argc, char *argv[], Options *o) {
        static const struct option options[] = {
                { "family", required_argument, NULL, 'f' },
                { "seed", required_argument, NULL, 's' },
                { "count", required_argument, NULL, 'c' },
                { "verbose", no_argument, NULL, 'v' },
                { NULL, 0, NULL, 0 },
        };
        int option;

        while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (option == 's') {
                        o->first_seed = strtoull(optarg, NULL, 10);
                        o->count = 1;
                } else if (option == 'c') {
                        o->count = strtoull(optarg, NULL, 10);
                } else if (option == 'v') {
                        o->verbose = true;
                } else if (option == 'f') {
                        o->family = family_from_string(optarg);
                        if (o->family < 0)
                                return -EINVAL;
                } else {
                        return -EINVAL;
                }
        }
        return optind == argc ? 0 : -EINVAL;
}

int main(int argc, char *argv[]) {
        Options o = { .first_seed = 1, .count = DEFAULT_COUNT, .family = -1 };
        Totals totals = { 0 };

        if (parse_argv(argc, argv, &o) < 0)
                return usage();

        for (int f = 0; f < _FAMILY_MAX; f++)
                if (o.family < 0 || o.family == f)
                        run_family(&o, f, &totals);
        if (o.family < 0 && o.count > 1) {
                run_cycles(&totals);
                run_teasing(&totals);
                run_burst(&totals);
        }

        printf("%" PRIu64 " scenarios, %" PRIu64 " broken, %" PRIu64 " days of model time, %" PRIu64
               " looks, %" PRIu64 " decisions, %" PRIu64 " interruptions\n",
               totals.scenarios, totals.failures,
               (uint64_t)(totals.model_usec / (24 * USEC_PER_HOUR)), totals.looks, totals.decisions,
               totals.interrupts);
        return totals.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
