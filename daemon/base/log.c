/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One write(2) per line, from a buffer on the stack: the log has to work when memory does not,
 * and lines of parent and children must not mix. Nor may it wait: a journal that reads no more, or
 * has gone, costs lines.
 */

#include "base/log.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

static int max_priority = LOG_INFO;

void log_set_max_priority(int priority) {
        max_priority = priority;
}

/* systemd announces the journal on our standard error; only then is a `<N>` prefix understood. */
static bool log_to_journal(void) {
        static int journal = -1;

        if (journal < 0)
                journal = getenv("JOURNAL_STREAM") != NULL;
        return journal;
}

static size_t append(char *line, size_t size, size_t used, const char *format, va_list ap) {
        int n;

        n = vsnprintf(line + used, size - used, format, ap);
        if (n < 0)
                return used;
        return used + (size_t)n < size ? used + (size_t)n : size - 1;
}

static size_t append_text(char *line, size_t size, size_t used, const char *format, ...)
        _printf_(4, 5);

static size_t append_text(char *line, size_t size, size_t used, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        used = append(line, size, used, format, ap);
        va_end(ap);
        return used;
}

/* Who else has a terminal or a pipe open would feel O_NONBLOCK; of a socket one can ask it each
 * time. */
static void emit(const char *line, size_t size) {
        if (send(STDERR_FILENO, line, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == ENOTSOCK)
                (void)!write(STDERR_FILENO, line, size);
}

void log_message(int priority, int error, const char *format, ...) {
        /* One byte less than the buffer is text, so that the newline always fits. */
        char line[2048];
        size_t used = 0;
        va_list ap;

        if (priority > max_priority)
                return;

        if (log_to_journal())
                used = append_text(line, sizeof(line) - 1, used, "<%d>", priority);

        va_start(ap, format);
        used = append(line, sizeof(line) - 1, used, format, ap);
        va_end(ap);

        if (error < 0)
                used = append_text(line, sizeof(line) - 1, used, ": %s", strerrordesc_np(-error));

        line[used++] = '\n';
        emit(line, used);
}
