package haproxy

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"

	servo "servo.dev/sdk"
)

// row is one line of the statistics: what each column says.
type row struct {
	name    string
	columns map[string]string
}

// number is a column as a number; 0 where it is empty.
func (r *row) number(column string) float64 {
	number, err := strconv.ParseFloat(r.columns[column], 64)
	if err != nil {
		return 0
	}
	return number
}

// stats are the lines of one backend.
type stats struct {
	whole row
	each  []row
}

func (s *stats) find(server string) *row {
	for i := range s.each {
		if s.each[i].name == server {
			return &s.each[i]
		}
	}
	return nil
}

const howToShow = "put `stats enable` and `stats uri /stats` into a frontend of HAProxy"

// look reads the stats page.
func look() (*stats, error) {
	address := string(settings.URL) + ";csv"
	response, err := servo.Get(address)
	if err != nil {
		return nil, err
	}
	switch response.Status {
	case 200:
		return parse(response.Body, settings.Backend)
	case 401, 403:
		return nil, servo.Denied.Errorf("HAProxy refuses to show `%s`: status %d; grant credentials: `grants: {http: "+
			"[{to: …, basic: {username: …, password_file: …}}]}`", address, response.Status)
	}
	return nil, servo.Failed.Errorf("`%s` answered with status %d; %s", address, response.Status, howToShow)
}

// parse reads the statistics as CSV (management.txt, section 9.1) and keeps the lines of one backend.
func parse(page []byte, backend string) (*stats, error) {
	page, isCSV := bytes.CutPrefix(page, []byte("# "))
	reader := csv.NewReader(bytes.NewReader(page))
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if !isCSV || err != nil || len(records) == 0 {
		return nil, servo.Failed.Errorf("`%s` is not the stats page of HAProxy; %s", settings.URL, howToShow)
	}
	var found stats
	var others []string
	for _, record := range records[1:] {
		columns := map[string]string{}
		for i, name := range records[0] {
			if i < len(record) {
				columns[name] = record[i]
			}
		}
		line := row{columns["svname"], columns}
		switch {
		case columns["pxname"] != backend:
			if line.name == "BACKEND" {
				others = append(others, columns["pxname"])
			}
		case line.name == "BACKEND":
			found.whole = line
		case line.name != "FRONTEND":
			found.each = append(found.each, line)
		}
	}
	if found.whole.columns == nil {
		return nil, servo.Failed.Errorf("HAProxy has no backend `%s`; it has %s", backend, strings.Join(others, ", "))
	}
	return &found, nil
}
