/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mbrtowc(3) would depend on the locale, and a daemon has none. */

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

/* Length of the character at `text`; 0 if there is none. */
static size_t character_decode(const char *text, uint32_t *ret_code) {
        static const struct {
                unsigned char mask, lead;
                uint32_t lowest; /* code point that needs so many bytes */
        } forms[] = {
                { 0x80, 0x00, 0 },
                { 0xe0, 0xc0, 0x80 },
                { 0xf0, 0xe0, 0x800 },
                { 0xf8, 0xf0, 0x10000 },
        };
        const unsigned char *s = (const unsigned char *)text;
        uint32_t code;
        size_t form = 0;

        while (form < ELEMENTSOF(forms) && (s[0] & forms[form].mask) != forms[form].lead)
                form++;
        if (form == ELEMENTSOF(forms))
                return 0;

        code = s[0] & ~(uint32_t)forms[form].mask;
        for (size_t i = 1; i <= form; i++) {
                /* Also ends at the NUL. */
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                code = code << 6 | (s[i] & 0x3f);
        }

        if (code < forms[form].lowest || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
                return 0;
        *ret_code = code;
        return form + 1;
}

/* Length of the clean character at `text`; 0 if there is none. */
static size_t character_length(const char *text) {
        uint32_t code = 0;
        size_t n = character_decode(text, &code);

        /* Control characters: C0 and DEL, and C1, which some terminals obey too. */
        return code < 0x20 || (code >= 0x7f && code < 0xa0) ? 0 : n;
}

bool text_is_clean(const char *text) {
        size_t n;

        for (; *text != '\0'; text += n) {
                n = character_length(text);
                if (n == 0)
                        return false;
        }
        return true;
}

void text_clean(char *text) {
        size_t n;

        for (; *text != '\0'; text += n) {
                n = character_length(text);
                if (n == 0) {
                        *text = '?';
                        n = 1;
                }
        }
}

void text_make_utf8(char *text) {
        uint32_t code;
        size_t n;

        for (; *text != '\0'; text += n) {
                n = character_decode(text, &code);
                if (n == 0) {
                        *text = '?';
                        n = 1;
                }
        }
}
