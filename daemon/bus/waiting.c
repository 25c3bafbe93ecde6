/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/waiting.h"

#include "base/cleanup.h"
#include "base/parse.h"

#define WAITING_USEC (500 * USEC_PER_MSEC)

static WaitingPlace *waiting_find(Waiting *w, const sd_bus_message *m) {
        for (size_t i = 0; i < WAITING_MAX; i++)
                if (w->places[i].message == m)
                        return &w->places[i];
        return NULL;
}

static void place_clear(WaitingPlace *place) {
        (void)sd_bus_message_unref(place->message);
        *place = (WaitingPlace){ 0 };
}

bool waiting_take(Waiting *w, const sd_bus_message *m) {
        WaitingPlace *place = waiting_find(w, m);

        if (!place)
                return false;
        place_clear(place);
        return true;
}

/* Those that wait already have had a part of their half second. */
static int timer_start(Waiting *w) {
        int enabled = SD_EVENT_OFF, r;

        if (sd_event_source_get_enabled(w->timer, &enabled) > 0)
                return 0;
        r = sd_event_source_set_time_relative(w->timer, WAITING_USEC);
        return r < 0 ? r : sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

bool waiting_add(Waiting *w, sd_bus_message *m) {
        WaitingPlace *place = waiting_find(w, NULL);

        if (!place)
                return false;
        *place = (WaitingPlace){ .message = sd_bus_message_ref(m) };
        w->bus = sd_bus_message_get_bus(m);
        if (timer_start(w) < 0)
                waiting_release(w);
        return true;
}

void waiting_release(Waiting *w) {
        (void)sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
        for (size_t i = 0; i < WAITING_MAX; i++) {
                WaitingPlace *place = &w->places[i];

                if (!place->message || place->released)
                        continue;
                place->released = true;
                if (sd_bus_enqueue_for_read(w->bus, place->message) < 0)
                        place_clear(place);
        }
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        waiting_release(userdata);
        return 0;
}

int waiting_begin(Waiting *w, sd_event *event) {
        int r;

        r = sd_event_add_time_relative(event, &w->timer, CLOCK_MONOTONIC, 0, 0, on_timer, w);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(w->timer, "bus-waiting");
        return sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
}

void waiting_forget(Waiting *w) {
        (void)sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
        for (size_t i = 0; i < WAITING_MAX; i++)
                place_clear(&w->places[i]);
}

void waiting_end(Waiting *w) {
        if (w->timer)
                waiting_forget(w);
        w->timer = sd_event_source_disable_unref(w->timer);
}
