// Package fake is a host for unit tests: the connector runs without WebAssembly, and time is virtual, so that a test
// never waits.
package fake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	servo "servo.dev/sdk"
	"servo.dev/sdk/host"
)

// Host is what happened during a test.
type Host struct {
	// Now is the virtual time.
	Now time.Time
	// CancelAt is when waiting ends with a cancel; the zero time is never.
	CancelAt time.Time
	// Waited is the sum of all waits.
	Waited time.Duration
	// Log has lines like `warning: text`, Reports like `50% measuring for 2s`, Requests like `GET http://host/path`.
	Log, Reports, Requests []string
}

// Answer answers a request.
type Answer func(request host.Request) host.Response

var levels = []string{"trace", "debug", "info", "success", "warning", "error", "critical"}

// Start puts a fake host in place of the real one. Without an answer all hosts are unreachable.
func Start(t testing.TB, answer Answer) *Host {
	t.Helper()
	faked := &Host{Now: time.Unix(1000, 0)}
	host.Now = func() time.Time { return faked.Now }
	host.Log = func(level uint8, message string) {
		faked.Log = append(faked.Log, levels[level]+": "+message)
	}
	host.Wait = func(duration time.Duration) bool {
		until := faked.Now.Add(duration)
		if cancel := faked.CancelAt; !cancel.IsZero() && until.After(cancel) {
			until = cancel
		}
		faked.Waited += until.Sub(faked.Now)
		faked.Now = until
		return faked.goOn()
	}
	host.Report = func(percent float32, message string, _ []host.Reading) bool {
		faked.Reports = append(faked.Reports, fmt.Sprintf("%.0f%% %s", percent, message))
		return faked.goOn()
	}
	host.FetchAll = func(requests []host.Request) []host.Response {
		responses := make([]host.Response, len(requests))
		for i, request := range requests {
			line := request.Method + " " + request.URL
			faked.Requests = append(faked.Requests, strings.TrimSpace(line+" "+string(request.Body)))
			if answer == nil {
				responses[i] = Unreachable(request.URL)
			} else {
				responses[i] = answer(request)
			}
		}
		return responses
	}
	return faked
}

func (faked *Host) goOn() bool {
	return faked.CancelAt.IsZero() || faked.Now.Before(faked.CancelAt)
}

// Reply is a response with a status and a body.
func Reply(status int, body string) host.Response {
	return host.Response{Status: status, Body: []byte(body)}
}

// Unreachable is what a host answers that is not there.
func Unreachable(url string) host.Response {
	return host.Response{Error: host.Unreachable, Message: "cannot connect to " + url}
}

// Configure gives settings to the connector and returns the problems as lines `/pointer: text`.
func Configure(settings string) string {
	var lines []string
	for _, problem := range (servo.Exports{}).Configure(settings) {
		lines = append(lines, problem.Pointer+": "+problem.Text)
	}
	return strings.Join(lines, "\n")
}
