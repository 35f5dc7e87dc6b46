// Tests of apache-status against a scripted Apache.

#include <fake/servo_fake.h>

#include <servo.hpp>

#include <cmath>
#include <cstring>
#include <functional>

#include "../status.hpp"

namespace {

const char configuration[] = R"({"url": "http://apache/server-status", "interval": "500ms"})";

int looks;
std::function<servo_response(int look)> apache;

servo_response answer(const servo_request *) {
    return apache(++looks);
}

servo_response page(int requests, int uptime, const char *scoreboard = "_W..", int busy = 1, int idle = 1) {
    return servo_fake_reply(
        200, servo_format("ServerUptimeSeconds: %d\nTotal Accesses: %d\nTotal kBytes: %d\nTotal Duration: %d\n"
                          "BusyWorkers: %d\nIdleWorkers: %d\nScoreboard: %s\n",
                          uptime, requests, 2 * requests, 30 * requests, busy, idle, scoreboard));
}

// Each look finds 101 more requests.
servo_response busy(int look) {
    return page(101 * look, look);
}

servo_response plain(int) {
    return servo_fake_reply(200, "BusyWorkers: 1\nIdleWorkers: 1\nScoreboard: _W..\n");
}

servo_response full(int) {
    return page(7, 7, "WW", 2, 0);
}

void start(std::function<servo_response(int)> how) {
    apache = std::move(how);
    looks = 0;
    servo_fake_reset(apache ? answer : nullptr);
    servo_expect_text(servo_fake_configure(configuration), nullptr);
}

double last(const servo::Measurement &measured, const std::string &metric) {
    for (const servo::Series &series : measured.series) {
        if (series.metric == metric) {
            return series.values.back();
        }
    }
    return NAN;
}

void reads_the_page() {
    auto status = Status::read("localhost\nServerUptimeSeconds: 9\nTotal Accesses: 5\nTotal kBytes: 3\nTotal Duration: 40\n"
                               "BusyWorkers: 2\nIdleWorkers: 3\nScoreboard: WW___....\n");
    servo_expect(status.has_value());
    servo_expect_number(status->busy, 2);
    servo_expect_number(status->workers(), 9);
    servo_expect_number(status->totals->milliseconds, 40);
    servo_expect(!Status::read("<html>It works!</html>") && !Status::read("") && !Status::read("BusyWorkers: 1"));
}

void measures_over_time() {
    start(busy);
    auto measured = servo::registered().measure(
        {}, {.warmup = servo::Milliseconds(1000), .duration = servo::Milliseconds(1000)});
    servo_expect(measured.has_value());
    servo_expect_number(looks, 3);
    servo_expect_number(servo_faked.waited, 2000);
    servo_expect_number(static_cast<double>(measured->series.front().values.size()), 3);
    servo_expect_number(last(*measured, "requests_per_second"), 200);
    servo_expect_number(last(*measured, "bytes_per_second"), 202 * 1024 * 2);
    servo_expect_number(last(*measured, "response_time"), 30.3);
    servo_expect_number(last(*measured, "worker_use"), 25);
    servo_expect(std::strstr(servo_faked.reports.text, "100% measuring for 1s") != nullptr);
}

void measures_what_is_asked() {
    start(busy);
    auto measured = servo::registered().measure({"idle_workers"}, {});
    servo_expect(measured && measured->series.size() == 1);
    servo_expect_number(last(*measured, "idle_workers"), 1);
}

void sees_a_new_start() {
    start([](int look) { return look < 3 ? page(101 * look, look) : page(5, 0); });
    auto measured = servo::registered().measure({"requests_per_second"}, {.duration = servo::Milliseconds(1000)});
    servo_expect(measured && measured->series.front().values.size() == 1);
    servo_expect(measured && measured->annotations.size() == 1 && measured->annotations[0].first == "restarted");
}

void stops_when_cancelled() {
    start(busy);
    servo_faked.cancel_at = servo_faked.now + 0.7;
    auto measured = servo::registered().measure({}, {.duration = servo::Milliseconds(60000)});
    servo_expect(!measured && measured.error().code == servo::Code::cancelled);
    servo_expect_number(servo_faked.waited, 700);
}

void fails_with_the_reason() {
    const struct {
        std::function<servo_response(int)> how;
        servo::Code code;
        const char *message;
    } cases[] = {
        {nullptr, servo::Code::failed, "cannot connect to `http://apache/server-status?auto`"},
        {[](int) { return servo_fake_reply(403, ""); }, servo::Code::denied, "Apache refuses to show"},
        {[](int) { return servo_fake_reply(200, "It works!"); }, servo::Code::failed, "is not the page of mod_status"},
        {[](int) { return servo_fake_reply(404, ""); }, servo::Code::failed, "(status 404)"},
    };
    for (const auto &[how, code, message] : cases) {
        start(how);
        auto measured = servo::registered().measure({}, {});
        servo_expect(!measured && measured.error().code == code);
        servo_expect(!measured && measured.error().message.contains(message));
    }
}

void checks_say_what_to_do() {
    const struct {
        std::function<servo_response(int)> how;
        size_t check;
        bool passed;
        const char *hint;
    } cases[] = {
        {busy, 0, true, ""},
        {nullptr, 0, false, "see that Apache runs"},
        {[](int) { return servo_fake_reply(403, ""); }, 0, false, "allow the address of servo"},
        {[](int) { return servo_fake_error(SERVO_HTTP_DENIED, "not granted"); }, 0, false, "grant the origin"},
        {[](int) { return servo_fake_reply(404, ""); }, 0, false, "load mod_status"},
        {busy, 1, true, ""},
        {plain, 1, false, "ExtendedStatus On"},
        {busy, 2, true, ""},
        {full, 2, false, "MaxRequestWorkers"},
    };
    for (const auto &[how, check, passed, hint] : cases) {
        start(how);
        // Through the table of the C library, as the host does it.
        servo_outcome outcome{};
        const servo_check *table = &servo_registered.checks[check];
        servo_expect(table->run(table, &outcome) == nullptr);
        servo_expect(outcome.passed == passed);
        servo_expect(std::string(outcome.hint ? outcome.hint : "").contains(hint));
    }
}

void has_a_table() {
    servo_expect(servo_registered.measure && servo_registered.metrics && servo_registered.describe);
    servo_expect(!servo_registered.adjust && !servo_registered.promote && !servo_registered.startup);
    servo_fake_reset(nullptr);
    servo_expect_text(servo_fake_configure(R"({"url": "apache", "interval": 1, "more": 1})"),
                      "/url: `apache` is not an address; write it like `http://host:8080`\n"
                      "/more: there is no setting `more`\n");
    servo_expect_text(servo_settings_example(servo_registered.fields), R"({"url":"http://127.0.0.1/server-status"})");
}

} // namespace

int main() {
    reads_the_page();
    measures_over_time();
    measures_what_is_asked();
    sees_a_new_start();
    stops_when_cancelled();
    fails_with_the_reason();
    checks_say_what_to_do();
    has_a_table();
    return servo_fake_result();
}
