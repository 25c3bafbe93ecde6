/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Answers to what clients ask for
 *
 * A handler says in domain words what became of a call; only here do they become D-Bus errors.
 */

#include <stdint.h>
#include <systemd/sd-bus.h>

#define ANSWER_TEXT_MAX 256

typedef enum AnswerKind {
        ANSWER_ACCEPTED,
        ANSWER_INVALID,
        ANSWER_NO_SUCH_SWAPFILE,
        ANSWER_BUSY,
        ANSWER_NO_MEMORY,
        ANSWER_AT_LIMIT,
        ANSWER_REFUSED,
        ANSWER_FAILED,
        _ANSWER_KIND_MAX,
} AnswerKind;

typedef struct Answer {
        AnswerKind kind;
        uint64_t job;                  /* ANSWER_ACCEPTED, where there is one */
        char message[ANSWER_TEXT_MAX]; /* otherwise: the thing and the remedy */
} Answer;

/* Fills in an answer and returns it, so that refusing is one statement. */
Answer answer_refuse(AnswerKind kind, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* 0 when accepted, otherwise the error is set and its negative errno returned. */
int answer_to_error(const Answer *answer, sd_bus_error *ret_error);
