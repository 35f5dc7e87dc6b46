// A host for unit tests: `servo.h` without WebAssembly. Compile the connector, the `.c` files of the SDK and this folder
// with any C compiler. Time is virtual, so a test never waits.

#ifndef SERVO_FAKE_H
#define SERVO_FAKE_H

#include "../servo.h"

#ifdef __cplusplus
extern "C" {
#endif

// What happened since `servo_fake_reset`.
typedef struct servo_fake {
    double now;           // seconds since the epoch; starts at 1000
    double cancel_at;     // waiting ends there with a cancel; 0: never
    uint32_t waited;      // milliseconds
    servo_buffer log;     // lines like `warning: text`
    servo_buffer reports; // lines like `50% measuring for 2s`
    servo_buffer requests; // lines like `GET http://host/path body`
} servo_fake;

extern servo_fake servo_faked;

// Answers requests.
typedef servo_response servo_fake_answer(const servo_request *request);

// Forgets everything and sets who answers; without one all hosts are unreachable.
void servo_fake_reset(servo_fake_answer *answer);

// A response with a status and a body.
servo_response servo_fake_reply(int status, const char *body);

// A request that has no response.
servo_response servo_fake_error(servo_http_error error, const char *message);

// Gives settings to the connector; the problems as lines `/pointer: text`, or NULL.
const char *servo_fake_configure(const char *settings);

// The last value of a metric; NAN when there is none.
double servo_fake_last(const servo_measurement *measurement, const char *metric);

// Compares, prints what differs with its place, and counts.
#define servo_expect(condition) servo_fake_expect((condition), #condition, __FILE__, __LINE__)
#define servo_expect_text(found, expected) servo_fake_expect_text((found), (expected), __FILE__, __LINE__)
#define servo_expect_number(found, expected) servo_fake_expect_number((found), (expected), __FILE__, __LINE__)
void servo_fake_expect(bool condition, const char *text, const char *file, int line);
void servo_fake_expect_text(const char *found, const char *expected, const char *file, int line);
void servo_fake_expect_number(double found, double expected, const char *file, int line);

// Prints how many comparisons held; what `main` returns.
int servo_fake_result(void);

#ifdef __cplusplus
}
#endif
#endif
