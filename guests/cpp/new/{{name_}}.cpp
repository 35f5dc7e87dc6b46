// Says in one line what {{name}} is for. It has one number of its own; put your application in its place.

#include <servo.hpp>

class {{Name}} : public servo::Connector {
  public:
    // What the operator writes into `servo.yaml`.
    void settings(servo::Settings &settings) override {
        settings.number("value", value).doc("The number at the beginning, 0 to 100.").between(0, 100).example("7");
    }

    // {{#describe|inventory}}
    servo::Result<std::vector<servo::Metric>> metrics() override {
        return std::vector<servo::Metric>{{"value", ""}};
    }

    servo::Result<std::vector<servo::Component>> components() override {
        servo::Setting setting{.name = "value", .unit = {}, .domain = servo::Range{0, 100, 1}, .value = value};
        return std::vector{servo::Component{.name = "{{name}}", .settings = {setting}}};
    }

    // {{/}}
    // {{#describe}}
    servo::Result<servo::Description> describe(const servo::Control &) override {
        return servo::Description{.components = components().value(), .metrics = metrics().value()};
    }

    // {{/}}
    // {{#measure}}
    servo::Result<servo::Measurement> measure(const std::vector<std::string> &,
                                              const servo::Control &control) override {
        servo::info("measuring");
        SERVO_CHECK_RESULT(servo::wait(control.asked()));
        servo::Measurement measurement;
        measurement.scalars = {{"value", "", servo::now(), value}};
        return measurement;
    }

    // {{/}}
    // {{#adjust}}
    servo::Result<servo::Description> adjust(const std::vector<servo::Adjustment> &adjustments,
                                             const servo::Control &control) override {
        for (const auto &wanted : adjustments) {
            if (wanted.component != "{{name}}" || wanted.setting != "value") {
                continue;
            }
            const double *number = std::get_if<double>(&wanted.value);
            if (!number || *number < 0 || *number > 100) {
                return servo::rejected("value must be a number from 0 to 100");
            }
            value = *number;
        }
        return describe(control);
    }

    // {{/}}
    // {{#check}}
    std::vector<servo::Check> checks() override {
        servo::Check positive;
        positive.id = "positive";
        positive.name = "The value is above zero";
        positive.run = [this]() -> servo::Result<servo::Outcome> {
            if (value > 0) {
                return servo::Outcome{true, servo::format("it is %g", value), ""};
            }
            return servo::Outcome{false, "it is 0", "set `value` in servo.yaml to more than 0"};
        };
        return {positive};
    }

    // {{/}}
    // {{#promote}}
    servo::Result<void> promote() override {
        servo::info(servo::format("%g is there to stay", value));
        return {};
    }

    // {{/}}
    // {{#lifecycle}}
    servo::Result<void> startup() override {
        servo::info("starting");
        return {};
    }

    servo::Result<void> shutdown(const std::string &reason) override {
        servo::info("ending: " + reason);
        return {};
    }

    // {{/}}
    // {{#events}}
    // An event of its own: `servo dispatch {{name}}.set '{"value": 9}'`. Others may handle, hook and dispatch it, too.
    std::vector<servo::Event> events() override {
        servo::Event set;
        set.name = "{{name}}.set";
        set.description = "Sets the value, and answers what it was.";
        set.parameters = R"({"type": "object", "required": ["value"], "additionalProperties": false,
            "properties": {"value": {"type": "number", "minimum": 0, "maximum": 100}}})";
        set.returns = R"({"type": "number"})";
        set.handle = [this](const servo::Json &arguments) -> servo::Result<std::string> {
            double was = std::exchange(value, arguments["value"].number().value_or(value));
            return servo::shown(was);
        };
        return {set};
    }

    // {{/}}
    // {{#commands}}
    // For the command line: `servo {{name}} value`.
    std::vector<servo::Command> commands() override {
        servo::Argument times{"times", "How often it is counted", servo::Argument::Kind::number};
        auto show = [this](const servo::Json &arguments) -> servo::Result<servo::Answer> {
            double counted = value * arguments["times"].number().value_or(1);
            return servo::Answer{servo::format(R"({"value": %s})", servo::shown(counted).c_str()), {{"VALUE", "/value"}}};
        };
        return {{"value", "Shows the value", {times}, show}};
    }

    // {{/}}
  private:
    double value = 0;
};

SERVO_CONNECTOR({{Name}})
