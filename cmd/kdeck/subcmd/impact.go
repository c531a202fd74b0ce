package subcmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

func newImpact(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "impact",
		Short:   "Whom does it hurt? From broken partitions to groups, producers and tenants",
		Example: "  kdeck impact\n  kdeck impact -o json",
		Long: "impact goes from partitions that have no leader, are under min.insync.replicas, or are held by a transaction that doesn't end,\n" +
			"to those who feel it: groups that have committed offsets there, with their members; producers that the leaders know, which are\n" +
			"the idempotent ones; and the tenants, by the rules of the context for topics and client ids. What to tell each tenant is a text to be\n" +
			"sent. It exits 0 where nobody is hurt, and 1 where somebody is.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runImpact(cmd.Context(), env, g) },
	}
}

func runImpact(ctx context.Context, env *Env, g *globals) error {
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	st, err := env.assess(ctx, g, src, true)
	if err != nil {
		return err
	}
	st.TenantRules = env.tenantRules(g)
	unread := health.ClientsUnread(st)
	var writers []state.Producer
	if src.live {
		found := watch.Transactions(ctx, src.session, src.snapshot, func(p state.Partition) bool { return health.Broken(p) && !p.Leaderless() }, env.watching(src))
		if err := ctx.Err(); err != nil {
			return err
		}
		writers, unread = found.Producers, append(unread, found.Unknown...)
	}
	m := health.ImpactOf(st, writers)
	if g.document() {
		err = env.document(g, view.ImpactAnswer(st, m, unread))
	} else {
		err = env.writeImpact(src, st, m, unread)
	}
	if err == nil && (len(m.Topics) > 0 || len(m.Commits) > 0) {
		return answerNo()
	}
	return err
}

// hurtNamed is how many groups, members and partitions of a kind are written; JSON has all.
const hurtNamed = 10

func (e *Env) writeImpact(src *source, st *state.State, m *health.Impact, unread []state.Unknown) error {
	var b strings.Builder
	switch {
	case len(m.Topics) > 0:
		n := 0
		for i := range m.Topics {
			n += len(m.Topics[i].Unread) + len(m.Topics[i].Unwritten) + len(m.Topics[i].Held)
		}
		fmt.Fprintf(&b, "%s of %s can't be used as %s should\n", format.Count(n, "partition"), format.Count(len(m.Topics), "topic"), map[bool]string{true: "it", false: "they"}[n == 1])
	case len(m.Commits) == 0:
		b.WriteString("nobody is hurt: every partition has a leader and enough replicas in sync, and no transaction holds readers up\n")
	}
	if n := len(m.Commits); n > 0 {
		fmt.Fprintf(&b, "commits of %s fail: %s\n", format.Count(n, "group"), e.names(m.Commits))
	}
	for _, t := range m.Tenants {
		who := "tenant " + e.safe(t.Tenant)
		if t.Tenant == "" {
			who = "no tenant by the rules of the context"
		}
		fmt.Fprintf(&b, "\n%s\n", who)
		for _, i := range t.Topics {
			topic := &m.Topics[i]
			fmt.Fprintf(&b, "      topic %s: %s\n", e.safe(topic.Topic), topic.Words())
			if w := writersOf(topic, st.Now); w != "" {
				fmt.Fprintf(&b, "            written by %s\n", w)
			}
		}
		for i, g := range t.Groups {
			if i == hurtNamed {
				fmt.Fprintf(&b, "      and %s more: -o json has all\n", format.Count(len(t.Groups)-i, "group"))
				break
			}
			what := "reads"
			if g.Waits {
				what = "waits in"
			}
			fmt.Fprintf(&b, "      group %s %s %s", e.safe(g.Group), what, format.Count(len(g.Partitions), "partition"))
			if len(g.Members) > 0 {
				fmt.Fprintf(&b, ": %s", e.names(g.Members))
			}
			b.WriteByte('\n')
		}
		b.WriteString("      tell them:\n")
		for _, sentence := range t.Tell {
			fmt.Fprintf(&b, "            %s\n", e.safe(sentence))
		}
	}
	if _, err := e.Out.Write([]byte(b.String())); err != nil {
		return err
	}
	e.sayUnknown(&state.Snapshot{Unknown: append(src.snapshot.Unknown[:len(src.snapshot.Unknown):len(src.snapshot.Unknown)], unread...)})
	return nil
}

// names are the first of some names, fit for a terminal.
func (e *Env) names(names []string) string {
	var safe []string
	for _, n := range names[:min(len(names), hurtNamed)] {
		safe = append(safe, e.safe(n))
	}
	if n := len(names) - len(safe); n > 0 {
		safe = append(safe, "and "+format.Thousands(n)+" more")
	}
	return strings.Join(safe, ", ")
}

// writersOf says which producers the leaders of a topic's broken partitions know.
func writersOf(t *health.HurtTopic, now time.Time) string {
	if len(t.Writers) == 0 {
		return ""
	}
	var last time.Time
	ids := map[int64]bool{}
	for _, w := range t.Writers {
		ids[w.ID] = true
		if w.LastWrite.After(last) {
			last = w.LastWrite
		}
	}
	s := format.Count(len(ids), "idempotent producer")
	if !last.IsZero() {
		s += fmt.Sprintf(", the last time %s ago", format.Duration(max(0, now.Sub(last))))
	}
	return s
}
