// Says in one line what {{name}} is for. It has one number of its own; put your application in its place.

#include <servo.h>

#include <string.h>

// A component instance is one connector, so its state are static variables.
static double value;

// What the operator writes into `servo.yaml`.
static const servo_field fields[] = {
    {
        .name = "value",
        .description = "The number at the beginning, 0 to 100.",
        SERVO_NUMBER(&value),
        .example = "7",
        .min = 0,
        .max = 100,
    },
    {0},
};

// {{#describe|inventory}}
static const servo_failure *metrics(servo_metrics *metrics) {
    servo_add_metric(metrics, "value", "");
    return NULL;
}

static const servo_failure *components(servo_components *components) {
    servo_component *component = servo_add_component(components, "{{name}}");
    servo_setting *setting = servo_add_setting(component, "value");
    setting->min = 0;
    setting->max = 100;
    setting->step = 1;
    setting->known = true;
    setting->value.number = value;
    return NULL;
}

// {{/}}
// {{#describe}}
static const servo_failure *describe(const servo_control *control, servo_description *description) {
    (void)control;
    SERVO_TRY(components(&description->components));
    return metrics(&description->metrics);
}

// {{/}}
// {{#measure}}
static const servo_failure *measure(const servo_texts *metrics, const servo_control *control,
                                    servo_measurement *measurement) {
    (void)metrics;
    servo_info("measuring");
    SERVO_TRY(servo_wait(servo_asked(control)));
    servo_scalar(measurement, "value", NULL, servo_now(), value);
    return NULL;
}

// {{/}}
// {{#adjust}}
static const servo_failure *adjust(const servo_adjustments *adjustments, const servo_control *control,
                                   servo_description *description) {
    for (size_t i = 0; i < adjustments->count; i++) {
        const servo_adjustment *wanted = &adjustments->items[i];
        if (strcmp(wanted->component, "{{name}}") != 0 || strcmp(wanted->setting, "value") != 0) {
            continue;
        }
        if (wanted->value.text || wanted->value.number < 0 || wanted->value.number > 100) {
            return servo_rejected("value must be a number from 0 to 100");
        }
        value = wanted->value.number;
    }
    return describe(control, description);
}

// {{/}}
// {{#check}}
static const servo_failure *positive(const servo_check *check, servo_outcome *outcome) {
    (void)check;
    outcome->passed = value > 0;
    outcome->message = servo_format("it is %g", value);
    outcome->hint = "set `value` in servo.yaml to more than 0";
    return NULL;
}

static const servo_check checks[] = {
    {.id = "positive", .name = "The value is above zero", .severity = SERVO_CHECK_COMMON, .run = positive},
    {0},
};

// {{/}}
// {{#promote}}
static const servo_failure *promote(void) {
    servo_info("%g is there to stay", value);
    return NULL;
}

// {{/}}
// {{#lifecycle}}
static const servo_failure *startup(void) {
    servo_info("starting");
    return NULL;
}

static const servo_failure *shut_down(const char *reason) {
    servo_info("ending: %s", reason);
    return NULL;
}

// {{/}}
// {{#events}}
static const servo_failure *set(const servo_event *event, const servo_json *arguments, const char **was) {
    (void)event;
    *was = servo_format("%.17g", value);
    value = servo_json_get(arguments, "value")->number;
    return NULL;
}

// An event of its own: `servo dispatch {{name}}.set '{"value": 9}'`. Others may handle, hook and dispatch it, too.
static const servo_event events[] = {
    {
        .name = "{{name}}.set",
        .description = "Sets the value, and answers what it was.",
        .parameters = "{\"type\": \"object\", \"required\": [\"value\"], \"additionalProperties\": false,"
                      " \"properties\": {\"value\": {\"type\": \"number\", \"minimum\": 0, \"maximum\": 100}}}",
        .returns = "{\"type\": \"number\"}",
        .handle = set,
    },
    {0},
};

// {{/}}
// {{#commands}}
static const servo_failure *show(const servo_command *command, const servo_json *arguments, servo_answer *answer) {
    static const servo_column columns[] = {{"VALUE", "/value"}, {0}};
    (void)command;
    const servo_json *times = servo_json_get(arguments, "times");
    answer->value = servo_format("{\"value\": %.17g}", value * (times ? times->number : 1));
    answer->columns = columns;
    return NULL;
}

static const servo_argument arguments[] = {
    {.name = "times", .description = "How often it is counted", .kind = SERVO_ARGUMENT_NUMBER},
    {0},
};

// For the command line: `servo {{name}} value`.
static const servo_command commands[] = {
    {.name = "value", .description = "Shows the value", .arguments = arguments, .run = show},
    {0},
};

// {{/}}
const servo_connector servo_registered = {
    .fields = fields,
    // {{#describe}}
    .describe = describe,
    // {{/}}
    // {{#measure}}
    .measure = measure,
    // {{/}}
    // {{#adjust}}
    .adjust = adjust,
    // {{/}}
    // {{#check}}
    .checks = checks,
    // {{/}}
    // {{#promote}}
    .promote = promote,
    // {{/}}
    // {{#inventory}}
    .metrics = metrics,
    .components = components,
    // {{/}}
    // {{#lifecycle}}
    .startup = startup,
    .shutdown = shut_down,
    // {{/}}
    // {{#events}}
    .events = events,
    // {{/}}
    // {{#commands}}
    .commands = commands,
    // {{/}}
};
