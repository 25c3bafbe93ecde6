/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints the option table as the sample file has it, for the script `options` to compare. */

#include <stdio.h>
#include <string.h>

#include "config/option.h"

int main(void) {
        const char *section = "";

        for (size_t i = 0; i < config_option_count(); i++) {
                const ConfigOption *o = config_option_get(i);

                if (strcmp(section, o->section) != 0)
                        printf("%s[%s]\n", i > 0 ? "\n" : "", o->section);
                section = o->section;
                printf("# %s.\n#%s=%s\n", o->help, o->key, o->default_text);
        }
        return 0;
}
