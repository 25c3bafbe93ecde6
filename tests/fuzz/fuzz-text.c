/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whatever somebody types as a filter, and whatever the log holds. A filter that was taken reads
 * the same when it was formatted and is taken again.
 *
 * A target for libFuzzer; tests/unit/test-text-decode.c feeds it mutations of sound texts.
 */

#include "fuzz-tree.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kmsg.h"
#include "policy/balance-filter.h"

#define TEXT_MAX 4096

static void require(bool truth) {
        if (!truth)
                abort();
}

static void take(const char *option) {
        char text[BALANCE_TEXT_MAX], again[BALANCE_TEXT_MAX];
        BalanceArgs args = { 0 }, back = { 0 };

        if (balance_args_take(&args, option))
                return;
        balance_args_format(&args, text, sizeof(text));
        require(!balance_args_take(&back, text));
        require(strcmp(balance_args_format(&back, again, sizeof(again)), text) == 0);
}

static void parse(const char *record) {
        KmsgEvent event = { 0 };

        if (!kmsg_parse(record, &event))
                return;
        require(event.kind < _KMSG_KIND_MAX);
        require(event.device[0] != '\0' && memchr(event.device, '\0', sizeof(event.device)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char text[TEXT_MAX];

        if (size >= sizeof(text))
                return 0;
        memcpy(text, data, size);
        text[size] = '\0';
        take(text);
        parse(text);
        return 0;
}
