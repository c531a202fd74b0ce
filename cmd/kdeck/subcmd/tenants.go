package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

type tenantsOptions struct {
	broker      int32
	byBroker    bool
	top         int
	kind        string
	requestLogs []string
}

func newTenants(env *Env, g *globals) *cobra.Command {
	o := &tenantsOptions{}
	cmd := &cobra.Command{
		Use:         "tenants",
		Annotations: asPane,
		Aliases:     []string{"tenant"},
		Short:       "Who uses the brokers: usage and quotas, throttling, shares of thread time",
		Example:     "  kdeck tenants --top 10\n  kdeck tenants --broker 7 --type request_percentage\n  kdeck tenants --request-log kafka-request.log",
		Long: "tenants shows what each client uses and what its quotas allow, as the brokers count it; those nearest to their limits\n" +
			"come first. A quota applies to each broker separately: USAGE, LIMIT and USED are those of the broker under ON, where the\n" +
			"client stands worst, and ALL BROKERS is the sum. The figures come from the brokers' exporters (metrics in the\n" +
			"context); a broker counts clients only after a quota was set since its start: see kdeck quota observe.\n" +
			"With --request-log it reads Kafka's request logs instead, and no cluster: plain or gzip, in whatever layout, also as\n" +
			"docker or a log shipper wraps their lines. Lines of other kinds are skipped.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(o.requestLogs) > 0 { // as a shell spreads a pattern: --request-log kafka-request.log*
				o.requestLogs = append(o.requestLogs, args...)
				return nil
			}
			if len(args) > 0 {
				return refused("tenants: %q is one word too many: it takes flags only; files go with --request-log", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, err := o.filterText()
			if err != nil || env.live(cmd, "tenants", filter, "broker", "type") {
				return err
			}
			return runTenants(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.Int32Var(&o.broker, "broker", -1, "only as this broker counts it, `ID`")
	f.Lookup("broker").DefValue = "0" // so that the help shows no default: every broker
	f.BoolVar(&o.byBroker, "by-broker", false, "a line for each broker, with shares of its thread time")
	f.IntVar(&o.top, "top", 0, "only the first `N`")
	f.StringVar(&o.kind, "type", "", "only this `TYPE` of quota: "+typeNames())
	f.StringArrayVar(&o.requestLogs, "request-log", nil, "rank the clients in Kafka's request logs, `FILE` or -; more files may follow")
	return cmd
}

// filterText is the filter of the console's pane that the flags stand for.
func (o *tenantsOptions) filterText() (string, error) {
	var words []string
	if o.broker >= 0 {
		words = append(words, fmt.Sprintf("broker:%d", o.broker))
	}
	if o.kind != "" {
		kind, err := parseType(o.kind)
		if err != nil {
			return "", err
		}
		words = append(words, "type:"+string(kind))
	}
	return strings.Join(words, " "), nil
}

func typeNames() string {
	names := make([]string, len(tenant.Types))
	for i, t := range tenant.Types {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

// parseType finds the quota type with that name.
func parseType(word string) (tenant.Type, error) {
	names := make([]string, len(tenant.Types))
	for i, t := range tenant.Types {
		if strings.EqualFold(string(t), word) {
			return t, nil
		}
		names[i] = string(t)
	}
	return "", refused("%q is no type of quota: %s%s", word, strings.Join(names, ", "), didYouMean(word, names))
}

func runTenants(ctx context.Context, env *Env, g *globals, o *tenantsOptions) error {
	if o.top < 0 {
		return refused("--top %d: a number of rows was expected", o.top)
	}
	var only tenant.Type
	if o.kind != "" {
		var err error
		if only, err = parseType(o.kind); err != nil {
			return err
		}
	}
	if len(o.requestLogs) > 0 {
		return runRequestLog(ctx, env, g, o)
	}
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	if o.broker >= 0 && src.snapshot.Broker(o.broker) == nil {
		return refused("--broker %d: the cluster has no such broker", o.broker)
	}
	use := env.usage(ctx, src, state.Read(quotas, src.now, src.name))
	rows := slices.DeleteFunc(view.TenantRows(use.State), func(r view.TenantRow) bool {
		return o.broker >= 0 && r.Broker != o.broker || only != "" && r.Type != only
	})
	measured := use.BrokersMeasured()
	if o.broker >= 0 {
		measured = 1
	}
	totals := tenant.Totals(rows, measured)
	if o.top > 0 {
		rows, totals = rows[:min(o.top, len(rows))], totals[:min(o.top, len(totals))]
	}
	switch {
	case g.document():
		return env.document(g, view.TenantsAnswer(src.snapshot, use.missing, rows, totals))
	case o.broker >= 0 || o.byBroker:
		err = table(env, g, view.TenantColumns(), rows)
	default:
		err = table(env, g, view.TotalColumns(), totals)
	}
	if err != nil {
		return err
	}
	sayMissing(env, use.missing)
	return nil
}

func refuseSavedQuotas(g *globals) error {
	if g.snapshot != "" {
		return refused("--snapshot %s: a saved cluster holds no quotas", g.snapshot)
	}
	return nil
}

// quotas looks at the cluster and reads its quotas, to change them as o says; nil where nothing is to be changed.
func (e *Env) quotas(ctx context.Context, g *globals, o *changeOptions) (*source, *tenant.Quotas, error) {
	if o != nil {
		if err := o.check(g); err != nil {
			return nil, nil, err
		}
	}
	if err := refuseSavedQuotas(g); err != nil {
		return nil, nil, err
	}
	src, err := e.look(ctx, g)
	if err != nil {
		return nil, nil, err
	}
	q, err := watch.Quotas(ctx, src.session)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", src.name, err)
	}
	return src, q, nil
}

// clientUsage is a state with what the brokers say of their clients.
type clientUsage struct {
	*state.State
	configs map[int32]map[string]string // by broker
	missing []state.Unknown
}

// usage asks every broker for its metrics and its configs.
func (e *Env) usage(ctx context.Context, src *source, quotas state.Reading[*tenant.Quotas]) *clientUsage {
	use := &clientUsage{State: src.state()}
	use.Quotas = quotas
	poller := e.poller(src)
	defer poller.Close()
	use.configs, use.missing = watch.PollUsage(ctx, src.session, poller, e.Now, use.State)
	use.missing = append(use.missing, view.TenantsMissing(use.State)...)
	slices.SortStableFunc(use.missing, func(a, b state.Unknown) int { return int(a.Node - b.Node) })
	return use
}
