// HTTP requests, one at a time.

#if !defined(__wasm__) || defined(SERVO_IMPORT_HTTP)

#include "servo/host.h"

const servo_response *servo_fetch(const servo_request *request) {
    return servo_fetch_all(request, 1);
}

const servo_response *servo_get(const char *url) {
    servo_request request = {.url = url};
    return servo_fetch(&request);
}

#endif
