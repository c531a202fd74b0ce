package subcmd

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/tenant"
)

// observer is the name that the record of `quota observe` is for: nobody has it, so nobody is ever held back by it.
const observer = "__kdeck_observe__"

// observeLimit is no limit: a broker has hundreds of threads at the most.
const observeLimit = 100000

const (
	byUser   = "user"
	byClient = "client"
	byBoth   = "both"
)

type observeOptions struct {
	quotaOptions
	by         string
	off        bool
	requestLog string
}

func newQuotaObserve(env *Env, g *globals) *cobra.Command {
	o := &observeOptions{}
	cmd := &cobra.Command{
		Use:   "observe [--by user|client|both | --off | --request-log BROKER --for 30s|--off]",
		Short: "Make brokers count the thread time of every client without holding anybody back",
		Long: "A broker counts what each client takes of its threads only where a request_percentage quota exists. observe sets one\n" +
			"for a name that nobody has: from then on every broker counts every client, by the tags that such a record gives, and\n" +
			"throttles none. --off removes the record; brokers go on counting until each is restarted.\n" +
			"--request-log has one broker log every request for a time, for kdeck tenants --request-log; with --off it ends that\n" +
			"where kdeck couldn't.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.requestLog != "":
				return runObserveLog(cmd.Context(), env, g, o)
			case o.hold != 0:
				return refused("--for goes with --request-log: the record that observes stays until --off")
			}
			return runObserve(cmd.Context(), env, g, o)
		},
	}
	o.flags(cmd.Flags())
	cmd.Flags().StringVar(&o.by, "by", "", "what to tell clients apart by: user, client or both; without it user, or client where nobody authenticates")
	cmd.Flags().StringVar(&o.requestLog, "request-log", "", "have this `BROKER` log every request for a time")
	cmd.Flags().DurationVar(&o.hold, "for", 0, "how long, with --request-log")
	cmd.Flags().BoolVar(&o.off, "off", false, "take the record back, or with --request-log lower the logger")
	return cmd
}

// observed is the record that makes brokers count by so.
func observed(by string) tenant.Entity {
	switch by {
	case byUser:
		return tenant.Entity{User: tenant.Named(observer)}
	case byClient:
		return tenant.Entity{ClientID: tenant.Named(observer)}
	}
	return tenant.Entity{User: tenant.Named(observer), ClientID: tenant.Named(observer)}
}

var shapes = map[string]tenant.Shape{byUser: tenant.ByUser, byClient: tenant.ByClient, byBoth: tenant.ByBoth}

func runObserve(ctx context.Context, env *Env, g *globals, o *observeOptions) error {
	if _, ok := shapes[o.by]; o.by != "" && !ok {
		return refused("--by %s: user, client or both%s", o.by, didYouMean(o.by, []string{byUser, byClient, byBoth}))
	}
	if o.off && o.by != "" {
		return refused("--off takes back whichever record there is: leave --by out")
	}
	src, quotas, err := env.quotas(ctx, g)
	if err != nil {
		return err
	}
	anonymous, known := anonymous(ctx, src)
	if o.off {
		return observeOff(ctx, env, g, o, quotas)
	}
	if o.by == "" {
		o.by = byUser
		if known && anonymous {
			o.by = byClient
		}
	}
	if o.by == byUser && known && anonymous {
		return refused("nobody authenticates on this cluster's listeners: every user is ANONYMOUS, and counting by user would show one tenant. Take --by client")
	}
	if err := observable(quotas, o.by); err != nil {
		return err
	}
	edit := &quotaEdit{action: "quota observe", entity: observed(o.by), limits: map[tenant.Type]float64{tenant.RequestPercentage: observeLimit},
		undo: env.command(g, "quota", "observe", "--off", "--execute")}
	edit.notes = append(edit.notes,
		fmt.Sprintf("every broker then counts thread time by %s; nobody has the name %s, so nobody is throttled", strings.Replace(o.by, byBoth, "user and client id", 1), observer))
	edit.notes = append(edit.notes, "a broker of Kafka 3.9 that had request quotas at another level since it was started tells clients apart by that level too")
	if o.by != byUser {
		edit.notes = append(edit.notes, "clients with random client ids make one series each, for an hour: exporters' pages grow with them")
	}
	return runQuotaChange(ctx, env, g, &o.quotaOptions, edit)
}

// observable refuses where other records of the same type would make the count another one than was asked for.
func observable(q *tenant.Quotas, by string) error {
	if !q.Any(tenant.RequestPercentage) {
		return nil
	}
	for _, other := range []string{byUser, byClient, byBoth} {
		if _, ok := q.Limit(observed(other), tenant.RequestPercentage); ok {
			return refused("the cluster is observed by %s already: kdeck tenants shows it, kdeck quota observe --off takes it back", other)
		}
	}
	if q.ShapeOf(tenant.RequestPercentage) == shapes[by] {
		return refused("there are request_percentage quotas at that level already, so brokers count by %s: kdeck tenants shows it", by)
	}
	return refused("there are request_percentage quotas at another level (kdeck quota list). With one more by %s, clients that no quota names would be counted by client id alone, users merged: not done", by)
}

func observeOff(ctx context.Context, env *Env, g *globals, o *observeOptions, q *tenant.Quotas) error {
	for _, by := range []string{byUser, byClient, byBoth} {
		e := observed(by)
		if _, ok := q.Limit(e, tenant.RequestPercentage); ok {
			return runQuotaChange(ctx, env, g, &o.quotaOptions, &quotaEdit{
				action: "quota observe --off", entity: e, limits: map[tenant.Type]float64{tenant.RequestPercentage: math.NaN()},
				notes: []string{"brokers go on counting until each is restarted"},
			})
		}
	}
	return refused("nothing observes this cluster: it has no record for %s", observer)
}

// anonymous tells whether no listener of a broker makes clients say who they are.
func anonymous(ctx context.Context, src *source) (anonymous, known bool) {
	configs := oneBrokersConfigs(ctx, src)
	if configs == nil {
		return false, false
	}
	return nobodyAuthenticates(configs)
}

// nobodyAuthenticates reads a broker's listeners. Those of controllers don't count.
func nobodyAuthenticates(configs map[string]string) (anonymous, known bool) {
	protocols := map[string]string{}
	for pair := range strings.SplitSeq(configs["listener.security.protocol.map"], ",") {
		name, protocol, _ := strings.Cut(strings.TrimSpace(pair), ":")
		protocols[strings.ToUpper(name)] = protocol
	}
	for listener := range strings.SplitSeq(configs["listeners"], ",") {
		name, _, ok := strings.Cut(strings.TrimSpace(listener), "://")
		if !ok || strings.Contains(","+strings.ToUpper(configs["controller.listener.names"])+",", ","+strings.ToUpper(name)+",") {
			continue
		}
		known = true
		switch p := strings.ToUpper(protocols[strings.ToUpper(name)]); {
		case strings.HasPrefix(p, "SASL_"):
			return false, true
		case p == "SSL" && configs["ssl.client.auth"] != "none" && configs["ssl.client.auth"] != "":
			return false, true
		case p == "":
			return false, false
		}
	}
	return known, known
}
