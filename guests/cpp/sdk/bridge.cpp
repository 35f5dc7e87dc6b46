// Records of the contract, between C++ and C.

#include "bridge.hpp"

namespace servo::bridge {

const char *text(const std::string &from) {
    return servo_copy(from.data(), from.size());
}

const servo_failure *failure(const Failure &from) {
    auto *to = static_cast<servo_failure *>(servo_alloc(sizeof(servo_failure)));
    to->code = static_cast<servo_code>(from.code);
    to->reason = from.reason.empty() ? nullptr : text(from.reason);
    to->message = text(from.message);
    return to;
}

Failure failure(const servo_failure *from) {
    return {static_cast<Code>(from->code), from->message, from->reason ? from->reason : ""};
}

Result<void> result(const servo_failure *from) {
    if (from) {
        return std::unexpected(failure(from));
    }
    return {};
}

static Pairs pairs(const servo_pairs &from) {
    Pairs to;
    for (size_t i = 0; i < from.count; i++) {
        to.emplace_back(from.items[i].key, from.items[i].text);
    }
    return to;
}

static void pairs(const Pairs &from, servo_pairs *to) {
    for (const auto &[key, value] : from) {
        servo_annotate(to, text(key), text(value));
    }
}

Control control(const servo_control *from) {
    Control to{
        .delay = Milliseconds(from->delay),
        .warmup = Milliseconds(from->warmup),
        .duration = Milliseconds(from->duration),
        .settlement = Milliseconds(from->settlement),
        .load = std::nullopt,
        .slo = {},
        .userdata = pairs(from->userdata),
    };
    if (from->load) {
        to.load = from->load;
    }
    for (size_t i = 0; i < from->slo_count; i++) {
        const servo_condition &condition = from->slo[i];
        Condition &added = to.slo.emplace_back();
        added.metric = condition.metric;
        added.above = condition.above;
        added.trigger_count = condition.trigger_count;
        added.trigger_window = condition.trigger_window;
        added.threshold_multiplier = condition.threshold_multiplier;
        added.metric_minimum = condition.metric_minimum;
        added.threshold_minimum = condition.threshold_minimum;
        if (condition.description) {
            added.description = condition.description;
        }
        if (condition.threshold_metric) {
            added.threshold = std::string(condition.threshold_metric);
        } else {
            added.threshold = condition.threshold;
        }
    }
    return to;
}

// Only the times: what is needed to sample.
servo_control control(const Control &from) {
    servo_control to{};
    to.delay = static_cast<uint32_t>(from.delay.count());
    to.warmup = static_cast<uint32_t>(from.warmup.count());
    to.duration = static_cast<uint32_t>(from.duration.count());
    to.settlement = static_cast<uint32_t>(from.settlement.count());
    return to;
}

Adjustment adjustment(const servo_adjustment &from) {
    Adjustment to{from.component, from.setting, from.value.number};
    if (from.value.text) {
        to.value = std::string(from.value.text);
    }
    return to;
}

static servo_value value(const Value &from) {
    if (const auto *words = std::get_if<std::string>(&from)) {
        return {text(*words), 0};
    }
    return {nullptr, std::get<double>(from)};
}

void metrics(const std::vector<Metric> &from, servo_metrics *to) {
    for (const Metric &metric : from) {
        servo_add_metric(to, text(metric.name), text(metric.unit));
    }
}

static void setting(const Setting &from, servo_setting *to) {
    to->unit = from.unit.empty() ? nullptr : text(from.unit);
    to->pinned = from.pinned;
    to->known = from.value.has_value();
    if (from.value) {
        to->value = value(*from.value);
    }
    if (const auto *range = std::get_if<Range>(&from.domain)) {
        to->min = range->min;
        to->max = range->max;
        to->step = range->step;
        to->logarithmic = range->logarithmic;
        return;
    }
    const auto &choice = std::get<std::vector<Value>>(from.domain);
    auto *values = static_cast<servo_value *>(servo_alloc((choice.size() + 1) * sizeof(servo_value)));
    for (size_t i = 0; i < choice.size(); i++) {
        values[i] = value(choice[i]);
    }
    to->choices = values;
    to->choice_count = choice.size();
}

void components(const std::vector<Component> &from, servo_components *to) {
    for (const Component &component : from) {
        servo_component *added = servo_add_component(to, text(component.name));
        for (const Setting &one : component.settings) {
            setting(one, servo_add_setting(added, text(one.name)));
        }
    }
}

void description(const Description &from, servo_description *to) {
    components(from.components, &to->components);
    metrics(from.metrics, &to->metrics);
}

static const char *id(const std::string &from) {
    return from.empty() ? nullptr : text(from);
}

void scalars(const std::vector<Scalar> &from, servo_measurement *to) {
    for (const Scalar &scalar : from) {
        servo_scalar(to, text(scalar.metric), id(scalar.id), scalar.at, scalar.value);
    }
}

void measurement(const Measurement &from, servo_measurement *to) {
    for (const Series &series : from.series) {
        servo_reading *added = servo_series(to, text(series.metric), id(series.id));
        for (size_t i = 0; i < series.times.size() && i < series.values.size(); i++) {
            servo_point(added, series.times[i], series.values[i]);
        }
        pairs(series.annotations, &added->annotations);
    }
    scalars(from.scalars, to);
    pairs(from.annotations, &to->annotations);
}

Measurement measurement(const servo_measurement &from) {
    Measurement to;
    for (size_t i = 0; i < from.count; i++) {
        const servo_reading &reading = *from.readings[i];
        to.series.push_back({
            reading.metric,
            reading.id ? reading.id : "",
            pairs(reading.annotations),
            {reading.times, reading.times + reading.count},
            {reading.values, reading.values + reading.count},
        });
    }
    to.annotations = pairs(from.annotations);
    return to;
}

} // namespace servo::bridge
