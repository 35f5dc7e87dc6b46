package servo

import (
	"fmt"
	"time"

	"servo.dev/sdk/host"
)

// Now is the time.
func Now() time.Time { return host.Now() }

// Wait waits, without taking CPU time. The error is a failure with the code [Cancelled], at once, when the call is to
// end.
func Wait(duration time.Duration) error {
	if duration <= 0 {
		return nil
	}
	return goOn(host.Wait(duration))
}

// Report says how far the call is, 0 to 100 percent, below 0 where it is not known, with one line for people and what
// was just measured.
func Report(percent float64, message string, measured ...Scalar) error {
	readings := make([]host.Reading, len(measured))
	for i, scalar := range measured {
		readings[i] = host.Reading(scalar)
	}
	return goOn(host.Report(float32(percent), message, readings))
}

// WaitShowing waits, and says every second how far it is: `warming up for 1m30s`.
func WaitShowing(duration time.Duration, what string) error {
	start := Now()
	for {
		passed := Now().Sub(start)
		if passed >= duration {
			return nil
		}
		if err := Report(percent(passed, duration), fmt.Sprintf("%s for %s", what, duration)); err != nil {
			return err
		}
		if err := Wait(min(duration-passed, time.Second)); err != nil {
			return err
		}
	}
}

// Sample measures as control asks: waits for delay and warm-up, then samples until the duration has passed, with
// `every` between two samples. At least one sample is taken, and the last at the end of the duration. Each is reported
// at once; together they are the series of the measurement.
func Sample(control Control, every time.Duration, take func() ([]Scalar, error)) (Measurement, error) {
	var measurement Measurement
	if err := WaitShowing(control.Delay, "waiting"); err != nil {
		return measurement, err
	}
	if err := WaitShowing(control.Warmup, "warming up"); err != nil {
		return measurement, err
	}
	if every <= 0 {
		every = time.Second
	}
	start, next := Now(), time.Duration(0)
	for {
		sample, err := take()
		if err != nil {
			return measurement, err
		}
		measurement.add(sample)
		passed := Now().Sub(start)
		message := fmt.Sprintf("measuring for %s", control.Duration)
		if err := Report(percent(passed, control.Duration), message, sample...); err != nil {
			return measurement, err
		}
		if next >= control.Duration {
			return measurement, nil
		}
		// Moments are counted from the start, so that the time a sample takes does not add up; those that were missed
		// are left out, and a last interval shorter than half of the others belongs to the one before it.
		next = max(next+every, (passed+every-1)/every*every)
		if control.Duration-next < every/2 {
			next = control.Duration
		}
		if err := Wait(next - passed); err != nil {
			return measurement, err
		}
	}
}

func (measurement *Measurement) add(sample []Scalar) {
	for _, scalar := range sample {
		var series *Series
		for i := range measurement.Series {
			if found := &measurement.Series[i]; found.Metric == scalar.Metric && found.ID == scalar.ID {
				series = found
			}
		}
		if series == nil {
			measurement.Series = append(measurement.Series, Series{Metric: scalar.Metric, ID: scalar.ID})
			series = &measurement.Series[len(measurement.Series)-1]
		}
		series.Times = append(series.Times, scalar.At)
		series.Values = append(series.Values, scalar.Value)
	}
}

func percent(passed, total time.Duration) float64 {
	if total <= 0 {
		return 100
	}
	return min(float64(passed)/float64(total)*100, 100)
}

func goOn(on bool) error {
	if on {
		return nil
	}
	return Cancelled.Errorf("cancelled while waiting")
}

// Debugf writes a log line for authors.
func Debugf(format string, arguments ...any) { host.Log(1, fmt.Sprintf(format, arguments...)) }

// Infof writes a log line for operators.
func Infof(format string, arguments ...any) { host.Log(2, fmt.Sprintf(format, arguments...)) }

// Warnf writes a log line: something may be wrong.
func Warnf(format string, arguments ...any) { host.Log(4, fmt.Sprintf(format, arguments...)) }

// Errorf writes a log line: something is wrong.
func Errorf(format string, arguments ...any) { host.Log(5, fmt.Sprintf(format, arguments...)) }
