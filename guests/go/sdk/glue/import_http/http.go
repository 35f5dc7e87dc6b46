//go:build wasip1

// Package import_http takes requests to the host.
package import_http

import (
	"math"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	"servo.dev/sdk/host"
	"wit_component/import_contract"
	http "wit_component/servo_connector_http"
)

func init() {
	host.FetchAll = func(requests []host.Request) []host.Response {
		list := make([]http.Request, len(requests))
		for i, from := range requests {
			list[i] = request(from)
		}
		responses := make([]host.Response, len(requests))
		for i, result := range http.FetchAll(list) {
			if result.IsErr() {
				responses[i] = failed(result.Err())
			} else {
				responses[i] = response(result.Ok())
			}
		}
		return responses
	}
}

func request(from host.Request) http.Request {
	to := http.Request{
		Method:  import_contract.Text(from.Method),
		Url:     import_contract.Text(from.URL),
		Body:    witTypes.None[[]uint8](),
		Timeout: witTypes.None[uint32](),
	}
	if from.Body != nil {
		to.Body = witTypes.Some(from.Body)
	}
	if from.Timeout > 0 {
		to.Timeout = witTypes.Some(uint32(min(from.Timeout/time.Millisecond, math.MaxUint32)))
	}
	for _, header := range from.Headers {
		to.Headers = append(to.Headers, witTypes.Tuple2[string, string]{
			F0: import_contract.Text(header[0]), F1: import_contract.Text(header[1]),
		})
	}
	return to
}

func response(from http.Response) host.Response {
	to := host.Response{Status: int(from.Status), Body: from.Body}
	for _, header := range from.Headers {
		to.Headers = append(to.Headers, [2]string{header.F0, header.F1})
	}
	return to
}

func failed(from http.Error) host.Response {
	// The errors of the package host stand behind None in the order of the contract.
	to := host.Response{Error: host.Error(from.Tag() + 1)}
	switch from.Tag() {
	case http.Error_Denied:
		to.Message = from.Denied()
	case http.Error_Invalid:
		to.Message = from.Invalid()
	case http.Error_Unreachable:
		to.Message = from.Unreachable()
	case http.Error_TimedOut:
		to.Message = from.TimedOut()
	case http.Error_LimitExceeded:
		to.Message = from.LimitExceeded()
	case http.Error_Protocol:
		to.Message = from.Protocol()
	default:
		to.Message = "cancelled during a request"
	}
	return to
}
