// Tests of the SDK itself.

#include "../fake/servo_fake.h"

#include <string.h>

static const char *text, *endpoint, *color;
static double number, integer;
static bool boolean;
static uint32_t duration;

static const char *const colors[] = {"red", "green", NULL};
static const servo_field fields[] = {
    {.name = "text", .description = "A \"text\".", SERVO_TEXT(&text), .example = "\"a\""},
    {.name = "endpoint", SERVO_ENDPOINT(&endpoint), .example = "\"http://localhost\""},
    {.name = "color", SERVO_TEXT(&color), .choices = colors, .fallback = "\"red\""},
    {.name = "number", SERVO_NUMBER(&number), .fallback = "0.1"},
    {.name = "integer", SERVO_INTEGER(&integer), .fallback = "3", .min = 1, .max = 5},
    {.name = "boolean", SERVO_BOOLEAN(&boolean), .fallback = "true"},
    {.name = "duration", SERVO_DURATION(&duration), .fallback = "\"1s\"", .min = 10, .max = 60e3},
    {0},
};

const servo_connector servo_registered = {.fields = fields};

static void reads_settings(void) {
    static const struct {
        const char *settings, *problems;
    } cases[] = {
        {"{\"text\": \"a\", \"endpoint\": \"http://x:1/\"}", NULL},
        {"{\"text\": \"a\", \"endpoint\": \"http://x\", \"duration\": \"1m\", \"integer\": 5, \"number\": -2e3}", NULL},
        {"{\"text\": \"a\", \"endpoint\": \"http://x\", \"duration\": 0.5}", NULL},
        {"{}", ": the setting `text` is missing\n: the setting `endpoint` is missing\n"},
        {"[1]", ": the settings are no object\n"},
        {"{\"text\"", ": no `:` after a key at byte 7\n"},
        {"{\"text\": 1, \"endpoint\": \"ftp://x\", \"a/b~\": 1}",
         "/text: a number, and a text is expected\n"
         "/endpoint: `ftp://x` is not an address; write it like `http://host:8080`\n"
         "/a~1b~0: there is no setting `a/b~`\n"},
        {"{\"text\": \"a\", \"endpoint\": \"http://x\", \"duration\": \"2m\", \"integer\": 0, \"color\": \"blue\"}",
         "/color: `blue` is not one of `red`, `green`\n/integer: 0 is not between 1 and 5\n"
         "/duration: `2m` is not between `10ms` and `1m`\n"},
        {"{\"text\": \"a\", \"endpoint\": \"http://x\", \"integer\": 1.5, \"boolean\": 1, \"duration\": \"soon\"}",
         "/integer: 1.5 has a fraction\n/boolean: a number, and true or false is expected\n"
         "/duration: `soon` is not a duration; write it like `1m30s`\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        servo_fake_reset(NULL);
        servo_expect_text(servo_fake_configure(cases[i].settings), cases[i].problems);
    }
    servo_fake_reset(NULL);
    servo_fake_configure("{\"text\": \"caf\\u00e9 \\ud83d\\ude00\\n\", \"endpoint\": \"http://x:1//\"}");
    servo_fake_reset(NULL); // what was read outlives the call
    servo_expect_text(text, "caf\xc3\xa9 \xf0\x9f\x98\x80\n");
    servo_expect_text(endpoint, "http://x:1");
    servo_expect_number(number, 0.1);
    servo_expect_number(duration, 1000);
    servo_expect(boolean);
}

static void shows_settings(void) {
    servo_fake_reset(NULL);
    servo_expect_text(servo_settings_example(fields), "{\"text\":\"a\",\"endpoint\":\"http://localhost\"}");
    const char *problem = NULL;
    const servo_json *schema = servo_json_read(servo_settings_schema(fields), &problem);
    servo_expect_text(problem, NULL);
    const servo_json *properties = servo_json_get(schema, "properties");
    servo_expect_number((double)properties->count, 7);
    servo_expect_text(servo_json_get(servo_json_get(properties, "text"), "description")->text, "A \"text\".");
    servo_expect_text(servo_json_get(servo_json_get(properties, "endpoint"), "x-servo-grant")->text, "http");
    servo_expect_number(servo_json_get(servo_json_get(properties, "integer"), "maximum")->number, 5);
    servo_expect_number((double)servo_json_get(schema, "required")->count, 2);
    servo_expect(!servo_json_get(schema, "additionalProperties")->boolean);
}

static void reads_json(void) {
    static const struct {
        const char *json, *problem;
    } cases[] = {
        {" [1, -2.5e3, \"a\", null, true, {\"a\": []}] ", NULL},
        {"", "no value at byte 0"},
        {"[1,]", "no value at byte 3"},
        {"{\"a\": 1,}", "no text at byte 8"},
        {"01", "no value at byte 0"},
        {"0x1", "something stands behind the value at byte 1"},
        {"1 2", "something stands behind the value at byte 2"},
        {"\"a", "a text without end at byte 2"},
        {"\"\\q\"", "an unknown escape at byte 2"},
        {"\"\\ud800\"", "half a character at byte 7"},
        {"\"\\u0000\"", "a zero character, which C cannot hold, at byte 3"},
        {"nul", "no value at byte 0"},
        {"[\"a\\", "an unknown escape at byte 4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        servo_fake_reset(NULL);
        const char *problem = NULL;
        servo_expect((servo_json_read(cases[i].json, &problem) != NULL) == (cases[i].problem == NULL));
        servo_expect_text(problem, cases[i].problem);
    }
    servo_fake_reset(NULL);
    char deep[200];
    memset(deep, '[', sizeof deep);
    deep[sizeof deep - 1] = 0;
    const char *problem = NULL;
    servo_expect(servo_json_read(deep, &problem) == NULL);
    servo_expect_text(problem, "values stand too deep in each other at byte 65");
}

static void writes_durations(void) {
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"0", "0s"}, {"1m30s", "1m30s"}, {"90s", "1m30s"}, {" 1.5 h ", "1h30m"}, {"250ms", "250ms"}, {"1500us", "2ms"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t milliseconds = 7;
        servo_expect_text(servo_duration_read(cases[i].text, &milliseconds), NULL);
        servo_expect_text(servo_duration_show(milliseconds), cases[i].shown);
    }
    static const char *const wrong[] = {"", "5", "-1s", "1x", "s", "1e3s", "inf", "1s2", "60d"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint32_t milliseconds;
        servo_expect(servo_duration_read(wrong[i], &milliseconds) != NULL);
    }
}

static const servo_failure *take(double at, servo_measurement *sample) {
    servo_scalar(sample, "a", NULL, at, at);
    servo_annotate(&sample->annotations, "seen", servo_format("%g", at));
    return at > 2000 ? servo_failed("later than %d", 2000) : NULL;
}

static void samples_over_time(void) {
    static const struct {
        uint32_t duration, every;
        double count;
    } cases[] = {{0, 1000, 1}, {1000, 1000, 2}, {1000, 300, 4}, {1000, 250, 5}, {1000, 5000, 2}, {500, 0, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        servo_fake_reset(NULL);
        servo_control control = {.delay = 100, .warmup = 200, .duration = cases[i].duration};
        servo_measurement measurement = {0};
        servo_expect(servo_sample(&control, cases[i].every, take, &measurement) == NULL);
        const servo_reading *series = servo_series(&measurement, "a", NULL);
        servo_expect_number((double)series->count, cases[i].count);
        servo_expect_number(series->times[series->count - 1], 1000.3 + cases[i].duration / 1e3);
        servo_expect_number((double)measurement.annotations.count, 1);
    }
    servo_fake_reset(NULL);
    servo_faked.cancel_at = 1000.5;
    servo_control control = {.warmup = 200, .duration = 60000};
    servo_measurement measurement = {0};
    const servo_failure *failure = servo_sample(&control, 1000, take, &measurement);
    servo_expect(failure && failure->code == SERVO_CANCELLED);
    servo_expect_number(servo_faked.waited, 500);
}

static void has_memory(void) {
    servo_fake_reset(NULL);
    servo_texts texts = {0};
    for (size_t i = 0; i < 1000; i++) {
        texts.items = servo_grow(texts.items, texts.count, sizeof *texts.items);
        texts.items[texts.count++] = servo_format("%zu%s", i, i == 500 ? " of a long text that grows a block" : "");
    }
    servo_expect(servo_has(&texts, "999") && servo_has(&texts, "0") && !servo_has(&texts, "1000"));
    servo_buffer buffer = {0};
    servo_append_json(&buffer, "a\"\\\n\xc3\xa9");
    servo_expect_text(servo_clean("caf\xc3\xa9 \xf0\x9f\x98\x80"), "caf\xc3\xa9 \xf0\x9f\x98\x80");
    servo_expect_text(servo_clean("a\xff" "b\xc3"), "a\xef\xbf\xbd" "b\xef\xbf\xbd");
    servo_expect_text(servo_clean("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    servo_expect_text(buffer.text, "\"a\\\"\\\\\\u000a\xc3\xa9\"");
}

int main(void) {
    reads_settings();
    shows_settings();
    reads_json();
    writes_durations();
    samples_over_time();
    has_memory();
    return servo_fake_result();
}
