// Events and commands as the tables of the C library.

#include "bridge.hpp"

#include <deque>

namespace servo::bridge {
namespace {

// What the tables point into.
std::vector<Event> events;
std::vector<Command> commands;

const char *or_null(const std::string &text) {
    return text.empty() ? nullptr : text.c_str();
}

const servo_failure *handle(const servo_event *event, const servo_json *arguments, const char **result) {
    for (const Event &found : events) {
        if (found.name == event->name && found.handle) {
            return finish(found.handle(Json(arguments)), [result](const std::string &from) { *result = text(from); });
        }
    }
    return servo_failed("nothing handles the event `%s`", event->name);
}

const servo_failure *run(const servo_command *command, const servo_json *arguments, servo_answer *to) {
    for (const Command &found : commands) {
        if (found.name == command->name && found.run) {
            return finish(found.run(Json(arguments)), [to](const Answer &from) {
                size_t size = (from.columns.size() + 1) * sizeof(servo_column);
                auto *columns = static_cast<servo_column *>(servo_alloc(size));
                for (size_t i = 0; i < from.columns.size(); i++) {
                    columns[i] = {text(from.columns[i].heading), text(from.columns[i].pointer)};
                }
                *to = {text(from.value), from.columns.empty() ? nullptr : columns};
            });
        }
    }
    return servo_failed("the command `%s` has no function", command->name);
}

} // namespace

const servo_event *event_table(std::vector<Event> from) {
    static std::vector<servo_event> table;
    events = std::move(from);
    for (const Event &event : events) {
        table.push_back({
            event.name.c_str(),
            or_null(event.description),
            or_null(event.parameters),
            or_null(event.returns),
            event.handle ? handle : nullptr,
        });
    }
    table.push_back({});
    return table.data();
}

const servo_command *command_table(std::vector<Command> from) {
    static std::vector<servo_command> table;
    static std::deque<std::vector<servo_argument>> arguments;
    commands = std::move(from);
    for (const Command &command : commands) {
        auto &own = arguments.emplace_back();
        for (const Argument &argument : command.arguments) {
            own.push_back({
                argument.name.c_str(),
                argument.description.c_str(),
                static_cast<servo_argument_kind>(argument.kind),
                argument.positional,
                argument.required,
                argument.repeated,
            });
        }
        own.push_back({});
        table.push_back({command.name.c_str(), command.description.c_str(), own.data(), run});
    }
    table.push_back({});
    return table.data();
}

} // namespace servo::bridge
