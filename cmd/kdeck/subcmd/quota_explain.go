package subcmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

func newQuotaExplain(env *Env, g *globals) *cobra.Command {
	var user, client, ip string
	cmd := &cobra.Command{
		Use:     "explain --user USER --client ID | --ip ADDRESS",
		Short:   "Show for each type which of the eight levels limits a client, and who shares that limit",
		Example: "  kdeck quota explain --user alice --client app-1\n  kdeck quota explain --ip 10.0.0.7",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			named := cmd.Flags().Changed("user") || cmd.Flags().Changed("client")
			switch {
			case ip != "" && named:
				return refused("quota explain: --ip goes with neither --user nor --client: addresses have records of their own")
			case ip != "":
				return runQuotaExplainIP(cmd.Context(), env, g, ip)
			case !named:
				return refused("quota explain: whose? --user NAME (ANONYMOUS where nobody authenticates) and --client ID, or --ip ADDRESS")
			}
			return runQuotaExplain(cmd.Context(), env, g, user, client)
		},
	}
	cmd.Flags().StringVar(&user, "user", "ANONYMOUS", "the user's `NAME`")
	cmd.Flags().StringVar(&client, "client", "", "the client `ID`")
	cmd.Flags().StringVar(&ip, "ip", "", "an IP `ADDRESS`")
	return cmd
}

func runQuotaExplain(ctx context.Context, env *Env, g *globals, user, client string) error {
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	list := view.ExplainLimits(quotas, user, client)
	note := watch.ThreadsOf(watch.AnyBrokerConfigs(ctx, src.session, src.snapshot)).CallbackWarning()
	if g.document() {
		doc := struct {
			view.Envelope
			User     string                `json:"user"`
			ClientID string                `json:"client_id"`
			Types    []view.ExplainedLimit `json:"types"`
		}{view.EnvelopeOf(src.snapshot), user, client, list}
		if note != "" {
			doc.Unknown = append(doc.Unknown, state.Unknown{Node: -1, What: state.WhatLimits, Why: note})
		}
		return env.document(g, doc)
	}
	if note != "" {
		fmt.Fprintf(env.Err, "unknown: %s of cluster: %s\n", state.WhatLimits, env.safe(note))
	}
	var b strings.Builder
	for _, x := range list {
		if x.Limit == nil {
			fmt.Fprintf(&b, "%s  no limit\n", x.Type)
			continue
		}
		fmt.Fprintf(&b, "%s  %s by level %d, for %s\n", x.Type, x.Type.Amount(*x.Limit), *x.Level, x.Bucket)
		for _, s := range x.Levels {
			mark, limit := " ", "-"
			if s.Limit != nil {
				limit = x.Type.Amount(*s.Limit)
			}
			if s.Binds {
				mark = ">"
			}
			fmt.Fprintf(&b, "  %s %d  %-42s %s\n", mark, s.Level, env.safe(s.Entity), limit)
		}
	}
	_, err = env.Out.Write([]byte(b.String()))
	return err
}

func runQuotaExplainIP(ctx context.Context, env *Env, g *globals, ip string) error {
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	b, limited := quotas.OfIP(ip)
	if g.document() {
		doc := struct {
			view.Envelope
			IP     string      `json:"ip"`
			Type   tenant.Type `json:"type"`
			Limit  *float64    `json:"limit"`
			Entity *string     `json:"entity"`
		}{Envelope: view.EnvelopeOf(src.snapshot), IP: ip, Type: tenant.ConnectionCreationRate}
		if limited {
			entity := b.Entity.String()
			doc.Limit, doc.Entity = &b.Limit, &entity
		}
		return env.document(g, doc)
	}
	if !limited {
		_, err = fmt.Fprintf(env.Out, "%s  no limit\n", tenant.ConnectionCreationRate)
		return err
	}
	_, err = fmt.Fprintf(env.Out, "%s  %s by %s, on each broker\n", tenant.ConnectionCreationRate,
		tenant.ConnectionCreationRate.Amount(b.Limit), env.safe(b.Entity.String()))
	return err
}
