// Writes servo connectors in C.
//
// A connector is one table of functions, one for each event that `wit/world.wit` exports:
//
//     #include <servo.h>
//
//     static const char *unit;
//
//     static const servo_field fields[] = {
//         {.name = "unit", .description = "What is counted.", SERVO_TEXT(&unit), .example = "\"sheep\""},
//         {0},
//     };
//
//     static const servo_failure *measure(const servo_texts *metrics, const servo_control *control,
//                                         servo_measurement *measurement) {
//         SERVO_TRY(servo_wait(servo_asked(control)));
//         servo_scalar(measurement, "counted", NULL, servo_now(), 7);
//         return NULL;
//     }
//
//     const servo_connector servo_registered = {.fields = fields, .measure = measure};
//
// A component instance is one connector with one set of settings and one call at a time, so its state are static
// variables. What the functions of this library return lives until the end of the call in progress and is never
// freed by hand; `servo_keep` keeps a text for longer.

#ifndef SERVO_H
#define SERVO_H

// An assertion that fails ends the instance with its text: in the build that operators run, too.
#undef NDEBUG
#include <assert.h>

#include "servo/memory.h"
#include "servo/contract.h"
#include "servo/host.h"
#include "servo/json.h"
#include "servo/settings.h"
#include "servo/connector.h"

#endif
