package haproxy

import (
	"slices"
	"time"

	servo "servo.dev/sdk"
)

// metric says where a metric stands in the statistics. Counters become rates.
type metric struct {
	name, unit string
	columns    []string
	counter    bool
	// Whether each server has it too, with an id like `{server=web1}`.
	servers bool
}

var table = []metric{
	{name: "sessions", columns: []string{"scur"}, servers: true},
	{name: "queued_requests", columns: []string{"qcur"}, servers: true},
	{name: "response_time", unit: "ms", columns: []string{"rtime"}, servers: true},
	{name: "queue_time", unit: "ms", columns: []string{"qtime"}},
	{name: "total_time", unit: "ms", columns: []string{"ttime"}},
	{name: "active_servers", columns: []string{"act"}},
	{name: "requests_per_second", unit: "rps", columns: []string{"req_tot"}, counter: true, servers: true},
	{name: "errors_per_second", unit: "rps", columns: []string{"econ", "eresp", "hrsp_5xx"}, counter: true, servers: true},
	{name: "retries_per_second", unit: "1/s", columns: []string{"wretr"}, counter: true},
}

var metrics = func() (listed []servo.Metric) {
	for _, metric := range table {
		listed = append(listed, servo.Metric{Name: metric.name, Unit: metric.unit})
	}
	return listed
}()

func measure(wanted []string, control servo.Control) (servo.Measurement, error) {
	var before *stats
	var seen time.Time
	restarted := false
	measured, err := servo.Sample(control, settings.Interval.Duration, func() ([]servo.Scalar, error) {
		now, err := look()
		if err != nil {
			return nil, err
		}
		at := servo.Now()
		var sample []servo.Scalar
		for _, metric := range table {
			if len(wanted) > 0 && !slices.Contains(wanted, metric.name) {
				continue
			}
			lines := []row{now.whole}
			if metric.servers {
				lines = append(lines, now.each...)
			}
			for i, line := range lines {
				id, earlier := "", before.line("")
				if i > 0 {
					id, earlier = "{server="+line.name+"}", before.line(line.name)
				}
				value := line.sum(metric.columns)
				if metric.counter {
					if earlier == nil || !at.After(seen) {
						continue
					}
					value -= earlier.sum(metric.columns)
					if value < 0 {
						restarted = true
						continue
					}
					value /= at.Sub(seen).Seconds()
				}
				sample = append(sample, servo.Scalar{Metric: metric.name, ID: id, At: at, Value: value})
			}
		}
		before, seen = now, at
		return sample, nil
	})
	if restarted {
		servo.Warnf("HAProxy was started anew during the measurement; one interval has no rates")
		measured.Annotations = map[string]string{"restarted": "HAProxy was started anew during the measurement"}
	}
	return measured, err
}

func (r *row) sum(columns []string) float64 {
	var sum float64
	for _, column := range columns {
		sum += r.number(column)
	}
	return sum
}

// line is the line of a server, or of the whole for an empty name; nil when there is none.
func (s *stats) line(server string) *row {
	switch {
	case s == nil:
		return nil
	case server == "":
		return &s.whole
	}
	return s.find(server)
}
