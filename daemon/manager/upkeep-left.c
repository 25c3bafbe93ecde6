/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/upkeep-internal.h"

LeftChunk *left_find(LeftChunks *left, uint64_t logical) {
        for (unsigned i = 0; i < left->n; i++)
                if (left->items[i].logical == logical)
                        return &left->items[i];
        return NULL;
}

void left_add(LeftChunks *left, uint64_t logical, uint64_t length_bytes) {
        if (left_find(left, logical))
                return;
        if (left->n == LEFT_MAX) {
                left->more++;
                return;
        }
        left->items[left->n++] = (LeftChunk){ .logical = logical, .length_bytes = length_bytes };
}

void left_remove(LeftChunks *left, uint64_t logical) {
        LeftChunk *chunk = left_find(left, logical);

        if (chunk)
                *chunk = left->items[--left->n];
}

unsigned left_movable(const LeftChunks *left) {
        unsigned n = 0;

        for (unsigned i = 0; i < left->n; i++)
                n += left->items[i].pinned && left->items[i].ours;
        return n;
}

void left_avoid(const LeftChunks *left, AvoidSet *ret) {
        *ret = (AvoidSet){ 0 };
        for (unsigned i = 0; i < left->n; i++)
                (void)avoid_add_chunk(ret, left->items[i].logical);
}

static bool is_reachable(const LeftChunk *chunk) {
        return !chunk->pinned && !chunk->tried;
}

unsigned left_reachable(const LeftChunks *left) {
        unsigned n = 0;

        for (unsigned i = 0; i < left->n; i++)
                n += is_reachable(&left->items[i]);
        return n;
}

void left_drop_reachable(LeftChunks *left) {
        for (unsigned i = left->n; i-- > 0;)
                if (is_reachable(&left->items[i]))
                        left->items[i] = left->items[--left->n];
}
