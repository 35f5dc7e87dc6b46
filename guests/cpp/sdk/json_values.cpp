// JSON, through the C library.

#include "servo/json.hpp"

#include "bridge.hpp"

#include <cmath>

namespace servo {

Json Json::operator[](const std::string &key) const {
    return Json(servo_json_get(value_, key.c_str()));
}

std::vector<Json> Json::items() const {
    std::vector<Json> found;
    for (size_t i = 0; value_ && value_->kind == SERVO_JSON_LIST && i < value_->count; i++) {
        found.emplace_back(&value_->items[i]);
    }
    return found;
}

std::optional<bool> Json::boolean() const {
    return value_ && value_->kind == SERVO_JSON_BOOLEAN ? std::optional(value_->boolean) : std::nullopt;
}

std::optional<double> Json::number() const {
    return value_ && value_->kind == SERVO_JSON_NUMBER ? std::optional(value_->number) : std::nullopt;
}

std::optional<std::string> Json::text() const {
    return value_ && value_->kind == SERVO_JSON_TEXT ? std::optional<std::string>(value_->text) : std::nullopt;
}

Result<Json> read_json(const std::string &text) {
    const char *problem = nullptr;
    const servo_json *found = servo_json_read(text.c_str(), &problem);
    if (!found) {
        return failed(format("this is no JSON: %s", problem));
    }
    return Json(found);
}

std::string quoted(const std::string &text) {
    servo_buffer buffer{};
    servo_append_json(&buffer, text.c_str());
    return buffer.text;
}

std::string shown(double number) {
    return std::isfinite(number) ? format("%.17g", number) : "null";
}

} // namespace servo
