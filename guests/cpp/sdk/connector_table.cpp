// The registered class as the table of the C library.

#include "bridge.hpp"

namespace servo {

// What a function answers that its class does not override. The table leaves it out, so the host never calls it.
static std::unexpected<Failure> absent(const char *name) {
    return failed(format("the connector does not override `%s`", name));
}

void Connector::settings(Settings &) {}
std::vector<Problem> Connector::configure() { return {}; }
Result<void> Connector::startup() { return {}; }
Result<void> Connector::shutdown(const std::string &) { return {}; }
Result<std::vector<Metric>> Connector::metrics() { return {}; }
Result<std::vector<Component>> Connector::components() { return {}; }
Result<Description> Connector::describe(const Control &) { return absent("describe"); }
Result<Measurement> Connector::measure(const std::vector<std::string> &, const Control &) { return absent("measure"); }
Result<Description> Connector::adjust(const std::vector<Adjustment> &, const Control &) { return absent("adjust"); }
std::vector<Check> Connector::checks() { return {}; }
Result<void> Connector::promote() { return absent("promote"); }
Result<std::vector<Hook>> Connector::declare() { return absent("declare"); }
std::vector<Event> Connector::events() { return {}; }
std::vector<Command> Connector::commands() { return {}; }
Result<void> Connector::before(const std::string &, const std::string &) { return {}; }
Result<void> Connector::after(const std::string &, const std::string &) { return {}; }

namespace {

using bridge::finish;

Settings bound;
std::vector<Check> checks;

void configure(servo_problems *problems) {
    bound.store();
    for (const Problem &problem : registered().configure()) {
        servo_problem(problems, bridge::text(problem.pointer), "%s", problem.text.c_str());
    }
}

const servo_failure *startup() {
    return finish(registered().startup());
}

const servo_failure *shutdown(const char *reason) {
    return finish(registered().shutdown(reason));
}

const servo_failure *metrics(servo_metrics *to) {
    return finish(registered().metrics(), [to](const auto &from) { bridge::metrics(from, to); });
}

const servo_failure *components(servo_components *to) {
    return finish(registered().components(), [to](const auto &from) { bridge::components(from, to); });
}

const servo_failure *describe(const servo_control *control, servo_description *to) {
    return finish(registered().describe(bridge::control(control)),
                  [to](const auto &from) { bridge::description(from, to); });
}

const servo_failure *measure(const servo_texts *metrics, const servo_control *control, servo_measurement *to) {
    std::vector<std::string> wanted(metrics->items, metrics->items + metrics->count);
    return finish(registered().measure(wanted, bridge::control(control)),
                  [to](const auto &from) { bridge::measurement(from, to); });
}

const servo_failure *adjust(const servo_adjustments *adjustments, const servo_control *control, servo_description *to) {
    std::vector<Adjustment> wanted;
    for (size_t i = 0; i < adjustments->count; i++) {
        wanted.push_back(bridge::adjustment(adjustments->items[i]));
    }
    return finish(registered().adjust(wanted, bridge::control(control)),
                  [to](const auto &from) { bridge::description(from, to); });
}

const Check *find_check(const servo_check *check) {
    for (const Check &found : checks) {
        if (found.id == check->id) {
            return &found;
        }
    }
    return nullptr;
}

const servo_failure *run_check(const servo_check *check, servo_outcome *to) {
    const Check *found = find_check(check);
    if (!found || !found->run) {
        return servo_failed("the check `%s` has no function", check->id);
    }
    return finish(found->run(), [to](const Outcome &from) {
        *to = {from.passed, bridge::text(from.message), from.hint.empty() ? nullptr : bridge::text(from.hint)};
    });
}

const servo_failure *run_remedy(const servo_check *check, const char **done) {
    const Check *found = find_check(check);
    if (!found || !found->remedy) {
        return servo_failed("the check `%s` has no remedy", check->id);
    }
    return finish(found->remedy(), [done](const std::string &from) { *done = bridge::text(from); });
}

const servo_failure *promote() {
    return finish(registered().promote());
}

const servo_failure *before(const char *event, const char *arguments) {
    return finish(registered().before(event, arguments));
}

const servo_failure *after(const char *event, const char *outcomes) {
    return finish(registered().after(event, outcomes));
}

const servo_failure *declare(servo_declaration *to) {
    return finish(registered().declare(), [to](const std::vector<Hook> &from) {
        for (const Hook &hook : from) {
            to->hooks = static_cast<servo_hook *>(servo_grow(to->hooks, to->count, sizeof *to->hooks));
            to->hooks[to->count++] = {bridge::text(hook.event), hook.after};
        }
    });
}

// The checks as C has them, kept as long as the connector.
const servo_check *check_table() {
    static std::vector<servo_check> table;
    static std::deque<std::vector<const char *>> tags;
    checks = registered().checks();
    for (const Check &check : checks) {
        auto &words = tags.emplace_back();
        for (const std::string &tag : check.tags) {
            words.push_back(tag.c_str());
        }
        words.push_back(nullptr);
        table.push_back({
            check.id.c_str(),
            check.name.c_str(),
            check.description.c_str(),
            static_cast<servo_severity>(check.severity),
            words.data(),
            run_check,
            check.remedy ? run_remedy : nullptr,
        });
    }
    table.push_back({});
    return table.data();
}

servo_connector table() {
    const auto [connector, has] = detail::registration();
    connector->settings(bound);
    servo_connector to{};
    to.fields = bound.table();
    to.configure = configure;
    to.startup = has.startup ? startup : nullptr;
    to.shutdown = has.shutdown ? shutdown : nullptr;
    to.metrics = has.metrics ? metrics : nullptr;
    to.components = has.components ? components : nullptr;
    to.describe = has.describe ? describe : nullptr;
    to.measure = has.measure ? measure : nullptr;
    to.adjust = has.adjust ? adjust : nullptr;
    to.checks = has.checks ? check_table() : nullptr;
    to.promote = has.promote ? promote : nullptr;
    to.declare = has.declare ? declare : nullptr;
    to.before = has.before ? before : nullptr;
    to.after = has.after ? after : nullptr;
    to.events = has.events ? bridge::event_table(connector->events()) : nullptr;
    to.commands = has.commands ? bridge::command_table(connector->commands()) : nullptr;
    return to;
}

} // namespace
} // namespace servo

extern "C" const servo_connector servo_registered = servo::table();
