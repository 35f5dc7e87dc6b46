// Tests of nginx-status against a scripted nginx.

#include <fake/servo_fake.h>

#include <string.h>

#include "../status.h"

#define PAGE(active, accepted, handled, requests)                                                                      \
    "Active connections: " #active " \nserver accepts handled requests\n " #accepted " " #handled " " #requests        \
    " \nReading: 0 Writing: 1 Waiting: 2 \n"
#define SETTINGS "{\"url\": \"http://nginx/status\", \"interval\": \"500ms\"}"

static int looks;

// Each look finds 101 more requests, 11 more accepted and 10 more handled connections, until a new start at the fourth.
static servo_response busy(const servo_request *request) {
    (void)request;
    looks++;
    int grown = looks < 4 ? looks : looks - 4;
    return servo_fake_reply(200, servo_format("Active connections: %d \nserver accepts handled requests\n %d %d %d \n"
                                              "Reading: 0 Writing: 1 Waiting: 2 \n",
                                              looks, 11 * grown, 10 * grown, 101 * grown));
}

static servo_response forbidden(const servo_request *request) {
    (void)request;
    return servo_fake_reply(403, "<html>403 Forbidden</html>");
}

static servo_response other_page(const servo_request *request) {
    (void)request;
    return servo_fake_reply(200, "<html>\xff Welcome to nginx!</html>");
}

static servo_response dropping(const servo_request *request) {
    (void)request;
    return servo_fake_reply(200, PAGE(3, 100, 90, 500));
}

static servo_response healthy(const servo_request *request) {
    (void)request;
    return servo_fake_reply(200, PAGE(3, 100, 100, 500));
}

static void start(servo_fake_answer *answer) {
    looks = 0;
    servo_fake_reset(answer);
    servo_expect_text(servo_fake_configure(SETTINGS), NULL);
}

static void reads_the_page(void) {
    static const struct {
        const char *page;
        bool good;
    } cases[] = {
        {PAGE(291, 16630948, 16630948, 31070465), true},
        {"Active connections: 1 \nserver accepts handled requests request_time\n 1 1 1 1\nReading: 0", false},
        {"Active connections: 1", false},
        {"", false},
        {"<html>", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct status status;
        servo_expect(status_read(cases[i].page, &status) == cases[i].good);
    }
    struct status status;
    status_read(cases[0].page, &status);
    servo_expect_number(status.active, 291);
    servo_expect_number(status.requests, 31070465);
    servo_expect_number(status.waiting, 2);
}

static void measures_over_time(void) {
    start(busy);
    servo_control control = {.warmup = 1000, .duration = 1000};
    servo_texts all = {0};
    servo_measurement measurement = {0};
    servo_expect(servo_registered.measure(&all, &control, &measurement) == NULL);
    servo_expect_number(looks, 3);
    servo_expect_number(servo_faked.waited, 2000);
    servo_expect_number((double)servo_series(&measurement, "connections_active", NULL)->count, 3);
    servo_expect_number((double)servo_series(&measurement, "requests_per_second", NULL)->count, 2);
    servo_expect_number(servo_fake_last(&measurement, "requests_per_second"), 200);
    servo_expect_number(servo_fake_last(&measurement, "connections_per_second"), 22);
    servo_expect_number(servo_fake_last(&measurement, "connections_dropped_per_second"), 2);
    servo_expect(strstr(servo_faked.reports.text, "0% warming up for 1s") != NULL);
    servo_expect(strstr(servo_faked.reports.text, "100% measuring for 1s") != NULL);
}

static void measures_what_is_asked(void) {
    start(busy);
    const char *names[] = {"connections_waiting"};
    servo_texts wanted = {names, 1};
    servo_control control = {0};
    servo_measurement measurement = {0};
    servo_expect(servo_registered.measure(&wanted, &control, &measurement) == NULL);
    servo_expect_number((double)measurement.count, 1);
    servo_expect_number(servo_fake_last(&measurement, "connections_waiting"), 2);
}

static void sees_a_new_start(void) {
    start(busy);
    looks = 2;
    servo_control control = {.duration = 1000};
    servo_texts all = {0};
    servo_measurement measurement = {0};
    servo_expect(servo_registered.measure(&all, &control, &measurement) == NULL);
    servo_expect_number((double)servo_series(&measurement, "requests_per_second", NULL)->count, 1);
    servo_expect_text(measurement.annotations.items[0].key, "restarted");
    servo_expect(strstr(servo_faked.log.text, "warning: nginx was started anew") != NULL);
}

static void stops_when_cancelled(void) {
    start(busy);
    servo_faked.cancel_at = servo_faked.now + 0.7;
    servo_control control = {.duration = 60000};
    servo_texts all = {0};
    servo_measurement measurement = {0};
    const servo_failure *failure = servo_registered.measure(&all, &control, &measurement);
    servo_expect(failure && failure->code == SERVO_CANCELLED);
    servo_expect_number(servo_faked.waited, 700);
}

static void fails_with_the_reason(void) {
    static const struct {
        servo_fake_answer *answer;
        const char *message;
    } cases[] = {
        {NULL, "cannot connect to `http://nginx/status`"},
        {forbidden, "`http://nginx/status` answered with status 403; put `location"},
        {other_page, "`http://nginx/status` is not the page of stub_status: it begins with `<html>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(cases[i].answer);
        servo_control control = {0};
        servo_texts all = {0};
        servo_measurement measurement = {0};
        const servo_failure *failure = servo_registered.measure(&all, &control, &measurement);
        servo_expect(failure && failure->code == SERVO_FAILED);
        servo_expect(failure && strncmp(failure->message, cases[i].message, strlen(cases[i].message)) == 0);
    }
}

static void checks_say_what_to_do(void) {
    static const struct {
        servo_fake_answer *answer;
        int check;
        bool passed;
        const char *hint;
    } cases[] = {
        {NULL, 0, false, "see that nginx runs"},
        {forbidden, 0, false, "allow the address of servo"},
        {other_page, 0, false, "put `location"},
        {healthy, 0, true, NULL},
        {healthy, 1, true, NULL},
        {dropping, 1, false, "raise `worker_connections`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(cases[i].answer);
        servo_outcome outcome = {0};
        const servo_check *check = &servo_registered.checks[cases[i].check];
        servo_expect(check->run(check, &outcome) == NULL);
        servo_expect(outcome.passed == cases[i].passed);
        servo_expect(cases[i].hint ? strncmp(outcome.hint, cases[i].hint, strlen(cases[i].hint)) == 0 : !outcome.hint);
    }
}

static void refuses_bad_settings(void) {
    servo_fake_reset(NULL);
    servo_expect_text(servo_fake_configure("{\"url\": \"nginx\", \"interval\": \"1ms\"}"),
                      "/url: `nginx` is not an address; write it like `http://host:8080`\n"
                      "/interval: `1ms` is not between `50ms` and `1h`\n");
}

int main(void) {
    reads_the_page();
    measures_over_time();
    measures_what_is_asked();
    sees_a_new_start();
    stops_when_cancelled();
    fails_with_the_reason();
    checks_say_what_to_do();
    refuses_bad_settings();
    return servo_fake_result();
}
