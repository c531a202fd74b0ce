package change

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/tenant"
)

// quotasBefore is what the journal holds of the limits that a change replaces.
type quotasBefore struct {
	Entity []tenant.EntityPart `json:"entity"`
	Before []limitBefore       `json:"before"`
}

type limitBefore struct {
	Key   tenant.Type `json:"key"`
	Value *float64    `json:"value"` // nil: there was none
}

// AlterClientQuotas changes the quotas of one entity. The controller is asked first whether it would take the change
// (ValidateOnly), and only then to make it. undo is the command that undoes the change.
func (d *Door) AlterClientQuotas(ctx context.Context, change tenant.Change, undo config.CommandLine) error {
	if err := d.alterQuotas(ctx, change, true, "none: it only asks whether the change would be taken"); err != nil {
		var failed *FailedError
		if errors.As(err, &failed) {
			failed.Unanswered = false // answered or not, it changed nothing
		}
		return fmt.Errorf("tried without effect first, and refused: %w", err)
	}
	return d.alterQuotas(ctx, change, false, undo)
}

func (d *Door) alterQuotas(ctx context.Context, change tenant.Change, validateOnly bool, undo config.CommandLine) error {
	req := kmsg.NewPtrAlterClientQuotasRequest()
	req.ValidateOnly = validateOnly
	entry := kmsg.NewAlterClientQuotasRequestEntry()
	before := quotasBefore{Entity: change.Entity.Parts()}
	for _, p := range before.Entity {
		part := kmsg.NewAlterClientQuotasRequestEntryEntity()
		part.Type, part.Name = p.Type, p.Name
		entry.Entity = append(entry.Entity, part)
	}
	for _, l := range change.Limits {
		op := kmsg.NewAlterClientQuotasRequestEntryOp()
		if op.Key, op.Remove = string(l.Type), l.After == nil; l.After != nil {
			op.Value = *l.After
		}
		entry.Ops = append(entry.Ops, op)
		before.Before = append(before.Before, limitBefore{l.Type, l.Before})
	}
	req.Entries = append(req.Entries, entry)
	var refusal error
	err := d.toAny(ctx, &call{
		req: req, before: before, undo: undo,
		result: func(resp kmsg.Response) ([]string, error) {
			var parts []string
			refusal = errLeftOut
			for _, e := range resp.(*kmsg.AlterClientQuotasResponse).Entries {
				refusal = refused(e.ErrorCode, e.ErrorMessage)
				if refusal != nil && retryable(refusal) {
					return nil, refusal
				}
				if refusal != nil {
					parts = append(parts, fmt.Sprintf("%v: %v", change.Entity, refusal))
				}
			}
			return parts, nil
		},
	})
	if err != nil {
		return err
	}
	return refusal
}
