// The host of unit tests.

#include "servo_fake.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

servo_fake servo_faked;

static servo_fake_answer *answerer;
static int held, failed;
static const char *const levels[] = {"trace", "debug", "info", "success", "warning", "error", "critical"};

void servo_fake_reset(servo_fake_answer *answer) {
    servo_end_call();
    servo_faked = (servo_fake){.now = 1000};
    answerer = answer;
}

servo_response servo_fake_reply(int status, const char *body) {
    return (servo_response){.status = status, .body = body, .body_size = strlen(body)};
}

servo_response servo_fake_error(servo_http_error error, const char *message) {
    return (servo_response){.error = error, .message = message, .body = ""};
}

void servo_host_log(servo_level level, const char *message) {
    servo_append(&servo_faked.log, "%s: %s\n", levels[level], message);
}

bool servo_host_wait(uint32_t milliseconds) {
    double until = servo_faked.now + milliseconds / 1e3;
    if (servo_faked.cancel_at > 0 && until >= servo_faked.cancel_at) {
        until = fmax(servo_faked.cancel_at, servo_faked.now);
    }
    servo_faked.waited += (uint32_t)((until - servo_faked.now) * 1e3 + 0.5);
    servo_faked.now = until;
    return servo_faked.cancel_at <= 0 || until < servo_faked.cancel_at;
}

bool servo_host_report(double percent, const char *message, const servo_measurement *measured) {
    (void)measured;
    servo_append(&servo_faked.reports, "%.0f%% %s\n", percent, message);
    return servo_faked.cancel_at <= 0 || servo_faked.now < servo_faked.cancel_at;
}

double servo_host_now(void) {
    return servo_faked.now;
}

double servo_host_elapsed(void) {
    return servo_faked.now;
}

const servo_response *servo_fetch_all(const servo_request *requests, size_t count) {
    servo_response *responses = servo_alloc((count + 1) * sizeof *responses);
    for (size_t i = 0; i < count; i++) {
        const servo_request *request = &requests[i];
        servo_append(&servo_faked.requests, "%s %s%s%.*s\n", request->method ? request->method : "GET", request->url,
                     request->body ? " " : "", (int)request->body_size, request->body ? request->body : "");
        responses[i] = answerer ? answerer(request)
                                : servo_fake_error(SERVO_HTTP_UNREACHABLE,
                                                   servo_format("cannot connect to `%s`", request->url));
    }
    return responses;
}

const char *servo_fake_configure(const char *settings) {
    servo_problems problems = {0};
    servo_settings_read(servo_registered.fields, settings, &problems);
    if (problems.count == 0 && servo_registered.configure) {
        servo_registered.configure(&problems);
    }
    servo_buffer lines = {0};
    for (size_t i = 0; i < problems.count; i++) {
        servo_append(&lines, "%s: %s\n", problems.items[i].pointer, problems.items[i].text);
    }
    return lines.text;
}

double servo_fake_last(const servo_measurement *measurement, const char *metric) {
    double last = NAN;
    for (size_t i = 0; i < measurement->count; i++) {
        const servo_reading *reading = measurement->readings[i];
        if (strcmp(reading->metric, metric) == 0 && reading->count > 0) {
            last = reading->values[reading->count - 1];
        }
    }
    return last;
}

static void count(bool good) {
    held += good;
    failed += !good;
}

void servo_fake_expect(bool condition, const char *text, const char *file, int line) {
    count(condition);
    if (!condition) {
        printf("%s:%d: not so: %s\n", file, line, text);
    }
}

void servo_fake_expect_text(const char *found, const char *expected, const char *file, int line) {
    bool same = found && expected ? strcmp(found, expected) == 0 : found == expected;
    count(same);
    if (!same) {
        printf("%s:%d: expected\n  %s\nfound\n  %s\n", file, line, expected ? expected : "nothing",
               found ? found : "nothing");
    }
}

void servo_fake_expect_number(double found, double expected, const char *file, int line) {
    bool same = fabs(found - expected) <= 1e-9 * fmax(1, fabs(expected)) || (isnan(found) && isnan(expected));
    count(same);
    if (!same) {
        printf("%s:%d: expected %.12g, found %.12g\n", file, line, expected, found);
    }
}

int servo_fake_result(void) {
    printf("%d comparisons held, %d did not\n", held, failed);
    return failed == 0 && held > 0 ? 0 : 1;
}
