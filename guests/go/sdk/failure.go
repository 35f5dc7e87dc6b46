package servo

import (
	"errors"
	"fmt"
)

// Code says why an operation failed.
type Code uint8

// The codes of the contract, in its order.
const (
	Rejected Code = iota
	Aborted
	Cancelled
	Failed
	TimedOut
	LimitExceeded
	Denied
	Busy
)

// Failure is a failed operation.
type Failure struct {
	Code Code
	// Reason is a short word for programs; it may be empty.
	Reason  string
	Message string
}

func (failure *Failure) Error() string { return failure.Message }

// Errorf is a failure with a code. Like fmt.Errorf, but for `%w`.
func (code Code) Errorf(format string, arguments ...any) *Failure {
	return &Failure{Code: code, Message: fmt.Sprintf(format, arguments...)}
}

// CodeOf is the code of an error: that of the failure in it, else [Failed].
func CodeOf(err error) Code {
	return failureOf(err).Code
}

func failureOf(err error) *Failure {
	var failure *Failure
	if errors.As(err, &failure) {
		// What was wrapped around a failure says more than the failure alone.
		return &Failure{Code: failure.Code, Reason: failure.Reason, Message: err.Error()}
	}
	return &Failure{Code: Failed, Message: err.Error()}
}
