package subcmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/protocol"
)

// steerTimeout is how long a cluster may take to tell its id before the one is taken that its name led to before: a run is steered on
// this machine, and best of all while the cluster doesn't answer.
const steerTimeout = 2 * time.Second

// newMovesSteer are the commands that steer the run that is on.
func newMovesSteer(env *Env, g *globals) []*cobra.Command {
	pause := &cobra.Command{
		Use:   "pause",
		Short: "Submit nothing more for now; what is in flight goes on",
		Long: "pause takes effect at once: it needs no phrase, no --execute and in the console no read-write window. The moves in flight\n" +
			"finish under the throttle. `kdeck moves continue` ends it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runPause(cmd.Context(), env, g) },
	}
	o, rate := &changeOptions{}, &throttleOptions{}
	steer := func(use, short, long string, args cobra.PositionalArgs, parse func([]string) (steering, error)) *cobra.Command {
		cmd := &cobra.Command{
			Use: use, Short: short, Long: long, Args: args,
			RunE: func(cmd *cobra.Command, args []string) error {
				s, err := parse(args)
				if err != nil {
					return err
				}
				return runSteer(cmd.Context(), env, g, o, s)
			},
		}
		o.flags(cmd.Flags())
		return cmd
	}
	plain := func(do, would string) func([]string) (steering, error) {
		return func([]string) (steering, error) {
			return steering{request: reassign.Request{Do: do}, words: do, would: would}, nil
		}
	}
	throttle := steer("throttle SIZE|none|auto", "Change the throttle of the run on all its brokers",
		"throttle sets the replication limit of the run, in bytes a second into and out of each broker, also for the moves in flight.\n"+
			"none lifts it, and gives back what was set before the run. With auto the run chooses it, as with --throttle auto, within the\n"+
			"bounds that are given or that it had before. A rate at which what is left takes more than a week, or never catches up with\n"+
			"producers, is refused. Kafka measures the rate over eleven seconds: after a raise, copies go faster than it until that is made up for.", cobra.ExactArgs(1), rate.steering)
	rate.flags(throttle.Flags())
	return []*cobra.Command{
		pause,
		steer("continue", "Go on after a pause", "continue ends what `kdeck moves pause` began. What the cluster itself holds back still waits.", cobra.NoArgs,
			plain("continue", "go on submitting moves")),
		steer("stop", "Finish what is in flight, put the throttle back, and end the run",
			"stop is what one ctrl-c is to a run in a terminal: nothing more is submitted, what is in flight finishes under the throttle, and\n"+
				"the throttle is put back. `kdeck moves resume` carries out the rest later.", cobra.NoArgs,
			plain("stop", "submit nothing more, let what is in flight finish, put the throttle back, and end the run")),
		steer("abandon", "End the run at once, and leave moves and throttle as they are",
			"abandon is what a second ctrl-c is to a run in a terminal: the moves in flight go on in the cluster, and the throttle stays set.\n"+
				"`kdeck moves resume` goes on with it, `kdeck moves cancel` goes back.", cobra.NoArgs,
			plain("abandon", "end the run at once; moves in flight go on by themselves, and the throttle stays set")),
		throttle,
		steer("limit N|none", "Change how many partitions the run moves at once",
			"limit sets how many partitions are in flight at the most. Where more are, they finish. none leaves it to what the brokers bear.", cobra.ExactArgs(1), parseSteerLimit),
	}
}

// steering is what is asked of a run, and how that is said.
type steering struct {
	request reassign.Request
	words   string // of the phrase
	would   string
	judged  bool // the throttle is refused where what is left takes too long at it
}

func (o *throttleOptions) steering(args []string) (steering, error) {
	text := args[0]
	if text == "auto" {
		bounds, err := o.givenBounds()
		if _, together := o.pilot(); err == nil && o.floor != "" && o.ceiling != "" {
			err = together
		}
		would := "choose the throttle by itself, as fast as the brokers bear it"
		if bounds.Floor > 0 {
			would += ", from " + format.Bytes(bounds.Floor) + "/s"
		}
		if bounds.Ceiling > 0 {
			would += ", up to " + format.Bytes(bounds.Ceiling) + "/s"
		}
		return steering{request: reassign.Request{Do: "throttle", Pilot: &bounds}, words: "throttle auto", would: would}, err
	}
	if o.floor != "" || o.ceiling != "" {
		return steering{}, refused("--throttle-floor and --throttle-ceiling go with moves throttle auto")
	}
	rate, err := parseThrottle("moves throttle", text, o.throttleAnyway)
	if err != nil {
		return steering{}, err
	}
	would := "set the throttle to " + format.Bytes(rate) + "/s into and out of each broker, also for the moves in flight"
	if rate == 0 {
		would = "lift the throttle, also for the moves in flight"
	}
	return steering{reassign.Request{Do: "throttle", Throttle: &rate}, "throttle " + strings.ReplaceAll(text, " ", ""), would, rate > 0 && !o.throttleAnyway}, nil
}

func parseSteerLimit(args []string) (steering, error) {
	if args[0] == "none" {
		return steering{request: reassign.Request{Do: "limit"}, words: "limit none", would: "let as many partitions move at once as the brokers bear"}, nil
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 {
		return steering{}, refused("moves limit %s: a number of partitions from 1 on was expected", args[0])
	}
	return steering{request: reassign.Request{Do: "limit", AtOnce: n}, words: "limit " + strconv.Itoa(n), would: "let up to " + format.Count(n, "partition") + " move at once"}, nil
}

// runOn finds the run that is on, without a look at the whole cluster. src has no snapshot.
func (e *Env) runOn(ctx context.Context, g *globals) (src *source, clusterID string, run *state.Run, err error) {
	if g.snapshot != "" {
		return nil, "", nil, refused("--snapshot %s: a saved cluster has no run", g.snapshot)
	}
	if src, err = e.open(g); err != nil {
		return nil, "", nil, err
	}
	if clusterID, err = e.liveID(ctx, src.session); err != nil {
		return nil, "", nil, err
	}
	run, err = e.askRun(ctx, clusterID, reassign.Request{Do: "status"})
	return src, clusterID, run, err
}

// liveID asks a cluster for its id. Where it doesn't answer, it is the one that its name led to before.
func (e *Env) liveID(ctx context.Context, s *kafka.Session) (string, error) {
	asking, cancel := context.WithTimeout(ctx, steerTimeout)
	defer cancel()
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{}
	resp, addr, err := s.Any(asking, req)
	if err == nil {
		if id := resp.(*kmsg.MetadataResponse).ClusterID; id != nil && *id != "" {
			return *id, nil
		}
		err = fmt.Errorf("%s doesn't say which cluster this is", addr)
	}
	if id := e.knownID(s.Cluster()); id != "" {
		fmt.Fprintf(e.Err, "careful: the cluster doesn't answer, and is taken for the one that %s led to before\n", e.safe(s.Cluster().Name))
		return id, nil
	}
	return "", err
}

// askRun asks something of the run that is on, and returns how it is then. That none is on is a refusal that says what can be done.
func (e *Env) askRun(ctx context.Context, clusterID string, req reassign.Request) (*state.Run, error) {
	stateDir, err := e.stateDir()
	if err != nil {
		return nil, err
	}
	c, err := reassign.Dial(ctx, stateDir, clusterID)
	var none *reassign.NoRunError
	switch {
	case errors.As(err, &none) && none.Last != nil && none.Last.Orphaned():
		return nil, refused("%w; kdeck moves resume goes on with it, kdeck moves cancel goes back: nothing is changed", err)
	case err != nil:
		return nil, refused("%w: nothing is changed", err)
	}
	defer c.Close()
	run, err := c.Do(req)
	if err != nil {
		return nil, refused("%w", err)
	}
	return run, nil
}

func runPause(ctx context.Context, env *Env, g *globals) error {
	src, clusterID, run, err := env.runOn(ctx, g)
	if err != nil {
		return err
	}
	if err := env.checkName(&action{session: src.session, clusterID: clusterID}, false); err != nil { // which only warns
		return err
	}
	if run, err = env.askRun(ctx, clusterID, reassign.Request{Do: "pause", Run: run.ID, By: change.User()}); err != nil {
		return err
	}
	return env.showSteered(g, run, "submit nothing more for now")
}

// shortID is a run's id without its time: what the run does, in a word that can be typed.
func shortID(id string) string {
	_, word, _ := strings.Cut(id, "-")
	return word
}

func runSteer(ctx context.Context, env *Env, g *globals, o *changeOptions, s steering) error {
	if err := o.check(g); err != nil {
		return err
	}
	src, clusterID, run, err := env.runOn(ctx, g)
	if err != nil {
		return err
	}
	if s.judged {
		if err := env.judgeSteered(ctx, g, run, *s.request.Throttle, "moves "+s.words, o.execute); err != nil {
			return err
		}
	}
	a := &action{session: src.session, clusterID: clusterID, phrase: fmt.Sprintf("%s %s %s", s.words, shortID(run.ID), src.name), needs: protocol.ClassADM,
		about: []string{"would " + s.would, "the run: " + view.RunTitle(run, env.Now())}}
	a.show = func() error { return showSteer(env, g, run, s, a.phrase) }
	s.request.Run, s.request.By = run.ID, change.User()
	a.here = func(ctx context.Context) error {
		after, err := env.askRun(ctx, clusterID, s.request)
		if err != nil {
			return err
		}
		return env.showSteered(g, after, s.would)
	}
	return env.perform(ctx, g, o, a)
}

// runAnswer is the document of a command about a run.
type runAnswer struct {
	Version   int           `json:"version"`
	ClusterID string        `json:"cluster_id"`
	TakenAt   time.Time     `json:"taken_at"`
	Run       *view.RunJSON `json:"run"`
}

func (e *Env) answerOf(run *state.Run) runAnswer {
	return runAnswer{1, run.ClusterID, e.Now().UTC(), view.RunAnswer(run)}
}

func showSteer(env *Env, g *globals, run *state.Run, s steering, phrase string) error {
	if g.document() {
		return env.document(g, struct {
			runAnswer
			Would   string `json:"would"`
			Confirm string `json:"confirm"`
		}{env.answerOf(run), s.would, phrase})
	}
	env.sayRun(run)
	fmt.Fprintf(env.Out, "\nwould %s\nnothing is changed yet; the phrase that carries it out: %s\n", s.would, phrase)
	return nil
}

// showSteered writes how a run is after it was told to do something.
func (e *Env) showSteered(g *globals, run *state.Run, to string) error {
	if g.document() {
		return e.document(g, e.answerOf(run))
	}
	fmt.Fprintf(e.Out, "the run was told to %s\n\n", to)
	e.sayRun(run)
	return nil
}

// sayRun writes a run in words.
func (e *Env) sayRun(run *state.Run) {
	for i, line := range view.RunLines(run, e.Now()) {
		indent := "  "
		if i == 0 {
			indent = ""
		}
		fmt.Fprintf(e.Out, "%s%s\n", indent, e.safe(line))
	}
}
