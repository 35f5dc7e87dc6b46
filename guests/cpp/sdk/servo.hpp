// Writes servo connectors in C++.
//
// A connector is a class that overrides one function for each event that `wit/world.wit` exports:
//
//     #include <servo.hpp>
//
//     class Count : public servo::Connector {
//       public:
//         void settings(servo::Settings &settings) override {
//             settings.text("unit", unit).doc("What is counted.").example(R"("sheep")");
//         }
//
//         servo::Result<servo::Measurement> measure(const std::vector<std::string> &metrics,
//                                                   const servo::Control &control) override {
//             SERVO_CHECK_RESULT(servo::wait(control.asked()));
//             return servo::Measurement{.scalars = {{"counted", "", servo::now(), 7}}};
//         }
//
//       private:
//         std::string unit;
//     };
//
//     SERVO_CONNECTOR(Count)
//
// There are no exceptions: what can fail returns a `Result`. `servo::panic`, `assert` and the checks of the standard
// library end the instance with a message that the operator sees. A component instance is one connector with one call at
// a time.

#pragma once

#include "servo/contract.hpp"
#include "servo/host.hpp"
#include "servo/json.hpp"
#include "servo/settings.hpp"

namespace servo {

// A check that can be run.
struct Check {
    enum class Severity { warning, common, critical };

    std::string id; // lower case letters, digits, `-` and `_`
    std::string name;
    std::string description;
    Severity severity = Severity::common;
    std::vector<std::string> tags;
    // A failure counts as a failed check.
    std::function<Result<Outcome>()> run;
    // Repairs what was found and says what was done; empty where nothing can be repaired.
    std::function<Result<std::string>()> remedy;
};

// An event that the connector defines, handles, or both.
struct Event {
    std::string name;        // lower case letters, digits, `-`, `_` and `.`
    std::string description; // one line for people; empty when another connector defines the event
    std::string parameters;  // JSON Schema of the arguments, which are an object; empty: there are none
    std::string returns;     // JSON Schema of the result; empty: anything
    // Handles the event and returns JSON; empty where only others do.
    std::function<Result<std::string>(const Json &arguments)> handle;
};

// An argument of a command: `--name`, or given by its place.
struct Argument {
    // A flag is true, or not there; a duration arrives in milliseconds.
    enum class Kind { flag, text, number, duration };

    std::string name; // lower case letters, digits and `-`
    std::string description;
    Kind kind = Kind::text;
    bool positional = false;
    bool required = false;
    bool repeated = false; // arrives as a list
};

// A column of the table that people see.
struct Column {
    std::string heading; // in upper case
    std::string pointer; // JSON pointer into each element of a list, or into the value
};

// What a command found.
struct Answer {
    std::string value;           // JSON
    std::vector<Column> columns; // none: the value is printed
};

// A command for the command line: `servo NAME COMMAND`.
struct Command {
    std::string name; // lower case letters, digits and `-`
    std::string description;
    std::vector<Argument> arguments;
    // What was not given is not among the arguments.
    std::function<Result<Answer>(const Json &arguments)> run;
};

// What an author derives from. `servo build` refuses a class that overrides too many or too few functions for its world.
class Connector {
  public:
    virtual ~Connector() = default;

    // Binds the settings to variables; called once.
    virtual void settings(Settings &settings);
    // Called after the settings were read: for what their types cannot say.
    virtual std::vector<Problem> configure();

    virtual Result<void> startup();
    virtual Result<void> shutdown(const std::string &reason);
    virtual Result<std::vector<Metric>> metrics();
    virtual Result<std::vector<Component>> components();
    virtual Result<Description> describe(const Control &control);
    // `metrics` names what is wanted; empty means all.
    virtual Result<Measurement> measure(const std::vector<std::string> &metrics, const Control &control);
    virtual Result<Description> adjust(const std::vector<Adjustment> &adjustments, const Control &control);
    // Called once, before the settings are read.
    virtual std::vector<Check> checks();
    virtual Result<void> promote();
    virtual Result<std::vector<Hook>> declare();
    // Both are called once, before the settings are read.
    virtual std::vector<Event> events();
    virtual std::vector<Command> commands();
    // Arguments and outcomes are JSON.
    virtual Result<void> before(const std::string &event, const std::string &arguments);
    virtual Result<void> after(const std::string &event, const std::string &outcomes);
};

namespace detail {

// Which functions a class overrides: the type of a pointer to an inherited member names the class it comes from.
struct Overrides {
    bool startup, shutdown, metrics, components, describe, measure, adjust, checks, promote, declare, before, after;
    bool events, commands;
};

struct Registration {
    Connector *connector;
    Overrides overrides;
};

Registration registration();

} // namespace detail

// The registered connector.
inline Connector &registered() {
    return *detail::registration().connector;
}

} // namespace servo

#define SERVO_OVERRIDES(Class, name)                                                                                   \
    .name = !std::is_same_v<decltype(&Class::name), decltype(&::servo::Connector::name)>

// Registers a connector. What it overrides must be public.
#define SERVO_CONNECTOR(Class)                                                                                         \
    ::servo::detail::Registration servo::detail::registration() {                                                      \
        static Class instance;                                                                                         \
        return {&instance,                                                                                             \
                {                                                                                                      \
                    SERVO_OVERRIDES(Class, startup),                                                                   \
                    SERVO_OVERRIDES(Class, shutdown),                                                                  \
                    SERVO_OVERRIDES(Class, metrics),                                                                   \
                    SERVO_OVERRIDES(Class, components),                                                                \
                    SERVO_OVERRIDES(Class, describe),                                                                  \
                    SERVO_OVERRIDES(Class, measure),                                                                   \
                    SERVO_OVERRIDES(Class, adjust),                                                                    \
                    SERVO_OVERRIDES(Class, checks),                                                                    \
                    SERVO_OVERRIDES(Class, promote),                                                                   \
                    SERVO_OVERRIDES(Class, declare),                                                                   \
                    SERVO_OVERRIDES(Class, before),                                                                    \
                    SERVO_OVERRIDES(Class, after),                                                                     \
                    SERVO_OVERRIDES(Class, events),                                                                    \
                    SERVO_OVERRIDES(Class, commands),                                                                  \
                }};                                                                                                    \
    }
