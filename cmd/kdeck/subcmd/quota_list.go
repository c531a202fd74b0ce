package subcmd

import (
	"context"

	"github.com/spf13/cobra"

	"kdeck/ops/tenant"
	"kdeck/ops/view"
)

// quotaJSON is one record of an answer.
type quotaJSON struct {
	Entity string                  `json:"entity"`
	Level  *int                    `json:"level"`
	Limits map[tenant.Type]float64 `json:"limits"`
	entityJSON
}

// entityJSON tells names and defaults apart.
type entityJSON struct {
	User          *string `json:"user"`
	UserDefault   bool    `json:"user_default"`
	ClientID      *string `json:"client_id"`
	ClientDefault bool    `json:"client_default"`
	IP            *string `json:"ip"`
	IPDefault     bool    `json:"ip_default"`
}

func entityOf(e tenant.Entity) entityJSON {
	name := func(p tenant.Part) *string {
		if !p.Set || p.Default {
			return nil
		}
		return &p.Name
	}
	return entityJSON{name(e.User), e.User.Default, name(e.ClientID), e.ClientID.Default, name(e.IP), e.IP.Default}
}

func newQuotaList(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all quotas, in Kafka's order of precedence", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runQuotaList(cmd.Context(), env, g) },
	}
}

func runQuotaList(ctx context.Context, env *Env, g *globals) error {
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	if g.document() {
		doc := struct {
			view.Envelope
			Quotas []quotaJSON `json:"quotas"`
		}{view.EnvelopeOf(src.snapshot), []quotaJSON{}}
		for _, q := range quotas.List() {
			j := quotaJSON{Entity: q.Entity.String(), Limits: q.Limits, entityJSON: entityOf(q.Entity)}
			if l := int(tenant.LevelOf(q.Entity)); l > 0 {
				j.Level = &l
			}
			doc.Quotas = append(doc.Quotas, j)
		}
		return env.document(g, doc)
	}
	return table(env, g, view.QuotaColumns(), view.QuotaRows(quotas))
}
