package subcmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/files"
	"kdeck/ops/plan"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/protocol"
	"kdeck/protocol/printable"
)

// detachedOrder is what a process that carries a plan out by itself reads from its standard input: others can read a process's
// arguments, and some of this may be secret.
type detachedOrder struct {
	Cluster []string        `json:"cluster"` // the flags that lead to it
	Timeout time.Duration   `json:"timeout"`
	Phrase  string          `json:"phrase"` // that was asked for
	Typed   string          `json:"typed"`
	Needs   protocol.Class  `json:"needs"`
	Plan    json.RawMessage `json:"plan"` // as it was shown: it isn't made anew
	Log     string          `json:"log"`
	order
}

// order is a plan that is to be carried out.
type order struct {
	whole      *plan.Plan
	Moves      int             `json:"moves"` // see [reassign.Options]
	Rate       int64           `json:"rate"`
	Stall      time.Duration   `json:"stall"`
	Pilot      *reassign.Pilot `json:"pilot"`   // bounds of a throttle that the run chooses; nil: Rate is the throttle
	Command    []string        `json:"command"` // that goes on with it where it was interrupted
	Continues  string          `json:"continues"`
	Unregister []int32         `json:"unregister"` // brokers, when all is done
}

// begunReport is the one line by which that process tells the one that started it whether the run has begun.
type begunReport struct {
	Run   *view.RunJSON `json:"run"`
	Error string        `json:"error"`
	Code  int           `json:"code"` // the exit code
}

const (
	detachedCommand = "detached"
	reportFD        = 3 // on which the report is written
	maxReport       = 8 << 20
)

// reexecute makes a command that runs this program once more, also when its file was replaced meanwhile.
func reexecute(args ...string) *exec.Cmd {
	path, err := os.Executable()
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		path = "/proc/self/exe"
	}
	cmd := exec.Command(path, args...)
	cmd.Args[0] = "kdeck"
	return cmd
}

// detach carries an order out in a process of its own session, which outlives this one, its terminal and its connection. It
// returns when the run has begun, or didn't.
func (e *Env) detach(ctx context.Context, g *globals, a *action, o *order, typed string) error {
	stateDir, err := e.stateDir()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := o.whole.Write(&text); err != nil {
		return refused("%w", err)
	}
	logPath := reassign.LogPath(stateDir, a.clusterID, fmt.Sprintf("begins-%d-%d", os.Getpid(), e.Now().UnixNano()))
	in, err := printable.Marshal(detachedOrder{
		Cluster: g.target(), Timeout: g.timeout, Phrase: a.phrase, Typed: typed, Needs: a.needs, Plan: text.Bytes(), Log: logPath, order: *o,
	})
	if err != nil {
		return err
	}
	if err := files.MakeOwnDir(filepath.Dir(logPath)); err != nil {
		return err
	}
	log, err := files.OpenOwn(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY)
	if err != nil {
		return err
	}
	defer log.Close()
	report, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer report.Close()
	cmd := e.Self(detachedCommand, planWord(o.whole))
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = bytes.NewReader(in), log, log, []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return failed(fmt.Errorf("no process can be started that carries it out: %w; nothing was sent", err))
	}
	go func() { _ = cmd.Wait() }() // so that it leaves no zombie behind in a console
	signals, stop := e.notify(asksToEnd...)
	defer stop()
	got := make(chan begunReport, 1)
	go func() { got <- readReport(report, logPath) }()
	select {
	case r := <-got:
		return e.sayBegun(g, r, reassign.LogPath(stateDir, a.clusterID, idOf(r)))
	case <-signals:
	case <-ctx.Done():
	}
	return failed(fmt.Errorf("interrupted: process %d may carry it out all the same; kdeck moves shows it", cmd.Process.Pid))
}

func idOf(r begunReport) string {
	if r.Run == nil {
		return ""
	}
	return r.Run.ID
}

// planWord is what a plan does, in a word for those who list processes.
func planWord(p *plan.Plan) string {
	if len(p.Header.Stages) == 0 {
		return "apply"
	}
	return p.Header.Stages[0]
}

// readReport reads whether the run has begun. The log of one that hasn't is removed when it was read.
func readReport(in io.Reader, logPath string) (r begunReport) {
	line, err := bufio.NewReader(io.LimitReader(in, maxReport)).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r)
	}
	if err != nil {
		said, _ := files.ReadOwn(logPath, files.MaxState)
		r = begunReport{Code: exitNo, Error: "the process that was to carry it out ended before it began: " + lastOf(string(said))}
	}
	if r.Run == nil {
		_ = os.Remove(logPath)
	}
	return r
}

// lastOf is the end of what a process wrote.
func lastOf(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// sayBegun says that a run has begun, and how it is seen and steered.
func (e *Env) sayBegun(g *globals, r begunReport, log string) error {
	if r.Run == nil {
		return &exit{r.Code, errors.New(r.Error)}
	}
	if g.output == outJSON {
		line, err := printable.Marshal(struct {
			Event string        `json:"event"`
			Time  time.Time     `json:"time"`
			Run   *view.RunJSON `json:"run"`
			Log   string        `json:"log"`
		}{"begun", e.Now().UTC(), r.Run, log})
		if err == nil {
			_, err = e.Out.Write(append(line, '\n'))
		}
		return err
	}
	see := "kdeck moves --watch"
	if e.console != nil {
		see = "the pane Moves, key 7"
	}
	_, err := fmt.Fprintf(e.Out, "the run %s has begun in a process of its own, %d, and goes on when this one ends\n\n"+
		"to see it    %s\n"+
		"to steer it  kdeck moves pause|continue|throttle|limit|stop\n"+
		"its log      %s\n", e.safe(r.Run.ID), r.Run.PID, see, e.safe(log))
	return err
}

// newDetached is the command that [Env.detach] starts. Nobody types it.
func newDetached(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: detachedCommand + " [WORD…]", Hidden: true, Short: "Carry out what another kdeck says on standard input",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return runDetached(cmd.Context(), env, args) },
	}
}

// runDetached reads an order and carries it out. args only tell those who list processes what it does.
func runDetached(ctx context.Context, env *Env, args []string) error {
	if env.console != nil || env.InTerminal {
		return refused("%s is for kdeck itself: --detach starts it", detachedCommand)
	}
	text, err := files.ReadFrom(env.In, "standard input", 2*files.MaxRequest)
	if err != nil {
		return refused("%w", err)
	}
	var o detachedOrder
	if err := json.Unmarshal(text, &o); err != nil {
		return refused("%s %s: standard input is no order of another kdeck", detachedCommand, strings.Join(args, " "))
	}
	env.masked.hide(config.NewMask(config.SecretsOf(o.Cluster)...))
	report := os.NewFile(reportFD, "report")
	defer report.Close()
	told := false
	tell := func(r begunReport) {
		if told = true; report != nil {
			line, _ := printable.Marshal(r) // of strings and figures: can't fail
			_, _ = report.Write(append(line, '\n'))
			report.Close()
		}
	}
	err = env.carryOutDetached(ctx, &o, func(run state.Run) {
		_ = os.Rename(o.Log, filepath.Join(filepath.Dir(o.Log), run.ID+".log"))
		tell(begunReport{Run: view.RunAnswer(&run)})
	})
	if err != nil && !told {
		tell(begunReport{Error: err.Error(), Code: codeOf(err)})
	}
	return err
}

// carryOutDetached does what the process that typed the phrase would have done itself, with the same checks.
func (e *Env) carryOutDetached(ctx context.Context, o *detachedOrder, begun func(state.Run)) error {
	g := &globals{}
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	g.flags(f)
	if err := f.Parse(o.Cluster); err != nil {
		return refused("%w", err)
	}
	if g.timeout = o.Timeout; g.timeout <= 0 {
		return refused("a time for each exchange was expected")
	}
	p, err := plan.Read(bytes.NewReader(o.Plan))
	if err != nil {
		return refused("%w", err)
	}
	if p.Header == nil {
		return refused("the plan has no header")
	}
	o.whole = p
	src, err := e.open(g)
	if err != nil {
		return err
	}
	if !slices.Contains(o.phrases(src.name), o.Phrase) {
		return refused("the phrase isn't the one of this plan: nothing was sent")
	}
	a := &action{session: src.session, clusterID: p.Header.ClusterID, phrase: o.Phrase, needs: o.Needs}
	if len(o.Unregister) > 0 {
		a.needs = protocol.ClassADMX
	}
	a.run = func(ctx context.Context, door *change.Door) error { return e.carry(ctx, g, src, door, &o.order, begun) }
	return e.carryOut(ctx, a, o.Typed)
}

// phrases are those that the plan can have been asked for with.
func (o *detachedOrder) phrases(cluster string) []string {
	last := ""
	if len(o.Unregister) > 0 {
		last = " and unregister"
	}
	return []string{
		plan.ApplyPhrase(o.whole, cluster), plan.UndoPhrase(o.whole, cluster), resumePhrase(o.Continues, cluster),
		strings.Join(o.whole.Header.Stages, " + ") + last + " " + cluster,
	}
}
