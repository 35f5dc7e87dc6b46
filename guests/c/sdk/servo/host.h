// What the host offers: log lines, progress, time, HTTP.

#ifndef SERVO_HOST_H
#define SERVO_HOST_H

#include "contract.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum servo_level {
    SERVO_TRACE,
    SERVO_DEBUG,
    SERVO_INFO,
    SERVO_SUCCESS,
    SERVO_WARNING,
    SERVO_ERROR,
    SERVO_CRITICAL,
} servo_level;

// Writes a log line.
__attribute__((format(printf, 2, 3))) void servo_log(servo_level level, const char *format, ...);
#define servo_debug(...) servo_log(SERVO_DEBUG, __VA_ARGS__)
#define servo_info(...) servo_log(SERVO_INFO, __VA_ARGS__)
#define servo_warning(...) servo_log(SERVO_WARNING, __VA_ARGS__)
#define servo_error(...) servo_log(SERVO_ERROR, __VA_ARGS__)

// Seconds since 1970-01-01T00:00:00Z.
double servo_now(void);

// Waits, without taking CPU time. `cancelled`, at once, when the call is to end.
const servo_failure *servo_wait(uint32_t milliseconds);

// Waits, and says every second how far it is: `warming up for 1m30s`.
const servo_failure *servo_wait_showing(uint32_t milliseconds, const char *what);

// Says how far the call is: 0 to 100 percent, below 0 where it is not known, one line for people, and what was
// measured so far, which may be NULL. `cancelled` when the call is to end.
const servo_failure *servo_report(double percent, const char *message, const servo_measurement *measured);

// Takes one sample: scalars at `at`, in seconds since the epoch, and annotations.
typedef const servo_failure *servo_take(double at, servo_measurement *sample);

// Measures as `control` asks: waits for delay and warm-up, then samples until the duration has passed, with `every`
// milliseconds between two samples. At least one sample is taken, and the last at the end of the duration. Each is
// reported at once; together they are the series of `measurement`.
const servo_failure *servo_sample(const servo_control *control, uint32_t every, servo_take *take,
                                  servo_measurement *measurement);

// A request to a granted origin. Redirects are not followed.
typedef struct servo_request {
    const char *method; // NULL: GET
    const char *url;
    servo_pairs headers;
    const char *body; // NULL: none
    size_t body_size;
    uint32_t timeout; // milliseconds; 0: 30 s
} servo_request;

// Why there is no response.
typedef enum servo_http_error {
    SERVO_HTTP_NONE, // there is one
    SERVO_HTTP_DENIED,
    SERVO_HTTP_INVALID,
    SERVO_HTTP_UNREACHABLE,
    SERVO_HTTP_TIMED_OUT,
    SERVO_HTTP_LIMIT_EXCEEDED,
    SERVO_HTTP_PROTOCOL,
    SERVO_HTTP_CANCELLED,
} servo_http_error;

// A response, whatever its status, or why there is none.
typedef struct servo_response {
    int status;
    servo_pairs headers; // names in lower case
    const char *body;    // a 0 stands behind it
    size_t body_size;
    servo_http_error error;
    const char *message; // of an error; names the origin
} servo_response;

#if defined(__wasm__) && !defined(SERVO_IMPORT_HTTP)
#define SERVO_NEEDS_HTTP __attribute__((unavailable("add `import servo:connector/http@0.1.0;` to wit/world.wit")))
#else
#define SERVO_NEEDS_HTTP
#endif

// Sends a request and reads the whole response.
SERVO_NEEDS_HTTP const servo_response *servo_fetch(const servo_request *request);

// Gets a URL.
SERVO_NEEDS_HTTP const servo_response *servo_get(const char *url);

// Sends several requests at once; answers in the order of requests.
SERVO_NEEDS_HTTP const servo_response *servo_fetch_all(const servo_request *requests, size_t count);

// The failure of a request that has no response; NULL when it has one.
const servo_failure *servo_http_failure(const servo_response *response);

// The value of a header, by its name in lower case; NULL when there is none.
const char *servo_header(const servo_response *response, const char *name);

// What a build for WebAssembly and the fake host of the tests implement; not for connectors.
void servo_host_log(servo_level level, const char *message);
bool servo_host_wait(uint32_t milliseconds); // whether to go on
bool servo_host_report(double percent, const char *message, const servo_measurement *measured);
double servo_host_now(void);     // since the epoch
double servo_host_elapsed(void); // since some moment; never goes back

#ifdef __cplusplus
}
#endif
#endif
