// Reads JSON by recursive descent (RFC 8259).

#include "servo/json.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH 64

typedef struct reader {
    const char *start, *at;
    const char *problem; // the first one
    int depth;
} reader;

static bool read_value(reader *from, servo_json *value);

static bool wrong(reader *from, const char *what) {
    if (!from->problem) {
        from->problem = servo_format("%s at byte %td", what, from->at - from->start);
    }
    return false;
}

static void skip_space(reader *from) {
    from->at += strspn(from->at, " \t\r\n");
}

static bool take(reader *from, char wanted) {
    skip_space(from);
    if (*from->at != wanted) {
        return false;
    }
    from->at++;
    return true;
}

static int hex4(const char *digits) {
    int code = 0;
    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0) {
            return -1;
        }
        code = code * 16 + digit;
    }
    return code;
}

static char *put_utf8(char *to, unsigned code) {
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

// Reads what follows `\u`, which may be the first half of a pair.
static char *read_unicode(reader *from, char *to) {
    int code = hex4(from->at);
    if (code <= 0) {
        wrong(from, code == 0 ? "a zero character, which C cannot hold," : "no character code");
        return NULL;
    }
    from->at += 4;
    if (code >= 0xd800 && code < 0xe000) {
        int low = code < 0xdc00 && from->at[0] == '\\' && from->at[1] == 'u' ? hex4(from->at + 2) : -1;
        if (low < 0xdc00 || low > 0xdfff) {
            wrong(from, "half a character");
            return NULL;
        }
        from->at += 6;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    return put_utf8(to, (unsigned)code);
}

static const char *read_text(reader *from) {
    if (!take(from, '"')) {
        wrong(from, "no text");
        return NULL;
    }
    size_t size = 0;
    while (from->at[size] && from->at[size] != '"') {
        size += from->at[size] == '\\' && from->at[size + 1] ? 2 : 1;
    }
    // An escape is never shorter than what it stands for.
    char *text = servo_alloc(size + 1), *to = text;
    while (*from->at != '"') {
        unsigned char c = (unsigned char)*from->at++;
        if (c == 0 || c < 0x20) {
            from->at--;
            wrong(from, c == 0 ? "a text without end" : "a control character");
            return NULL;
        }
        if (c != '\\') {
            *to++ = (char)c;
            continue;
        }
        static const char escapes[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
        char escape = *from->at;
        const char *found = escape ? strchr(escapes, escape) : NULL;
        if (found) {
            *to++ = means[found - escapes];
            from->at++;
        } else if (escape == 'u') {
            from->at++;
            to = read_unicode(from, to);
            if (!to) {
                return NULL;
            }
        } else {
            wrong(from, "an unknown escape");
            return NULL;
        }
    }
    from->at++;
    return text;
}

static bool read_items(reader *from, servo_json *value, char end) {
    if (++from->depth > DEPTH) {
        return wrong(from, "values stand too deep in each other");
    }
    if (!take(from, end)) {
        do {
            const char *key = NULL;
            if (end == '}') {
                key = read_text(from);
                if (!key) {
                    return false;
                }
                if (!take(from, ':')) {
                    return wrong(from, "no `:` after a key");
                }
            }
            servo_json item = {0};
            if (!read_value(from, &item)) {
                return false;
            }
            value->keys = servo_grow(value->keys, value->count, sizeof *value->keys);
            value->items = servo_grow(value->items, value->count, sizeof *value->items);
            value->keys[value->count] = key;
            value->items[value->count++] = item;
        } while (take(from, ','));
        if (!take(from, end)) {
            return wrong(from, end == '}' ? "no `,` or `}`" : "no `,` or `]`");
        }
    }
    from->depth--;
    return true;
}

// JSON has fewer numbers than `strtod` reads: no `0x1`, `.5`, `+1`, `01`, `1.`, `inf`.
static bool read_number(reader *from, servo_json *value) {
    const char *c = from->at + (*from->at == '-');
    size_t digits = strspn(c, "0123456789");
    if (digits == 0 || (digits > 1 && *c == '0')) {
        return wrong(from, "no value");
    }
    c += digits;
    if (*c == '.') {
        digits = strspn(c + 1, "0123456789");
        c += digits ? digits + 1 : 0;
    }
    if (*c == 'e' || *c == 'E') {
        const char *power = c + 1 + (c[1] == '-' || c[1] == '+');
        digits = strspn(power, "0123456789");
        c = digits ? power + digits : c;
    }
    value->kind = SERVO_JSON_NUMBER;
    value->number = strtod(from->at, NULL);
    from->at = c;
    return true;
}

static bool take_word(reader *from, const char *word) {
    bool same = strncmp(from->at, word, strlen(word)) == 0;
    from->at += same ? strlen(word) : 0;
    return same;
}

static bool read_value(reader *from, servo_json *value) {
    if (take(from, '{')) {
        value->kind = SERVO_JSON_OBJECT;
        return read_items(from, value, '}');
    }
    if (take(from, '[')) {
        value->kind = SERVO_JSON_LIST;
        return read_items(from, value, ']');
    }
    if (*from->at == '"') {
        value->kind = SERVO_JSON_TEXT;
        value->text = read_text(from);
        return value->text != NULL;
    }
    if (take_word(from, "null")) {
        return true;
    }
    if (take_word(from, "false")) {
        value->kind = SERVO_JSON_BOOLEAN;
        return true;
    }
    if (take_word(from, "true")) {
        *value = (servo_json){.kind = SERVO_JSON_BOOLEAN, .boolean = true};
        return true;
    }
    return read_number(from, value);
}

const servo_json *servo_json_read(const char *text, const char **problem) {
    reader from = {.start = text, .at = text};
    servo_json *value = servo_alloc(sizeof *value);
    if (read_value(&from, value)) {
        skip_space(&from);
        if (*from.at == 0) {
            return value;
        }
        wrong(&from, "something stands behind the value");
    }
    if (problem) {
        *problem = from.problem;
    }
    return NULL;
}

const servo_json *servo_json_get(const servo_json *object, const char *key) {
    if (!object || object->kind != SERVO_JSON_OBJECT) {
        return NULL;
    }
    for (size_t i = object->count; i > 0; i--) {
        if (strcmp(object->keys[i - 1], key) == 0) {
            return &object->items[i - 1];
        }
    }
    return NULL;
}

const char *servo_json_name(const servo_json *value) {
    static const char *const names[] = {"null", "a boolean", "a number", "a text", "a list", "an object"};
    return names[value->kind];
}
