// Between the generated bindings and `servo.h`. What goes to the host as a result is allocated with `malloc`, because
// the generated code frees it; what comes from the host is copied, and freed by the caller.

#ifndef SERVO_WIRE_H
#define SERVO_WIRE_H

#include <connector.h>

#include "servo.h"

const char *wire_text_in(const connector_string_t *text);
void wire_control_in(const servo_connector_contract_control_t *from, servo_control *to);
void wire_adjustment_in(const servo_connector_contract_adjustment_t *from, servo_adjustment *to);

// `size` bytes for a result.
void *wire_alloc(size_t size);
connector_string_t wire_text(const char *text);
connector_option_string_t wire_optional(const char *text); // NULL: none
servo_connector_contract_failure_t wire_failure(const servo_failure *failure);
servo_connector_contract_list_metric_t wire_metrics(const servo_metrics *metrics);
servo_connector_contract_list_component_t wire_components(const servo_components *components);
servo_connector_contract_description_t wire_description(const servo_description *description);
servo_connector_contract_measurement_t wire_measurement(const servo_measurement *measurement);

// Ends a call: takes the failure out and frees what the call has allocated. Answers whether all went well, which is
// what the generated code wants to know.
bool wire_ended(const servo_failure *failure, servo_connector_contract_failure_t *err);

#endif
