// What the host offers, through the C library.

#include "bridge.hpp"

#include <cstdio>

namespace servo {

std::string format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::string text = servo_format_list(format, arguments);
    va_end(arguments);
    return text;
}

void debug(const std::string &message) {
    servo_log(SERVO_DEBUG, "%s", message.c_str());
}

void info(const std::string &message) {
    servo_log(SERVO_INFO, "%s", message.c_str());
}

void warning(const std::string &message) {
    servo_log(SERVO_WARNING, "%s", message.c_str());
}

void error(const std::string &message) {
    servo_log(SERVO_ERROR, "%s", message.c_str());
}

void panic(const std::string &message) {
    servo_panic("%s", message.c_str());
}

double now() {
    return servo_now();
}

static uint32_t count(Milliseconds duration) {
    return duration.count() < 0              ? 0
           : duration.count() > UINT32_MAX ? UINT32_MAX
                                           : static_cast<uint32_t>(duration.count());
}

Result<void> wait(Milliseconds duration) {
    return bridge::result(servo_wait(count(duration)));
}

Result<void> wait_showing(Milliseconds duration, const std::string &what) {
    return bridge::result(servo_wait_showing(count(duration), what.c_str()));
}

Result<void> report(double percent, const std::string &message, const std::vector<Scalar> &measured) {
    servo_measurement readings{};
    bridge::scalars(measured, &readings);
    return bridge::result(servo_report(percent, message.c_str(), &readings));
}

// One call at a time, so one measurement at a time: the C library passes no context.
static const std::function<Result<std::vector<Scalar>>(double)> *taking;

Result<Measurement> sample(const Control &control, Milliseconds every,
                           const std::function<Result<std::vector<Scalar>>(double at)> &take) {
    taking = &take;
    servo_control asked = bridge::control(control);
    servo_measurement measured{};
    const servo_failure *failure = servo_sample(
        &asked, count(every),
        [](double at, servo_measurement *sample) -> const servo_failure * {
            auto scalars = (*taking)(at);
            if (!scalars) {
                return bridge::failure(scalars.error());
            }
            bridge::scalars(*scalars, sample);
            return nullptr;
        },
        &measured);
    if (failure) {
        return std::unexpected(bridge::failure(failure));
    }
    return bridge::measurement(measured);
}

std::string Response::header(const std::string &name) const {
    for (const auto &[key, value] : headers) {
        if (key == name) {
            return value;
        }
    }
    return "";
}

#if !defined(__wasm__) || defined(SERVO_IMPORT_HTTP)

static servo_request request(const Request &from) {
    servo_request to{};
    to.method = bridge::text(from.method);
    to.url = bridge::text(from.url);
    to.timeout = count(from.timeout);
    if (from.body) {
        to.body = bridge::text(*from.body);
        to.body_size = from.body->size();
    }
    for (const auto &[key, value] : from.headers) {
        to.headers.items =
            static_cast<servo_pair *>(servo_grow(to.headers.items, to.headers.count, sizeof *to.headers.items));
        to.headers.items[to.headers.count++] = {bridge::text(key), bridge::text(value)};
    }
    return to;
}

static Result<Response> response(const servo_response &from) {
    if (const servo_failure *failure = servo_http_failure(&from)) {
        return std::unexpected(bridge::failure(failure));
    }
    Response to{from.status, {}, std::string(from.body, from.body_size)};
    for (size_t i = 0; i < from.headers.count; i++) {
        to.headers.emplace_back(from.headers.items[i].key, from.headers.items[i].text);
    }
    return to;
}

std::vector<Result<Response>> fetch_all(const std::vector<Request> &requests) {
    auto *list = static_cast<servo_request *>(servo_alloc((requests.size() + 1) * sizeof(servo_request)));
    for (size_t i = 0; i < requests.size(); i++) {
        list[i] = request(requests[i]);
    }
    const servo_response *responses = servo_fetch_all(list, requests.size());
    std::vector<Result<Response>> answers;
    for (size_t i = 0; i < requests.size(); i++) {
        answers.push_back(response(responses[i]));
    }
    return answers;
}

Result<Response> fetch(const Request &asked) {
    servo_request list = request(asked);
    return response(*servo_fetch_all(&list, 1));
}

Result<Response> get(const std::string &url) {
    return fetch(Request{.url = url, .method = "GET", .headers = {}, .body = std::nullopt, .timeout = Milliseconds(0)});
}

#endif

} // namespace servo
