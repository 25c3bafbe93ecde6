/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A call that no library would send, for the tests
 *
 *     bare-call ADDRESS METHOD BYTES    with a descriptor that does not come, and so many bytes
 * behind it; prints the error
 *
 * It speaks to the bus by itself: ADDRESS is unix:path=PATH.
 */

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bus/names.h"

#define ANSWER_SEC 20
#define HEADER_BYTES 16
#define CALL 1
#define ERROR 3
#define INTERACTIVE 4

enum {
        FIELD_PATH = 1,
        FIELD_INTERFACE,
        FIELD_MEMBER,
        FIELD_ERROR,
        FIELD_TO = 6,
        FIELD_SIGNATURE = 8
};

typedef struct Buffer {
        uint8_t *bytes;
        size_t used;
} Buffer;

/* ---- writing ---- */

static void put(Buffer *b, const void *bytes, size_t n) {
        memcpy(b->bytes + b->used, bytes, n);
        b->used += n;
}

static void put_aligned(Buffer *b, size_t alignment) {
        while (b->used % alignment != 0)
                b->bytes[b->used++] = 0;
}

static void put_u32(Buffer *b, uint32_t value) {
        uint32_t wire = htole32(value);

        put_aligned(b, sizeof(wire));
        put(b, &wire, sizeof(wire));
}

static void put_field(Buffer *b, uint8_t code, char type, const char *text) {
        const uint8_t head[] = { code, 1, (uint8_t)type, 0 }, length = (uint8_t)strlen(text);

        put_aligned(b, 8);
        put(b, head, sizeof(head));
        if (type == 'g')
                put(b, &length, sizeof(length));
        else
                put_u32(b, length);
        put(b, text, length + 1U);
}

typedef struct Call {
        const char *to, *path, *interface, *member;
        const char *signature; /* NULL: without a body */
        uint32_t serial;
        uint32_t body_bytes;
} Call;

static void put_header(Buffer *b, const Call *call) {
        const uint8_t head[] = { 'l', CALL, INTERACTIVE, 1 };
        size_t begin;
        uint32_t length;

        put(b, head, sizeof(head));
        put_u32(b, call->body_bytes);
        put_u32(b, call->serial);
        put_u32(b, 0);
        begin = b->used;
        put_field(b, FIELD_PATH, 'o', call->path);
        put_field(b, FIELD_INTERFACE, 's', call->interface);
        put_field(b, FIELD_MEMBER, 's', call->member);
        put_field(b, FIELD_TO, 's', call->to);
        if (call->signature)
                put_field(b, FIELD_SIGNATURE, 'g', call->signature);
        length = htole32((uint32_t)(b->used - begin));
        memcpy(b->bytes + begin - sizeof(length), &length, sizeof(length));
        put_aligned(b, 8);
}

static int send_all(int fd, const void *bytes, size_t n) {
        const uint8_t *at = bytes;

        while (n > 0) {
                ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

                if (sent < 0)
                        return -errno;
                at += sent;
                n -= (size_t)sent;
        }
        return 0;
}

/* ---- reading ---- */

static int receive(int fd, void *bytes, size_t n) {
        ssize_t got = recv(fd, bytes, n, MSG_WAITALL);

        if (got < 0)
                return -errno;
        return (size_t)got == n ? 0 : -ECONNRESET;
}

static uint32_t read_u32(const uint8_t *bytes) {
        uint32_t wire;

        memcpy(&wire, bytes, sizeof(wire));
        return le32toh(wire);
}

static const char *find_error(const uint8_t *fields, size_t size) {
        const uint8_t begin[] = { FIELD_ERROR, 1, 's', 0 };
        const uint8_t *at = memmem(fields, size, begin, sizeof(begin));

        return at ? (const char *)at + sizeof(begin) + sizeof(uint32_t) : "?";
}

/* The first error, which is the answer: what comes besides is the bus's own. */
static int print_error(int fd) {
        uint8_t header[HEADER_BYTES], *rest;
        size_t fields, size;
        int r;

        do {
                r = receive(fd, header, sizeof(header));
                if (r < 0)
                        return r;
                fields = read_u32(header + 12);
                size = (fields + 7) / 8 * 8 + read_u32(header + 4);
                rest = calloc(1, size + 1);
                if (!rest)
                        return -ENOMEM;
                r = receive(fd, rest, size);
                if (r >= 0 && header[1] == ERROR)
                        puts(find_error(rest, fields));
                free(rest);
        } while (r >= 0 && header[1] != ERROR);
        return r;
}

/* ---- the conversation ---- */

static int say(int fd, const char *line, const char *expected) {
        char answer[128] = "";
        int r;

        r = send_all(fd, line, strlen(line));
        if (r < 0 || !expected)
                return r;
        if (recv(fd, answer, sizeof(answer) - 1, 0) < 0)
                return -errno;
        return strncmp(answer, expected, strlen(expected)) == 0 ? 0 : -EPROTO;
}

static int greet(int fd) {
        char line[64], uid[16];
        int r, n = 0;

        (void)snprintf(uid, sizeof(uid), "%u", geteuid());
        n = snprintf(line, sizeof(line), "AUTH EXTERNAL ");
        for (const char *digit = uid; *digit != '\0'; digit++)
                n += snprintf(line + n, sizeof(line) - (size_t)n, "%02x", *digit);
        (void)snprintf(line + n, sizeof(line) - (size_t)n, "\r\n");
        r = send_all(fd, "", 1);
        if (r >= 0)
                r = say(fd, line, "OK");
        if (r >= 0)
                r = say(fd, "NEGOTIATE_UNIX_FD\r\n", "AGREE_UNIX_FD");
        return r >= 0 ? say(fd, "BEGIN\r\n", NULL) : r;
}

static int connect_to(const char *address, int *ret_fd) {
        static const char prefix[] = "unix:path=";
        const struct timeval patience = { .tv_sec = ANSWER_SEC };
        struct sockaddr_un to = { .sun_family = AF_UNIX };
        _cleanup_(close_fdp) int fd = -1;

        if (strncmp(address, prefix, strlen(prefix)) != 0)
                return -EINVAL;
        (void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", address + strlen(prefix));
        *strchrnul(to.sun_path, ',') = '\0';
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
            connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
                return -errno;
        *ret_fd = STEAL_FD(fd);
        return 0;
}

static int call(int fd, const char *method, uint32_t bytes) {
        const Call hello = { .to = "org.freedesktop.DBus",
                             .path = "/org/freedesktop/DBus",
                             .interface = "org.freedesktop.DBus",
                             .member = "Hello",
                             .serial = 1 };
        const Call bare = { .to = BUS_NAME,
                            .path = BUS_PATH,
                            .interface = BUS_MANAGER,
                            .member = method,
                            .signature = "hay",
                            .serial = 2,
                            .body_bytes = 2 * sizeof(uint32_t) + bytes };
        _cleanup_(freep) uint8_t *room = calloc(1, bytes + 4096U);
        Buffer b = { .bytes = room };
        int r;

        if (!room)
                return -ENOMEM;
        put_header(&b, &hello);
        put_header(&b, &bare);
        put_u32(&b, 7);
        put_u32(&b, bytes);
        r = send_all(fd, b.bytes, b.used + bytes);
        return r >= 0 ? print_error(fd) : r;
}

int main(int argc, char **argv) {
        _cleanup_(close_fdp) int fd = -1;
        int r;

        if (argc != 4) {
                fprintf(stderr, "Usage: bare-call ADDRESS METHOD BYTES\n");
                return 2;
        }
        r = connect_to(argv[1], &fd);
        if (r >= 0)
                r = greet(fd);
        if (r >= 0)
                r = call(fd, argv[2], (uint32_t)strtoul(argv[3], NULL, 10));
        if (r < 0)
                fprintf(stderr, "bare-call: %s\n", strerror(-r));
        return r < 0;
}
