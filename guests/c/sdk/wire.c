// Records of the contract, in and out.

#ifdef __wasm__

#include "wire.h"

#include <stdlib.h>
#include <string.h>

const char *wire_text_in(const connector_string_t *text) {
    return servo_copy((const char *)text->ptr, text->len);
}

static servo_pairs pairs_in(const connector_tuple2_string_string_t *from, size_t count) {
    servo_pairs to = {0};
    for (size_t i = 0; i < count; i++) {
        servo_annotate(&to, wire_text_in(&from[i].f0), wire_text_in(&from[i].f1));
    }
    return to;
}

void wire_control_in(const servo_connector_contract_control_t *from, servo_control *to) {
    *to = (servo_control){
        .delay = from->delay,
        .warmup = from->warmup,
        .duration = from->duration,
        .settlement = from->settlement,
        .load = from->load.is_some ? wire_text_in(&from->load.val) : NULL,
        .slo = servo_alloc((from->slo.len + 1) * sizeof *to->slo),
        .slo_count = from->slo.len,
        // JSON is text: both tuples have the same form.
        .userdata = pairs_in((const connector_tuple2_string_string_t *)from->userdata.ptr, from->userdata.len),
    };
    for (size_t i = 0; i < from->slo.len; i++) {
        const servo_connector_contract_condition_t *condition = &from->slo.ptr[i];
        bool fixed = condition->threshold.tag == SERVO_CONNECTOR_CONTRACT_THRESHOLD_FIXED;
        to->slo[i] = (servo_condition){
            .metric = wire_text_in(&condition->metric),
            .above = condition->keep == SERVO_CONNECTOR_CONTRACT_KEEP_ABOVE,
            .threshold_metric = fixed ? NULL : wire_text_in(&condition->threshold.val.metric),
            .threshold = fixed ? condition->threshold.val.fixed : 0,
            .trigger_count = condition->trigger_count,
            .trigger_window = condition->trigger_window,
            .threshold_multiplier = condition->threshold_multiplier,
            .metric_minimum = condition->metric_minimum,
            .threshold_minimum = condition->threshold_minimum,
            .description = condition->description.is_some ? wire_text_in(&condition->description.val) : NULL,
        };
    }
}

void wire_adjustment_in(const servo_connector_contract_adjustment_t *from, servo_adjustment *to) {
    bool number = from->value.tag == SERVO_CONNECTOR_CONTRACT_VALUE_NUMBER;
    *to = (servo_adjustment){
        .component = wire_text_in(&from->component),
        .setting = wire_text_in(&from->setting),
        .value = {.text = number ? NULL : wire_text_in(&from->value.val.text),
                  .number = number ? from->value.val.number : 0},
    };
}

void *wire_alloc(size_t size) {
    if (size == 0) {
        return (void *)_Alignof(max_align_t); // the generated code does not free what is empty
    }
    void *found = malloc(size);
    if (!found) {
        servo_panic("out of memory: raise the limit `memory` of this connector");
    }
    return found;
}

connector_string_t wire_text(const char *text) {
    const char *clean = servo_clean(text ? text : "");
    connector_string_t to = {.len = strlen(clean)};
    to.ptr = wire_alloc(to.len);
    if (to.len) {
        memcpy(to.ptr, clean, to.len);
    }
    return to;
}

connector_option_string_t wire_optional(const char *text) {
    return text ? (connector_option_string_t){true, wire_text(text)} : (connector_option_string_t){0};
}

servo_connector_contract_failure_t wire_failure(const servo_failure *failure) {
    return (servo_connector_contract_failure_t){
        .code = (servo_connector_contract_code_t)failure->code,
        .reason = wire_optional(failure->reason),
        .message = wire_text(failure->message),
    };
}

servo_connector_contract_list_metric_t wire_metrics(const servo_metrics *metrics) {
    servo_connector_contract_list_metric_t to = {wire_alloc(metrics->count * sizeof *to.ptr), metrics->count};
    for (size_t i = 0; i < to.len; i++) {
        to.ptr[i].name = wire_text(metrics->items[i].name);
        to.ptr[i].unit = wire_text(metrics->items[i].unit);
    }
    return to;
}

static servo_connector_contract_value_t value(const servo_value *from) {
    servo_connector_contract_value_t to = {.tag = SERVO_CONNECTOR_CONTRACT_VALUE_NUMBER};
    if (from->text) {
        to.tag = SERVO_CONNECTOR_CONTRACT_VALUE_TEXT;
        to.val.text = wire_text(from->text);
    } else {
        to.val.number = from->number;
    }
    return to;
}

static servo_connector_contract_setting_t setting(const servo_setting *from) {
    servo_connector_contract_setting_t to = {
        .name = wire_text(from->name),
        .unit = wire_optional(from->unit),
        .pinned = from->pinned,
    };
    if (from->choices) {
        to.domain.tag = SERVO_CONNECTOR_CONTRACT_DOMAIN_CHOICE;
        to.domain.val.choice.len = from->choice_count;
        to.domain.val.choice.ptr = wire_alloc(from->choice_count * sizeof *to.domain.val.choice.ptr);
        for (size_t i = 0; i < from->choice_count; i++) {
            to.domain.val.choice.ptr[i] = value(&from->choices[i]);
        }
    } else {
        to.domain.tag = SERVO_CONNECTOR_CONTRACT_DOMAIN_RANGE;
        to.domain.val.range = (servo_connector_contract_range_t){
            .min = from->min,
            .max = from->max,
            .step = from->step,
            .scale = from->logarithmic ? SERVO_CONNECTOR_CONTRACT_SCALE_LOG : SERVO_CONNECTOR_CONTRACT_SCALE_LINEAR,
        };
    }
    if (from->known) {
        to.value.is_some = true;
        to.value.val = value(&from->value);
    }
    return to;
}

servo_connector_contract_list_component_t wire_components(const servo_components *components) {
    servo_connector_contract_list_component_t to = {wire_alloc(components->count * sizeof *to.ptr), components->count};
    for (size_t i = 0; i < to.len; i++) {
        const servo_component *component = &components->items[i];
        to.ptr[i].name = wire_text(component->name);
        to.ptr[i].settings.len = component->count;
        to.ptr[i].settings.ptr = wire_alloc(component->count * sizeof *to.ptr[i].settings.ptr);
        for (size_t j = 0; j < component->count; j++) {
            to.ptr[i].settings.ptr[j] = setting(&component->settings[j]);
        }
    }
    return to;
}

servo_connector_contract_description_t wire_description(const servo_description *description) {
    return (servo_connector_contract_description_t){
        .components = wire_components(&description->components),
        .metrics = wire_metrics(&description->metrics),
    };
}

static connector_list_tuple2_string_string_t pairs(const servo_pairs *from) {
    connector_list_tuple2_string_string_t to = {wire_alloc(from->count * sizeof *to.ptr), from->count};
    for (size_t i = 0; i < to.len; i++) {
        to.ptr[i].f0 = wire_text(from->items[i].key);
        to.ptr[i].f1 = wire_text(from->items[i].text);
    }
    return to;
}

static double *numbers(const double *from, size_t count) {
    double *to = wire_alloc(count * sizeof *to);
    if (count) {
        memcpy(to, from, count * sizeof *to);
    }
    return to;
}

static servo_connector_contract_reading_t reading(const servo_reading *from) {
    servo_connector_contract_reading_t to = {0};
    if (from->scalar) {
        to.tag = SERVO_CONNECTOR_CONTRACT_READING_SCALAR;
        to.val.scalar = (servo_connector_contract_scalar_t){
            .metric = wire_text(from->metric),
            .id = wire_optional(from->id),
            .at = from->times[0],
            .value = from->values[0],
        };
    } else {
        to.tag = SERVO_CONNECTOR_CONTRACT_READING_SERIES;
        to.val.series = (servo_connector_contract_series_t){
            .metric = wire_text(from->metric),
            .id = wire_optional(from->id),
            .annotations = pairs(&from->annotations),
            .times = {numbers(from->times, from->count), from->count},
            .values = {numbers(from->values, from->count), from->count},
        };
    }
    return to;
}

servo_connector_contract_measurement_t wire_measurement(const servo_measurement *measurement) {
    servo_connector_contract_measurement_t to = {
        .readings = {wire_alloc(measurement->count * sizeof *to.readings.ptr), measurement->count},
        .annotations = pairs(&measurement->annotations),
    };
    for (size_t i = 0; i < measurement->count; i++) {
        to.readings.ptr[i] = reading(measurement->readings[i]);
    }
    return to;
}

#endif
