/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How a file of the zoo is made
 *
 * A script of steps, "nocow; falloc 0 16; punch 4 1; header 16": what a table can hold, a random
 * generator can write, and somebody who looks into a disagreement can type. Numbers are pages
 * unless the step says otherwise.
 */

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_ARGUMENTS_MAX 3

/* A subvolume of its own for each file, so that snapshots have nothing else in them. */
typedef struct Stage {
        const char *root; /* the mounted filesystem */
        char subvolume[PATH_MAX];
        int dir_fd;
        int fd;
        int copy_fd;
        unsigned snapshots;
} Stage;

typedef int (*StepRun)(Stage *s, const uint64_t *a);

typedef struct Step {
        const char *name;
        unsigned n_arguments;
        StepRun run;
} Step;

/* Steps on the file alone, and those that concern more than it. Each ends with a NULL name. */
extern const Step steps_file[];
extern const Step steps_filesystem[];

int stage_begin(Stage *s, const char *root, unsigned serial);
void stage_end(Stage *s);

/* Makes the file, if no step has yet. */
int stage_file(Stage *s);

/*
 * Runs a script. `strict`: the first step that fails ends it, and its errno is the result;
 * otherwise a step that the kernel refuses is passed over. -EINVAL for what is no step, always.
 */
int script_run(Stage *s, const char *script, int strict);
