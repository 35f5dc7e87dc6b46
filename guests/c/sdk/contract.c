// Constructors of the contract's records.

#include "servo/contract.h"

#include <string.h>

const servo_failure *servo_fail(servo_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    servo_failure *failure = servo_alloc(sizeof *failure);
    *failure = (servo_failure){.code = code, .message = servo_format_list(format, arguments)};
    va_end(arguments);
    return failure;
}

uint32_t servo_asked(const servo_control *control) {
    uint64_t asked = (uint64_t)control->delay + control->warmup + control->duration;
    return asked > UINT32_MAX ? UINT32_MAX : (uint32_t)asked;
}

const char *servo_userdata(const servo_control *control, const char *key) {
    for (size_t i = 0; i < control->userdata.count; i++) {
        if (strcmp(control->userdata.items[i].key, key) == 0) {
            return control->userdata.items[i].text;
        }
    }
    return NULL;
}

static servo_reading *add_reading(servo_measurement *measurement, servo_reading reading) {
    servo_reading *added = servo_alloc(sizeof *added);
    *added = reading;
    measurement->readings = servo_grow(measurement->readings, measurement->count, sizeof *measurement->readings);
    measurement->readings[measurement->count++] = added;
    return added;
}

void servo_scalar(servo_measurement *measurement, const char *metric, const char *id, double at, double value) {
    servo_point(add_reading(measurement, (servo_reading){.metric = metric, .id = id, .scalar = true}), at, value);
}

static bool same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

servo_reading *servo_series(servo_measurement *measurement, const char *metric, const char *id) {
    for (size_t i = 0; i < measurement->count; i++) {
        servo_reading *found = measurement->readings[i];
        if (!found->scalar && same(found->metric, metric) && same(found->id, id)) {
            return found;
        }
    }
    return add_reading(measurement, (servo_reading){.metric = metric, .id = id});
}

void servo_point(servo_reading *series, double at, double value) {
    series->times = servo_grow(series->times, series->count, sizeof *series->times);
    series->values = servo_grow(series->values, series->count, sizeof *series->values);
    series->times[series->count] = at;
    series->values[series->count++] = value;
}

void servo_annotate(servo_pairs *annotations, const char *key, const char *text) {
    for (size_t i = 0; i < annotations->count; i++) {
        if (strcmp(annotations->items[i].key, key) == 0) {
            annotations->items[i].text = text;
            return;
        }
    }
    annotations->items = servo_grow(annotations->items, annotations->count, sizeof *annotations->items);
    annotations->items[annotations->count++] = (servo_pair){key, text};
}

void servo_add_metric(servo_metrics *metrics, const char *name, const char *unit) {
    metrics->items = servo_grow(metrics->items, metrics->count, sizeof *metrics->items);
    metrics->items[metrics->count++] = (servo_metric){name, unit};
}

servo_component *servo_add_component(servo_components *components, const char *name) {
    components->items = servo_grow(components->items, components->count, sizeof *components->items);
    servo_component *added = &components->items[components->count++];
    *added = (servo_component){.name = name};
    return added;
}

servo_setting *servo_add_setting(servo_component *component, const char *name) {
    component->settings = servo_grow(component->settings, component->count, sizeof *component->settings);
    servo_setting *added = &component->settings[component->count++];
    *added = (servo_setting){.name = name};
    return added;
}
