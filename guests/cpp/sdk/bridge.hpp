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

// The tables of C, kept as long as the connector; called once.
const servo_event *event_table(std::vector<Event> from);
const servo_command *command_table(std::vector<Command> from);

// The failure of a result; hands its value on when there is one.
template <typename T, typename F> const servo_failure *finish(const Result<T> &result, F &&hand_on) {
    if (!result) {
        return failure(result.error());
    }
    if constexpr (!std::is_void_v<T>) {
        hand_on(*result);
    }
    return nullptr;
}

inline const servo_failure *finish(const Result<void> &result) {
    return finish(result, [] {});
}

} // namespace servo::bridge
