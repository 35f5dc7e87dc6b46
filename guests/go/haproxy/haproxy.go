// Package haproxy measures a backend of an HAProxy by its stats page: sessions, request rates, times and errors, of the
// whole and of each server. The weights of the servers are its settings. The stats page shows weights and cannot change
// them, so HAProxy has to load weights.lua for that; without it the weights are shown as pinned.
package haproxy

import (
	"fmt"
	"math"
	"net/url"
	"strings"

	servo "servo.dev/sdk"
)

var settings struct {
	URL      servo.Endpoint  `json:"url" example:"http://127.0.0.1:8404/stats" doc:"The stats page of HAProxy. Credentials for it belong into the grants."`
	Backend  string          `json:"backend" example:"app" doc:"The backend that is measured. It is the component whose settings are the weights."`
	Weights  *servo.Endpoint `json:"weights" example:"http://127.0.0.1:8404/servo/weights" doc:"Where the service of weights.lua answers. Without it no weight is changed."`
	Min      int             `json:"min" default:"1" min:"0" max:"255" doc:"The smallest weight that is tried; a server of weight 0 gets no new requests."`
	Max      int             `json:"max" default:"100" min:"1" max:"256" doc:"The largest weight that is tried."`
	Interval servo.Duration  `json:"interval" default:"1s" doc:"Time between two looks at the page."`
}

func init() {
	servo.Settings(&settings, configure)
	servo.OnMetrics(func() ([]servo.Metric, error) { return metrics, nil })
	servo.OnComponents(components)
	servo.OnDescribe(describe)
	servo.OnMeasure(measure)
	servo.OnAdjust(adjust)
	servo.OnCheck(servo.Check{
		ID: "page", Name: "Read the stats page", Severity: servo.Critical, Run: checkPage,
		Description: "HAProxy answers with its statistics, and the backend is among them",
	})
	servo.OnCheck(servo.Check{
		ID: "servers", Name: "Servers are up", Run: checkServers,
		Description: "Every server of the backend is up",
	})
	servo.OnCheck(servo.Check{
		ID: "weights", Name: "Weights can be changed", Severity: servo.Warning, Run: checkWeights,
		Description: "HAProxy has loaded weights.lua and answers at `weights`",
	})
}

func configure() []servo.Problem {
	if settings.Min >= settings.Max {
		return []servo.Problem{{Pointer: "/min", Text: fmt.Sprintf("%d is not less than `max`, %d", settings.Min, settings.Max)}}
	}
	return nil
}

func components() ([]servo.Component, error) {
	servers, err := look()
	if err != nil {
		return nil, err
	}
	component := servo.Component{Name: settings.Backend}
	for _, server := range servers.each {
		component.Settings = append(component.Settings, servo.Setting{
			Name:   server.name,
			Range:  &servo.Range{Min: float64(settings.Min), Max: float64(settings.Max), Step: 1},
			Value:  server.number("weight"),
			Pinned: settings.Weights == nil,
		})
	}
	return []servo.Component{component}, nil
}

func describe(servo.Control) (servo.Description, error) {
	components, err := components()
	return servo.Description{Components: components, Metrics: metrics}, err
}

// adjust sets all weights in one request, so that HAProxy changes all of them or none, and reads them back.
func adjust(adjustments []servo.Adjustment, control servo.Control) (servo.Description, error) {
	none := servo.Description{}
	servers, err := look()
	if err != nil {
		return none, err
	}
	wanted := map[string]float64{}
	for _, adjustment := range adjustments {
		if adjustment.Component != settings.Backend {
			continue
		}
		if servers.find(adjustment.Setting) == nil {
			return none, servo.Rejected.Errorf("the backend `%s` has no server `%s`", settings.Backend, adjustment.Setting)
		}
		weight, ok := adjustment.Value.(float64)
		if !ok || weight != math.Trunc(weight) || weight < float64(settings.Min) || weight > float64(settings.Max) {
			return none, servo.Rejected.Errorf("the weight of `%s` cannot be %v: it is a whole number from %d to %d",
				adjustment.Setting, adjustment.Value, settings.Min, settings.Max)
		}
		wanted[adjustment.Setting] = weight
	}
	if len(wanted) > 0 {
		if err := change(wanted); err != nil {
			return none, err
		}
		servo.Infof("weights of `%s` are now %v", settings.Backend, wanted)
	}
	if err := servo.WaitShowing(control.Settlement, "letting the weights settle"); err != nil {
		return none, err
	}
	description, err := describe(control)
	if err != nil {
		return none, err
	}
	for _, setting := range description.Components[0].Settings {
		if weight, ok := wanted[setting.Name]; ok && setting.Value != weight {
			return none, servo.Failed.Errorf("the weight of `%s` was set to %v, and HAProxy shows %v", setting.Name, weight,
				setting.Value)
		}
	}
	return description, nil
}

const howToLoad = "add `lua-load …/weights.lua` to the `global` section of HAProxy and `http-request use-service " +
	"lua.servo-weights if METH_POST { path /servo/weights }` to a frontend"

func change(wanted map[string]float64) error {
	if settings.Weights == nil {
		return servo.Rejected.Errorf("the weights of `%s` cannot be changed without the setting `weights`: the stats page "+
			"only shows them; %s", settings.Backend, howToLoad)
	}
	query := url.Values{"backend": {settings.Backend}}
	for name, weight := range wanted {
		query.Set(name, fmt.Sprintf("%.0f", weight))
	}
	// The script knows `%20` only.
	encoded := strings.ReplaceAll(query.Encode(), "+", "%20")
	response, err := servo.Fetch(servo.Request{Method: "POST", URL: string(*settings.Weights) + "?" + encoded})
	if err != nil {
		return err
	}
	said := strings.TrimSpace(string(response.Body))
	switch {
	case response.Status == 200:
		return nil
	case response.Status == 409:
		return servo.Rejected.Errorf("HAProxy refuses the weights: %s", said)
	}
	return servo.Failed.Errorf("`%s` answered with status %d: %.200s; %s", *settings.Weights, response.Status, said,
		howToLoad)
}
