// The settings of a connector: one table gives their schema, their example and the way they are read.

#ifndef SERVO_SETTINGS_H
#define SERVO_SETTINGS_H

#include "json.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum servo_kind {
    SERVO_KIND_TEXT,
    SERVO_KIND_ENDPOINT,
    SERVO_KIND_NUMBER,
    SERVO_KIND_INTEGER,
    SERVO_KIND_BOOLEAN,
    SERVO_KIND_DURATION,
} servo_kind;

// One setting; a table ends with `{0}`.
typedef struct servo_field {
    const char *name;
    const char *description;
    // One of SERVO_TEXT(&variable), SERVO_ENDPOINT, SERVO_NUMBER, SERVO_INTEGER, SERVO_BOOLEAN, SERVO_DURATION.
    servo_kind kind;
    union {
        const char **text;
        double *number;
        bool *boolean;
        uint32_t *milliseconds;
    } into;
    const char *fallback; // as JSON; without one the setting is required
    const char *example;  // as JSON; without one it is left out of the example
    double min, max;      // of numbers, when `min` < `max`; of durations, in milliseconds
    const char *const *choices; // of texts, ended by NULL
} servo_field;

// A text.
#define SERVO_TEXT(variable) .kind = SERVO_KIND_TEXT, .into.text = (variable)
// An `http` or `https` URL, without slashes at its end. The origin that the operator types is granted.
#define SERVO_ENDPOINT(variable) .kind = SERVO_KIND_ENDPOINT, .into.text = (variable)
// A number.
#define SERVO_NUMBER(variable) .kind = SERVO_KIND_NUMBER, .into.number = (variable)
// A number without fraction.
#define SERVO_INTEGER(variable) .kind = SERVO_KIND_INTEGER, .into.number = (variable)
// True or false.
#define SERVO_BOOLEAN(variable) .kind = SERVO_KIND_BOOLEAN, .into.boolean = (variable)
// `1m30s`, `300ms`, or a number of seconds; kept as milliseconds.
#define SERVO_DURATION(variable) .kind = SERVO_KIND_DURATION, .into.milliseconds = (variable)

// What is wrong with the settings.
typedef struct servo_problems {
    struct servo_problem {
        const char *pointer; // JSON pointer, for example `/url`; empty for the whole
        const char *text;
    } *items;
    size_t count;
} servo_problems;

// Adds a problem with the value at `pointer`.
__attribute__((format(printf, 3, 4))) void servo_problem(servo_problems *problems, const char *pointer,
                                                         const char *format, ...);

// Reads the settings into the variables of the table and adds what is wrong; unknown settings are refused.
void servo_settings_read(const servo_field *fields, const char *json, servo_problems *problems);

// The JSON Schema (2020-12) of the table.
const char *servo_settings_schema(const servo_field *fields);

// The examples of the table.
const char *servo_settings_example(const servo_field *fields);

// Reads a duration; says what is wrong, or returns NULL.
const char *servo_duration_read(const char *text, uint32_t *milliseconds);

// A duration as people write it, for example `1m30s`.
const char *servo_duration_show(uint32_t milliseconds);

#ifdef __cplusplus
}
#endif
#endif
