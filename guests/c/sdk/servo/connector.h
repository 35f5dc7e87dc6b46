// The table that a connector registers: one function for each event that `wit/world.wit` exports.

#ifndef SERVO_CONNECTOR_H
#define SERVO_CONNECTOR_H

#include "contract.h"
#include "settings.h"

#ifdef __cplusplus
extern "C" {
#endif

// What a failed check means.
typedef enum servo_severity {
    SERVO_CHECK_WARNING,  // worth knowing
    SERVO_CHECK_COMMON,   // the servo is not ready
    SERVO_CHECK_CRITICAL, // and the checks after this one make no sense
} servo_severity;

// How a check ended.
typedef struct servo_outcome {
    bool passed;
    const char *message;
    const char *hint; // what a person can do; may be NULL
} servo_outcome;

// A check; a table ends with `{0}`.
typedef struct servo_check {
    const char *id; // lower case letters, digits, `-` and `_`
    const char *name;
    const char *description; // may be NULL
    servo_severity severity;
    const char *const *tags; // ended by NULL; may be NULL
    // A failure counts as a failed check. Checks may share functions, so each is told which it is.
    const servo_failure *(*run)(const struct servo_check *check, servo_outcome *outcome);
    // Repairs what was found and says what was done; NULL where nothing can be repaired.
    const servo_failure *(*remedy)(const struct servo_check *check, const char **done);
} servo_check;

// A wish to be called around an event.
typedef struct servo_hook {
    const char *event;
    bool after; // else before
} servo_hook;

// What is declared.
typedef struct servo_declaration {
    servo_hook *hooks;
    size_t count;
} servo_declaration;

// A connector. Functions of events that are not exported stay NULL; `servo build` refuses a table that has a function
// too many or too few. Each returns NULL, or why it failed.
typedef struct servo_connector {
    const servo_field *fields;
    // Called after the settings were read: for what the table cannot say. May be NULL.
    void (*configure)(servo_problems *problems);
    const servo_failure *(*startup)(void);
    const servo_failure *(*shutdown)(const char *reason);
    const servo_failure *(*metrics)(servo_metrics *metrics);
    const servo_failure *(*components)(servo_components *components);
    const servo_failure *(*describe)(const servo_control *control, servo_description *description);
    // `metrics` names what is wanted; empty means all.
    const servo_failure *(*measure)(const servo_texts *metrics, const servo_control *control,
                                    servo_measurement *measurement);
    const servo_failure *(*adjust)(const servo_adjustments *adjustments, const servo_control *control,
                                   servo_description *description);
    const servo_check *checks;
    const servo_failure *(*promote)(void);
    const servo_failure *(*declare)(servo_declaration *declaration);
    // Arguments and outcomes are JSON.
    const servo_failure *(*before)(const char *event, const char *arguments);
    const servo_failure *(*after)(const char *event, const char *outcomes);
} servo_connector;

// The connector's own table: every connector defines it.
extern const servo_connector servo_registered;

#ifdef __cplusplus
}
#endif
#endif
