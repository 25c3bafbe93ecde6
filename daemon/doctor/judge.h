/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The doctor's findings
 *
 * A function of facts. A machine on which all is as it should be has none: what merely could be
 * better is no finding.
 */

#include "doctor/machine.h"
#include "doctor/rules.h"

/* Twice a path, quoted, and words around it. */
#define REMEDY_MAX (4 * PATH_MAX)

typedef struct Diagnosis {
        DoctorRule rule;
        char subject[PATH_MAX]; /* a path, a device, a program */
        char found[512];
        char remedy[REMEDY_MAX];
} Diagnosis;

typedef void (*DiagnosisHandler)(void *userdata, const Diagnosis *diagnosis);

/* All text is fit to be shown. */
void machine_judge(const Machine *machine, DiagnosisHandler handler, void *userdata);
