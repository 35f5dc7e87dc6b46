// The host, through the generated bindings.

#ifdef __wasm__

#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

// Arguments are only read by the host, so texts of this side are passed as they are.
static connector_string_t lend(const char *text) {
    const char *clean = servo_clean(text);
    return (connector_string_t){(uint8_t *)clean, strlen(clean)};
}

void servo_host_log(servo_level level, const char *message) {
    connector_string_t text = lend(message);
    servo_connector_log_write((servo_connector_log_level_t)level, &text);
}

bool servo_host_wait(uint32_t milliseconds) {
    return servo_connector_progress_wait(milliseconds) == SERVO_CONNECTOR_PROGRESS_DIRECTIVE_GO_ON;
}

bool servo_host_report(double percent, const char *message, const servo_measurement *measured) {
    servo_measurement nothing = {0};
    servo_connector_contract_measurement_t readings = wire_measurement(measured ? measured : &nothing);
    servo_connector_progress_update_t update = {
        .percent = {.is_some = percent >= 0, .val = (float)percent},
        .message = lend(message),
        .readings = {readings.readings.ptr, readings.readings.len},
    };
    bool on = servo_connector_progress_report(&update) == SERVO_CONNECTOR_PROGRESS_DIRECTIVE_GO_ON;
    servo_connector_contract_measurement_free(&readings);
    return on;
}

static double seconds_of(clockid_t clock) {
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double servo_host_now(void) {
    return seconds_of(CLOCK_REALTIME);
}

double servo_host_elapsed(void) {
    return seconds_of(CLOCK_MONOTONIC);
}

#ifdef SERVO_IMPORT_HTTP

static void request_out(const servo_request *from, servo_connector_http_request_t *to) {
    *to = (servo_connector_http_request_t){
        .method = lend(from->method ? from->method : "GET"),
        .url = lend(from->url),
        .headers = {servo_alloc((from->headers.count + 1) * sizeof *to->headers.ptr), from->headers.count},
        .body = {.is_some = from->body != NULL, .val = {(uint8_t *)from->body, from->body_size}},
        .timeout = {.is_some = from->timeout != 0, .val = from->timeout},
    };
    for (size_t i = 0; i < from->headers.count; i++) {
        to->headers.ptr[i].f0 = lend(from->headers.items[i].key);
        to->headers.ptr[i].f1 = lend(from->headers.items[i].text);
    }
}

static void response_in(const servo_connector_http_result_response_error_t *from, servo_response *to) {
    if (from->is_err) {
        const servo_connector_http_error_t *error = &from->val.err;
        // The errors stand in the order of the contract, behind `none`; each has one text, but for the last.
        to->error = (servo_http_error)(error->tag + 1);
        bool cancelled = error->tag == SERVO_CONNECTOR_HTTP_ERROR_CANCELLED;
        to->message = cancelled ? "cancelled during a request" : wire_text_in(&error->val.denied);
        to->body = "";
        return;
    }
    const servo_connector_http_response_t *response = &from->val.ok;
    to->status = response->status;
    to->body = servo_copy((const char *)response->body.ptr, response->body.len);
    to->body_size = response->body.len;
    for (size_t i = 0; i < response->headers.len; i++) {
        to->headers.items = servo_grow(to->headers.items, i, sizeof *to->headers.items);
        to->headers.items[to->headers.count++] = (servo_pair){
            wire_text_in(&response->headers.ptr[i].f0),
            wire_text_in(&response->headers.ptr[i].f1),
        };
    }
}

const servo_response *servo_fetch_all(const servo_request *requests, size_t count) {
    servo_connector_http_list_request_t list = {servo_alloc((count + 1) * sizeof *list.ptr), count};
    for (size_t i = 0; i < count; i++) {
        request_out(&requests[i], &list.ptr[i]);
    }
    servo_connector_http_list_result_response_error_t results;
    servo_connector_http_fetch_all(&list, &results);
    servo_response *responses = servo_alloc((count + 1) * sizeof *responses);
    for (size_t i = 0; i < count && i < results.len; i++) {
        response_in(&results.ptr[i], &responses[i]);
    }
    servo_connector_http_list_result_response_error_free(&results);
    return responses;
}

#endif
#endif
