package {{name_}}

import (
	"testing"

	"servo.dev/sdk/fake"
)

// Runs without WebAssembly and without servo: `go test`.
func TestSettings(t *testing.T) {
	fake.Start(t, nil)
	if problems := fake.Configure(`{"value": 100}`); problems != "" {
		t.Error(problems)
	}
	for _, wrong := range []string{`{"value": 101}`, `{}`} {
		if fake.Configure(wrong) == "" {
			t.Error(wrong)
		}
	}
}
