// JSON: what others gave, and what goes back to them.

#pragma once

#include "contract.hpp"

struct servo_json;

namespace servo {

// A value that was read; good until the end of the call. What is not there, or something else than is asked for, is
// empty: `arguments["times"].number().value_or(1)`.
class Json {
  public:
    Json() = default;
    explicit Json(const ::servo_json *value) : value_(value) {}

    // The value of a key of an object.
    Json operator[](const std::string &key) const;
    // The items of a list, none of anything else.
    std::vector<Json> items() const;
    std::optional<bool> boolean() const;
    std::optional<double> number() const;
    std::optional<std::string> text() const;
    // Whether there is a value.
    explicit operator bool() const { return value_ != nullptr; }

  private:
    const ::servo_json *value_ = nullptr;
};

// Reads a document.
Result<Json> read_json(const std::string &text);

// A text as JSON, with its quotes.
std::string quoted(const std::string &text);

// A number as JSON: `null` when it is not finite.
std::string shown(double number);

} // namespace servo
