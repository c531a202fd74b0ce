package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/files"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/watch"
)

// A source is the cluster that an answer is about: a live one, read once, or a saved one.
type source struct {
	snapshot *state.Snapshot
	name     string    // stands for the cluster: the context, the first bootstrap address, or the snapshot's file
	now      time.Time // ages are counted from here
	live     bool
	session  *kafka.Session // nil when it isn't live
	saved    *state.State   // nil when it is live
	deadline time.Duration  // of each broker; 0: the usual one
}

// watching are the options with which the cluster of src is looked at.
func (e *Env) watching(src *source) watch.Options {
	return watch.Options{Now: e.Now, Deadline: src.deadline}
}

// look reads the cluster, or the saved one that --snapshot names.
func (e *Env) look(ctx context.Context, g *globals) (*source, error) {
	if g.snapshot != "" {
		return loadSnapshot(g)
	}
	src, err := e.open(g)
	if err != nil {
		return nil, err
	}
	if src.snapshot, err = e.looker(src)(ctx); err != nil {
		if g.context == "" && strings.HasPrefix(err.Error(), src.name) {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", src.name, err)
	}
	src.now = e.Now()
	e.recognize(src.session.Cluster(), src.snapshot.ClusterID)
	return src, nil
}

// looker returns a function that reads the cluster of src again.
func (e *Env) looker(src *source) func(context.Context) (*state.Snapshot, error) {
	return func(ctx context.Context) (*state.Snapshot, error) {
		return watch.Look(ctx, src.session, e.watching(src))
	}
}

func loadSnapshot(g *globals) (*source, error) {
	s, err := savedState("--snapshot", g.snapshot)
	if err != nil {
		return nil, err
	}
	return &source{snapshot: s.Snapshot, name: g.snapshot, now: s.Snapshot.Taken, saved: s}, nil
}

// savedState reads the file of a saved cluster, which a flag names.
func savedState(flag, path string) (*state.State, error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, refused("%s: %w", flag, err)
	}
	defer f.Close()
	s, err := state.LoadState(files.Limit(f, path, files.MaxSnapshot))
	if err != nil {
		return nil, refused("%s %s: %w", flag, path, err)
	}
	return s, nil
}

// open opens a session; nothing is sent yet. In the palette it is the console's.
func (e *Env) open(g *globals) (*source, error) {
	if e.console != nil && e.console.session != nil {
		session := e.console.session
		e.masked.hide(session.Cluster().Mask())
		return &source{name: session.Cluster().Name, now: e.Now(), live: true, session: session, deadline: g.deadline}, nil
	}
	cluster, err := e.cluster(g)
	if err != nil {
		return nil, err
	}
	session, err := kafka.Open(cluster, kafka.Options{Dial: e.Dial, Now: e.Now, Timeout: g.timeout})
	if err != nil {
		return nil, err
	}
	e.sessions.add(session)
	return &source{name: cluster.Name, now: e.Now(), live: true, session: session, deadline: g.deadline}, nil
}

// cluster resolves which cluster the flags name and how to reach it.
func (e *Env) cluster(g *globals) (*config.Cluster, error) {
	file, err := e.configFile()
	if err != nil {
		return nil, err
	}
	cluster, err := config.Resolve(file, config.Flags{
		Context: g.context, Bootstrap: g.bootstrap, Controllers: g.bootstrapController,
		CommandConfig: g.commandConfig, X: g.settings,
	}, e.LookupEnv)
	if err == nil {
		e.masked.hide(cluster.Mask())
		e.warn(cluster)
	}
	return cluster, err
}

// warn writes to Err of which files others can get at, once for each.
func (e *Env) warn(cluster *config.Cluster) {
	if e.completes != nil || e.console != nil || e.sessions == nil {
		return
	}
	for _, w := range e.sessions.unsaid(cluster.Warnings) {
		fmt.Fprintf(e.Err, "warning: %s\n", e.safe(w))
	}
}

// tenantRules are the rules of the context, also for a saved cluster; none where there is no context.
func (e *Env) tenantRules(g *globals) tenant.Rules {
	cluster, err := e.cluster(g)
	if err != nil { // said where the cluster is opened
		return nil
	}
	return cluster.Tenants
}

// sayUnknown writes to Err what could not be read; in JSON it is part of the answer.
func (e *Env) sayUnknown(s *state.Snapshot) {
	for _, u := range s.Unknown {
		who := "cluster"
		if u.Node >= 0 {
			who = fmt.Sprintf("broker %d", u.Node)
		}
		fmt.Fprintf(e.Err, "unknown: %s of %s: %s\n", e.safe(u.What), who, e.safe(strings.TrimSpace(u.Why)))
	}
}

// sessions are those that one command line has opened. [Execute] closes them; the console has closed those that it left.
type sessions struct {
	mu   sync.Mutex // the console opens them beside its update loop
	open []*kafka.Session
	ends []func() // what else is to be done when the command line has ended
	said []string // warnings
}

func (s *sessions) atEnd(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends = append(s.ends, do)
}

// unsaid returns the warnings that the command line hasn't written yet, and takes them for written.
func (s *sessions) unsaid(warnings []string) (unsaid []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range warnings {
		if !slices.Contains(s.said, w) {
			unsaid = append(unsaid, w)
		}
	}
	s.said = append(s.said, unsaid...)
	return unsaid
}

func (s *sessions) add(session *kafka.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, session)
}

func (s *sessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.open {
		session.Close()
	}
	for _, do := range s.ends {
		do()
	}
}
