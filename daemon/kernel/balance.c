/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/balance.h"

#include "kernel/exclop.h"

int exclusive_read(int exclop_fd, int fd, Exclusive *ret) {
        char word[EXCLOP_NAME_MAX];
        int r;

        r = exclop_read(exclop_fd, word, sizeof(word));
        if (r < 0)
                return r;
        *ret = exclusive_from_string(word);
        return 0;
}
