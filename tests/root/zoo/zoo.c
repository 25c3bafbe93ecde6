/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The zoo: does the kernel take as swap what we say it takes?
 *
 *     zoo kinds DIRECTORY NAME...         the kinds of each filesystem, mounted at DIRECTORY/NAME
 *     zoo random FILESYSTEM SEED COUNT    so many random files
 *     zoo script FILESYSTEM SCRIPT        one file, and what both say
 *     zoo make FILESYSTEM SCRIPT          one file, which stays; its name is printed
 *
 * Each file is made on a real btrfs, judged, and handed to swapon(2). Needs root, and turns swap on
 * and off. Exits with 0 if there was no disagreement.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "judge.h"
#include "kinds.h"
#include "random.h"

#define FINDINGS_SHOWN 6

typedef struct Tally {
        unsigned serial;
        unsigned accepted;
        unsigned refused;
        unsigned failed;
} Tally;

static void show(const Answers *a) {
        printf("  ours:   %s", a->report.n_findings == 0 ? "ok" : "");
        for (uint32_t i = 0; i < a->report.n_findings && i < FINDINGS_SHOWN; i++)
                printf("%s%s at %" PRIu64 " for %" PRIu64, i > 0 ? ", " : "",
                       check_rule_to_string(a->report.findings[i].rule),
                       a->report.findings[i].offset_bytes, a->report.findings[i].length_bytes);
        printf("; extents_check(): %s; %" PRIu64 " extents, %" PRIu64 " bytes\n",
               check_rule_to_string(a->verdict.rule), a->report.extents, a->report.swap_bytes);
        printf("  kernel: %s, %" PRIu64 " bytes%s%s\n", a->kernel == 0 ? "ok" : strerror(a->kernel),
               a->kernel_bytes, a->reason == _CHECK_RULE_MAX ? "" : ", ",
               a->reason == _CHECK_RULE_MAX ? "" : check_rule_to_string(a->reason));
}

static const char *judge(Stage *s, CheckRule expected, Answers *answers) {
        if (stage_file(s) < 0 || answers_get(s, answers) < 0)
                return "there was no answer";
        return answers_disagree(answers, expected);
}

/* Whatever comes of it is on standard output; the words on a failure are the first. */
static void run(Tally *t, const char *root, const char *name, const char *script, int strict,
                CheckRule expected) {
        Answers answers = { 0 };
        const char *wrong;
        Stage stage;
        int r;

        r = stage_begin(&stage, root, t->serial++);
        if (r == 0)
                r = script_run(&stage, script, strict);
        wrong = r < 0 ? "it could not be made" : judge(&stage, expected, &answers);
        stage_end(&stage);

        if (wrong) {
                t->failed++;
                printf("FAILED %s: %s\n  script: %s\n", name, wrong, script);
                if (r == 0)
                        show(&answers);
                return;
        }
        t->accepted += answers.kernel == 0;
        t->refused += answers.kernel != 0;
        if (strict)
                printf("ok %s: %s\n", name,
                       answers.kernel == 0 ? "ok"
                                           : check_rule_to_string(answers.report.findings[0].rule));
}

static void run_kinds(Tally *t, const char *directory, const char *filesystem) {
        char root[PATH_MAX];

        (void)snprintf(root, sizeof(root), "%s/%s", directory, filesystem);
        for (const Kind *k = kinds; k->name; k++)
                if (strcmp(k->filesystem, filesystem) == 0)
                        run(t, root, k->name, k->script, 1, k->rule);
}

static int run_random(Tally *t, const char *root, const char *seed_text, const char *count_text) {
        char script[RANDOM_SCRIPT_MAX], name[64];
        uint64_t seed, count;

        if (parse_u64(seed_text, &seed) < 0 || parse_u64(count_text, &count) < 0)
                return -EINVAL;
        for (uint64_t i = 0; i < count; i++) {
                random_script(seed, i, script);
                (void)snprintf(name, sizeof(name), "random %" PRIu64 " of seed %" PRIu64, i, seed);
                run(t, root, name, script, 0, KIND_ANY);
        }
        return 0;
}

static int run_script(const char *root, const char *script) {
        Answers answers = { 0 };
        const char *wrong = "it could not be made";
        Stage stage;

        if (stage_begin(&stage, root, 999999) == 0 && script_run(&stage, script, 0) == 0)
                wrong = judge(&stage, KIND_ANY, &answers);
        stage_end(&stage);
        show(&answers);
        puts(wrong ? wrong : "They agree");
        return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int make(const char *root, const char *script) {
        Stage stage;

        if (stage_begin(&stage, root, (unsigned)getpid()) < 0 || script_run(&stage, script, 1) < 0)
                return EXIT_FAILURE;
        printf("%s/file\n", stage.subvolume);
        return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
        Tally tally = { 0 };
        int i;

        if (argc == 4 && strcmp(argv[1], "script") == 0)
                return run_script(argv[2], argv[3]);
        if (argc == 4 && strcmp(argv[1], "make") == 0)
                return make(argv[2], argv[3]);
        if (argc == 5 && strcmp(argv[1], "random") == 0) {
                if (run_random(&tally, argv[2], argv[3], argv[4]) < 0)
                        return 2;
        } else if (argc > 3 && strcmp(argv[1], "kinds") == 0) {
                for (i = 3; i < argc; i++)
                        run_kinds(&tally, argv[2], argv[i]);
        } else {
                (void)fprintf(stderr,
                              "zoo kinds DIRECTORY NAME... | random FILESYSTEM SEED COUNT | "
                              "script|make FILESYSTEM SCRIPT\n");
                return 2;
        }
        printf("%u files: %u accepted, %u refused, %u disagreements\n", tally.serial,
               tally.accepted, tally.refused, tally.failed);
        return tally.failed > 0 || tally.serial == 0;
}
