package servo

import (
	"strings"
	"time"

	"servo.dev/sdk/host"
)

// Request is an HTTP request to a granted origin. Redirects are not followed.
type Request struct {
	// Method is GET when it is empty.
	Method string
	URL    string
	// Headers are names and values.
	Headers [][2]string
	Body    []byte
	// Timeout of the whole exchange; 30 s when it is 0.
	Timeout time.Duration
}

// Response is an HTTP response, whatever its status.
type Response struct {
	Status int
	// Headers are names, in lower case, and values.
	Headers [][2]string
	Body    []byte
}

// Header is the first value of a header; empty when there is none.
func (response *Response) Header(name string) string {
	for _, header := range response.Headers {
		if strings.EqualFold(header[0], name) {
			return header[1]
		}
	}
	return ""
}

// Result is a response, or the failure that there is instead.
type Result struct {
	*Response
	Err error
}

// Get gets a URL.
func Get(url string) (*Response, error) { return Fetch(Request{URL: url}) }

// Fetch sends a request and reads the whole response. The error is a failure: [Denied] without a grant, [TimedOut],
// [LimitExceeded], [Cancelled], else [Failed].
func Fetch(request Request) (*Response, error) {
	result := FetchAll([]Request{request})[0]
	return result.Response, result.Err
}

// FetchAll sends several requests at once; answers in the order of requests.
func FetchAll(requests []Request) []Result {
	results := make([]Result, len(requests))
	if host.FetchAll == nil {
		err := Failed.Errorf("this connector cannot send requests: add `import servo:connector/http@0.1.0;` to wit/world.wit")
		for i := range results {
			results[i].Err = err
		}
		return results
	}
	sent := make([]host.Request, len(requests))
	for i, request := range requests {
		sent[i] = host.Request(request)
		if request.Method == "" {
			sent[i].Method = "GET"
		}
	}
	for i, answer := range host.FetchAll(sent) {
		if answer.Error == host.None {
			results[i].Response = &Response{Status: answer.Status, Headers: answer.Headers, Body: answer.Body}
		} else {
			results[i].Err = &Failure{Code: httpCode(answer.Error), Message: answer.Message}
		}
	}
	return results
}

func httpCode(err host.Error) Code {
	switch err {
	case host.Denied:
		return Denied
	case host.TimedOut:
		return TimedOut
	case host.LimitExceeded:
		return LimitExceeded
	case host.Cancelled:
		return Cancelled
	}
	return Failed
}
