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

// What is declared, besides the events of the table.
typedef struct servo_declaration {
    servo_hook *hooks;
    size_t count;
} servo_declaration;

// An event that the connector defines, handles, or both; a table ends with `{0}`.
typedef struct servo_event {
    const char *name;        // lower case letters, digits, `-`, `_` and `.`
    const char *description; // one line for people; NULL when another connector defines the event
    const char *parameters;  // JSON Schema of the arguments, which are an object; NULL: there are none
    const char *returns;     // JSON Schema of the result; NULL: anything
    // Handles the event; `result` is JSON, `null` when it is left alone. NULL: only others do.
    const servo_failure *(*handle)(const struct servo_event *event, const servo_json *arguments, const char **result);
} servo_event;

// What an argument of a command is.
typedef enum servo_argument_kind {
    SERVO_ARGUMENT_FLAG,     // a switch: true, or not there
    SERVO_ARGUMENT_TEXT,
    SERVO_ARGUMENT_NUMBER,
    SERVO_ARGUMENT_DURATION, // written like `30s`; a number of milliseconds
} servo_argument_kind;

// An argument of a command; a table ends with `{0}`.
typedef struct servo_argument {
    const char *name; // lower case letters, digits and `-`
    const char *description;
    servo_argument_kind kind;
    bool positional; // given by its place
    bool required;
    bool repeated; // may be given several times; then it arrives as a list
} servo_argument;

// A column of the table that people see; a table ends with `{0}`.
typedef struct servo_column {
    const char *heading; // in upper case
    const char *pointer; // JSON pointer into each element of a list, or into the value
} servo_column;

// What a command found.
typedef struct servo_answer {
    const char *value;           // JSON
    const servo_column *columns; // NULL: the value is printed
} servo_answer;

// A command for the command line, `servo NAME COMMAND`; a table ends with `{0}`.
typedef struct servo_command {
    const char *name; // lower case letters, digits and `-`
    const char *description;
    const servo_argument *arguments; // may be NULL
    // What was not given is not among the keys of `arguments`.
    const servo_failure *(*run)(const struct servo_command *command, const servo_json *arguments, servo_answer *answer);
} servo_command;

// A connector. Functions and tables of what is not exported stay NULL; `servo build` refuses a table that has a function
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
    const servo_event *events;
    const servo_command *commands;
} servo_connector;

// The connector's own table: every connector defines it.
extern const servo_connector servo_registered;

#ifdef __cplusplus
}
#endif
#endif
