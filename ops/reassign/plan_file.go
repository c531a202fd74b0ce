package reassign

import (
	"bytes"
	"fmt"
	"path/filepath"

	"github.com/google/renameio/v2"

	"kdeck/ops/plan"
)

// writePlan writes a plan file that only its owner can read.
func writePlan(path string, p *plan.Plan) error {
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		return err
	}
	if err := renameio.WriteFile(path, b.Bytes(), 0o600, renameio.WithTempDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("the plan that goes back can't be written: %w", err)
	}
	return nil
}
