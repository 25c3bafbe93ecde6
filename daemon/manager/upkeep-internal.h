/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the parts of upkeep share
 *
 * A stage is begun by one function, which returns 0 when the work is under way, 1 when there was
 * nothing to do, or a negative errno; whoever hears of its end calls upkeep_ended().
 */

#include "manager/manager-internal.h"

/* ---- upkeep.c ---- */

/* The stage is through, or there is one part less to do. */
void upkeep_ended(Manager *m);

/* It was begun too early: once more when nothing is in the way. */
void upkeep_again(Manager *m);

/* It cannot go on at all. */
void upkeep_fail(Manager *m, int error, const char *what);

bool upkeep_is_look(UpkeepStage stage);

/* ---- upkeep-left.c: the chunks that were left out ---- */

LeftChunk *left_find(LeftChunks *left, uint64_t logical);
void left_add(LeftChunks *left, uint64_t logical, uint64_t length_bytes);
void left_remove(LeftChunks *left, uint64_t logical);

/* Those that are pinned by the pool now. */
unsigned left_movable(const LeftChunks *left);

void left_avoid(const LeftChunks *left, AvoidSet *ret);

/* Those that are not pinned any more, and not tried yet. */
unsigned left_reachable(const LeftChunks *left);
void left_drop_reachable(LeftChunks *left);

/* ---- upkeep-survey.c ---- */

int upkeep_look(Manager *m);

/* What the pool pins now is left out; with nothing but swap in it, the next look forgets it. */
void upkeep_add_pinned(Manager *m, bool collateral_only);

/* ---- upkeep-scrub.c ---- */

int upkeep_scrub_first(Manager *m);
int upkeep_scrub_second(Manager *m);

/* ---- upkeep-balance.c ---- */

int upkeep_balance_others(Manager *m);
int upkeep_balance_first(Manager *m);
int upkeep_balance_between(Manager *m);
int upkeep_balance_probe(Manager *m);
int upkeep_balance_second(Manager *m);

/* Has the stage another part? */
bool upkeep_balance_goes_on(const Upkeep *u);

/* ---- upkeep-report.c ---- */

unsigned upkeep_skipped(const Upkeep *u);

/* A sentence on how it came out. */
void upkeep_summarize(const Upkeep *u, char *buf, size_t size);
void upkeep_fill_report(Upkeep *u);
void upkeep_log_skipped(const Upkeep *u);
