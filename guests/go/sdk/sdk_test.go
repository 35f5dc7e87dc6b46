package servo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	servo "servo.dev/sdk"
	"servo.dev/sdk/fake"
	"servo.dev/sdk/host"
)

type inner struct {
	Count int `json:"count" min:"1" max:"5" default:"3" doc:"How many."`
}

type settings struct {
	Text     string             `json:"text" example:"a"`
	Endpoint servo.Endpoint     `json:"endpoint" example:"http://localhost"`
	Color    string             `json:"color" enum:"red,green" default:"red"`
	Every    servo.Duration     `json:"every" default:"1s"`
	Inner    inner              `json:"inner" default:"{}"`
	List     []string           `json:"list" default:"[]"`
	Map      map[string]float64 `json:"map" default:"{}" max:"1"`
	Absent   *bool              `json:"absent"`
	private  int
}

func TestSettingsAreRead(t *testing.T) {
	for _, c := range []struct{ settings, problems string }{
		{`{"text": "a", "endpoint": "http://x:1/"}`, ""},
		{`{"text": "a", "endpoint": "http://x", "every": 0.5, "list": ["b"], "map": {"c": 1}, "absent": true}`, ""},
		{`{}`, ": the setting `text` is missing\n: the setting `endpoint` is missing"},
		{`[1]`, ": a list, and an object is expected"},
		{`{"text": 1, "endpoint": "ftp://x", "a/b~": 1}`,
			"/text: a number, and a string is expected\n" +
				"/endpoint: \"ftp://x\" is not an address; write it like `http://host:8080`\n" +
				"/a~1b~0: there is no setting `a/b~`"},
		{`{"text": "a", "endpoint": "http://x", "color": "blue", "every": "soon", "inner": {"count": 9, "more": 1}}`,
			"/color: `blue` is not one of red, green\n" +
				"/every: \"soon\" is not a duration; write it like `1m30s`\n" +
				"/inner/count: 9 is more than 5\n/inner/more: there is no setting `more`"},
		{`{"text": null, "endpoint": "http://x", "list": ["a", 1], "map": {"x/y": 2}, "inner": {"count": 1.5}}`,
			"/text: null, and a string is expected\n" +
				"/inner/count: 1.5 is not a whole number from here: int\n" +
				"/list/1: a number, and a string is expected\n/map/x~1y: 2 is more than 1"},
	} {
		var into settings
		servo.Settings(&into, nil)
		if found := fake.Configure(c.settings); found != c.problems {
			t.Errorf("%s\nexpected\n%s\nfound\n%s", c.settings, c.problems, found)
		}
	}
	var into settings
	servo.Settings(&into, func() []servo.Problem { return []servo.Problem{{Pointer: "/text", Text: "not today"}} })
	if found := fake.Configure(`{"text": "a", "endpoint": "http://x//", "every": " 1m 30s"}`); found != "/text: not today" {
		t.Error(found)
	}
	if into.Every.Duration != 90*time.Second || into.Endpoint != "http://x" || into.Inner.Count != 3 || into.Absent != nil {
		t.Errorf("%+v", into)
	}
	servo.Settings(&into, func() []servo.Problem { panic("oops") })
	fake.Start(t, nil)
	if found := fake.Configure(`{"text": "a", "endpoint": "http://x"}`); found != ": the connector panicked: oops" {
		t.Error(found)
	}
}

func TestSettingsAreShown(t *testing.T) {
	servo.Settings(&settings{}, nil)
	if found := (servo.Exports{}).Example(); found != `{"endpoint":"http://localhost","text":"a"}` {
		t.Error(found)
	}
	var schema struct {
		Properties           map[string]map[string]any
		Required             []string
		AdditionalProperties bool
	}
	if err := json.Unmarshal([]byte((servo.Exports{}).Schema()), &schema); err != nil {
		t.Fatal(err)
	}
	count := schema.Properties["inner"]["properties"].(map[string]any)["count"]
	expected := map[string]any{
		"type": "integer", "minimum": 1.0, "maximum": 5.0, "default": 3.0, "description": "How many.",
	}
	if !reflect.DeepEqual(count, expected) {
		t.Errorf("%v", count)
	}
	if grant := schema.Properties["endpoint"]["x-servo-grant"]; grant != "http" {
		t.Errorf("%v", grant)
	}
	if !reflect.DeepEqual(schema.Required, []string{"text", "endpoint"}) || schema.AdditionalProperties {
		t.Errorf("%+v", schema)
	}
}

func TestSchemaComparesWithTheWorld(t *testing.T) {
	defer servo.OnPromote(nil)
	servo.OnPromote(func() error { return nil })
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "export servo:connector/promote@0.1.0;") {
			t.Error(text)
		}
	}()
	(servo.Exports{}).Schema()
	t.Error("not refused")
}

func TestErrorsAndPanicsAreFailures(t *testing.T) {
	faked := fake.Start(t, nil)
	defer servo.OnPromote(nil)
	for _, c := range []struct {
		call     func() error
		expected *servo.Failure
	}{
		{func() error { return nil }, nil},
		{func() error { return errors.New("so") }, &servo.Failure{Code: servo.Failed, Message: "so"}},
		{func() error { return fmt.Errorf("at x: %w", servo.Rejected.Errorf("%d", 1)) },
			&servo.Failure{Code: servo.Rejected, Message: "at x: 1"}},
		{func() error { var none map[string]int; none["x"] = 1; return nil },
			&servo.Failure{Code: servo.Failed, Message: "the connector panicked: assignment to entry in nil map"}},
	} {
		servo.OnPromote(c.call)
		if found := (servo.Exports{}).Promote(); !reflect.DeepEqual(found, c.expected) {
			t.Errorf("expected %+v, found %+v", c.expected, found)
		}
	}
	if len(faked.Log) != 1 || !strings.Contains(faked.Log[0], "sdk_test.go") {
		t.Error(faked.Log)
	}
}

func TestSamplesOverTime(t *testing.T) {
	take := func() ([]servo.Scalar, error) {
		return []servo.Scalar{{Metric: "a", At: servo.Now(), Value: 1}, {Metric: "a", ID: "b", At: servo.Now()}}, nil
	}
	for _, c := range []struct {
		duration, every time.Duration
		count           int
	}{
		{0, time.Second, 1}, {time.Second, time.Second, 2}, {time.Second, 300 * time.Millisecond, 4},
		{time.Second, 250 * time.Millisecond, 5}, {time.Second, 5 * time.Second, 2}, {500 * time.Millisecond, 0, 2},
	} {
		faked := fake.Start(t, nil)
		control := servo.Control{Delay: 100 * time.Millisecond, Warmup: time.Second, Duration: c.duration}
		measured, err := servo.Sample(control, c.every, take)
		if err != nil || len(measured.Series) != 2 || len(measured.Series[0].Values) != c.count {
			t.Errorf("%+v: %v %+v", c, err, measured)
		}
		if faked.Waited != control.Asked() || faked.Reports[0] != "0% waiting for 100ms" {
			t.Error(faked)
		}
	}
	faked := fake.Start(t, nil)
	faked.CancelAt = faked.Now.Add(1500 * time.Millisecond)
	_, err := servo.Sample(servo.Control{Duration: time.Hour}, time.Second, take)
	if servo.CodeOf(err) != servo.Cancelled || faked.Waited != 1500*time.Millisecond {
		t.Error(err, faked.Waited)
	}
}

func TestRequests(t *testing.T) {
	faked := fake.Start(t, func(request host.Request) host.Response {
		if request.Method == "POST" {
			return host.Response{Error: host.Denied, Message: "not granted"}
		}
		return host.Response{Status: 200, Headers: [][2]string{{"server", "x"}}, Body: []byte("hello")}
	})
	response, err := servo.Get("http://x/")
	if err != nil || string(response.Body) != "hello" || response.Header("Server") != "x" {
		t.Error(response, err)
	}
	results := servo.FetchAll([]servo.Request{{Method: "POST", URL: "http://x/", Body: []byte("b")}, {URL: "http://y/"}})
	if servo.CodeOf(results[0].Err) != servo.Denied || results[1].Err != nil || results[1].Status != 200 {
		t.Error(results)
	}
	if expected := []string{"GET http://x/", "POST http://x/ b", "GET http://y/"}; !reflect.DeepEqual(faked.Requests, expected) {
		t.Error(faked.Requests)
	}
	host.FetchAll = nil
	if _, err := servo.Get("http://x/"); err == nil || !strings.Contains(err.Error(), "import servo:connector/http") {
		t.Error(err)
	}
}
