// The vocabulary of the contract, with constructors. The documentation of each record stands in `contract.wit`.

#ifndef SERVO_CONTRACT_H
#define SERVO_CONTRACT_H

#include "memory.h"

#ifdef __cplusplus
extern "C" {
#endif

// Why an operation failed.
typedef enum servo_code {
    SERVO_REJECTED,
    SERVO_ABORTED,
    SERVO_CANCELLED,
    SERVO_FAILED,
    SERVO_TIMED_OUT,
    SERVO_LIMIT_EXCEEDED,
    SERVO_DENIED,
    SERVO_BUSY,
} servo_code;

// A failed operation. Functions return NULL when all is well.
typedef struct servo_failure {
    servo_code code;
    const char *reason; // a short word for programs; may be NULL
    const char *message;
} servo_failure;

// What a setting is set to: a text, or a number when `text` is NULL.
typedef struct servo_value {
    const char *text;
    double number;
} servo_value;

// One setting of a component: a range, or a choice when `choices` is not NULL.
typedef struct servo_setting {
    const char *name;
    const char *unit; // may be NULL
    double min, max, step;
    bool logarithmic; // equal ratios matter
    const servo_value *choices;
    size_t choice_count;
    bool known; // whether `value` is
    servo_value value;
    bool pinned;
} servo_setting;

// A part of the application that has settings.
typedef struct servo_component {
    const char *name;
    servo_setting *settings;
    size_t count;
} servo_component;

// A metric; the unit is empty for plain numbers.
typedef struct servo_metric {
    const char *name;
    const char *unit;
} servo_metric;

typedef struct servo_components {
    servo_component *items;
    size_t count;
} servo_components;

typedef struct servo_metrics {
    servo_metric *items;
    size_t count;
} servo_metrics;

// Key and text, or key and JSON.
typedef struct servo_pair {
    const char *key;
    const char *text;
} servo_pair;

typedef struct servo_pairs {
    servo_pair *items;
    size_t count;
} servo_pairs;

// Values of one metric from one source: over time, or one when `scalar`.
typedef struct servo_reading {
    const char *metric;
    const char *id; // which of several sources; may be NULL
    servo_pairs annotations;
    double *times, *values;
    size_t count;
    bool scalar;
} servo_reading;

// What was measured: all series or all scalars.
typedef struct servo_measurement {
    servo_reading **readings;
    size_t count;
    servo_pairs annotations;
} servo_measurement;

typedef struct servo_adjustment {
    const char *component;
    const char *setting;
    servo_value value;
} servo_adjustment;

typedef struct servo_adjustments {
    servo_adjustment *items;
    size_t count;
} servo_adjustments;

// The state of the application.
typedef struct servo_description {
    servo_components components;
    servo_metrics metrics;
} servo_description;

// A condition that a measurement must keep.
typedef struct servo_condition {
    const char *metric;
    bool above; // at least the threshold is good; else at most
    const char *threshold_metric; // NULL: `threshold` is meant
    double threshold;
    uint32_t trigger_count, trigger_window;
    double threshold_multiplier; // of the threshold metric's value
    double metric_minimum, threshold_minimum; // from zero up to them two metrics are too small to be compared
    const char *description; // may be NULL
} servo_condition;

// How an event is to be carried out; times in milliseconds.
typedef struct servo_control {
    uint32_t delay, warmup, duration, settlement;
    const char *load; // JSON; may be NULL
    servo_condition *slo;
    size_t slo_count;
    servo_pairs userdata;
} servo_control;

// One constructor for each code, so that a call site says which it means. Never NULL.
__attribute__((format(printf, 2, 3))) const servo_failure *servo_fail(servo_code code, const char *format, ...);
#define servo_failed(...) servo_fail(SERVO_FAILED, __VA_ARGS__)
#define servo_rejected(...) servo_fail(SERVO_REJECTED, __VA_ARGS__)
#define servo_aborted(...) servo_fail(SERVO_ABORTED, __VA_ARGS__)
#define servo_cancelled(...) servo_fail(SERVO_CANCELLED, __VA_ARGS__)

// Returns from the calling function when the expression is a failure.
#define SERVO_TRY(expression)                                                                                          \
    do {                                                                                                               \
        const servo_failure *servo_failure_ = (expression);                                                            \
        if (servo_failure_) {                                                                                          \
            return servo_failure_;                                                                                     \
        }                                                                                                              \
    } while (0)

// Delay, warm-up and duration together: how long a measurement takes.
uint32_t servo_asked(const servo_control *control);

// What the optimizer sent under `key`, as JSON; NULL when nothing.
const char *servo_userdata(const servo_control *control, const char *key);

// Adds one value of one metric.
void servo_scalar(servo_measurement *measurement, const char *metric, const char *id, double at, double value);

// The series of a metric, empty when there was none; `servo_point` fills it.
servo_reading *servo_series(servo_measurement *measurement, const char *metric, const char *id);
void servo_point(servo_reading *series, double at, double value);

// Adds a remark for the optimizer, in place of an earlier one with the same key.
void servo_annotate(servo_pairs *annotations, const char *key, const char *text);

// Adds a metric, a component, a setting. Of a setting the caller fills in the domain and the value. A returned pointer
// is good until the next one is added beside it.
void servo_add_metric(servo_metrics *metrics, const char *name, const char *unit);
servo_component *servo_add_component(servo_components *components, const char *name);
servo_setting *servo_add_setting(servo_component *component, const char *name);

#ifdef __cplusplus
}
#endif
#endif
