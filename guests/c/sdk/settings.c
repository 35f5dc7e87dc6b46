// Settings: JSON Schema and example out, JSON in.

#include "servo/settings.h"

#include <math.h>
#include <string.h>

void servo_problem(servo_problems *problems, const char *pointer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = servo_format_list(format, arguments);
    va_end(arguments);
    problems->items = servo_grow(problems->items, problems->count, sizeof *problems->items);
    problems->items[problems->count++] = (struct servo_problem){pointer, text};
}

// The key as one step of a JSON pointer.
static const char *pointer_to(const char *key) {
    servo_buffer pointer = {0};
    servo_append(&pointer, "/");
    for (; *key; key++) {
        if (*key == '~' || *key == '/') {
            servo_append(&pointer, "~%c", *key == '~' ? '0' : '1');
        } else {
            servo_append(&pointer, "%c", *key);
        }
    }
    return pointer.text;
}

static void read_text(const servo_field *field, const char *text, const char *at, servo_problems *problems) {
    if (field->kind == SERVO_KIND_DURATION) {
        uint32_t milliseconds;
        const char *wrong = servo_duration_read(text, &milliseconds);
        if (wrong) {
            servo_problem(problems, at, "%s", wrong);
        } else if (field->min < field->max && (milliseconds < field->min || milliseconds > field->max)) {
            servo_problem(problems, at, "`%s` is not between `%s` and `%s`", text,
                          servo_duration_show((uint32_t)field->min), servo_duration_show((uint32_t)field->max));
        } else {
            *field->into.milliseconds = milliseconds;
        }
        return;
    }
    char *kept = servo_copy(text, strlen(text));
    if (field->kind == SERVO_KIND_ENDPOINT) {
        const char *host = strstr(text, "://");
        bool scheme = strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
        if (!scheme || host[3] == 0 || host[3] == '/' || text[strcspn(text, " \t\r\n")] != 0) {
            servo_problem(problems, at, "`%s` is not an address; write it like `http://host:8080`", text);
            return;
        }
        for (size_t size = strlen(kept); size > 0 && kept[size - 1] == '/'; size--) {
            kept[size - 1] = 0;
        }
    }
    if (field->choices) {
        servo_buffer known = {0};
        bool found = false;
        for (const char *const *choice = field->choices; *choice; choice++) {
            found = found || strcmp(*choice, text) == 0;
            servo_append(&known, "%s`%s`", known.text ? ", " : "", *choice);
        }
        if (!found) {
            servo_problem(problems, at, "`%s` is not one of %s", text, known.text);
            return;
        }
    }
    *field->into.text = servo_keep(kept);
}

static void read_number(const servo_field *field, double number, const char *at, servo_problems *problems) {
    if (field->kind == SERVO_KIND_DURATION) {
        read_text(field, servo_format("%.6fs", number), at, problems);
    } else if (field->kind == SERVO_KIND_INTEGER && number != floor(number)) {
        servo_problem(problems, at, "%g has a fraction", number);
    } else if (field->min < field->max && (number < field->min || number > field->max)) {
        servo_problem(problems, at, "%g is not between %g and %g", number, field->min, field->max);
    } else {
        *field->into.number = number;
    }
}

static void read_field(const servo_field *field, const servo_json *value, servo_problems *problems) {
    const char *at = pointer_to(field->name);
    bool duration = field->kind == SERVO_KIND_DURATION;
    bool text = field->kind == SERVO_KIND_TEXT || field->kind == SERVO_KIND_ENDPOINT;
    bool boolean = field->kind == SERVO_KIND_BOOLEAN;
    if (value->kind == SERVO_JSON_TEXT && (text || duration)) {
        read_text(field, value->text, at, problems);
    } else if (value->kind == SERVO_JSON_NUMBER && !text && !boolean) {
        read_number(field, value->number, at, problems);
    } else if (value->kind == SERVO_JSON_BOOLEAN && boolean) {
        *field->into.boolean = value->boolean;
    } else {
        servo_problem(problems, at, "%s, and %s is expected", servo_json_name(value),
                      text       ? "a text"
                      : boolean  ? "true or false"
                      : duration ? "a duration like `1m30s`"
                                 : "a number");
    }
}

void servo_settings_read(const servo_field *fields, const char *json, servo_problems *problems) {
    const char *wrong = NULL;
    const servo_json *settings = servo_json_read(json, &wrong);
    if (!settings || settings->kind != SERVO_JSON_OBJECT) {
        servo_problem(problems, "", "%s", settings ? "the settings are no object" : wrong);
        return;
    }
    for (const servo_field *field = fields; field && field->name; field++) {
        const servo_json *value = servo_json_get(settings, field->name);
        if (!value && field->fallback) {
            value = servo_json_read(field->fallback, &wrong);
            if (!value) {
                servo_panic("the fallback of the setting `%s` is not JSON: %s", field->name, wrong);
            }
        }
        if (value) {
            read_field(field, value, problems);
        } else {
            servo_problem(problems, "", "the setting `%s` is missing", field->name);
        }
    }
    for (size_t i = 0; i < settings->count; i++) {
        const servo_field *field = fields;
        while (field && field->name && strcmp(field->name, settings->keys[i]) != 0) {
            field++;
        }
        if (!field || !field->name) {
            servo_problem(problems, pointer_to(settings->keys[i]), "there is no setting `%s`", settings->keys[i]);
        }
    }
}

static void append_limits(servo_buffer *schema, const servo_field *field) {
    static const char duration[] =
        "\"type\":[\"string\",\"number\"],\"minimum\":0,"
        "\"pattern\":\"^\\\\s*(0|([0-9]*\\\\.?[0-9]+\\\\s*(ns|us|ms|s|mm|m|h|d|w|y)\\\\s*)+)\\\\s*$\",\"format\":\"duration\"";
    static const char endpoint[] = "\"type\":\"string\",\"format\":\"uri\",\"x-servo-grant\":\"http\","
                                   "\"pattern\":\"^https?://[^/\\\\s]\\\\S*$\"";
    static const char *const types[] = {
        "\"type\":\"string\"", endpoint, "\"type\":\"number\"", "\"type\":\"integer\"", "\"type\":\"boolean\"", duration,
    };
    servo_append(schema, "%s", types[field->kind]);
    bool number = field->kind == SERVO_KIND_NUMBER || field->kind == SERVO_KIND_INTEGER;
    if (number && field->min < field->max) {
        servo_append(schema, ",\"minimum\":%.15g,\"maximum\":%.15g", field->min, field->max);
    }
    if (field->choices) {
        servo_append(schema, ",\"enum\":[");
        for (const char *const *choice = field->choices; *choice; choice++) {
            servo_append(schema, "%s", choice == field->choices ? "" : ",");
            servo_append_json(schema, *choice);
        }
        servo_append(schema, "]");
    }
}

const char *servo_settings_schema(const servo_field *fields) {
    servo_buffer schema = {0}, required = {0};
    servo_append(&schema, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
                          "\"additionalProperties\":false,\"properties\":{");
    for (const servo_field *field = fields; field && field->name; field++) {
        servo_append(&schema, "%s", field == fields ? "" : ",");
        servo_append_json(&schema, field->name);
        servo_append(&schema, ":{");
        if (field->description) {
            servo_append(&schema, "\"description\":");
            servo_append_json(&schema, field->description);
            servo_append(&schema, ",");
        }
        append_limits(&schema, field);
        if (field->fallback) {
            servo_append(&schema, ",\"default\":%s", field->fallback);
        } else {
            servo_append(&required, "%s", required.text ? "," : "");
            servo_append_json(&required, field->name);
        }
        servo_append(&schema, "}");
    }
    servo_append(&schema, "},\"required\":[%s]}", required.text ? required.text : "");
    return schema.text;
}

const char *servo_settings_example(const servo_field *fields) {
    servo_buffer example = {0};
    servo_append(&example, "{");
    for (const servo_field *field = fields; field && field->name; field++) {
        if (field->example) {
            servo_append(&example, "%s", example.size > 1 ? "," : "");
            servo_append_json(&example, field->name);
            servo_append(&example, ":%s", field->example);
        }
    }
    servo_append(&example, "}");
    return example.text;
}
