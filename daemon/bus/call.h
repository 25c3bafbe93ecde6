/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A call that is answered later
 *
 * Some calls wait for work that takes long. The caller may leave the bus in the meantime; then
 * whoever works for it hears of that, and stops.
 */

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "bus/errors.h"

typedef struct ApiCall ApiCall;

typedef struct ApiClient {
        char name[64]; /* of its process */
        uint32_t pid;
        uint32_t uid;
} ApiClient;

/* What a lease was given for, as told to the client and to people. */
typedef struct ApiReport {
        uint64_t headroom_bytes; /* free swap online now */
        uint32_t files_rotated;  /* moved, with a replacement online before */
        uint32_t files_drained;  /* given back without one */
        uint32_t chunks_freed;
        uint32_t pinned_chunks; /* that stay pinned */
        uint64_t collateral_bytes;
        char message[ANSWER_TEXT_MAX]; /* a sentence on what was done, what stays pinned, and why */
} ApiReport;

/* Keeps the message, and so what it brought with it: strings and descriptors. */
int api_call_new(sd_bus_message *m, ApiCall **ret);
sd_bus_message *api_call_get_message(const ApiCall *call);

/*
 * Asks the bus who the caller is, without waiting for it. `known` is called once, with the call; if
 * the caller leaves before, the call is freed and nothing is called.
 */
int api_call_identify(ApiCall *call, void (*known)(void *userdata, ApiCall *call), void *userdata);

/* "?" until it is known. */
const ApiClient *api_call_get_client(const ApiCall *call);

/*
 * `gone` is called if the caller leaves first, or the bus does, and must not answer any more; it
 * may free the call. Never from within this function.
 */
int api_call_watch(ApiCall *call, void (*gone)(void *userdata, ApiCall *call), void *userdata);

/* Each answers and frees the call. `fd` stays the caller's. */
void api_call_refuse(ApiCall *call, const Answer *answer);
void api_call_return_fd(ApiCall *call, int fd);
void api_call_return_lease(ApiCall *call, int fd, const ApiReport *report);

/* Frees it without an answer: the caller is gone. */
ApiCall *api_call_free(ApiCall *call);

DEFINE_CLEANUP(ApiCall *, api_call_free)
