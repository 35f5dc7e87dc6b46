// Measures an nginx by its stub_status page: what its connections do, and how many requests come in a second.

#include <servo.h>

#include "status.h"

static struct {
    const char *url;
    uint32_t interval;
} settings;

static const servo_field fields[] = {
    {
        .name = "url",
        .description = "The stub_status page of nginx. Credentials for it belong into the grants.",
        SERVO_ENDPOINT(&settings.url),
        .example = "\"http://127.0.0.1:8080/nginx_status\"",
    },
    {
        .name = "interval",
        .description = "Time between two looks at the page.",
        SERVO_DURATION(&settings.interval),
        .fallback = "\"1s\"",
        .min = 50,
        .max = 3600e3,
    },
    {0},
};

static const servo_metric offered[] = {
    {"connections_active", ""},           {"connections_reading", ""},       {"connections_writing", ""},
    {"connections_waiting", ""},          {"requests_per_second", "rps"},    {"connections_per_second", "1/s"},
    {"connections_dropped_per_second", "1/s"},
};

// How nginx is made to answer, said where it does not.
#define LOCATION "`location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }` in a `server` block of nginx"

static const servo_failure *look(struct status *status) {
    const servo_response *response = servo_get(settings.url);
    SERVO_TRY(servo_http_failure(response));
    if (response->status != 200) {
        return servo_failed("`%s` answered with status %d; put " LOCATION, settings.url, response->status);
    }
    if (!status_read(response->body, status)) {
        return servo_failed("`%s` is not the page of stub_status: it begins with `%.40s`; put " LOCATION, settings.url,
                            response->body);
    }
    return NULL;
}

// What the last sample saw: rates need two.
static struct {
    bool taken;
    double at;
    struct status status;
    const servo_texts *wanted;
} last;

static void add(servo_measurement *sample, const char *metric, double at, double value) {
    if (last.wanted->count == 0 || servo_has(last.wanted, metric)) {
        servo_scalar(sample, metric, NULL, at, value);
    }
}

static const servo_failure *take(double at, servo_measurement *sample) {
    struct status now, change;
    SERVO_TRY(look(&now));
    add(sample, "connections_active", at, now.active);
    add(sample, "connections_reading", at, now.reading);
    add(sample, "connections_writing", at, now.writing);
    add(sample, "connections_waiting", at, now.waiting);
    double seconds = at - last.at;
    if (last.taken && seconds > 0) {
        if (status_between(&last.status, &now, &change)) {
            // Of the requests since the last look one was the look itself.
            add(sample, "requests_per_second", at, (change.requests > 1 ? change.requests - 1 : 0) / seconds);
            add(sample, "connections_per_second", at, change.accepted / seconds);
            add(sample, "connections_dropped_per_second", at, (change.accepted - change.handled) / seconds);
        } else {
            servo_warning("nginx was started anew during the measurement; one interval has no rates");
            servo_annotate(&sample->annotations, "restarted", "nginx was started anew during the measurement");
        }
    }
    last.taken = true;
    last.at = at;
    last.status = now;
    return NULL;
}

static const servo_failure *measure(const servo_texts *wanted, const servo_control *control,
                                    servo_measurement *measurement) {
    last.taken = false;
    last.wanted = wanted;
    const servo_failure *failure = servo_sample(control, settings.interval, take, measurement);
    last.wanted = NULL;
    return failure;
}

static const servo_failure *metrics(servo_metrics *metrics) {
    for (size_t i = 0; i < sizeof offered / sizeof *offered; i++) {
        servo_add_metric(metrics, offered[i].name, offered[i].unit);
    }
    return NULL;
}

static const servo_failure *describe(const servo_control *control, servo_description *description) {
    (void)control;
    return metrics(&description->metrics);
}

static const servo_failure *check_page(const servo_check *check, servo_outcome *outcome) {
    (void)check;
    const servo_response *response = servo_get(settings.url);
    const servo_failure *failure = servo_http_failure(response);
    struct status status;
    if (failure) {
        outcome->message = failure->message;
        outcome->hint = failure->code == SERVO_DENIED
                            ? "grant the origin of `url` to this connector (`servo show grants` lists what it has)"
                            : servo_format("see that nginx runs and listens at `%s`", settings.url);
    } else if (response->status == 401 || response->status == 403) {
        outcome->message = servo_format("nginx refuses to show its status: %d", response->status);
        outcome->hint = "allow the address of servo at the location, or grant credentials: `grants: {http: [{to: …, "
                        "basic: {username: …, password_file: …}}]}`";
    } else if (response->status != 200 || !status_read(response->body, &status)) {
        outcome->message = servo_format("`%s` is not the page of stub_status (status %d)", settings.url,
                                        response->status);
        outcome->hint = "put " LOCATION;
    } else {
        outcome->passed = true;
        outcome->message = servo_format("nginx has %.0f connections and has answered %.0f requests", status.active,
                                        status.requests);
    }
    return NULL;
}

static const servo_failure *check_dropped(const servo_check *check, servo_outcome *outcome) {
    (void)check;
    struct status status;
    SERVO_TRY(look(&status));
    double dropped = status.accepted - status.handled;
    outcome->passed = dropped == 0;
    outcome->message = dropped == 0 ? "no connection was dropped"
                                    : servo_format("%.0f of %.0f connections were dropped since nginx started", dropped,
                                                   status.accepted);
    outcome->hint = dropped == 0 ? NULL : "raise `worker_connections` (and the limit of open files) of nginx";
    return NULL;
}

static const servo_check checks[] = {
    {
        .id = "page",
        .name = "Read the status page",
        .description = "nginx answers, and what it answers is the page of stub_status",
        .severity = SERVO_CHECK_CRITICAL,
        .run = check_page,
    },
    {
        .id = "dropped",
        .name = "Dropped connections",
        .description = "nginx had room for every connection that it accepted",
        .severity = SERVO_CHECK_WARNING,
        .run = check_dropped,
    },
    {0},
};

const servo_connector servo_registered = {
    .fields = fields,
    .metrics = metrics,
    .describe = describe,
    .measure = measure,
    .checks = checks,
};
