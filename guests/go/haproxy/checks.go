package haproxy

import (
	"fmt"
	"strings"

	servo "servo.dev/sdk"
)

func checkPage() (servo.Outcome, error) {
	found, err := look()
	if err == nil {
		return servo.Outcome{
			Passed:  true,
			Message: fmt.Sprintf("backend `%s` has %d servers", settings.Backend, len(found.each)),
		}, nil
	}
	outcome := servo.Outcome{Message: err.Error()}
	if servo.CodeOf(err) == servo.Denied && !strings.Contains(outcome.Message, "status") {
		outcome.Hint = "grant the origin of `url` to this connector (`servo show grants` lists what it has)"
	} else if !strings.Contains(outcome.Message, "`") {
		outcome.Hint = fmt.Sprintf("see that HAProxy runs and listens at `%s`", settings.URL)
	}
	return outcome, nil
}

func checkServers() (servo.Outcome, error) {
	found, err := look()
	if err != nil {
		return servo.Outcome{}, err
	}
	var down []string
	for _, server := range found.each {
		// `UP 1/3`, `no check` and `DRAIN` all serve; `DOWN`, `MAINT` and `NOLB` do not.
		status, _, _ := strings.Cut(server.columns["status"], " ")
		if status == "DOWN" || status == "MAINT" || status == "NOLB" {
			down = append(down, server.name+" ("+server.columns["status"]+")")
		}
	}
	if len(down) > 0 {
		return servo.Outcome{
			Message: "not up: " + strings.Join(down, ", "),
			Hint:    "see why its health check fails, or take it out of the backend; a measurement would be of the others",
		}, nil
	}
	return servo.Outcome{Passed: true, Message: fmt.Sprintf("all %d servers are up", len(found.each))}, nil
}

func checkWeights() (servo.Outcome, error) {
	if settings.Weights == nil {
		return servo.Outcome{Message: "the setting `weights` is not given, so no weight is changed", Hint: howToLoad}, nil
	}
	// No server is named, so that nothing changes.
	if err := change(nil); err != nil {
		return servo.Outcome{Message: err.Error(), Hint: howToLoad}, nil
	}
	return servo.Outcome{Passed: true, Message: fmt.Sprintf("`%s` answers", *settings.Weights)}, nil
}
