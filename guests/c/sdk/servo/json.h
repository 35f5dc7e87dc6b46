// Reads JSON. A document lives until the end of the call.

#ifndef SERVO_JSON_H
#define SERVO_JSON_H

#include "memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum servo_json_kind {
    SERVO_JSON_NULL,
    SERVO_JSON_BOOLEAN,
    SERVO_JSON_NUMBER,
    SERVO_JSON_TEXT,
    SERVO_JSON_LIST,
    SERVO_JSON_OBJECT,
} servo_json_kind;

// A value. A list has `items`; an object has `items` and as many `keys`.
typedef struct servo_json {
    servo_json_kind kind;
    bool boolean;
    double number;
    const char *text;
    const char **keys;
    struct servo_json *items;
    size_t count;
} servo_json;

// Reads a document; NULL when it is none, with what is wrong and where in `*problem`, unless that is NULL. At most 64
// values stand in each other.
const servo_json *servo_json_read(const char *text, const char **problem);

// The value of a key; NULL when there is none or `object` is NULL or no object. Of several the last.
const servo_json *servo_json_get(const servo_json *object, const char *key);

// What a value is, for messages: `a number`.
const char *servo_json_name(const servo_json *value);

#ifdef __cplusplus
}
#endif
#endif
