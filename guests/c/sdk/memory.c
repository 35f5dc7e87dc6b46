// Memory that lives as long as the call in progress: a list of blocks that are freed together.

#include "servo/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 4096

typedef struct block {
    struct block *next;
    size_t used, room;
    max_align_t bytes[];
} block;

static block *blocks;

void *servo_alloc(size_t size) {
    size_t align = _Alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        servo_panic("%zu bytes of memory were asked for", size);
    }
    size = (size + align - 1) / align * align;
    if (!blocks || blocks->room - blocks->used < size) {
        size_t room = size > BLOCK ? size : BLOCK;
        block *fresh = malloc(sizeof(block) + room);
        if (!fresh) {
            servo_panic("out of memory: %zu bytes were asked for; raise the limit `memory` of this connector", size);
        }
        *fresh = (block){.next = blocks, .room = room};
        blocks = fresh;
    }
    void *found = (char *)blocks->bytes + blocks->used;
    blocks->used += size;
    return memset(found, 0, size);
}

void servo_end_call(void) {
    while (blocks) {
        block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}

void *servo_grow(void *items, size_t count, size_t size) {
    // Room is doubled at each power of two, so the capacity follows from the count.
    bool full = count == 0 || (count >= 4 && (count & (count - 1)) == 0);
    if (!full) {
        return items;
    }
    void *grown = servo_alloc((count == 0 ? 4 : count * 2) * size);
    if (count != 0) {
        memcpy(grown, items, count * size);
    }
    return grown;
}

char *servo_copy(const char *text, size_t size) {
    char *copy = servo_alloc(size + 1);
    if (size != 0) {
        memcpy(copy, text, size);
    }
    return copy;
}

const char *servo_format_list(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0) {
        servo_panic("`%s` is not a format", format);
    }
    char *text = servo_alloc((size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, arguments);
    return text;
}

const char *servo_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = servo_format_list(format, arguments);
    va_end(arguments);
    return text;
}

const char *servo_keep(const char *text) {
    char *kept = strdup(text);
    if (!kept) {
        servo_panic("out of memory: raise the limit `memory` of this connector");
    }
    return kept;
}

static void append(servo_buffer *buffer, const char *text, size_t size) {
    if (buffer->room - buffer->size <= size) {
        size_t room = (buffer->size + size + 1) * 2;
        char *grown = servo_alloc(room);
        if (buffer->size != 0) {
            memcpy(grown, buffer->text, buffer->size);
        }
        buffer->text = grown;
        buffer->room = room;
    }
    memcpy(buffer->text + buffer->size, text, size);
    buffer->size += size;
    buffer->text[buffer->size] = 0;
}

// The length of the character at `c`; 0 when it is none (RFC 3629).
static size_t character(const unsigned char *c) {
    if (c[0] < 0x80) {
        return 1;
    }
    size_t size = c[0] >= 0xc2 && c[0] < 0xe0 ? 2 : c[0] >= 0xe0 && c[0] < 0xf0 ? 3 : c[0] >= 0xf0 && c[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < size; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    // Longer than needed, half of a pair, beyond the last character.
    bool wrong = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) || (c[0] == 0xf0 && c[1] < 0x90) ||
                 (c[0] == 0xf4 && c[1] > 0x8f);
    return wrong ? 0 : size;
}

const char *servo_clean(const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    size_t size;
    while (*c && (size = character(c)) != 0) {
        c += size;
    }
    if (!*c) {
        return text;
    }
    servo_buffer clean = {0};
    for (c = (const unsigned char *)text; *c; c += size ? size : 1) {
        size = character(c);
        append(&clean, size ? (const char *)c : "\xef\xbf\xbd", size ? size : 3);
    }
    return clean.text;
}

bool servo_has(const servo_texts *texts, const char *text) {
    for (size_t i = 0; i < texts->count; i++) {
        if (strcmp(texts->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

void servo_append(servo_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = servo_format_list(format, arguments);
    va_end(arguments);
    append(buffer, text, strlen(text));
}

void servo_append_json(servo_buffer *buffer, const char *text) {
    append(buffer, "\"", 1);
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') {
            servo_append(buffer, "\\%c", *c);
        } else if ((unsigned char)*c < 0x20) {
            servo_append(buffer, "\\u%04x", *c);
        } else {
            append(buffer, c, 1);
        }
    }
    append(buffer, "\"", 1);
}

void servo_panic(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    // All is said; abort() would say more.
    __builtin_trap();
}
