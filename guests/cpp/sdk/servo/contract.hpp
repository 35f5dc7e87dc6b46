// The vocabulary of the contract. The documentation of each record stands in `contract.wit`.

#pragma once

// An assertion that fails ends the instance with its text: in the build that operators run, too.
#undef NDEBUG
#include <cassert>

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace servo {

// Why an operation failed; the codes of the contract, in its order.
enum class Code { rejected, aborted, cancelled, failed, timed_out, limit_exceeded, denied, busy };

// A failed operation.
struct Failure {
    Code code = Code::failed;
    std::string message;
    std::string reason; // a short word for programs; may be empty
};

template <typename T> using Result = std::expected<T, Failure>;

// One for each common code, so that a call site says which it means: `return servo::rejected("…");`
inline std::unexpected<Failure> fail(Code code, std::string message) {
    return std::unexpected(Failure{code, std::move(message), {}});
}
inline std::unexpected<Failure> failed(std::string message) {
    return fail(Code::failed, std::move(message));
}
inline std::unexpected<Failure> rejected(std::string message) {
    return fail(Code::rejected, std::move(message));
}
inline std::unexpected<Failure> aborted(std::string message) {
    return fail(Code::aborted, std::move(message));
}

// Returns from the calling function when the result is a failure.
#define SERVO_CHECK_RESULT(expression)                                                                                 \
    do {                                                                                                               \
        auto servo_result_ = (expression);                                                                             \
        if (!servo_result_) {                                                                                          \
            return std::unexpected(std::move(servo_result_.error()));                                                  \
        }                                                                                                              \
    } while (0)

// A text as `printf` makes it.
[[gnu::format(printf, 1, 2)]] std::string format(const char *format, ...);

using Milliseconds = std::chrono::milliseconds;
using Pairs = std::vector<std::pair<std::string, std::string>>;
using Value = std::variant<double, std::string>;

// A range of numbers, both bounds included; a step of 0 allows any number between them.
struct Range {
    double min = 0, max = 0, step = 0;
    bool logarithmic = false; // equal ratios matter
};

struct Setting {
    std::string name;
    std::string unit;
    std::variant<Range, std::vector<Value>> domain;
    std::optional<Value> value; // absent when it cannot be known
    bool pinned = false;
};

struct Component {
    std::string name;
    std::vector<Setting> settings;
};

// A metric; the unit is empty for plain numbers.
struct Metric {
    std::string name, unit;
};

// Values of one metric over time, from one source; times are seconds since the epoch.
struct Series {
    std::string metric;
    std::string id; // which of several sources; may be empty
    Pairs annotations;
    std::vector<double> times, values;
};

// One value of one metric.
struct Scalar {
    std::string metric, id;
    double at = 0, value = 0;
};

// What was measured: series or scalars, not both.
struct Measurement {
    std::vector<Series> series;
    std::vector<Scalar> scalars;
    Pairs annotations;
};

struct Adjustment {
    std::string component, setting;
    Value value;
};

struct Description {
    std::vector<Component> components;
    std::vector<Metric> metrics;
};

// A condition that a measurement must keep: a metric at most, or `above` at least, a number or another metric.
struct Condition {
    std::string metric;
    bool above = false;
    std::variant<double, std::string> threshold;
    std::uint32_t trigger_count = 1, trigger_window = 1;
    double threshold_multiplier = 1; // of the other metric's value
    double metric_minimum = 0.25, threshold_minimum = 0.25; // from zero up to them metrics are too small to be compared
    std::optional<std::string> description;
};

// How an event is to be carried out.
struct Control {
    Milliseconds delay{0}, warmup{0}, duration{0}, settlement{0};
    std::optional<std::string> load; // JSON
    std::vector<Condition> slo;
    Pairs userdata; // values are JSON

    // Delay, warm-up and duration together: how long a measurement takes.
    Milliseconds asked() const { return delay + warmup + duration; }
};

// How a check ended.
struct Outcome {
    bool passed = false;
    std::string message;
    std::string hint; // what a person can do; may be empty
};

// A wish to be called around an event.
struct Hook {
    std::string event;
    bool after = false; // else before
};

// What is wrong with the settings, and where: a JSON pointer, empty for the whole.
struct Problem {
    std::string pointer, text;
};

} // namespace servo
