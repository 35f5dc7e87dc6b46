// Durations as people write them.

#include "servo/settings.h"

#include <stdlib.h>
#include <string.h>

#define SPACE " \t\r\n"

static const struct {
    const char *name;
    double milliseconds;
} units[] = {
    // Longer names first, so that `ms` and `mm` are not read as minutes.
    {"ns", 1e-6}, {"us", 1e-3}, {"ms", 1},       {"mm", 30 * 86400e3}, {"s", 1e3},
    {"m", 60e3},  {"h", 3600e3}, {"d", 86400e3}, {"w", 7 * 86400e3},   {"y", 365 * 86400e3},
};

const char *servo_duration_read(const char *text, uint32_t *milliseconds) {
    const char *wrong = servo_format("`%s` is not a duration; write it like `1m30s`", text);
    const char *at = text + strspn(text, SPACE);
    double total = 0;
    if (at[0] == '0' && at[1 + strspn(at + 1, SPACE)] == 0) {
        *milliseconds = 0;
        return NULL;
    }
    do {
        // `strtod` would read a sign, `inf` and hexadecimal numbers too.
        size_t digits = strspn(at, "0123456789.");
        char *end;
        double amount = strtod(at, &end);
        if (digits == 0 || end != at + digits) {
            return wrong;
        }
        at = end + strspn(end, SPACE);
        size_t unit = 0, count = sizeof units / sizeof *units;
        while (unit < count && strncmp(at, units[unit].name, strlen(units[unit].name)) != 0) {
            unit++;
        }
        if (unit == count) {
            return wrong;
        }
        at += strlen(units[unit].name);
        at += strspn(at, SPACE);
        total += amount * units[unit].milliseconds;
    } while (*at);
    if (total > UINT32_MAX) {
        return servo_format("`%s` is longer than 49 days", text);
    }
    *milliseconds = (uint32_t)(total + 0.5);
    return NULL;
}

const char *servo_duration_show(uint32_t milliseconds) {
    servo_buffer shown = {0};
    uint32_t seconds = milliseconds / 1000, rest = milliseconds % 1000;
    if (seconds >= 3600) {
        servo_append(&shown, "%uh", (unsigned)(seconds / 3600));
    }
    if (seconds / 60 % 60 != 0) {
        servo_append(&shown, "%um", (unsigned)(seconds / 60 % 60));
    }
    if (seconds % 60 != 0) {
        servo_append(&shown, "%us", (unsigned)(seconds % 60));
    }
    if (rest != 0) {
        servo_append(&shown, "%ums", (unsigned)rest);
    }
    return shown.text ? shown.text : "0s";
}
