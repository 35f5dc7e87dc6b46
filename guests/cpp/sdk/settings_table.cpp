// The bound settings as the table of the C library.

#include "servo/settings.hpp"

#include "servo/settings.h"

#include <cstdlib>

namespace servo {

Settings::Field &Settings::Field::doc(std::string text) {
    doc_ = std::move(text);
    return *this;
}

Settings::Field &Settings::Field::fallback(std::string json) {
    fallback_ = std::move(json);
    return *this;
}

Settings::Field &Settings::Field::example(std::string json) {
    example_ = std::move(json);
    return *this;
}

Settings::Field &Settings::Field::between(double min, double max) {
    min_ = min;
    max_ = max;
    return *this;
}

Settings::Field &Settings::Field::choices(std::vector<std::string> texts) {
    choices_ = std::move(texts);
    return *this;
}

Settings::Field &Settings::add(std::string name, int kind, std::function<void(const Field &)> store) {
    Field &field = fields_.emplace_back();
    field.name_ = std::move(name);
    field.kind_ = kind;
    field.store_ = std::move(store);
    return field;
}

Settings::Field &Settings::text(std::string name, std::string &into) {
    return add(std::move(name), SERVO_KIND_TEXT, [&into](const Field &field) { into = field.text_; });
}

Settings::Field &Settings::endpoint(std::string name, std::string &into) {
    return add(std::move(name), SERVO_KIND_ENDPOINT, [&into](const Field &field) { into = field.text_; });
}

Settings::Field &Settings::number(std::string name, double &into) {
    return add(std::move(name), SERVO_KIND_NUMBER, [&into](const Field &field) { into = field.number_; });
}

Settings::Field &Settings::integer(std::string name, int &into) {
    Field &field =
        add(std::move(name), SERVO_KIND_INTEGER, [&into](const Field &field) { into = static_cast<int>(field.number_); });
    return field.between(-2147483648.0, 2147483647.0);
}

Settings::Field &Settings::boolean(std::string name, bool &into) {
    return add(std::move(name), SERVO_KIND_BOOLEAN, [&into](const Field &field) { into = field.boolean_; });
}

Settings::Field &Settings::duration(std::string name, Milliseconds &into) {
    return add(std::move(name), SERVO_KIND_DURATION,
               [&into](const Field &field) { into = Milliseconds(field.milliseconds_); });
}

const servo_field *Settings::table() {
    // Made once and kept as long as the connector: the end is marked by a field of zeros.
    auto *table = static_cast<servo_field *>(std::calloc(fields_.size() + 1, sizeof(servo_field)));
    if (!table) {
        servo_panic("out of memory: raise the limit `memory` of this connector");
    }
    servo_field *to = table;
    for (Field &field : fields_) {
        to->name = field.name_.c_str();
        to->description = field.doc_.empty() ? nullptr : field.doc_.c_str();
        to->kind = static_cast<servo_kind>(field.kind_);
        to->fallback = field.fallback_ ? field.fallback_->c_str() : nullptr;
        to->example = field.example_ ? field.example_->c_str() : nullptr;
        to->min = field.min_;
        to->max = field.max_;
        if (!field.choices_.empty()) {
            for (const std::string &choice : field.choices_) {
                field.choice_texts_.push_back(choice.c_str());
            }
            field.choice_texts_.push_back(nullptr);
            to->choices = field.choice_texts_.data();
        }
        switch (to->kind) {
        case SERVO_KIND_TEXT:
        case SERVO_KIND_ENDPOINT: to->into.text = &field.text_; break;
        case SERVO_KIND_NUMBER:
        case SERVO_KIND_INTEGER: to->into.number = &field.number_; break;
        case SERVO_KIND_BOOLEAN: to->into.boolean = &field.boolean_; break;
        case SERVO_KIND_DURATION: to->into.milliseconds = &field.milliseconds_; break;
        }
        to++;
    }
    return table;
}

void Settings::store() const {
    for (const Field &field : fields_) {
        field.store_(field);
    }
}

} // namespace servo
