// What the host offers, as connectors use it. A cancel becomes a failure, so that SERVO_TRY ends the call in good order.

#include "servo/host.h"

#include "servo/settings.h"

#include <math.h>
#include <string.h>

#define SHOW_EVERY 1000u

void servo_log(servo_level level, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    servo_host_log(level, servo_format_list(format, arguments));
    va_end(arguments);
}

double servo_now(void) {
    return servo_host_now();
}

static const servo_failure *go_on(bool on) {
    return on ? NULL : servo_cancelled("cancelled while waiting");
}

const servo_failure *servo_wait(uint32_t milliseconds) {
    return milliseconds == 0 ? NULL : go_on(servo_host_wait(milliseconds));
}

const servo_failure *servo_report(double percent, const char *message, const servo_measurement *measured) {
    return go_on(servo_host_report(percent, message, measured));
}

// Rounded up: waiting 0 ms until the last part of a millisecond has passed would be a busy loop. A microsecond more is
// the fault of the arithmetic.
static uint32_t whole_milliseconds(double seconds) {
    double whole = ceil(seconds * 1e3 - 1e-3);
    return whole < 1 ? 1 : (uint32_t)whole;
}

const servo_failure *servo_wait_showing(uint32_t milliseconds, const char *what) {
    const char *message = servo_format("%s for %s", what, servo_duration_show(milliseconds));
    double start = servo_host_elapsed(), total = milliseconds / 1e3;
    for (;;) {
        double passed = servo_host_elapsed() - start;
        if (passed >= total) {
            return NULL;
        }
        SERVO_TRY(servo_report(passed / total * 100, message, NULL));
        uint32_t rest = whole_milliseconds(total - passed);
        SERVO_TRY(servo_wait(rest < SHOW_EVERY ? rest : SHOW_EVERY));
    }
}

static void add_sample(servo_measurement *measurement, const servo_measurement *sample) {
    for (size_t i = 0; i < sample->count; i++) {
        const servo_reading *reading = sample->readings[i];
        for (size_t point = 0; point < reading->count; point++) {
            servo_point(servo_series(measurement, reading->metric, reading->id), reading->times[point],
                        reading->values[point]);
        }
    }
    for (size_t i = 0; i < sample->annotations.count; i++) {
        servo_annotate(&measurement->annotations, sample->annotations.items[i].key, sample->annotations.items[i].text);
    }
}

const servo_failure *servo_sample(const servo_control *control, uint32_t every, servo_take *take,
                                  servo_measurement *measurement) {
    SERVO_TRY(servo_wait_showing(control->delay, "waiting"));
    SERVO_TRY(servo_wait_showing(control->warmup, "warming up"));
    const char *message = servo_format("measuring for %s", servo_duration_show(control->duration));
    double start = servo_host_elapsed(), total = control->duration / 1e3, next = 0;
    for (;;) {
        servo_measurement sample = {0};
        SERVO_TRY(take(servo_now(), &sample));
        add_sample(measurement, &sample);
        double passed = servo_host_elapsed() - start;
        SERVO_TRY(servo_report(total > 0 ? fmin(passed / total * 100, 100) : 100, message, &sample));
        if (next >= total) {
            return NULL;
        }
        // Moments are counted from the start, so that the time a sample takes does not add up. What was missed is
        // left out, and a last interval shorter than half of the others belongs to the one before it.
        double step = every > 0 ? every / 1e3 : 1;
        next = fmax(next + step, step * ceil(passed / step));
        next = total - next < step / 2 ? total : next;
        SERVO_TRY(servo_wait(next > passed ? whole_milliseconds(next - passed) : 0));
    }
}

const servo_failure *servo_http_failure(const servo_response *response) {
    static const servo_code codes[] = {
        [SERVO_HTTP_NONE] = SERVO_FAILED,
        [SERVO_HTTP_DENIED] = SERVO_DENIED,
        [SERVO_HTTP_INVALID] = SERVO_FAILED,
        [SERVO_HTTP_UNREACHABLE] = SERVO_FAILED,
        [SERVO_HTTP_TIMED_OUT] = SERVO_TIMED_OUT,
        [SERVO_HTTP_LIMIT_EXCEEDED] = SERVO_LIMIT_EXCEEDED,
        [SERVO_HTTP_PROTOCOL] = SERVO_FAILED,
        [SERVO_HTTP_CANCELLED] = SERVO_CANCELLED,
    };
    if (response->error == SERVO_HTTP_NONE) {
        return NULL;
    }
    return servo_fail(codes[response->error], "%s", response->message);
}

const char *servo_header(const servo_response *response, const char *name) {
    for (size_t i = 0; i < response->headers.count; i++) {
        if (strcmp(response->headers.items[i].key, name) == 0) {
            return response->headers.items[i].text;
        }
    }
    return NULL;
}
