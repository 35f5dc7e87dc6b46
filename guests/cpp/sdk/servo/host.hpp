// What the host offers: log lines, progress, time, HTTP.

#pragma once

#include "contract.hpp"

namespace servo {

void debug(const std::string &message);
void info(const std::string &message);
void warning(const std::string &message);
void error(const std::string &message);

// Ends the instance with a message. For what cannot be: whatever can happen is a failure.
[[noreturn]] void panic(const std::string &message);

// Seconds since 1970-01-01T00:00:00Z.
double now();

// Waits, without taking CPU time. `cancelled`, at once, when the call is to end.
Result<void> wait(Milliseconds duration);

// Waits, and says every second how far it is: `warming up for 1m30s`.
Result<void> wait_showing(Milliseconds duration, const std::string &what);

// Says how far the call is: 0 to 100 percent, below 0 where it is not known, one line for people, and what was just
// measured. `cancelled` when the call is to end.
Result<void> report(double percent, const std::string &message, const std::vector<Scalar> &measured = {});

// Measures as `control` asks: waits for delay and warm-up, then samples until the duration has passed, with `every`
// between two samples. At least one sample is taken, and the last at the end of the duration. Each is reported at once;
// together they are the series of the measurement.
Result<Measurement> sample(const Control &control, Milliseconds every,
                           const std::function<Result<std::vector<Scalar>>(double at)> &take);

// A request to a granted origin. Redirects are not followed.
struct Request {
    std::string url;
    std::string method = "GET";
    Pairs headers;
    std::optional<std::string> body;
    Milliseconds timeout{0}; // 0: 30 s
};

// A response, whatever its status.
struct Response {
    int status = 0;
    Pairs headers; // names in lower case
    std::string body;

    // The first value of a header, by its name in lower case; empty when there is none.
    std::string header(const std::string &name) const;
};

#if defined(__wasm__) && !defined(SERVO_IMPORT_HTTP)
#define SERVO_NEEDS_HTTP __attribute__((unavailable("add `import servo:connector/http@0.1.0;` to wit/world.wit")))
#else
#define SERVO_NEEDS_HTTP
#endif

// Gets a URL. A failure has the code `denied` without a grant, `timed_out`, `limit_exceeded`, `cancelled`, else
// `failed`.
SERVO_NEEDS_HTTP Result<Response> get(const std::string &url);

// Sends a request and reads the whole response.
SERVO_NEEDS_HTTP Result<Response> fetch(const Request &request);

// Sends several requests at once; answers in the order of requests.
SERVO_NEEDS_HTTP std::vector<Result<Response>> fetch_all(const std::vector<Request> &requests);

} // namespace servo
