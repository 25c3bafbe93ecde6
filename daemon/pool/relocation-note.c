/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/relocation-note.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"

#define NOTE_VERSION 1

/* All lines with the longest of numbers. */
#define NOTE_TEXT_MAX 16384

#define NOTE_NAME_MAX 64

typedef enum FieldKind {
        FIELD_BOOL,
        FIELD_U32,
        FIELD_U64,
        FIELD_PID,
} FieldKind;

typedef struct Field {
        const char *key;
        FieldKind kind;
        size_t offset;
} Field;

/* clang-format off */
#define FIELD(key, kind, member) { key, FIELD_##kind, offsetof(RelocationNote, member) }
#define FILTER_FIELDS(key, member) \
        FIELD(key ".enabled",        BOOL, member.enabled), \
        FIELD(key ".set",            U32,  member.set), \
        FIELD(key ".profiles",       U64,  member.profiles), \
        FIELD(key ".usage-min",      U64,  member.usage_min), \
        FIELD(key ".usage-max",      U64,  member.usage_max), \
        FIELD(key ".device",         U64,  member.device_id), \
        FIELD(key ".physical-start", U64,  member.physical_start), \
        FIELD(key ".physical-end",   U64,  member.physical_end), \
        FIELD(key ".logical-start",  U64,  member.logical_start), \
        FIELD(key ".logical-end",    U64,  member.logical_end), \
        FIELD(key ".limit-min",      U64,  member.limit_min), \
        FIELD(key ".limit-max",      U64,  member.limit_max), \
        FIELD(key ".stripes-min",    U32,  member.stripes_min), \
        FIELD(key ".stripes-max",    U32,  member.stripes_max), \
        FIELD(key ".convert",        U64,  member.convert)
#define ARGS_FIELDS(key, member) \
        FILTER_FIELDS(key ".data",     member.types[BALANCE_DATA]), \
        FILTER_FIELDS(key ".metadata", member.types[BALANCE_METADATA]), \
        FILTER_FIELDS(key ".system",   member.types[BALANCE_SYSTEM]), \
        FIELD(key ".force",      BOOL, member.force)
#define STAT_FIELDS(key, member) \
        FIELD(key ".expected",   U64,  member.expected), \
        FIELD(key ".considered", U64,  member.considered), \
        FIELD(key ".completed",  U64,  member.completed)

static const Field fields[] = {
        FIELD("settled",         BOOL, settled),
        FIELD("idle",            BOOL, idle),
        FIELD("worker",          PID,  worker),
        ARGS_FIELDS("plan",            plan.args),
        FIELD("plan.finish",     U64,  plan.finish),
        FIELD("plan.below",      U64,  plan.below),
        STAT_FIELDS("plan.done",       plan.done),
        FIELD("plan.paused",     BOOL, plan.paused),
        FIELD("plan.ours",       BOOL, plan.ours),
        FIELD("finishing",       BOOL, finishing),
        FIELD("seen",            BOOL, seen_any),
        ARGS_FIELDS("seen",            seen.args),
        ARGS_FIELDS("asked",           seen.asked),
        STAT_FIELDS("seen",            seen.stat),
        FIELD("seen.running",    BOOL, seen.running),
        FIELD("at",              U64,  at),
};
/* clang-format on */

/* ---- the text ---- */

static uint64_t field_get(const Field *field, const RelocationNote *note) {
        const char *member = (const char *)note + field->offset;

        switch (field->kind) {
        case FIELD_BOOL:
                return *(const bool *)member;
        case FIELD_U32:
                return *(const uint32_t *)member;
        case FIELD_PID:
                return (uint64_t) * (const pid_t *)member;
        case FIELD_U64:
        default:
                return *(const uint64_t *)member;
        }
}

static int field_set(const Field *field, uint64_t value, RelocationNote *note) {
        char *member = (char *)note + field->offset;

        switch (field->kind) {
        case FIELD_BOOL:
                *(bool *)member = value == 1;
                return value <= 1 ? 0 : -EBADMSG;
        case FIELD_U32:
                *(uint32_t *)member = (uint32_t)value;
                return value <= UINT32_MAX ? 0 : -EBADMSG;
        case FIELD_PID:
                *(pid_t *)member = (pid_t)value;
                return value <= INT32_MAX ? 0 : -EBADMSG;
        case FIELD_U64:
        default:
                *(uint64_t *)member = value;
                return 0;
        }
}

static size_t note_format(const char *fsid, const RelocationNote *note, char *buf, size_t size) {
        size_t n;

        n = (size_t)snprintf(buf, size, "version=%d\nfilesystem=%s\n", NOTE_VERSION, fsid);
        for (size_t i = 0; i < ELEMENTSOF(fields); i++)
                n += (size_t)snprintf(buf + n, size - n, "%s=%" PRIu64 "\n", fields[i].key,
                                      field_get(&fields[i], note));
        return n;
}

/* Yields the value of the line that must come next, NUL-terminated, and moves on. */
static char *line_take(char **cursor, const char *key) {
        size_t length = strlen(key);
        char *line = *cursor, *end = strchr(line, '\n');

        if (!end || strncmp(line, key, length) != 0 || line[length] != '=')
                return NULL;
        *end = '\0';
        *cursor = end + 1;
        return line + length + 1;
}

/* All lines in their order and nothing behind them: a note that lacks one is not complete. */
static int note_parse(char *text, const char *fsid, RelocationNote *ret) {
        RelocationNote note = { 0 };
        uint64_t value;
        char *word;

        word = line_take(&text, "version");
        if (!word || parse_u64(word, &value) < 0 || value != NOTE_VERSION)
                return -EBADMSG;
        word = line_take(&text, "filesystem");
        if (!word || strcmp(word, fsid) != 0)
                return -EBADMSG;

        for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
                word = line_take(&text, fields[i].key);
                if (!word || parse_u64(word, &value) < 0)
                        return -EBADMSG;
                if (field_set(&fields[i], value, &note) < 0)
                        return -EBADMSG;
        }
        if (*text != '\0')
                return -EBADMSG;
        *ret = note;
        return 0;
}

/* ---- the file ---- */

static void note_name(const char *fsid, const char *suffix, char buf[NOTE_NAME_MAX]) {
        (void)snprintf(buf, NOTE_NAME_MAX, "relocation-%.36s%s", fsid, suffix);
}

int relocation_note_open_directory(const char *path) {
        _cleanup_(close_fdp) int fd = -1;
        struct stat st;

        if (mkdir(path, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;

        /* What stands in a note is done to the filesystem. */
        if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
                return -EPERM;
        return STEAL_FD(fd);
}

int relocation_note_read(int dir_fd, const char *fsid, RelocationNote *ret) {
        _cleanup_(close_fdp) int fd = -1;
        char name[NOTE_NAME_MAX], text[NOTE_TEXT_MAX];
        struct stat st;
        ssize_t n;

        note_name(fsid, "", name);
        /* What is a FIFO must not hold us, and what is a link is not ours (ELOOP). */
        fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return errno == ELOOP ? -EBADMSG : -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
                return -EBADMSG;

        n = file_read_fd(fd, text, sizeof(text));
        if (n < 0)
                return n == -EFBIG ? -EBADMSG : (int)n;
        if (strlen(text) != (size_t)n)
                return -EBADMSG;
        return note_parse(text, fsid, ret);
}

static int write_all(int fd, const char *text, size_t size) {
        ssize_t n;

        while (size > 0) {
                n = write(fd, text, size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                text += n;
                size -= (size_t)n;
        }
        return 0;
}

int relocation_note_write(int dir_fd, const char *fsid, const RelocationNote *note) {
        _cleanup_(close_fdp) int fd = -1;
        char name[NOTE_NAME_MAX], half[NOTE_NAME_MAX], text[NOTE_TEXT_MAX];
        size_t size = note_format(fsid, note, text, sizeof(text));
        int r;

        assert(size < sizeof(text));
        note_name(fsid, "", name);
        note_name(fsid, ".new", half);

        /* Left by a writer that was killed. */
        if (unlinkat(dir_fd, half, 0) < 0 && errno != ENOENT)
                return -errno;
        fd = openat(dir_fd, half, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = write_all(fd, text, size);
        if (r < 0)
                return r;
        return renameat(dir_fd, half, dir_fd, name) < 0 ? -errno : 0;
}

void relocation_note_remove(int dir_fd, const char *fsid) {
        char name[NOTE_NAME_MAX];

        note_name(fsid, "", name);
        (void)unlinkat(dir_fd, name, 0);
        note_name(fsid, ".new", name);
        (void)unlinkat(dir_fd, name, 0);
}
