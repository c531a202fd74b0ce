package subcmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/ops/probe"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
	"kdeck/protocol"
)

type probeOptions struct {
	topic     string
	length    time.Duration
	every     time.Duration
	once      bool
	readOnly  bool
	target    float64
	setLength bool
}

// The shortest time between two attempts at a broker, and the longest run.
const (
	probeFastest = 100 * time.Millisecond
	probeLongest = 24 * time.Hour
)

func newProbe(env *Env, g *globals) *cobra.Command {
	o := &probeOptions{}
	cmd := &cobra.Command{
		Use:     "probe",
		Short:   "Measure each broker from here as a client does: connect, write, read back; which stage is slow",
		Example: "  kdeck probe create\n  kdeck probe --read-only --once\n  kdeck probe --read-only --once --topic orders -o json",
		Long: "probe writes a small record through each broker once a second and reads it back, and times every stage on the way: DNS,\n" +
			"TCP, TLS, SASL, the first answer on a new connection (every tenth attempt makes one), an answer on an old one, acks=1,\n" +
			"acks=all, fetch, and the whole way. It says which stage of which broker is slow against its peers, and the share of attempts\n" +
			"that were acknowledged and read within --timeout (--target: the share that is meant). A broker's own clock starts only when\n" +
			"it has read a request; where the context names metrics, the two are compared.\n\n" +
			"The records go to a topic of their own, " + probe.DefaultTopic + ", with a partition for each broker; kdeck probe create makes it, kdeck probe\n" +
			"remove deletes it. With --read-only nothing is made or written: brokers are asked for the cluster and, with --topic, for\n" +
			"the end and the last record of a partition that they lead.\n\n" +
			"An attempt belongs to the broker that leads the partition when it is sent. What a quota holds back is counted apart, and so is\n" +
			"what an ACL forbids. It measures from this machine, through the listener that it is given, and says so. It sends about three\n" +
			"requests a second to each broker; with more than 200 brokers each has its turn less often.\n\n" +
			"kdeck probe --for 5m measures for five minutes, and kdeck probe --once makes one attempt at each broker, which\n" +
			"says who answers and not who is slow.\n" +
			"It exits 0 when the target is met and no stage is slow, 1 when not, or when something couldn't be measured, and 2 when it\n" +
			"couldn't measure at all. An interrupt ends it early, with what was measured until then.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.setLength = cmd.Flags().Changed("for")
			return runProbe(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.DurationVar(&o.length, "for", time.Minute, "how `LONG` to measure")
	f.BoolVar(&o.once, "once", false, "one attempt at each broker, with every stage")
	f.DurationVar(&o.every, "every", probe.DefaultEvery, "the `TIME` between two attempts at one broker")
	f.BoolVar(&o.readOnly, "read-only", false, "write nothing: connect and ask")
	f.Float64Var(&o.target, "target", probe.DefaultTarget, "`PERCENT` of attempts that are to be good")
	cmd.PersistentFlags().StringVar(&o.topic, "topic", "", "the topic, `NAME`; otherwise "+probe.DefaultTopic+", and none with --read-only")
	cmd.AddCommand(newProbeCreate(env, g, o), newProbeRemove(env, g, o))
	return cmd
}

func (o *probeOptions) check(env *Env, g *globals) error {
	switch {
	case g.snapshot != "":
		return refused("probe: --snapshot %s: a saved cluster can't be measured", g.snapshot)
	case env.console != nil && !(o.once && o.readOnly):
		return refused("probe: it would keep the console waiting, and write: run it in a shell, or give --once --read-only")
	case o.once && o.setLength:
		return refused("probe: --once and --for don't go together")
	case o.length <= 0 || o.length > probeLongest:
		return refused("probe: --for %v: a time above 0 and up to %v was expected", o.length, probeLongest)
	case o.every < probeFastest:
		return refused("probe: --every %v: %v is the shortest", o.every, probeFastest)
	case !(o.target > 0 && o.target < 100):
		return refused("probe: --target %v: percent between 0 and 100 were expected, such as 99.9", o.target)
	}
	return nil
}

func runProbe(ctx context.Context, env *Env, g *globals, o *probeOptions) error {
	if err := o.check(env, g); err != nil {
		return err
	}
	ctx, stop := env.untilInterrupted(ctx)
	defer stop()
	src, err := env.open(g)
	if err != nil {
		return err
	}
	p, err := env.prober(ctx, g, src.session, probe.Options{
		Topic: o.topic, ReadOnly: o.readOnly, Every: o.every, Once: o.once, For: o.length, Deadline: g.timeout, Target: o.target,
	})
	if err != nil {
		return err
	}
	if first := p.Result(); !g.document() {
		fmt.Fprintf(env.Err, "%s from %s\n", env.safe(probing(o, first)), env.safe(first.Seat.String()))
	}
	p.Run(ctx)
	r := p.Result()
	env.recognize(src.session.Cluster(), r.ClusterID)
	if totals := env.brokersOwnTimes(ctx, src); totals != nil {
		r.CompareWithBrokers(totals)
	}
	if g.document() {
		err = env.document(g, probeAnswer(src.session, r))
	} else {
		err = env.writeProbe(g, r)
	}
	if well, known := r.Well(); err == nil && !(well && known) {
		return answerNo()
	}
	return err
}

// prober makes a prober, if the context lets it write.
func (e *Env) prober(ctx context.Context, g *globals, session *kafka.Session, o probe.Options) (*probe.Prober, error) {
	o.Now, o.Instance = e.Now, rand.Text()[:12]
	p, err := probe.New(ctx, session, o)
	if err != nil {
		if missing, ok := errors.AsType[*probe.NoTopicError](err); ok {
			if o.ReadOnly {
				return nil, refused("probe: --topic: %w", missing)
			}
			return nil, refused("probe: %w to write to: %s shows what would be made; --read-only writes nothing", missing, g.command("probe", "create"))
		}
		if wrong, ok := errors.AsType[*probe.NotProbeTopicError](err); ok {
			return nil, refused("probe: nothing is written: %w; with --read-only it can be measured", wrong)
		}
		return nil, err
	}
	if !o.ReadOnly {
		most, by, err := e.cap(session.Cluster(), p.Layout().ClusterID)
		if err != nil {
			return nil, err
		}
		if most != 0 && protocol.ClassDATA > most {
			return nil, refused("probe: it writes records (class %v), and the context %s allows no more than %v in this cluster (max_class): --read-only writes nothing", protocol.ClassDATA, by, most)
		}
	}
	return p, nil
}

// probing says what is about to be done.
func probing(o *probeOptions, r *probe.Result) string {
	what := "probing " + format.Count(len(r.Brokers), "broker")
	switch {
	case o.once:
		what += " once"
	default:
		what += fmt.Sprintf(" for %s, each every %v", format.Duration(o.length), r.Every.Round(time.Millisecond))
	}
	if r.Topic != "" {
		what += ", topic " + r.Topic
	}
	if r.ReadOnly {
		what += ", nothing is written"
	}
	return what + ","
}

// brokersOwnTimes are what the brokers' metrics say of writes, in milliseconds by broker; nil where the context names no metrics.
func (e *Env) brokersOwnTimes(ctx context.Context, src *source) map[int32]float64 {
	if !watch.MetricsConfigured(src.session.Cluster().Metrics) {
		return nil
	}
	snapshot, err := e.looker(src)(ctx)
	if err != nil {
		return nil
	}
	src.snapshot = snapshot
	s := src.state()
	poller := e.poller(src)
	defer poller.Close()
	watch.Poll(ctx, poller, e.Now, s)
	return writeTimes(s)
}

// writeTimes are the 99th percentiles of the brokers' Produce requests by their own clocks, in milliseconds.
func writeTimes(s *state.State) map[int32]float64 {
	totals := map[int32]float64{}
	for id, m := range s.Metrics {
		if !m.Known || m.Value == nil {
			continue
		}
		for _, kind := range m.Value.Requests {
			if kind.Name == "Produce" && kind.Total.P99.Known {
				totals[id] = kind.Total.P99.Value
			}
		}
	}
	return totals
}

// probeJSON is the answer of `kdeck probe`.
type probeJSON struct {
	view.Envelope
	Well     *bool                `json:"well"` // null: nothing says no, and something couldn't be measured
	Sentence string               `json:"sentence"`
	Seat     probe.Seat           `json:"seat"`
	Topic    *string              `json:"topic"`
	ReadOnly bool                 `json:"read_only"`
	Seconds  float64              `json:"seconds"`
	EveryMS  int64                `json:"every_ms"`
	Requests int64                `json:"requests"` // that were sent, in all
	Attempts int64                `json:"attempts"`
	Good     int64                `json:"good"`
	SLI      *float64             `json:"sli_percent"`
	Budget   probe.Budget         `json:"budget"`
	Findings []probe.Finding      `json:"findings"`
	Brokers  []probe.BrokerResult `json:"brokers"`
}

func probeAnswer(session *kafka.Session, r *probe.Result) probeJSON {
	doc := probeJSON{Sentence: r.Sentence(), Seat: r.Seat, Topic: format.OrNull(r.Topic), ReadOnly: r.ReadOnly, Seconds: r.Took.Seconds(), EveryMS: r.Every.Milliseconds(),
		Requests: session.Spent().Requests, Attempts: r.Attempts, Good: r.Good, Budget: r.Budget, Findings: append([]probe.Finding{}, r.Findings...), Brokers: append([]probe.BrokerResult{}, r.Brokers...)}
	doc.Envelope = view.EnvelopeOf(&state.Snapshot{ClusterID: r.ClusterID, Taken: r.Began.Add(r.Took), Unknown: r.Unknown})
	if well, known := r.Well(); known {
		doc.Well = &well
	}
	if sli, known := r.SLI(); known {
		doc.SLI = &sli
	}
	return doc
}

func (e *Env) writeProbe(g *globals, r *probe.Result) error {
	if err := table(e, g, probeColumns(r), r.Brokers); err != nil {
		return err
	}
	var b strings.Builder
	about := "milliseconds: medians"
	if !r.ReadOnly {
		about += ", and the 99th percentile of the whole way"
	}
	fmt.Fprintf(&b, "%s\n\n%s\n", about, e.safe(r.Sentence()))
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s\n", e.safe(f.Sentence))
	}
	if _, err := e.Out.Write([]byte(b.String())); err != nil {
		return err
	}
	e.sayUnknown(&state.Snapshot{Unknown: r.Unknown})
	fmt.Fprintf(e.Err, "measured from %s; what a client elsewhere sees can differ\n", e.safe(r.Seat.String()))
	return nil
}

func probeColumns(r *probe.Result) []view.Column[probe.BrokerResult] {
	stage := func(head string, wide bool, stages ...probe.Stage) view.Column[probe.BrokerResult] {
		return view.Column[probe.BrokerResult]{Head: head, Name: strings.ToLower(head), Right: true, Wide: wide, Cell: func(b probe.BrokerResult) string {
			sum, any := 0.0, false
			for _, s := range stages {
				if ms, known := b.Median(s); known {
					sum, any = sum+ms, true
				}
			}
			if !any {
				return "-"
			}
			return format.Millis(sum)
		}}
	}
	columns := []view.Column[probe.BrokerResult]{
		{Head: "BROKER", Name: "broker", Right: true, Cell: func(b probe.BrokerResult) string { return strconv.Itoa(int(b.Broker)) }},
		{Head: "GOOD", Name: "good", Right: true, Cell: func(b probe.BrokerResult) string {
			return fmt.Sprintf("%s/%s", format.Thousands(b.Good), format.Thousands(b.Attempts))
		}},
		stage("CONNECT", false, probe.DNS, probe.TCP, probe.TLS, probe.SASL),
		stage("DNS", true, probe.DNS), stage("TCP", true, probe.TCP), stage("TLS", true, probe.TLS), stage("SASL", true, probe.SASL),
		stage("FIRST", true, probe.FirstAnswer), stage("ANSWER", false, probe.Answer),
	}
	if r.ReadOnly {
		columns = append(columns, stage("METADATA", false, probe.Metadata), stage("OFFSETS", false, probe.ListOffsets), stage("FETCH", false, probe.Fetch))
	} else {
		columns = append(columns, stage("ACKS=1", false, probe.Produce), stage("ACKS=ALL", false, probe.ProduceAll), stage("FETCH", false, probe.Fetch), stage("WHOLE WAY", false, probe.EndToEnd),
			view.Column[probe.BrokerResult]{Head: "P99", Name: "p99", Right: true, Cell: func(b probe.BrokerResult) string {
				if ms, known := b.P99(probe.EndToEnd); known {
					return format.Millis(ms)
				}
				return "-"
			}})
	}
	return append(columns, view.Column[probe.BrokerResult]{Head: "STATE", Name: "state", Cell: func(b probe.BrokerResult) string { return probeState(r, b) }})
}

// probeState is what there is to say of a broker, in a word.
func probeState(r *probe.Result, b probe.BrokerResult) string {
	found := func(kind string) bool {
		return slices.ContainsFunc(r.Findings, func(f probe.Finding) bool { return f.Kind == kind && f.Broker != nil && *f.Broker == b.Broker })
	}
	switch {
	case b.Lost > 0:
		return "LOST " + format.Thousands(b.Lost)
	case found("not-alive"):
		return "NOT ALIVE"
	case b.Failed > 0:
		return "FAILS"
	case b.Late > 0:
		return "LATE"
	case b.Slow != nil:
		return "SLOW"
	case found("not-leading"):
		return "NOT LEADING"
	case b.Refused > 0:
		return "NO ACL"
	case b.Throttled > 0:
		return "THROTTLED"
	case b.Attempts == 0:
		return format.Unknown
	case b.Retries > 0:
		return "RETRIED " + format.Thousands(b.Retries)
	}
	return "ok"
}
