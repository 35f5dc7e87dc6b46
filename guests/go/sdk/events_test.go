package servo_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	servo "servo.dev/sdk"
)

type most struct {
	Most int `json:"most" min:"1"`
}

func init() {
	for _, name := range []string{"declarations", "events", "commands"} {
		(servo.Exports{}).Has(name)
	}
	servo.OnEvent("sheep.count", "Counts them.", func(wanted most) (map[string]int, error) {
		if wanted.Most == 7 {
			return nil, servo.Cancelled.Errorf("not seven")
		}
		return map[string]int{"counted": min(5, wanted.Most)}, nil
	})
	servo.OnHandle("dog.bark", func(arguments json.RawMessage) (any, error) { return nil, nil })
	servo.OnCommand(servo.Command{
		Name:      "names",
		Arguments: []servo.Argument{{Name: "wait", Kind: servo.KindDuration}, {Name: "first", Repeated: true}},
		Run: func(given servo.Given) (servo.Answer, error) {
			if !given.Has("wait") {
				return servo.Answer{}, errors.New("no time")
			}
			names := strings.Join(given.Texts("first"), given.Text("middle", "-"))
			return servo.Answer{Value: []any{names, given.Duration("wait", 0) / time.Second, given.Number("n", 4)}}, nil
		},
	})
}

func TestEventsAreDeclaredWithTheirTypes(t *testing.T) {
	declared, failure := (servo.Exports{}).Declare()
	if failure != nil || strings.Join(declared.Handles(), " ") != "sheep.count dog.bark" || len(declared.Events) != 1 {
		t.Fatal(declared, failure)
	}
	event := declared.Events[0]
	if !strings.Contains(string(event.Parameters), `"minimum":1`) || !strings.Contains(string(event.Returns), `"integer"`) {
		t.Error(string(event.Parameters), string(event.Returns))
	}
}

func TestEventsAreHandled(t *testing.T) {
	for _, c := range []struct{ event, arguments, result, failure string }{
		{"sheep.count", `{"most": 9}`, `{"counted":5}`, ""},
		{"sheep.count", `{"most": 7}`, "", "not seven"},
		{"sheep.count", `{"most": 0}`, "", "invalid arguments of `sheep.count`: /most: 0 is less than 1"},
		{"dog.bark", `{}`, "null", ""},
		{"cat", `{}`, "", "nothing handles the event `cat`"},
	} {
		result, failure := (servo.Exports{}).Handle(c.event, c.arguments)
		if failed := failure != nil && failure.Message == c.failure; failed != (c.failure != "") || result != c.result {
			t.Error(c, result, failure)
		}
	}
}

func TestCommandsAreRunWithWhatWasGiven(t *testing.T) {
	value, _, failure := (servo.Exports{}).RunCommand("names", `{"wait": 2000, "first": ["a", "b"]}`)
	if failure != nil || value != `["a-b",2,4]` {
		t.Error(value, failure)
	}
	for name, message := range map[string]string{"names": "no time", "x": "there is no command `x`"} {
		if _, _, failure := (servo.Exports{}).RunCommand(name, `{}`); failure == nil || failure.Message != message {
			t.Error(failure)
		}
	}
}
