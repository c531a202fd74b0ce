package subcmd

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/audit"
	"kdeck/ops/config"
	"kdeck/ops/format"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

type auditOptions struct {
	since, who, api, filter string
	failed, all             bool
}

func newAudit(env *Env, g *globals) *cobra.Command {
	o := &auditOptions{}
	cmd := &cobra.Command{
		Use:         "audit [ID]",
		Annotations: asPane,
		Short:       "What kdeck changed from this machine: who, what, with what result, and what takes it back",
		Example: "  kdeck audit --since 24h\n  kdeck audit --failed --who alice\n  kdeck audit last\n" +
			"  kdeck audit --all-clusters --since 2026-11-30 -o json",
		Long: "audit lists what kdeck did to the cluster, the latest first, as the journal on this machine has it. What one typed phrase\n" +
			"brought about is one row: a change, or a run of reassignments. With its ID, or its beginning, or \"last\", the steps of\n" +
			"one are shown: its requests, and the events of its run. -o wide shows the IDs, and the commands that take things back.\n\n" +
			"No broker has to answer: a context or an address that kdeck has reached before is enough. Damaged lines of a journal\n" +
			"are passed over and named. Of a very long journal only the end is read.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if env.console != nil && env.console.live != nil && len(args) > 0 { // the steps of one action are no pane
				return errNotLive
			}
			if env.live(cmd, "audit", o.words(), "since", "who", "api", "failed", "filter") {
				return nil
			}
			return runAudit(cmd.Context(), env, g, o, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.since, "since", "", "only what was done since this `TIME`: 90m, 2h, 7d ago, a date, or 2026-11-30T10:00:00Z")
	f.StringVar(&o.who, "who", "", "only what was done by users whose name holds this `TEXT`")
	f.StringVar(&o.api, "api", "", "only what sent requests of this `API`: AlterClientQuotas")
	f.BoolVar(&o.failed, "failed", false, "only what was refused, failed, or isn't known to be done")
	f.BoolVar(&o.all, "all-clusters", false, "of all clusters that were changed from this machine")
	f.StringVar(&o.filter, "filter", "", "`FILTER`: only rows that match words, /regex/, field:value; ! before a term negates it")
	return cmd
}

// words are the flags as a filter.
func (o *auditOptions) words() string {
	var words []string
	if o.since != "" {
		words = append(words, "since:"+format.FilterValue(o.since))
	}
	if o.who != "" {
		words = append(words, "who:/"+strings.ReplaceAll(regexp.QuoteMeta(o.who), "/", ".")+"/")
	}
	if o.api != "" {
		words = append(words, "api:"+format.FilterValue(o.api))
	}
	if o.failed {
		words = append(words, "is:failed")
	}
	return strings.TrimSpace(strings.Join(words, " ") + " " + o.filter)
}

func runAudit(ctx context.Context, env *Env, g *globals, o *auditOptions, args []string) error {
	if o.since != "" {
		if _, err := view.Since(o.since, env.Now()); err != nil {
			return refused("--since %w", err)
		}
	}
	f, err := view.ParseFilter(o.words())
	if err != nil {
		return filterError(err)
	}
	match, err := view.MatchActions(f, env.Now())
	if err != nil {
		return filterError(err)
	}
	all, clusterID, err := env.auditOf(ctx, g, o.all)
	if err != nil {
		return err
	}
	env.tellOpen(ctx, all, clusterID)
	var rows []state.Action
	for i := range all.Actions {
		if match(&all.Actions[i]) {
			rows = append(rows, all.Actions[i])
		}
	}
	if len(args) > 0 {
		return showAction(env, g, all, rows, clusterID, args[0])
	}
	if g.document() {
		return env.document(g, view.AuditAnswer(all, rows, clusterID, env.Now(), false))
	}
	if len(rows) == 0 {
		fmt.Fprintln(env.Err, noAction(all, len(f) > 0))
	} else if err := table(env, g, view.ActionColumns(), rows); err != nil {
		return err
	}
	env.sayDamaged(all)
	return nil
}

// tellOpen says of the run whose end isn't written how it is now: its process tells.
func (e *Env) tellOpen(ctx context.Context, all *state.Audit, clusterID string) {
	dir, err := e.stateDir()
	if err != nil || clusterID == "" {
		return
	}
	for i := range all.Actions {
		a := &all.Actions[i]
		if a.Result != state.ActionOpen || a.Run == "" {
			continue
		}
		run, err := reassign.Find(ctx, dir, clusterID)
		switch {
		case err != nil || run == nil || run.ID != a.Run:
		case run.State == state.RunOrphaned:
			a.Why = run.Why + ": kdeck moves resume goes on with it"
		default:
			a.Why = fmt.Sprintf("it is %s: %s", run.State, view.RunMoved(run))
		}
		return
	}
}

// noAction says that no row is shown.
func noAction(a *state.Audit, filtered bool) string {
	if filtered && len(a.Actions) > 0 {
		return fmt.Sprintf("none of %s passes the filter", format.Count(len(a.Actions), "action"))
	}
	return "nothing was changed from this machine that the journal tells of: " + a.Path
}

func (e *Env) sayDamaged(a *state.Audit) {
	for _, why := range view.AuditUnknown(a) {
		fmt.Fprintf(e.Err, "unknown: %s: %s\n", e.safe(a.Path), e.safe(why))
	}
}

// showAction shows the steps of one action.
func showAction(env *Env, g *globals, all *state.Audit, rows []state.Action, clusterID, id string) error {
	found := view.FindAction(rows, id)
	switch {
	case len(found) == 0:
		return refused("audit %s: no action has an id that begins so; kdeck audit -o wide lists them", id)
	case len(found) > 1:
		return refused("audit %s: %s have an id that begins so: %s, %s, …", id, format.Count(len(found), "action"), found[0].ID, found[1].ID)
	}
	a := &found[0]
	if g.document() {
		return env.document(g, view.AuditAnswer(all, found, clusterID, env.Now(), true))
	}
	for _, f := range view.ActionFacts(a) {
		fmt.Fprintf(env.Out, "%-14s%s\n", f.Name, env.safe(f.Text))
	}
	fmt.Fprintln(env.Out)
	if err := table(env, g, view.StepColumns(), a.Steps); err != nil {
		return err
	}
	if a.LeftOut > 0 {
		fmt.Fprintf(env.Err, "%s behind the first are left out; the journal has them: %s\n", format.Count(a.LeftOut, "step"), env.safe(all.Path))
	}
	env.sayDamaged(all)
	return nil
}

// auditOf reads the journal of the cluster, or those of all clusters. A cluster that was reached before isn't asked for its id.
func (e *Env) auditOf(ctx context.Context, g *globals, all bool) (a *state.Audit, clusterID string, err error) {
	dir, err := e.stateDir()
	if err != nil {
		return nil, "", err
	}
	if all {
		if a, err = audit.Everything(dir); err != nil {
			return nil, "", failed(err)
		}
		return a, "", nil
	}
	if clusterID, err = e.auditedID(ctx, g); err != nil {
		return nil, "", err
	}
	if a, err = audit.NewReader(dir, clusterID).Read(); err != nil {
		return nil, "", failed(err)
	}
	return a, clusterID, nil
}

// auditedID is the id of the cluster that the flags name: of a saved one, as its name led to before, or as a broker says.
func (e *Env) auditedID(ctx context.Context, g *globals) (string, error) {
	if g.snapshot == "" {
		cluster, err := e.cluster(g)
		if err != nil {
			return "", err
		}
		if id := e.knownID(cluster); id != "" {
			return id, nil
		}
	}
	src, err := e.look(ctx, g)
	if err != nil {
		return "", err
	}
	return src.snapshot.ClusterID, nil
}

// knownID is the id that the name of a cluster led to before; "" where that isn't known.
func (e *Env) knownID(cluster *config.Cluster) string {
	known, err := e.knownClusters()
	if err != nil {
		return ""
	}
	id, _ := known.ID(cluster)
	return id
}

// auditReader returns what reads the journal of a cluster whenever a console or a watch asks. Before a broker has said which cluster
// it is, that is the one to which its name led before.
func (e *Env) auditReader(cluster *config.Cluster) func(clusterID string) state.Reading[*state.Audit] {
	dir, err := e.stateDir()
	if err != nil {
		return nil // nothing can have been changed from here
	}
	readers := map[string]*audit.Reader{}
	return func(clusterID string) state.Reading[*state.Audit] {
		if clusterID == "" {
			if clusterID = e.knownID(cluster); clusterID == "" {
				return state.Missing[*state.Audit]("no broker has said yet which cluster this is", e.Now(), dir)
			}
		}
		r := readers[clusterID]
		if r == nil {
			clear(readers)
			r = audit.NewReader(dir, clusterID)
			readers[clusterID] = r
		}
		a, err := r.Read()
		if err != nil {
			return state.Missing[*state.Audit](err.Error(), e.Now(), dir)
		}
		return state.Read(a, e.Now(), dir)
	}
}
