/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scope-bound cleanup
 *
 * A variable marked _cleanup_(f) calls f with its own address when it goes out of scope; this is
 * why no function here needs a goto. Every destructor takes NULL and returns NULL, so that
 * `x = thing_free(x)` is the one idiom for giving something up early.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _pure_ __attribute__((pure))
#define _const_ __attribute__((const))

#define ELEMENTSOF(array) (sizeof(array) / sizeof((array)[0]))

/* Gives a pointer away: yields its value and leaves NULL, so that its cleanup does nothing. */
#define STEAL_PTR(ptr)                                                                             \
        ({                                                                                         \
                __typeof__(ptr) *_where = &(ptr);                                                  \
                __typeof__(ptr) _what = *_where;                                                   \
                *_where = NULL;                                                                    \
                _what;                                                                             \
        })

/* The same for a file descriptor, which is -1 when it holds nothing. */
#define STEAL_FD(fd)                                                                               \
        ({                                                                                         \
                int *_where = &(fd);                                                               \
                int _what = *_where;                                                               \
                *_where = -1;                                                                      \
                _what;                                                                             \
        })

/* Declares the cleanup function `free_func##p` for a pointer type. */
#define DEFINE_CLEANUP(type, free_func)                                                            \
        static inline void free_func##p(type *pp) {                                                \
                if (*pp)                                                                           \
                        *pp = free_func(*pp);                                                      \
        }

/* Keeps errno: what failed before the cleanup is what the caller wants to hear of. */
static inline int close_fd(int fd) {
        int saved = errno;

        if (fd >= 0)
                (void)close(fd);
        errno = saved;
        return -1;
}

static inline void close_fdp(int *fd) {
        *fd = close_fd(*fd);
}

static inline void freep(void *p) {
        free(*(void **)p);
}

static inline void fclosep(FILE **f) {
        if (*f)
                (void)fclose(*f);
}

static inline void closedirp(DIR **d) {
        if (*d)
                (void)closedir(*d);
}
