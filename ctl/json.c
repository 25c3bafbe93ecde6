/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "print.h"

struct json_object *json_new(void) {
        struct json_object *object = json_object_new_object();

        (void)json_object_object_add(object, "version", json_object_new_int(JSON_VERSION));
        return object;
}

struct json_object *json_new_percent(uint32_t permyriad) {
        /* The text is what is printed; the number beside it is never looked at. */
        return json_object_new_double_s(0, TEXT_PERCENT(permyriad));
}

struct json_object *json_new_text(const char *text) {
        _cleanup_(freep) char *clean = strdup(text);

        if (!clean)
                return NULL;
        text_make_utf8(clean);
        return json_object_new_string(clean);
}

struct json_object *json_new_time(uint64_t usec) {
        return usec == 0 ? NULL : json_object_new_string(TEXT_TIME_ISO(usec));
}

struct json_object *json_group(struct json_object *object, const char *name) {
        struct json_object *group;

        if (json_object_object_get_ex(object, name, &group))
                return group;

        group = json_object_new_object();
        (void)json_object_object_add(object, name, group);
        return group;
}

int json_print(struct json_object *object, bool pretty) {
        const char *text;
        int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

        if (pretty)
                flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;

        text = json_object_to_json_string_ext(object, flags);
        if (!text)
                return -ENOMEM;

        /*
         * json-c escapes what is below a space. DEL and the C1 control characters, which in UTF-8
         * all begin with the byte C2, move a terminal just as well.
         */
        for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
                if (*c == 0x7f)
                        (void)fputs("\\u007f", stdout);
                else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
                        (void)printf("\\u00%02x", *++c);
                else
                        (void)putchar(*c);
        }
        (void)putchar('\n');
        return 0;
}
