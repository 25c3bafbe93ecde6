/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/operation.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"

/* clang-format off */
static const char *const operations[] = {
        [OPERATION_BALANCE]       = "balance",
        [OPERATION_SCRUB]         = "scrub",
        [OPERATION_SNAPSHOT]      = "snapshot",
        [OPERATION_DEVICE_REMOVE] = "device-remove",
        [OPERATION_REPLACE]       = "replace",
        [OPERATION_RESIZE]        = "resize",
        [OPERATION_DEFRAG]        = "defrag",
        [OPERATION_GENERIC]       = "generic",
};

static const char *const exclusives[] = {
        [EXCLUSIVE_NONE]           = "none",
        [EXCLUSIVE_BALANCE]        = "balance",
        [EXCLUSIVE_BALANCE_PAUSED] = "balance paused",
        [EXCLUSIVE_RECLAIM]        = "automatic reclaim",
        [EXCLUSIVE_DEVICE_ADD]     = "device add",
        [EXCLUSIVE_DEVICE_REMOVE]  = "device remove",
        [EXCLUSIVE_DEVICE_REPLACE] = "device replace",
        [EXCLUSIVE_RESIZE]         = "resize",
        [EXCLUSIVE_SWAP_ACTIVATE]  = "swap activate",
        [EXCLUSIVE_UNKNOWN]        = "unknown",
};

static const char *const relocations[] = {
        [RELOCATION_NONE]         = "none",
        [RELOCATION_RUNNING]      = "running",
        [RELOCATION_INTERRUPTING] = "interrupting",
        [RELOCATION_HELD]         = "held",
};

static const char *const sentences[] = {
        [EXCLUSIVE_NONE]           = "",
        [EXCLUSIVE_BALANCE]        = "no swapfile can be turned on until the balance ends or is interrupted, and it skips the pinned chunks",
        [EXCLUSIVE_BALANCE_PAUSED] = "no swapfile can be turned on while a balance is paused; 'btrfs balance resume' or 'btrfs balance cancel' ends that",
        [EXCLUSIVE_RECLAIM]        = "no swapfile can be turned on until the kernel has reclaimed a chunk, which passes by itself",
        [EXCLUSIVE_DEVICE_ADD]     = "no swapfile can be turned on until the device is added",
        [EXCLUSIVE_DEVICE_REMOVE]  = "no swapfile can be turned on until the device is removed",
        [EXCLUSIVE_DEVICE_REPLACE] = "no swapfile can be turned on until the device is replaced",
        [EXCLUSIVE_RESIZE]         = "no swapfile can be turned on until the filesystem is resized",
        [EXCLUSIVE_SWAP_ACTIVATE]  = "another swapfile is being turned on",
        [EXCLUSIVE_UNKNOWN]        = "no swapfile can be turned on until it ends",
};
/* clang-format on */

static_assert(ELEMENTSOF(operations) == _OPERATION_MAX, "a name is missing");
static_assert(ELEMENTSOF(exclusives) == _EXCLUSIVE_MAX, "a name is missing");
static_assert(ELEMENTSOF(relocations) == _RELOCATION_STATE_MAX, "a name is missing");
static_assert(ELEMENTSOF(sentences) == _EXCLUSIVE_MAX, "a sentence is missing");

const char *operation_to_string(Operation operation) {
        assert(operation < _OPERATION_MAX);
        return operations[operation];
}

Operation operation_from_string(const char *name) {
        for (Operation i = 0; i < _OPERATION_MAX; i++)
                if (strcmp(operations[i], name) == 0)
                        return i;
        return _OPERATION_MAX;
}

bool operation_is_exclusive(Operation operation) {
        switch (operation) {
        case OPERATION_BALANCE:
        case OPERATION_DEVICE_REMOVE:
        case OPERATION_REPLACE:
        case OPERATION_RESIZE:
                return true;
        default:
                return false;
        }
}

const char *exclusive_to_string(Exclusive exclusive) {
        assert(exclusive < _EXCLUSIVE_MAX);
        return exclusives[exclusive];
}

Exclusive exclusive_from_string(const char *word) {
        for (Exclusive i = 0; i < EXCLUSIVE_UNKNOWN; i++)
                if (i != EXCLUSIVE_RECLAIM && strcmp(exclusives[i], word) == 0)
                        return i;
        return EXCLUSIVE_UNKNOWN;
}

const char *relocation_state_to_string(RelocationState state) {
        assert(state < _RELOCATION_STATE_MAX);
        return relocations[state];
}

const char *exclusive_to_sentence(Exclusive exclusive) {
        assert(exclusive < _EXCLUSIVE_MAX);
        return sentences[exclusive];
}
