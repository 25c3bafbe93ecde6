/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/callers.h"

#include <stdio.h>
#include <string.h>

void callers_add(Callers *callers, const char *name, uint32_t uid) {
        Caller *caller = &callers->items[callers->next];

        if (strlen(name) >= sizeof(caller->name))
                return;
        (void)snprintf(caller->name, sizeof(caller->name), "%s", name);
        caller->uid = uid;
        callers->next = (callers->next + 1) % CALLERS_MAX;
}

bool callers_find(const Callers *callers, const char *name, uint32_t *ret_uid) {
        for (unsigned i = 0; i < CALLERS_MAX; i++) {
                if (strcmp(callers->items[i].name, name) != 0)
                        continue;
                *ret_uid = callers->items[i].uid;
                return true;
        }
        return false;
}
