//go:build wasip1

// Package import_contract converts between the records of the package servo and the generated ones.
package import_contract

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	contract "wit_component/servo_connector_contract"
)

// Text is a text as the host takes it; it refuses what is not UTF-8.
func Text(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// Optional is a text that may be empty.
func Optional(text string) witTypes.Option[string] {
	if text == "" {
		return witTypes.None[string]()
	}
	return witTypes.Some(Text(text))
}

// Failure goes out.
func Failure(failure *servo.Failure) contract.Failure {
	return contract.Failure{
		Code:    contract.Code(failure.Code),
		Reason:  Optional(failure.Reason),
		Message: Text(failure.Message),
	}
}

// Result goes out: a value, or the failure.
func Result[T any](value func() T, failure *servo.Failure) witTypes.Result[T, contract.Failure] {
	if failure != nil {
		return witTypes.Err[T](Failure(failure))
	}
	return witTypes.Ok[T, contract.Failure](value())
}

// Done goes out: nothing, or the failure.
func Done(failure *servo.Failure) witTypes.Result[witTypes.Unit, contract.Failure] {
	return Result(func() witTypes.Unit { return witTypes.Unit{} }, failure)
}

// Control comes in.
func Control(from contract.Control) servo.Control {
	to := servo.Control{
		Delay:      milliseconds(from.Delay),
		Warmup:     milliseconds(from.Warmup),
		Duration:   milliseconds(from.Duration),
		Settlement: milliseconds(from.Settlement),
		Userdata:   map[string]json.RawMessage{},
	}
	if from.Load.IsSome() {
		to.Load = json.RawMessage(from.Load.Some())
	}
	for _, condition := range from.Slo {
		wanted := servo.Condition{
			Metric:              condition.Metric,
			Above:               condition.Keep == contract.Keep_Above,
			TriggerCount:        int(condition.TriggerCount),
			TriggerWindow:       int(condition.TriggerWindow),
			ThresholdMultiplier: condition.ThresholdMultiplier,
			MetricMinimum:       condition.MetricMinimum,
			ThresholdMinimum:    condition.ThresholdMinimum,
		}
		if condition.Description.IsSome() {
			wanted.Description = condition.Description.Some()
		}
		if condition.Threshold.Tag() == contract.Threshold_Fixed {
			wanted.Threshold = condition.Threshold.Fixed()
		} else {
			wanted.ThresholdMetric = condition.Threshold.Metric()
		}
		to.SLO = append(to.SLO, wanted)
	}
	for _, pair := range from.Userdata {
		to.Userdata[pair.F0] = json.RawMessage(pair.F1)
	}
	return to
}

func milliseconds(count uint32) time.Duration { return time.Duration(count) * time.Millisecond }

// Adjustments come in.
func Adjustments(from []contract.Adjustment) []servo.Adjustment {
	to := make([]servo.Adjustment, len(from))
	for i, adjustment := range from {
		to[i] = servo.Adjustment{Component: adjustment.Component, Setting: adjustment.Setting}
		if adjustment.Value.Tag() == contract.Value_Number {
			to[i].Value = adjustment.Value.Number()
		} else {
			to[i].Value = adjustment.Value.Text()
		}
	}
	return to
}

// Metrics go out.
func Metrics(from []servo.Metric) []contract.Metric {
	to := make([]contract.Metric, len(from))
	for i, metric := range from {
		to[i] = contract.Metric{Name: Text(metric.Name), Unit: Text(metric.Unit)}
	}
	return to
}

// Components go out.
func Components(from []servo.Component) []contract.Component {
	to := make([]contract.Component, len(from))
	for i, component := range from {
		to[i] = contract.Component{Name: Text(component.Name), Settings: make([]contract.Setting, len(component.Settings))}
		for j, setting := range component.Settings {
			to[i].Settings[j] = contract.Setting{
				Name:   Text(setting.Name),
				Unit:   Optional(setting.Unit),
				Domain: domain(setting),
				Value:  witTypes.None[contract.Value](),
				Pinned: setting.Pinned,
			}
			if setting.Value != nil {
				to[i].Settings[j].Value = witTypes.Some(value(setting.Value))
			}
		}
	}
	return to
}

func domain(setting servo.Setting) contract.Domain {
	if setting.Range == nil {
		choice := make([]contract.Value, len(setting.Choice))
		for i, one := range setting.Choice {
			choice[i] = value(one)
		}
		return contract.MakeDomainChoice(choice)
	}
	scale := contract.Scale_Linear
	if setting.Range.Log {
		scale = contract.Scale_Log
	}
	limits := setting.Range
	return contract.MakeDomainRange(contract.Range{Min: limits.Min, Max: limits.Max, Step: limits.Step, Scale: scale})
}

func value(from servo.Value) contract.Value {
	switch from := from.(type) {
	case float64:
		return contract.MakeValueNumber(from)
	case int:
		return contract.MakeValueNumber(float64(from))
	case string:
		return contract.MakeValueText(Text(from))
	}
	panic("the value of a setting is neither a float64 nor a string")
}

// Description goes out.
func Description(from servo.Description) contract.Description {
	return contract.Description{Components: Components(from.Components), Metrics: Metrics(from.Metrics)}
}

// Measurement goes out.
func Measurement(from servo.Measurement) contract.Measurement {
	to := contract.Measurement{Annotations: pairs(from.Annotations)}
	for _, series := range from.Series {
		times := make([]float64, len(series.Times))
		for i, at := range series.Times {
			times[i] = Seconds(at)
		}
		to.Readings = append(to.Readings, contract.MakeReadingSeries(contract.Series{
			Metric:      Text(series.Metric),
			Id:          Optional(series.ID),
			Annotations: pairs(series.Annotations),
			Times:       times,
			Values:      series.Values,
		}))
	}
	for _, scalar := range from.Scalars {
		to.Readings = append(to.Readings, Scalar(scalar))
	}
	return to
}

// Scalar goes out.
func Scalar(from servo.Scalar) contract.Reading {
	return contract.MakeReadingScalar(contract.Scalar{
		Metric: Text(from.Metric),
		Id:     Optional(from.ID),
		At:     Seconds(from.At),
		Value:  from.Value,
	})
}

// Seconds is a time as the contract has it.
func Seconds(at time.Time) float64 { return float64(at.UnixNano()) / 1e9 }

func pairs(from map[string]string) []witTypes.Tuple2[string, string] {
	to := make([]witTypes.Tuple2[string, string], 0, len(from))
	for _, key := range slices.Sorted(maps.Keys(from)) {
		to = append(to, witTypes.Tuple2[string, string]{F0: Text(key), F1: Text(from[key])})
	}
	return to
}
