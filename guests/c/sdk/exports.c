// What the host calls: one function for each function of each exported interface. Which these are is said by
// `SERVO_EXPORT_<INTERFACE>`, which `servo build` defines from `wit/world.wit`. What belongs to events of connectors and
// to commands stands in `brought.c`.

#ifdef __wasm__

#include "wire.h"

#include <stdlib.h>
#include <string.h>

// In place of the generated one, which aborts without a word.
__attribute__((__export_name__("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align,
                                                                  size_t size) {
    (void)old_size;
    if (size == 0) {
        return (void *)align;
    }
    void *found = realloc(old, size);
    if (!found) {
        servo_panic("out of memory: raise the limit `memory` of this connector");
    }
    return found;
}

bool wire_ended(const servo_failure *failure, servo_connector_contract_failure_t *err) {
    if (failure) {
        *err = wire_failure(failure);
    }
    servo_end_call();
    return failure == NULL;
}

#ifdef SERVO_EXPORT_LIFECYCLE
#define EXPORTS_LIFECYCLE true

bool exports_servo_connector_lifecycle_startup(servo_connector_contract_failure_t *err) {
    return wire_ended(servo_registered.startup ? servo_registered.startup() : NULL, err);
}

bool exports_servo_connector_lifecycle_shutdown(connector_string_t *reason, servo_connector_contract_failure_t *err) {
    const char *why = wire_text_in(reason);
    connector_string_free(reason);
    return wire_ended(servo_registered.shutdown ? servo_registered.shutdown(why) : NULL, err);
}
#else
#define EXPORTS_LIFECYCLE false
#endif

#ifdef SERVO_EXPORT_INVENTORY
#define EXPORTS_INVENTORY true

bool exports_servo_connector_inventory_metrics(exports_servo_connector_inventory_list_metric_t *ret,
                                               servo_connector_contract_failure_t *err) {
    servo_metrics metrics = {0};
    const servo_failure *failure = servo_registered.metrics ? servo_registered.metrics(&metrics) : NULL;
    if (!failure) {
        servo_connector_contract_list_metric_t list = wire_metrics(&metrics);
        *ret = (exports_servo_connector_inventory_list_metric_t){list.ptr, list.len};
    }
    return wire_ended(failure, err);
}

bool exports_servo_connector_inventory_components(exports_servo_connector_inventory_list_component_t *ret,
                                                  servo_connector_contract_failure_t *err) {
    servo_components components = {0};
    const servo_failure *failure = servo_registered.components ? servo_registered.components(&components) : NULL;
    if (!failure) {
        servo_connector_contract_list_component_t list = wire_components(&components);
        *ret = (exports_servo_connector_inventory_list_component_t){list.ptr, list.len};
    }
    return wire_ended(failure, err);
}
#else
#define EXPORTS_INVENTORY false
#endif

#ifdef SERVO_EXPORT_DESCRIBE
#define EXPORTS_DESCRIBE true

bool exports_servo_connector_describe_describe(servo_connector_contract_control_t *control,
                                               servo_connector_contract_description_t *ret,
                                               servo_connector_contract_failure_t *err) {
    servo_control asked;
    wire_control_in(control, &asked);
    servo_connector_contract_control_free(control);
    servo_description description = {0};
    const servo_failure *failure = servo_registered.describe(&asked, &description);
    if (!failure) {
        *ret = wire_description(&description);
    }
    return wire_ended(failure, err);
}
#else
#define EXPORTS_DESCRIBE false
#endif

#ifdef SERVO_EXPORT_MEASURE
#define EXPORTS_MEASURE true

bool exports_servo_connector_measure_measure(connector_list_string_t *metrics,
                                             servo_connector_contract_control_t *control,
                                             servo_connector_contract_measurement_t *ret,
                                             servo_connector_contract_failure_t *err) {
    servo_control asked;
    wire_control_in(control, &asked);
    servo_connector_contract_control_free(control);
    servo_texts wanted = {servo_alloc((metrics->len + 1) * sizeof *wanted.items), metrics->len};
    for (size_t i = 0; i < metrics->len; i++) {
        wanted.items[i] = wire_text_in(&metrics->ptr[i]);
    }
    connector_list_string_free(metrics);
    servo_measurement measurement = {0};
    const servo_failure *failure = servo_registered.measure(&wanted, &asked, &measurement);
    if (!failure) {
        *ret = wire_measurement(&measurement);
    }
    return wire_ended(failure, err);
}
#else
#define EXPORTS_MEASURE false
#endif

#ifdef SERVO_EXPORT_ADJUST
#define EXPORTS_ADJUST true

bool exports_servo_connector_adjust_adjust(exports_servo_connector_adjust_list_adjustment_t *adjustments,
                                           servo_connector_contract_control_t *control,
                                           servo_connector_contract_description_t *ret,
                                           servo_connector_contract_failure_t *err) {
    servo_control asked;
    wire_control_in(control, &asked);
    servo_connector_contract_control_free(control);
    servo_adjustments wanted = {servo_alloc((adjustments->len + 1) * sizeof *wanted.items), adjustments->len};
    for (size_t i = 0; i < adjustments->len; i++) {
        wire_adjustment_in(&adjustments->ptr[i], &wanted.items[i]);
    }
    exports_servo_connector_adjust_list_adjustment_free(adjustments);
    servo_description description = {0};
    const servo_failure *failure = servo_registered.adjust(&wanted, &asked, &description);
    if (!failure) {
        *ret = wire_description(&description);
    }
    return wire_ended(failure, err);
}
#else
#define EXPORTS_ADJUST false
#endif

#ifdef SERVO_EXPORT_CHECK
#define EXPORTS_CHECK true

bool exports_servo_connector_check_list(exports_servo_connector_check_list_info_t *ret,
                                        servo_connector_contract_failure_t *err) {
    *ret = (exports_servo_connector_check_list_info_t){0};
    while (servo_registered.checks[ret->len].id) {
        ret->len++;
    }
    ret->ptr = wire_alloc(ret->len * sizeof *ret->ptr);
    for (size_t i = 0; i < ret->len; i++) {
        const servo_check *check = &servo_registered.checks[i];
        size_t tags = 0;
        while (check->tags && check->tags[tags]) {
            tags++;
        }
        ret->ptr[i] = (exports_servo_connector_check_info_t){
            .id = wire_text(check->id),
            .name = wire_text(check->name),
            .description = wire_text(check->description),
            .severity = (exports_servo_connector_check_severity_t)check->severity,
            .tags = {wire_alloc(tags * sizeof(connector_string_t)), tags},
            .remedy = check->remedy != NULL,
        };
        for (size_t tag = 0; tag < tags; tag++) {
            ret->ptr[i].tags.ptr[tag] = wire_text(check->tags[tag]);
        }
    }
    return wire_ended(NULL, err);
}

static const servo_check *find_check(connector_string_t *id) {
    const servo_check *check = servo_registered.checks;
    while (check->id && (strlen(check->id) != id->len || memcmp(check->id, id->ptr, id->len) != 0)) {
        check++;
    }
    return check->id ? check : NULL;
}

bool exports_servo_connector_check_run(connector_string_t *id, exports_servo_connector_check_outcome_t *ret,
                                       servo_connector_contract_failure_t *err) {
    const servo_check *check = find_check(id);
    servo_outcome outcome = {0};
    const servo_failure *failure =
        check ? check->run(check, &outcome) : servo_failed("there is no check `%s`", wire_text_in(id));
    connector_string_free(id);
    if (!failure) {
        *ret = (exports_servo_connector_check_outcome_t){
            .passed = outcome.passed,
            .message = wire_text(outcome.message),
            .hint = wire_optional(outcome.hint),
        };
    }
    return wire_ended(failure, err);
}

bool exports_servo_connector_check_remedy(connector_string_t *id, connector_string_t *ret,
                                          servo_connector_contract_failure_t *err) {
    const servo_check *check = find_check(id);
    const char *done = NULL;
    const servo_failure *failure = check && check->remedy
                                       ? check->remedy(check, &done)
                                       : servo_failed("the check `%s` has no remedy", wire_text_in(id));
    connector_string_free(id);
    if (!failure) {
        *ret = wire_text(done);
    }
    return wire_ended(failure, err);
}
#else
#define EXPORTS_CHECK false
#endif

#ifdef SERVO_EXPORT_PROMOTE
#define EXPORTS_PROMOTE true

bool exports_servo_connector_promote_promote(servo_connector_contract_failure_t *err) {
    return wire_ended(servo_registered.promote(), err);
}
#else
#define EXPORTS_PROMOTE false
#endif

#ifdef SERVO_EXPORT_DECLARATIONS
#define EXPORTS_DECLARATIONS true
#else
#define EXPORTS_DECLARATIONS false
#endif
#ifdef SERVO_EXPORT_HOOKS
#define EXPORTS_HOOKS true
#else
#define EXPORTS_HOOKS false
#endif
#ifdef SERVO_EXPORT_EVENTS
#define EXPORTS_EVENTS true
#else
#define EXPORTS_EVENTS false
#endif
#ifdef SERVO_EXPORT_COMMANDS
#define EXPORTS_COMMANDS true
#else
#define EXPORTS_COMMANDS false
#endif

static bool handles_events(const servo_event *event) {
    while (event && event->name && !event->handle) {
        event++;
    }
    return event && event->name;
}

// The table and the world must agree. `servo build` asks for the schema, so that it is the build that fails.
static void compare(const char *interface, bool exported, bool registered) {
    if (exported && !registered) {
        servo_panic("wit/world.wit exports `%s`, and `servo_registered` has no function for it", interface);
    }
    if (!exported && registered) {
        servo_panic("`servo_registered` has a function for `%s`: add `export servo:connector/%s@0.1.0;` to "
                    "wit/world.wit",
                    interface, interface);
    }
}

void exports_servo_connector_settings_schema(connector_string_t *ret) {
    const servo_connector *table = &servo_registered;
    compare("lifecycle", EXPORTS_LIFECYCLE, table->startup || table->shutdown);
    compare("inventory", EXPORTS_INVENTORY, table->metrics || table->components);
    compare("describe", EXPORTS_DESCRIBE, table->describe);
    compare("measure", EXPORTS_MEASURE, table->measure);
    compare("adjust", EXPORTS_ADJUST, table->adjust);
    compare("check", EXPORTS_CHECK, table->checks);
    compare("promote", EXPORTS_PROMOTE, table->promote);
    compare("declarations", EXPORTS_DECLARATIONS, table->declare || table->events);
    compare("hooks", EXPORTS_HOOKS, table->before || table->after);
    compare("events", EXPORTS_EVENTS, handles_events(table->events));
    compare("commands", EXPORTS_COMMANDS, table->commands);
    *ret = wire_text(servo_settings_schema(table->fields));
    servo_end_call();
}

void exports_servo_connector_settings_example(connector_string_t *ret) {
    *ret = wire_text(servo_settings_example(servo_registered.fields));
    servo_end_call();
}

bool exports_servo_connector_settings_configure(connector_string_t *settings,
                                                exports_servo_connector_settings_list_problem_t *err) {
    servo_problems problems = {0};
    const char *json = wire_text_in(settings);
    connector_string_free(settings);
    servo_settings_read(servo_registered.fields, json, &problems);
    if (problems.count == 0 && servo_registered.configure) {
        servo_registered.configure(&problems);
    }
    if (problems.count != 0) {
        err->len = problems.count;
        err->ptr = wire_alloc(problems.count * sizeof *err->ptr);
        for (size_t i = 0; i < problems.count; i++) {
            err->ptr[i].pointer = wire_text(problems.items[i].pointer);
            err->ptr[i].text = wire_text(problems.items[i].text);
        }
    }
    servo_end_call();
    return problems.count == 0;
}

#endif
