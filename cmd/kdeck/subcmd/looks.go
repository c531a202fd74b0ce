package subcmd

import (
	"context"
	"errors"
	"io"

	"kdeck/ops/looks"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/watch"
)

// keepLook keeps how a cluster looked, where the last look that was kept is old enough, for [newChanged] to compare with.
func (e *Env) keepLook(ctx context.Context, session watch.Session, st *state.State) error {
	s := st.Snapshot
	if s == nil || s.ClusterID == "" || s.NumPartitions() > looks.MaxPartitions {
		return nil
	}
	dir, err := e.stateDir()
	if err != nil {
		return err
	}
	list, err := looks.List(dir, s.ClusterID, e.Now())
	if err != nil || !looks.Due(list, st.Verdict, e.Now()) {
		return err
	}
	kept := &state.State{Snapshot: s, Verdict: st.Verdict, Findings: st.Findings, Quotas: st.Quotas}
	addSettings(ctx, session, kept, watch.Options{Now: e.Now})
	if err := ctx.Err(); err != nil {
		return err
	}
	return looks.Keep(dir, s.ClusterID, s.Taken, st.Verdict, func(w io.Writer) error {
		masked := e.masked.writer(w)
		return errors.Join(kept.Save(masked), masked.Close())
	})
}

// addSettings reads what a cluster is configured to, and its quotas where these aren't known.
func addSettings(ctx context.Context, session watch.Session, st *state.State, o watch.Options) {
	st.Settings = watch.Settings(ctx, session, st.Snapshot, o)
	if st.Quotas.Known {
		return
	}
	q, err := watch.Quotas(ctx, session)
	if err != nil {
		st.Quotas = state.Missing[*tenant.Quotas](err.Error(), o.Now(), session.Cluster().Name)
		return
	}
	st.Quotas = state.Read(q, o.Now(), session.Cluster().Name)
}
