/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Messages that wait for fresh figures
 *
 * Set aside until the figures are there, or for half a second at most; then they come again, as if
 * they had just arrived. When too many wait already, the next one gets the figures of before.
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define WAITING_MAX 16

typedef struct WaitingPlace {
        sd_bus_message *message; /* NULL: free */
        bool released;           /* it comes again with the next turns of the loop */
} WaitingPlace;

typedef struct Waiting {
        sd_bus *bus;
        sd_event_source *timer;
        WaitingPlace places[WAITING_MAX];
} Waiting;

int waiting_begin(Waiting *w, sd_event *event);
void waiting_end(Waiting *w);

/* Nobody is there any more who could be answered. */
void waiting_forget(Waiting *w);

/* True: it has waited, and is to be answered now. */
bool waiting_take(Waiting *w, const sd_bus_message *m);

/* True: it waits. */
bool waiting_add(Waiting *w, sd_bus_message *m);

/* The figures are there. */
void waiting_release(Waiting *w);
