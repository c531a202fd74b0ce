package change

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// QuotaPart is one half of the name of who a quota is for.
type QuotaPart struct {
	Type string  `json:"type"` // user, client-id or ip
	Name *string `json:"name"` // nil: the default
}

// QuotaOp is one change of one limit.
type QuotaOp struct {
	Key    string   `json:"key"`
	Value  float64  `json:"-"`
	Remove bool     `json:"-"`
	Before *float64 `json:"value"` // nil where there was none
}

// QuotaChange is what changes of one entity's quotas.
type QuotaChange struct {
	Entity []QuotaPart `json:"entity"`
	Ops    []QuotaOp   `json:"before"`
	Undo   string      `json:"-"` // the command that takes it back
}

// AlterClientQuotas changes the quotas of one entity. The controller is first asked whether it would take the change
// (ValidateOnly), and only then to make it.
func (d *Door) AlterClientQuotas(ctx context.Context, change QuotaChange) error {
	if err := d.alterQuotas(ctx, change, true); err != nil {
		var failed *FailedError
		if errors.As(err, &failed) {
			failed.Unanswered = false // answered or not, it changed nothing
		}
		return fmt.Errorf("tried without effect first, and refused: %w", err)
	}
	return d.alterQuotas(ctx, change, false)
}

func (d *Door) alterQuotas(ctx context.Context, change QuotaChange, validateOnly bool) error {
	req := kmsg.NewPtrAlterClientQuotasRequest()
	req.ValidateOnly = validateOnly
	entry := kmsg.NewAlterClientQuotasRequestEntry()
	for _, p := range change.Entity {
		part := kmsg.NewAlterClientQuotasRequestEntryEntity()
		part.Type, part.Name = p.Type, p.Name
		entry.Entity = append(entry.Entity, part)
	}
	for _, o := range change.Ops {
		op := kmsg.NewAlterClientQuotasRequestEntryOp()
		op.Key, op.Value, op.Remove = o.Key, o.Value, o.Remove
		entry.Ops = append(entry.Ops, op)
	}
	req.Entries = append(req.Entries, entry)
	undo := change.Undo
	if validateOnly {
		undo = "none: it only asks whether the change would be taken"
	}
	var refusal error
	err := d.toAny(ctx, &call{
		req: req, before: change, undo: undo,
		result: func(resp kmsg.Response) ([]string, error) {
			var parts []string
			refusal = errLeftOut
			for _, e := range resp.(*kmsg.AlterClientQuotasResponse).Entries {
				refusal = refused(e.ErrorCode, e.ErrorMessage)
				if refusal != nil && retryable(refusal) {
					return nil, refusal
				}
				if refusal != nil {
					parts = append(parts, fmt.Sprintf("%s: %v", entityName(change.Entity), refusal))
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

func entityName(parts []QuotaPart) string {
	var words []string
	for _, p := range parts {
		name := "<default>"
		if p.Name != nil {
			name = *p.Name
		}
		words = append(words, p.Type+"="+name)
	}
	return strings.Join(words, ",")
}
