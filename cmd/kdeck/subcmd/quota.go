package subcmd

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

func newQuota(env *Env, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "quota",
		Aliases: []string{"quotas"},
		Short:   "Client quotas: what is set, what binds a client, what would happen; set, remove, observe",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return refused("quota: %q is not one of list, explain, what-if, set, remove, observe", args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(newQuotaList(env, g), newQuotaExplain(env, g), newQuotaWhatIf(env, g),
		newQuotaSet(env, g), newQuotaRemove(env, g), newQuotaObserve(env, g))
	return cmd
}

// entityFlags name who a quota is for, as kafka-configs does.
type entityFlags struct {
	user, client, ip                      string
	userDefault, clientDefault, ipDefault bool
	set                                   *pflag.FlagSet
}

func (e *entityFlags) add(f *pflag.FlagSet) {
	e.set = f
	f.StringVar(&e.user, "user", "", "a user's name")
	f.StringVar(&e.client, "client", "", "a client id")
	f.StringVar(&e.ip, "ip", "", "an IP address")
	for name, value := range map[string]*bool{"user-default": &e.userDefault, "client-default": &e.clientDefault, "ip-default": &e.ipDefault} {
		f.BoolVar(value, name, false, "whoever has no record of their own")
		f.BoolVar(value, name+"s", false, "the same, as kafka-configs spells it")
		_ = f.MarkHidden(name + "s") // there is such a flag: just made
	}
}

// entity is who the flags name.
func (e *entityFlags) entity() (tenant.Entity, error) {
	var who tenant.Entity
	for _, p := range []struct {
		flag      string
		name      string
		isDefault bool
		part      *tenant.Part
	}{
		{"user", e.user, e.userDefault, &who.User}, {"client", e.client, e.clientDefault, &who.ClientID}, {"ip", e.ip, e.ipDefault, &who.IP},
	} {
		switch {
		case e.set.Changed(p.flag) && p.isDefault:
			return who, refused("--%s and --%s-default: one of them", p.flag, p.flag)
		case !utf8.ValidString(p.name):
			return who, refused("--%s %q: a name is UTF-8", p.flag, p.name)
		case p.isDefault:
			*p.part = tenant.Default
		case e.set.Changed(p.flag):
			if p.name == "" {
				return who, refused("--%s: a name was expected; --%s-default is for whoever has no record of their own", p.flag, p.flag)
			}
			*p.part = tenant.Named(p.name)
		}
	}
	switch {
	case who == tenant.Entity{}:
		return who, refused("who is it for? --user NAME, --user-default, --client ID, --client-default, or --ip ADDRESS")
	case who.IP.Set && (who.User.Set || who.ClientID.Set):
		return who, refused("--ip goes with neither --user nor --client: addresses are a tree of their own")
	}
	return who, nil
}

// entityWords are the flags that name an entity.
func entityWords(e tenant.Entity) []string {
	var words []string
	for _, p := range []struct {
		flag string
		part tenant.Part
	}{{"--user", e.User}, {"--client", e.ClientID}, {"--ip", e.IP}} {
		switch {
		case p.part.Default:
			words = append(words, p.flag+"-default")
		case p.part.Set:
			words = append(words, p.flag, p.part.Name)
		}
	}
	return words
}

// parseLimits reads type=limit words; sizes may have units.
func parseLimits(e tenant.Entity, words []string) (map[tenant.Type]float64, error) {
	limits := map[tenant.Type]float64{}
	for _, w := range words {
		name, text, found := strings.Cut(w, "=")
		if !found {
			return nil, refused("%q: type=limit was expected, such as producer_byte_rate=10MB", w)
		}
		t, err := parseType(name)
		if err != nil {
			return nil, err
		}
		if err := checkEntityType(e, t); err != nil {
			return nil, err
		}
		v, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
		if err != nil && (t == tenant.ProducerByteRate || t == tenant.ConsumerByteRate) {
			var n int64
			n, err = format.ParseBytes(text)
			v = float64(n)
		}
		if err != nil {
			return nil, refused("%s: %q is not a number", t, text)
		}
		if err := t.Check(v); err != nil {
			return nil, refused("%w", err)
		}
		if _, twice := limits[t]; twice {
			return nil, refused("%s is there twice", t)
		}
		limits[t] = v
	}
	if len(limits) == 0 {
		return nil, refused("which limit? type=limit was expected, such as producer_byte_rate=10MB; types: %s", typeNames())
	}
	return limits, nil
}

// checkEntityType refuses a type of quota that such an entity can't have.
func checkEntityType(e tenant.Entity, t tenant.Type) error {
	if e.IP.Set != (t == tenant.ConnectionCreationRate) {
		return refused("%s is not for %s: connection_creation_rate is for IP addresses alone, and they have nothing else", t, e)
	}
	return nil
}

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
		Use: "list", Short: "All quotas, in Kafka's order of precedence", Args: cobra.NoArgs,
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

func newQuotaExplain(env *Env, g *globals) *cobra.Command {
	var user, client, ip string
	cmd := &cobra.Command{
		Use:   "explain --user USER --client ID | --ip ADDRESS",
		Short: "Which of the eight levels binds a client, for each type by itself, and who shares the bucket",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			named := cmd.Flags().Changed("user") || cmd.Flags().Changed("client")
			switch {
			case ip != "" && named:
				return refused("quota explain: --ip goes with neither --user nor --client: addresses are a tree of their own")
			case ip != "":
				return runQuotaExplainIP(cmd.Context(), env, g, ip)
			case !named:
				return refused("quota explain: whose? --user NAME (ANONYMOUS where nobody authenticates) and --client ID, or --ip ADDRESS")
			}
			return runQuotaExplain(cmd.Context(), env, g, user, client)
		},
	}
	cmd.Flags().StringVar(&user, "user", "ANONYMOUS", "the user's name")
	cmd.Flags().StringVar(&client, "client", "", "the client id")
	cmd.Flags().StringVar(&ip, "ip", "", "an IP address")
	return cmd
}

// explained is what binds one client, for one type.
type explained struct {
	Type    tenant.Type     `json:"type"`
	Limit   *float64        `json:"limit"`
	Level   *int            `json:"level"`
	Entity  *string         `json:"entity"`
	Bucket  string          `json:"bucket"`
	Series  seriesJSON      `json:"series"`
	Levels  []explainedStep `json:"levels"`
	binding tenant.Bound
}

type seriesJSON struct {
	User     *string `json:"user"`
	ClientID *string `json:"client_id"`
}

type explainedStep struct {
	Level  int      `json:"level"`
	Entity string   `json:"entity"`
	Limit  *float64 `json:"limit"`
	Binds  bool     `json:"binds"`
}

// bucketMates says who is counted together with a client.
func bucketMates(b tenant.Bound, user, client string) string {
	switch b.Level {
	case 0:
		return "nobody: there is no limit"
	case 3, 6:
		return fmt.Sprintf("all clients of user %s together, on each broker", user)
	case 7, 8:
		return fmt.Sprintf("all users of client id %s together, on each broker", client)
	}
	return fmt.Sprintf("user %s with client id %s, on each broker", user, client)
}

func explainClient(q *tenant.Quotas, user, client string) []explained {
	var list []explained
	for _, t := range tenant.ClientTypes {
		b, ok := q.Resolve(t, user, client)
		x := explained{Type: t, Bucket: bucketMates(b, user, client), binding: b}
		if t == tenant.ControllerMutationRate {
			x.Bucket = strings.Replace(x.Bucket, "on each broker", "in the whole cluster", 1)
		}
		if ok {
			level, entity := int(b.Level), b.Entity.String()
			x.Limit, x.Level, x.Entity = &b.Limit, &level, &entity
		}
		userTag, clientTag := q.Tags(t, user, client)
		if userTag != "" {
			x.Series.User = &userTag
		}
		if clientTag != "" {
			x.Series.ClientID = &clientTag
		}
		for _, s := range q.Explain(t, user, client) {
			step := explainedStep{Level: int(s.Level), Entity: s.Entity.String(), Binds: s.Binds}
			if s.Hit {
				step.Limit = &s.Limit
			}
			x.Levels = append(x.Levels, step)
		}
		list = append(list, x)
	}
	return list
}

func runQuotaExplain(ctx context.Context, env *Env, g *globals, user, client string) error {
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	list := explainClient(quotas, user, client)
	note := watch.ThreadsOf(anyBrokerConfigs(ctx, src)).CallbackWarning()
	if g.document() {
		doc := struct {
			view.Envelope
			User     string      `json:"user"`
			ClientID string      `json:"client_id"`
			Types    []explained `json:"types"`
		}{view.EnvelopeOf(src.snapshot), user, client, list}
		if note != "" {
			doc.Unknown = append(doc.Unknown, state.Unknown{Node: -1, What: whatLimits, Why: note})
		}
		return env.document(g, doc)
	}
	if note != "" {
		fmt.Fprintf(env.Err, "unknown: %s of cluster: %s\n", whatLimits, env.safe(note))
	}
	var b strings.Builder
	for _, x := range list {
		if x.Limit == nil {
			fmt.Fprintf(&b, "%s  no limit\n", x.Type)
			continue
		}
		fmt.Fprintf(&b, "%s  %s by level %d, for %s\n", x.Type, view.Amount(x.Type, *x.Limit), *x.Level, x.Bucket)
		for _, s := range x.Levels {
			mark, limit := " ", "-"
			if s.Limit != nil {
				limit = view.Amount(x.Type, *s.Limit)
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
		view.Amount(tenant.ConnectionCreationRate, b.Limit), env.safe(b.Entity.String()))
	return err
}

func newQuotaWhatIf(env *Env, g *globals) *cobra.Command {
	who := &entityFlags{}
	cmd := &cobra.Command{
		Use:   "what-if --user-default … TYPE=LIMIT…",
		Short: "Who would be throttled now under another limit, and by how much; nothing is changed",
		RunE: func(cmd *cobra.Command, words []string) error {
			return runQuotaWhatIf(cmd.Context(), env, g, who, words)
		},
	}
	who.add(cmd.Flags())
	return cmd
}

func runQuotaWhatIf(ctx context.Context, env *Env, g *globals, who *entityFlags, words []string) error {
	e, err := who.entity()
	if err != nil {
		return err
	}
	if e.IP.Set {
		return refused("what-if: exporters don't tell what each address uses")
	}
	limits, err := parseLimits(e, words)
	if err != nil {
		return err
	}
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	use := env.usage(ctx, src, quotas)
	var usages []tenant.Usage
	for _, a := range use.answers {
		if a.Err != nil {
			continue
		}
		for _, u := range a.Broker.Usage {
			if _, asked := limits[u.Type]; asked && !math.IsNaN(u.Rate) {
				usages = append(usages, u)
			}
		}
	}
	effects := tenant.WhatIf(quotas, quotas.With(e, limits), usages)
	if g.document() {
		return env.document(g, view.WhatIfAnswer(src.snapshot, use.missing, effects))
	}
	if err := table(env, g, view.EffectColumns(), effects); err != nil {
		return err
	}
	throttled := 0
	for _, x := range effects {
		if x.Throttled {
			throttled++
		}
	}
	fmt.Fprintf(env.Out, "\n%s of %d would be throttled at what they use now\n", format.Count(throttled, "bucket"), len(effects))
	use.sayMissing(env)
	return nil
}
