/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/errors.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "bus/names.h"

/* clang-format off */
static const char *const names[] = {
        [ANSWER_ACCEPTED]         = NULL,
        [ANSWER_INVALID]          = BUS_ERROR_INVALID,
        [ANSWER_NO_SUCH_SWAPFILE] = BUS_ERROR_NO_SUCH_SWAPFILE,
        [ANSWER_BUSY]             = BUS_ERROR_BUSY,
        [ANSWER_NO_MEMORY]        = BUS_ERROR_NO_MEMORY,
        [ANSWER_AT_LIMIT]         = BUS_ERROR_AT_LIMIT,
        [ANSWER_REFUSED]          = BUS_ERROR_REFUSED,
        [ANSWER_FAILED]           = BUS_ERROR_FAILED,
};
/* clang-format on */

static_assert(ELEMENTSOF(names) == _ANSWER_KIND_MAX, "a name is missing");

Answer answer_refuse(AnswerKind kind, const char *format, ...) {
        Answer answer = { .kind = kind };
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(answer.message, sizeof(answer.message), format, ap);
        va_end(ap);
        /* It may name a path, or be cut within a character: D-Bus would send nothing then. */
        text_clean(answer.message);
        return answer;
}

int answer_to_error(const Answer *answer, sd_bus_error *ret_error) {
        if (answer->kind == ANSWER_ACCEPTED)
                return 0;
        return sd_bus_error_set(ret_error, names[answer->kind], answer->message);
}
