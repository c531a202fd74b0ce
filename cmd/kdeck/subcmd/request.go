package subcmd

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/ask"
	"kdeck/ops/files"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

type requestOptions struct {
	to       string
	toOfFile bool // to stands in the file of --replay
	file     string
	hex      bool
	watch    time.Duration
	ignore   []string
	force    bool
	allow    string
	changeOptions
	save   string
	replay string
	diff   bool
	decode string
}

func newRequest(env *Env, g *globals) *cobra.Command {
	o := &requestOptions{}
	cmd := &cobra.Command{
		Use:     "request NAME[@VERSION] [path=value …] --to NODE",
		Aliases: []string{"req", "protocol"},
		Short:   "Send any request to any node and show its answer as it is",
		Long: "request sends one request of Kafka's protocol to the nodes that --to names, each on a connection of its own, and shows\n" +
			"what each of them answered. Nothing is renegotiated, followed to another node or retried. A version that is given\n" +
			"(Metadata@9, MetadataV9) is the version that is sent; without one it is the newest that all of the nodes serve.\n\n" +
			"--to takes " + ask.TargetExamples + ".\n\n" +
			"The body is made of Kafka's defaults, of -f FILE (YAML, JSON, or a line of a broker's request log) and of path=value:\n" +
			"  topics=orders,payments     topics[0].partitions[0].partitionIndex=3     timestamp=earliest     authBytes=hex:00ff\n" +
			"See the fields with: kdeck api NAME. Without a request it opens a prompt on one connection,\n" +
			"and without --to it asks first for the node.",
		Example: "  kdeck request metadata --to 2 topics=orders\n" +
			"  kdeck request metadata --to all\n" +
			"  kdeck request ListOffsets@7 --to leader-of:orders/0 topics=orders topics[0].partitions=0\n" +
			"  kdeck request DescribeQuorum --to controllers --bootstrap-controller c1:9093\n" +
			"  kdeck request -f line.log --to 2",
		RunE: func(cmd *cobra.Command, args []string) error { return runRequest(cmd.Context(), env, g, o, args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.to, "to", "", "send to these `NODES`")
	f.StringVarP(&o.file, "file", "f", "", "the body, `FILE` or - for standard input")
	f.BoolVar(&o.hex, "hex", false, "show the bytes and the fields that they encode")
	f.DurationVar(&o.watch, "watch", 0, "ask again every `INTERVAL` and show what changed")
	f.StringArrayVar(&o.ignore, "ignore", nil, "a `FIELD` that may differ between answers, by name or path; none: compare all (default: throttleTimeMs and the like)")
	f.BoolVar(&o.force, "force", false, "send a version that the node doesn't say it serves, or that kdeck doesn't know")
	f.StringVar(&o.allow, "allow", "", "with `inter-broker`: also send requests that are meant for brokers and controllers only")
	o.flags(f)
	f.StringVar(&o.save, "save", "", "keep request, bytes, timing and answers in a .kreq `FILE`")
	f.StringVar(&o.replay, "replay", "", "send what a .kreq `FILE` holds again, byte for byte")
	f.BoolVar(&o.diff, "diff", false, "with --replay: show the fields in which the answers differ from the saved ones")
	f.StringVar(&o.decode, "decode", "", "send nothing: decode a `FILE` (- for standard input) of hex or bytes as a request, or with NAME@VERSION as an answer")
	return cmd
}

// minWatch is the shortest interval of --watch.
const minWatch = 100 * time.Millisecond

func runRequest(ctx context.Context, env *Env, g *globals, o *requestOptions, args []string) error {
	if o.decode != "" {
		return runDecode(env, g, o, args)
	}
	alone := len(args) == 0 && o.file == "" && o.replay == ""
	if err := o.check(env, g, alone); err != nil {
		return err
	}
	if alone {
		return runPrompt(ctx, env, g, o)
	}
	d, targets, err := env.read(o, args)
	if err != nil {
		return err
	}
	if err := env.checkReplayed(ctx, g, o, targets); err != nil {
		return err
	}
	src, err := env.openFor(g, targets)
	if err != nil {
		return err
	}
	ctx, stop := env.untilInterrupted(ctx)
	defer stop()
	f, err := newFanout(ctx, env, g, o, d, targets, src)
	if err != nil {
		return err
	}
	return f.run(ctx)
}

// allowances are what --allow takes.
var allowances = []string{"inter-broker"}

// check refuses flags that don't go together, before anything is read or asked; alone is for the prompt.
func (o *requestOptions) check(env *Env, g *globals, alone bool) error {
	switch {
	case alone && (o.watch > 0 || o.save != "" || o.execute || o.confirm != "" || o.diff || len(o.ignore) > 0):
		return refused("--watch, --save, --diff, --ignore, --execute and --confirm go with a request: kdeck request NAME --to NODE …")
	case o.to == "" && o.replay == "" && (!alone || !env.InTerminal):
		return refused("--to says which nodes are asked: %s", ask.TargetExamples)
	case o.watch != 0 && o.watch < minWatch:
		return refused("--watch %v: not more often than every %v: kdeck is part of the load", o.watch, minWatch)
	case o.watch > 0 && (o.save != "" || o.diff || g.document()):
		return refused("--watch shows in words what changed: --save, --diff and -o %s don't go with it", g.output)
	case o.diff && o.replay == "":
		return refused("--diff goes with --replay")
	case o.diff && g.document():
		return refused("--diff shows the differences in words: leave out -o %s", g.output)
	case o.allow != "" && !slices.Contains(allowances, o.allow):
		return refused("--allow %s: what can be allowed is %s%s", o.allow, strings.Join(allowances, ", "), didYouMean(o.allow, allowances))
	case g.snapshot != "":
		return refused("--snapshot %s: a saved cluster can't be asked", g.snapshot)
	}
	return o.changeOptions.check(g)
}

// read reads the request and its targets from the command line. Nothing is looked up.
func (e *Env) read(o *requestOptions, args []string) (*draft, []ask.Target, error) {
	d, err := e.draft(o, args)
	if err != nil {
		return nil, nil, err
	}
	targets, err := ask.ParseTargets(o.to)
	return d, targets, requestError(err)
}

// newFanout looks up the nodes, and refuses a request that must not be sent.
func newFanout(ctx context.Context, env *Env, g *globals, o *requestOptions, d *draft, targets []ask.Target, src *source) (*fanout, error) {
	f, err := ask.Open(ctx, src.session, d.Request, targets, o.asking(g, src, o.ignored(d.API)))
	return &fanout{Fanout: f, env: env, g: g, o: o, saved: d.saved, src: src}, requestError(err)
}

// asking returns the options by which nodes are asked.
func (o *requestOptions) asking(g *globals, src *source, ignore []string) ask.Options {
	return ask.Options{Timeout: g.timeout, Ignore: ignore, Frames: o.hex || o.save != "" || g.document(),
		Gate: ask.Gate{MaxClass: src.session.Cluster().MaxClass, InterBroker: o.allow == "inter-broker"}}
}

// draft is a request as it stands on the command line.
type draft struct {
	*ask.Request
	saved *protocol.Saved // that it is made of; or nil
}

// draft reads the request on the command line, with its body from a file, or the request of a saved one.
func (e *Env) draft(o *requestOptions, args []string) (*draft, error) {
	if o.replay != "" {
		return replayDraft(o, args)
	}
	var text []byte
	if o.file != "" {
		var err error
		if text, err = e.readInput(o.file); err != nil {
			return nil, err
		}
	}
	r, err := ask.ParseRequest(args, text, o.force)
	var body *ask.BodyError
	switch {
	case errors.Is(err, ask.ErrNoName):
		return nil, refused("which request? kdeck request NAME[@VERSION] …; kdeck api lists them")
	case errors.As(err, &body):
		return nil, refused("-f %s: %w", o.file, err)
	case err != nil:
		return nil, requestError(err)
	}
	return &draft{Request: r}, nil
}

// requestError adds to an error about a request which name of an API or a field was probably meant.
func requestError(err error) error {
	var field *message.FieldError
	var api *protocol.UnknownAPIError
	var target *ask.UnknownTargetError
	switch {
	case errors.As(err, &field):
		return refused("%w%s", err, didYouMean(field.Word, field.Known))
	case errors.As(err, &target):
		word, _, _ := strings.Cut(target.Word, ":")
		return refused("%w%s", err, didYouMean(word, ask.TargetWords()))
	case errors.As(err, &api):
		return refused("%w%s; kdeck api lists them", err, didYouMean(api.Word, api.Known))
	case err != nil:
		return refused("%w", err)
	}
	return nil
}

func findAPI(word string) (*protocol.API, int16, error) {
	api, version, err := protocol.FindAPI(word)
	return api, version, requestError(err)
}

// readInput reads a file, or standard input for -.
func (e *Env) readInput(path string) ([]byte, error) {
	in := e.In
	if path != "-" {
		f, err := files.Open(path)
		if err != nil {
			return nil, refused("%w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := files.ReadFrom(in, path, files.MaxRequest)
	if err != nil {
		return nil, refused("%w", err)
	}
	return text, nil
}
