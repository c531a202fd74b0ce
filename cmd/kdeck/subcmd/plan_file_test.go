package subcmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"kdeck/ops/plan"
)

// planFile writes a plan as Kafka's own tool has it, and returns its path.
func planFile(t *testing.T, moves []plan.Assignment) string {
	t.Helper()
	text, err := json.Marshal(struct {
		Version    int               `json:"version"`
		Partitions []plan.Assignment `json:"partitions"`
	}{1, moves})
	must(t, err)
	path := filepath.Join(t.TempDir(), "plan.json")
	must(t, os.WriteFile(path, text, 0o600))
	return path
}
