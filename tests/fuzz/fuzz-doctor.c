/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The configurations of other programs: any text goes through each reader.
 *
 * A target for libFuzzer; tests/unit/test-doctor-files.c feeds it mutations of sound files.
 */

#include "fuzz-tree.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/btrbk.h"
#include "doctor/fstab.h"
#include "doctor/oomd.h"
#include "doctor/snapper.h"
#include "doctor/timeshift.h"

static void require(bool truth) {
        if (!truth)
                abort();
}

static void take_path(void *userdata, const char *path) {
        require(path[0] == '/' && strlen(path) < PATH_MAX);
}

static void take_file(void *userdata, const FstabFile *file) {
        require(file->path[0] == '/' && memchr(file->path, '\0', sizeof(file->path)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        uint32_t limit_permyriad = 0;
        TimeshiftConfig timeshift;
        SnapperConfig snapper;
        char *text;

        text = malloc(size + 1);
        require(text);
        memcpy(text, data, size);
        text[size] = '\0';

        if (snapper_config_parse(text, &snapper) >= 0)
                take_path(NULL, snapper.subvolume);
        if (timeshift_config_parse(text, &timeshift) >= 0)
                require(memchr(timeshift.filesystem, '\0', sizeof(timeshift.filesystem)));
        btrbk_config_parse(text, take_path, NULL);
        (void)fstab_parse(text, take_file, NULL);
        oomd_config_parse(text, &limit_permyriad);
        free(text);
        return 0;
}
