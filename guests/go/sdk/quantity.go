package servo

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time as people write it in the settings: `1m30s`, `300ms`, or a number of seconds.
type Duration struct {
	time.Duration
}

const durationPattern = `^\s*(0|([0-9]*\.?[0-9]+\s*(ns|us|ms|s|mm|m|h|d|w|y)\s*)+)\s*$`

var (
	durationForm = regexp.MustCompile(durationPattern)
	durationPart = regexp.MustCompile(`([0-9]*\.?[0-9]+)\s*(ns|us|ms|s|mm|m|h|d|w|y)`)
	durationUnit = map[string]time.Duration{
		"ns": time.Nanosecond, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second,
		"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
		"mm": 30 * 24 * time.Hour, "y": 365 * 24 * time.Hour,
	}
)

func (duration *Duration) read(raw json.RawMessage) string {
	var seconds float64
	var text string
	if json.Unmarshal(raw, &seconds) != nil {
		wrong := fmt.Sprintf("%s is not a duration; write it like `1m30s`", raw)
		if json.Unmarshal(raw, &text) != nil || !durationForm.MatchString(text) {
			return wrong
		}
		for _, part := range durationPart.FindAllStringSubmatch(text, -1) {
			amount, err := strconv.ParseFloat(part[1], 64)
			if err != nil {
				return wrong
			}
			seconds += amount * durationUnit[part[2]].Seconds()
		}
	}
	if seconds < 0 || seconds > math.MaxUint32/1e3 {
		return fmt.Sprintf("%s is not between 0 and 49 days", raw)
	}
	duration.Duration = time.Duration(math.Round(seconds * 1e9))
	return ""
}

func (duration *Duration) schema() map[string]any {
	return map[string]any{
		"type": []string{"string", "number"}, "format": "duration", "minimum": 0, "pattern": durationPattern,
	}
}

// Endpoint is an `http` or `https` URL without slashes at its end. The origin that the operator types is granted.
type Endpoint string

func (endpoint *Endpoint) read(raw json.RawMessage) string {
	var text string
	err := json.Unmarshal(raw, &text)
	parsed, wrong := url.Parse(text)
	if err != nil || wrong != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return fmt.Sprintf("%s is not an address; write it like `http://host:8080`", raw)
	}
	*endpoint = Endpoint(strings.TrimRight(text, "/"))
	return ""
}

func (endpoint *Endpoint) schema() map[string]any {
	return map[string]any{
		"type": "string", "format": "uri", "pattern": `^https?://[^/\s]\S*$`, "x-servo-grant": "http",
	}
}
