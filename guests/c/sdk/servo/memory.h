// Memory that lives as long as the call in progress, and texts in it.

#ifndef SERVO_MEMORY_H
#define SERVO_MEMORY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A list of texts.
typedef struct servo_texts {
    const char **items;
    size_t count;
} servo_texts;

// A text that grows.
typedef struct servo_buffer {
    char *text; // ends with 0; NULL while empty
    size_t size;
    size_t room;
} servo_buffer;

// `size` bytes of zeros until the end of the call; never NULL.
void *servo_alloc(size_t size);

// Room for one more item at the end of an array of `count` items: returns the array, moved when it had to grow.
void *servo_grow(void *items, size_t count, size_t size);

// A text as `printf` makes it, until the end of the call.
__attribute__((format(printf, 1, 2))) const char *servo_format(const char *format, ...);
const char *servo_format_list(const char *format, va_list arguments);

// A copy of `size` bytes with a 0 behind them, until the end of the call.
char *servo_copy(const char *text, size_t size);

// A copy that lives as long as the connector.
const char *servo_keep(const char *text);

// The text itself when it is UTF-8; else a copy with U+FFFD for each byte that is not. Texts that reach the host through
// this library are cleaned.
const char *servo_clean(const char *text);

// Whether the list has the text.
bool servo_has(const servo_texts *texts, const char *text);

// Appends as `printf` does.
__attribute__((format(printf, 2, 3))) void servo_append(servo_buffer *buffer, const char *format, ...);

// Appends a text as JSON, with its quotes.
void servo_append_json(servo_buffer *buffer, const char *text);

// Ends the instance. The message is shown to the operator; the host starts a new instance. For what cannot be:
// whatever can happen is a failure.
__attribute__((format(printf, 1, 2), noreturn)) void servo_panic(const char *format, ...);

// Frees what the call in progress has allocated. Called by this library at the end of each call.
void servo_end_call(void);

#ifdef __cplusplus
}
#endif
#endif
