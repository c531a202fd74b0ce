package subcmd_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/cmd/kdeck/subcmd"
	"kdeck/ops/host"
)

// deck runs kdeck's command line in this process.
type deck struct {
	t          *testing.T
	flags      []string // that every command gets
	dial       func(ctx context.Context, network, addr string) (net.Conn, error)
	interrupts chan os.Signal                   // stand in for those of the process; nil: they do
	now        func() time.Time                 // nil: the clock
	apart      time.Duration                    // between two looks at groups; 0: as users have it
	variables  map[string]string                // of the environment, over those of the process
	machine    func(bool) (*host.System, error) // that kdeck host looks at; nil: one without a broker
}

// newDeck gives kdeck a home of its own, so that journals and contexts stay with the test. Nothing of the process is changed:
// tests with decks may run in parallel.
func newDeck(t *testing.T, flags ...string) *deck {
	return &deck{t: t, flags: flags, interrupts: make(chan os.Signal, 2),
		variables: map[string]string{"XDG_STATE_HOME": t.TempDir(), "XDG_CONFIG_HOME": t.TempDir()}}
}

func (d *deck) with(flags ...string) *deck {
	other := *d
	other.flags = flags
	return &other
}

func (d *deck) lookupEnv(name string) (string, bool) {
	if v, ok := d.variables[name]; ok {
		return v, true
	}
	return os.LookupEnv(name)
}

// stateDir is where kdeck keeps its journals, and what else outlives a run.
func (d *deck) stateDir() string { return filepath.Join(d.variables["XDG_STATE_HOME"], "kdeck") }

// configPath is the path of config.yaml. Its directory is there.
func (d *deck) configPath() string {
	d.t.Helper()
	dir := filepath.Join(d.variables["XDG_CONFIG_HOME"], "kdeck")
	must(d.t, os.MkdirAll(dir, 0o700))
	return filepath.Join(dir, "config.yaml")
}

// writeConfig writes config.yaml.
func (d *deck) writeConfig(text string) {
	d.t.Helper()
	must(d.t, os.WriteFile(d.configPath(), []byte(text), 0o600))
}

// env is that of a kdeck with these files, which are no terminal.
func (d *deck) env(in io.Reader, out, err io.Writer) *subcmd.Env {
	env := subcmd.Process("test")
	env.LookupEnv, env.In, env.Out, env.Err, env.Dial = d.lookupEnv, in, out, err, d.dial
	env.InTerminal, env.OutTerminal, env.Exit, env.Host = false, false, nil, nobodysMachine
	if d.machine != nil {
		env.Host = d.machine
	}
	if d.apart > 0 {
		env.Apart = d.apart
	}
	return env
}

type result struct {
	out, err string
	code     int
}

func (d *deck) run(args ...string) result {
	d.t.Helper()
	var out, err bytes.Buffer
	code := d.runTo(&out, &err, args...)
	return result{out.String(), err.String(), code}
}

func (d *deck) runTo(out, err io.Writer, args ...string) int {
	return d.runUntil(d.t.Context(), out, err, args...)
}

// runUntil ends the command when the context does.
func (d *deck) runUntil(ctx context.Context, out, err io.Writer, args ...string) int {
	env := d.env(strings.NewReader(""), out, err)
	if d.now != nil {
		env.Now = d.now
	}
	if d.interrupts != nil {
		env.Notify = func(signals ...os.Signal) (<-chan os.Signal, func()) {
			if !slices.Contains(signals, os.Interrupt) {
				return nil, func() {}
			}
			return d.interrupts, func() {}
		}
	}
	return subcmd.Execute(ctx, env, append(slices.Clone(args), d.flags...))
}

// ok runs a command that must exit with that code, and returns what it printed.
func (d *deck) ok(code int, args ...string) string {
	d.t.Helper()
	r := d.run(args...)
	if r.code != code {
		d.t.Fatalf("kdeck %s: exit %d, want %d\n%s%s", strings.Join(args, " "), r.code, code, r.out, r.err)
	}
	return r.out
}
