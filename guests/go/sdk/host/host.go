// Package host is what the host offers to a connector, as functions that a component and the fake host of unit tests
// set. Connectors use the package servo.
package host

import "time"

// Request is an HTTP request.
type Request struct {
	Method  string
	URL     string
	Headers [][2]string
	Body    []byte
	Timeout time.Duration
}

// Response is an HTTP response, or why there is none.
type Response struct {
	Status  int
	Headers [][2]string
	Body    []byte
	Error   Error
	Message string
}

// Error says why there is no response.
type Error uint8

// The errors of the contract behind None, in its order.
const (
	None Error = iota
	Denied
	Invalid
	Unreachable
	TimedOut
	LimitExceeded
	Protocol
	Cancelled
)

// Reading is a value that was just measured.
type Reading struct {
	Metric, ID string
	At         time.Time
	Value      float64
}

var (
	// Log writes a line; levels count from trace, 0, to critical, 6.
	Log func(level uint8, message string)
	// Report says how far the call is, and answers whether to go on. A negative percent is unknown.
	Report func(percent float32, message string, readings []Reading) bool
	// Wait waits, and answers whether to go on.
	Wait func(duration time.Duration) bool
	// FetchAll sends requests; nil where the world does not import `http`.
	FetchAll func(requests []Request) []Response
	// Now is the time.
	Now = time.Now
)
