// Between the records of `servo.hpp` and those of the C library. What goes to C lives until the end of the call.

#pragma once

#include "servo.hpp"

#include "servo.h"

namespace servo::bridge {

const char *text(const std::string &from);
const servo_failure *failure(const Failure &from);
Failure failure(const servo_failure *from);
Result<void> result(const servo_failure *from);

Control control(const servo_control *from);
servo_control control(const Control &from);
Adjustment adjustment(const servo_adjustment &from);

void metrics(const std::vector<Metric> &from, servo_metrics *to);
void components(const std::vector<Component> &from, servo_components *to);
void description(const Description &from, servo_description *to);
void scalars(const std::vector<Scalar> &from, servo_measurement *to);
void measurement(const Measurement &from, servo_measurement *to);
Measurement measurement(const servo_measurement &from);

} // namespace servo::bridge
