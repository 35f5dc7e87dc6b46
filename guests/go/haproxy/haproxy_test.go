package haproxy

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	servo "servo.dev/sdk"
	"servo.dev/sdk/fake"
	"servo.dev/sdk/host"
)

const configuration = `{"url": "http://lb/stats", "backend": "app", "weights": "http://lb/weights", "interval": "500ms"}`

// proxy is an HAProxy with a backend of two servers; each look finds more requests.
type proxy struct {
	weights map[string]string
	looks   int
	status  string
	// What the service of weights.lua answers instead.
	refuses host.Response
}

func (p *proxy) answer(request host.Request) host.Response {
	if request.Method == "POST" {
		asked, err := url.Parse(request.URL)
		if err != nil || p.refuses.Status != 0 {
			return p.refuses
		}
		for name, values := range asked.Query() {
			if name != "backend" {
				p.weights[name] = values[0]
			}
		}
		return fake.Reply(200, "ok\n")
	}
	p.looks++
	page := "# pxname,svname,qcur,scur,econ,eresp,wretr,status,weight,act,hrsp_5xx,req_tot,qtime,rtime,ttime,\n" +
		"web,FRONTEND,,3,,,,OPEN,,,0,9,,,,\n"
	for _, server := range []string{"s1", "s2"} {
		page += fmt.Sprintf("app,%s,0,1,1,0,0,%s,%s,1,0,%d,,7,9,\n", server, p.status, p.weights[server], 10*p.looks)
	}
	page += fmt.Sprintf("app,BACKEND,1,2,%d,0,3,UP,2,2,%d,%d,4,5,11,\n", p.looks, p.looks, 20*p.looks)
	return fake.Reply(200, page+"other,BACKEND,1,2,0,0,3,UP,2,2,0,0,4,5,11,\n")
}

func start(t *testing.T, configuration string) (*proxy, *fake.Host) {
	t.Helper()
	p := &proxy{weights: map[string]string{"s1": "10", "s2": "20"}, status: "no check"}
	faked := fake.Start(t, p.answer)
	settings.Weights = nil
	if problems := fake.Configure(configuration); problems != "" {
		t.Fatal(problems)
	}
	return p, faked
}

func weights(description servo.Description) string {
	var shown []string
	for _, setting := range description.Components[0].Settings {
		shown = append(shown, fmt.Sprintf("%s=%v pinned=%v", setting.Name, setting.Value, setting.Pinned))
	}
	return strings.Join(shown, ", ")
}

func TestMeasures(t *testing.T) {
	_, faked := start(t, configuration)
	measured, err := measure(nil, servo.Control{Warmup: time.Second, Duration: time.Second})
	if err != nil || faked.Waited != 2*time.Second {
		t.Fatal(err, faked.Waited)
	}
	last := map[string]float64{}
	for _, series := range measured.Series {
		last[series.Metric+series.ID] = series.Values[len(series.Values)-1]
	}
	for name, expected := range map[string]float64{
		"sessions": 2, "sessions{server=s1}": 1, "queued_requests": 1, "response_time": 5, "response_time{server=s2}": 7,
		"queue_time": 4, "total_time": 11, "active_servers": 2, "requests_per_second": 40,
		"requests_per_second{server=s1}": 20, "errors_per_second": 4, "errors_per_second{server=s1}": 0,
		"retries_per_second": 0,
	} {
		if found, ok := last[name]; !ok || found != expected {
			t.Errorf("%s: expected %g, found %g", name, expected, found)
		}
	}
}

func TestMeasuresWhatIsAsked(t *testing.T) {
	start(t, configuration)
	measured, err := measure([]string{"queue_time"}, servo.Control{})
	if err != nil || len(measured.Series) != 1 {
		t.Error(measured, err)
	}
}

func TestSeesANewStart(t *testing.T) {
	p, faked := start(t, configuration)
	p.looks = 5
	faked.CancelAt = faked.Now.Add(time.Hour)
	seen := 0
	wait := host.Wait
	host.Wait = func(duration time.Duration) bool {
		if seen++; seen == 2 {
			p.looks = 0
		}
		return wait(duration)
	}
	measured, err := measure([]string{"requests_per_second"}, servo.Control{Duration: 1500 * time.Millisecond})
	if err != nil || measured.Annotations["restarted"] == "" || len(measured.Series[0].Values) != 2 {
		t.Error(measured, err)
	}
}

func TestStopsWhenCancelled(t *testing.T) {
	_, faked := start(t, configuration)
	faked.CancelAt = faked.Now.Add(700 * time.Millisecond)
	_, err := measure(nil, servo.Control{Duration: time.Hour})
	if servo.CodeOf(err) != servo.Cancelled || faked.Waited != 700*time.Millisecond {
		t.Error(err, faked.Waited)
	}
}

func TestAdjusts(t *testing.T) {
	_, faked := start(t, configuration)
	description, err := adjust([]servo.Adjustment{
		{Component: "app", Setting: "s1", Value: 30.0}, {Component: "app", Setting: "s2", Value: 1.0},
		{Component: "elsewhere", Setting: "s9", Value: "x"},
	}, servo.Control{Settlement: 2 * time.Second})
	if err != nil || weights(description) != "s1=30 pinned=false, s2=1 pinned=false" || faked.Waited != 2*time.Second {
		t.Error(description, err, faked.Waited)
	}
	if sent := faked.Requests[1]; sent != "POST http://lb/weights?backend=app&s1=30&s2=1" {
		t.Error(sent)
	}
}

func TestRefusesAdjustments(t *testing.T) {
	for _, c := range []struct {
		setting  string
		value    servo.Value
		refuses  host.Response
		code     servo.Code
		expected string
	}{
		{"s3", 1.0, host.Response{}, servo.Rejected, "has no server `s3`"},
		{"s1", 0.0, host.Response{}, servo.Rejected, "a whole number from 1 to 100"},
		{"s1", 1.5, host.Response{}, servo.Rejected, "cannot be 1.5"},
		{"s1", "many", host.Response{}, servo.Rejected, "cannot be many"},
		{"s1", 2.0, fake.Reply(409, "s1: not dynamic"), servo.Rejected, "s1: not dynamic"},
		{"s1", 2.0, fake.Reply(404, "nothing here"), servo.Failed, "lua-load"},
		{"s1", 2.0, fake.Unreachable("lb"), servo.Failed, "cannot connect to lb"},
	} {
		p, _ := start(t, configuration)
		p.refuses = c.refuses
		if c.refuses.Error != host.None {
			p.refuses.Status = 1 // refuses, though without a status
		}
		_, err := adjust([]servo.Adjustment{{Component: "app", Setting: c.setting, Value: c.value}}, servo.Control{})
		if err == nil || servo.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.expected) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	_, faked := start(t, `{"url": "http://lb/stats", "backend": "app"}`)
	description, err := describe(servo.Control{})
	if err != nil || weights(description) != "s1=10 pinned=true, s2=20 pinned=true" {
		t.Error(description, err)
	}
	_, err = adjust([]servo.Adjustment{{Component: "app", Setting: "s1", Value: 2.0}}, servo.Control{})
	if servo.CodeOf(err) != servo.Rejected || len(faked.Requests) != 2 {
		t.Error(err, faked.Requests)
	}
}

func TestChecksSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		run           func() (servo.Outcome, error)
		configuration string
		change        func(*proxy)
		passed        bool
		hint          string
	}{
		{checkPage, configuration, nil, true, ""},
		{checkPage, strings.Replace(configuration, `"app"`, `"shop"`, 1), nil, false, ""},
		{checkServers, configuration, nil, true, ""},
		{checkServers, configuration, func(p *proxy) { p.status = "DOWN 1/2" }, false, "health check"},
		{checkWeights, configuration, nil, true, ""},
		{checkWeights, configuration, func(p *proxy) { p.refuses = fake.Reply(503, "") }, false, "lua-load"},
		{checkWeights, `{"url": "http://lb/stats", "backend": "app"}`, nil, false, "lua-load"},
	} {
		p, _ := start(t, c.configuration)
		if c.change != nil {
			c.change(p)
		}
		outcome, err := c.run()
		if err != nil || outcome.Passed != c.passed || !strings.Contains(outcome.Hint, c.hint) {
			t.Errorf("%+v %v", outcome, err)
		}
	}
	for answer, expected := range map[string]string{
		"401": "grant credentials", "404": "stats enable", "200": "is not the stats page", "": "see that HAProxy runs",
	} {
		start(t, configuration)
		fake.Start(t, func(request host.Request) host.Response {
			if answer == "" {
				return fake.Unreachable("lb")
			}
			var status int
			fmt.Sscan(answer, &status)
			return fake.Reply(status, "<html>")
		})
		outcome, err := checkPage()
		if err != nil || outcome.Passed || !strings.Contains(outcome.Message+outcome.Hint, expected) {
			t.Errorf("%s: %+v %v", answer, outcome, err)
		}
	}
}

func TestRefusesSettings(t *testing.T) {
	fake.Start(t, nil)
	found := fake.Configure(`{"url": "lb", "backend": "app", "min": 50, "max": 500, "wait": 1}`)
	expected := "/url: \"lb\" is not an address; write it like `http://host:8080`\n/max: 500 is more than 256\n" +
		"/wait: there is no setting `wait`"
	if found != expected {
		t.Error(found)
	}
	if found := fake.Configure(`{"url": "http://lb", "backend": "app", "min": 50, "max": 50}`); !strings.HasPrefix(found, "/min: ") {
		t.Error(found)
	}
}
