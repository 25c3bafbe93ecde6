/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <linux/btrfs_tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "map-svg.h"

#define DEPTH_MAX 8
#define NAME_MAX_LENGTH 32

typedef struct Document {
        char open[DEPTH_MAX][NAME_MAX_LENGTH];
        unsigned depth;
        unsigned elements;
} Document;

/* The five that XML knows by itself. */
static const char *skip_entity(const char *at) {
        static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&apos;" };

        for (size_t i = 0; i < ELEMENTSOF(entities); i++)
                if (strncmp(at, entities[i], strlen(entities[i])) == 0)
                        return at + strlen(entities[i]);
        fail_msg("a bare ampersand: %.40s", at);
        return at;
}

static const char *skip_text(const char *at) {
        while (*at && *at != '<') {
                assert_true((unsigned char)*at >= ' ' || *at == '\n');
                assert_true(*at != 0x7f);
                at = *at == '&' ? skip_entity(at) : at + 1;
        }
        return at;
}

static const char *skip_name(const char *at, char name[NAME_MAX_LENGTH]) {
        size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-");

        assert_true(n > 0 && n < NAME_MAX_LENGTH);
        memcpy(name, at, n);
        name[n] = '\0';
        return at + n;
}

/* name="value"... */
static const char *skip_attributes(const char *at) {
        char name[NAME_MAX_LENGTH];

        while (*at == ' ') {
                at = skip_name(at + 1, name);
                assert_true(at[0] == '=' && at[1] == '"');
                for (at += 2; *at != '"'; at = *at == '&' ? skip_entity(at) : at + 1)
                        assert_true(*at && *at != '<');
                at++;
        }
        return at;
}

static const char *skip_tag(Document *document, const char *at) {
        char name[NAME_MAX_LENGTH];

        if (*at == '/') {
                at = skip_name(at + 1, name);
                assert_true(document->depth > 0);
                assert_string_equal(name, document->open[--document->depth]);
                assert_int_equal(*at, '>');
                return at + 1;
        }

        at = skip_attributes(skip_name(at, name));
        document->elements++;
        if (strncmp(at, "/>", 2) == 0)
                return at + 2;
        assert_int_equal(*at, '>');
        assert_true(document->depth < DEPTH_MAX);
        strcpy(document->open[document->depth++], name);
        return at + 1;
}

/* Returns how many elements there are. */
static unsigned require_well_formed(const char *text) {
        static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        Document document = { 0 };
        const char *at = text + strlen(declaration);

        assert_int_equal(strncmp(text, declaration, strlen(declaration)), 0);
        while (*(at = skip_text(at)))
                at = skip_tag(&document, at + 1);
        assert_int_equal(document.depth, 0);
        return document.elements;
}

static char *draw(const Map *map) {
        const Style style = { 0 };
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        assert_int_equal(map_svg_write(out, map, &style), 0);
        assert_int_equal(fclose(out), 0);
        return text;
}

static Map *pinned_map(void) {
        static const MapRecord records[] = {
                { .device_id = 1, .length_bytes = 8 * GIB },
                { GIB, GIB, BTRFS_BLOCK_GROUP_DATA, 1, MIB, GIB, GIB, GIB / 2 },
                { 2 * GIB, GIB, BTRFS_BLOCK_GROUP_METADATA, 1, 2 * GIB, GIB, MIB, 0 },
        };
        Map *map;

        assert_int_equal(map_new(records, sizeof(records), &map), 0);
        return map;
}

static void a_picture_is_well_formed(void **state) {
        _cleanup_(map_freep) Map *map = pinned_map();
        _cleanup_(freep) char *text = draw(map);

        assert_true(require_well_formed(text) > 20);
        assert_non_null(strstr(text, "Scrub cannot reach 512 MiB of your data"));
        assert_non_null(strstr(text, "<title>Data, single, 1.00 GiB at 1048576"));
}

static void odd_names_do_no_harm(void **state) {
        static const char *const names[] = {
                "/dev/<script>alert(1)</script>",
                "/dev/a&b",
                "\"><g>",
                "\x1b[31m\x07\n",
                "\xff\xfe",
                "]]>",
                "",
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_(map_freep) Map *map = pinned_map();
                _cleanup_(freep) char *text = NULL;

                map->devices[0].path = strdup(names[i]);
                assert_non_null(map->devices[0].path);
                text = draw(map);
                (void)require_well_formed(text);
                assert_null(strstr(text, "<script>"));
        }
}

static void no_devices_is_a_picture_too(void **state) {
        _cleanup_(map_freep) Map *map = NULL;
        _cleanup_(freep) char *text = NULL;

        assert_int_equal(map_new("", 0, &map), 0);
        text = draw(map);
        (void)require_well_formed(text);
}

/* However large the filesystem is. */
static void the_size_is_bounded(void **state) {
        const size_t n = 50000;
        _cleanup_(map_freep) Map *map = NULL;
        _cleanup_(freep) char *text = NULL;
        MapRecord *records = calloc(n + 1, sizeof(*records));

        assert_non_null(records);
        records[0] = (MapRecord){ .device_id = 1, .length_bytes = 100 * TIB };
        for (size_t i = 0; i < n; i++)
                records[i + 1] = (MapRecord){
                        i * GIB, GIB, BTRFS_BLOCK_GROUP_DATA, 1, i * GIB, GIB, GIB, i % 7 ? 0 : MIB,
                };
        assert_int_equal(map_new(records, (n + 1) * sizeof(*records), &map), 0);
        free(records);

        text = draw(map);
        (void)require_well_formed(text);
        assert_true(strlen(text) < 2 * MIB);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_picture_is_well_formed),
                cmocka_unit_test(odd_names_do_no_harm),
                cmocka_unit_test(no_devices_is_a_picture_too),
                cmocka_unit_test(the_size_is_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
