package reassign

import (
	"bytes"
	"fmt"

	"kdeck/ops/files"
	"kdeck/ops/plan"
)

// writePlan writes a plan file that only its owner can read.
func writePlan(path string, p *plan.Plan) error {
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		return err
	}
	if err := files.WriteOwn(path, b.Bytes()); err != nil {
		return fmt.Errorf("the plan that goes back, %w", err)
	}
	return nil
}
