package subcmd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

func newDoctor(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "What kdeck can't see and why, with the rules to add; what was left behind",
		Long: "doctor says for each broker which metrics its exporter gives, and prints what to add to its configuration. It also\n" +
			"looks for what earlier work left behind: replication throttles, stuck moves, future replicas, limits that were to be\n" +
			"taken back; and for topics and brokers that are configured to fail.\n" +
			"It exits 1 when something was left behind or a broker's metrics can't be reached.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), env, g) },
	}
}

// remark is one thing that doctor has to say.
type remark struct {
	Code     string         `json:"code"`
	Severity state.Severity `json:"severity"`
	Sentence string         `json:"sentence"`
	Next     string         `json:"next"`
}

// pillarRow is one pillar of one broker.
type pillarRow struct {
	broker  int32
	dialect string
	state.Pillar
}

func runDoctor(ctx context.Context, env *Env, g *globals) error {
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	use := env.usage(ctx, src, quotas)
	pillars := use.pillars()
	remarks := slices.Concat(leftovers(src, use), found(src), topicRisks(src.snapshot), configRemarks(use), loggers(ctx, src), env.ours(ctx, g, src, quotas))
	if g.document() {
		err = env.document(g, doctorAnswer(src.snapshot, use, pillars, remarks))
	} else {
		err = writeDoctor(env, g, use, pillars, remarks)
	}
	if err != nil {
		return err
	}
	unwell := slices.ContainsFunc(remarks, func(r remark) bool { return r.Severity != state.SeverityInfo })
	if unwell || slices.ContainsFunc(pillars, func(p pillarRow) bool { return p.Have == state.Unreachable }) {
		return answerNo()
	}
	return nil
}

func (u *clientUsage) pillars() []pillarRow {
	var rows []pillarRow
	for _, a := range u.answers {
		if a.Err != nil {
			rows = append(rows, pillarRow{a.ID, "", state.Pillar{Name: whatMetrics, Have: state.Unreachable, Why: a.Err.Error()}})
			continue
		}
		for _, p := range a.Broker.Coverage.Pillars {
			rows = append(rows, pillarRow{a.ID, a.Broker.Coverage.Dialect, p})
		}
		if c := a.Broker.Coverage; c.Bad > 0 {
			rows = append(rows, pillarRow{a.ID, c.Dialect, state.Pillar{Name: "bad lines", Have: state.Available,
				Why: fmt.Sprintf("%d of %d lines make no sense, the first begins %q", c.Bad, c.Lines, c.FirstBad)}})
		}
	}
	return rows
}

// leftovers are brokers' throttles that nothing needs and replicas that are still being moved between log dirs.
func leftovers(src *source, use *clientUsage) []remark {
	var list []remark
	moving := src.snapshot.Moves.Or(0) > 0 || !src.snapshot.Moves.Known
	var throttled []string
	for _, id := range slices.Sorted(maps.Keys(use.configs)) {
		for _, name := range []string{change.LeaderRate, change.FollowerRate} {
			if rate := use.configs[id][name]; rate != "" && rate != "9223372036854775807" {
				throttled = append(throttled, fmt.Sprintf("broker %d %s=%s", id, name, rate))
			}
		}
	}
	if len(throttled) > 0 && !moving {
		list = append(list, remark{"throttle-left", state.SeverityWarning,
			fmt.Sprintf("Replication is throttled and nothing is being moved: %s", strings.Join(firstOf(throttled, 5), "; ")),
			"kafka-configs --alter --delete-config, for each of them"})
	}
	for i := range src.snapshot.Brokers {
		b := &src.snapshot.Brokers[i]
		for _, d := range b.LogDirs.Value {
			if d.Future > 0 {
				list = append(list, remark{"future-replicas", state.SeverityWarning,
					fmt.Sprintf("Broker %d is still moving %s into %s", b.ID, format.Count(d.Future, "replica"), d.Path),
					"kdeck request DescribeLogDirs --to " + fmt.Sprint(b.ID)})
			}
		}
	}
	return list
}

// firstOf shortens a list, and says by how much.
func firstOf(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(slices.Clone(list[:n]), fmt.Sprintf("and %d more", len(list)-n))
}

// found are moves that can't finish and topics' throttles that are left, as status finds them.
func found(src *source) []remark {
	_, findings := health.Judge(health.Input{State: src.state()})
	var list []remark
	for _, f := range findings {
		if f.Code == health.StuckMove || f.Code == health.LeftoverThrottle {
			list = append(list, remark{f.Code, f.Severity, f.Sentence, f.Next})
		}
	}
	return list
}

// topicRisks are topics that the next broker to go takes down.
func topicRisks(s *state.Snapshot) []remark {
	var single, strict []string
	for i := range s.NumTopics() {
		t := s.Topic(i)
		first, n := t.Range()
		rf := 0
		for p := first; p < first+n; p++ {
			if r := len(s.Partition(p).AppendReplicas(nil)); rf == 0 || r < rf {
				rf = r
			}
		}
		switch min, known := t.MinISR(); {
		case n == 0:
		case rf == 1:
			single = append(single, t.Name())
		case known && min > rf-1:
			strict = append(strict, fmt.Sprintf("%s (%d of %d)", t.Name(), min, rf))
		}
	}
	var list []remark
	if len(single) > 0 {
		list = append(list, remark{"rf-1", state.SeverityWarning,
			fmt.Sprintf("%s with replication factor 1: one broker away is data away: %s", format.Count(len(single), "topic"), strings.Join(firstOf(single, 5), ", ")),
			"kdeck plan set-replication-factor 3 --topics …"})
	}
	if len(strict) > 0 {
		list = append(list, remark{"min-isr-above-rf-1", state.SeverityWarning,
			fmt.Sprintf("%s with min.insync.replicas above its replicas less one: any broker away stops producers with acks=all: %s",
				format.Count(len(strict), "topic"), strings.Join(firstOf(strict, 5), ", ")),
			"kafka-configs --alter --entity-type topics --entity-name … --add-config min.insync.replicas=…"})
	}
	return list
}

// configRemarks are configs in which brokers differ, and those that hide or change the metrics.
func configRemarks(use *clientUsage) []remark {
	var list []remark
	for _, d := range watch.Differences(use.configs) {
		var parts []string
		for _, v := range slices.Sorted(maps.Keys(d.Values)) {
			shown := v
			if v == "" {
				shown = "nothing"
			}
			parts = append(parts, fmt.Sprintf("%s on brokers %s", shown, view.IDs(d.Values[v])))
		}
		list = append(list, remark{"configs-differ", state.SeverityWarning, fmt.Sprintf("Brokers differ in %s: %s", d.Config, strings.Join(parts, "; ")),
			"kdeck request DescribeConfigs --to all"})
	}
	for _, id := range slices.Sorted(maps.Keys(use.configs)) {
		c := use.configs[id]
		if r := c["metric.reporters"]; r != "" && !strings.Contains(r, "JmxReporter") && c["auto.include.jmx.reporter"] != "true" {
			list = append(list, remark{"no-jmx-reporter", state.SeverityWarning,
				fmt.Sprintf("Broker %d has metric.reporters=%s, without Kafka's JmxReporter: it shows neither quotas nor network threads over JMX", id, r),
				"add org.apache.kafka.common.metrics.JmxReporter to metric.reporters"})
		}
		if callback := c["client.quota.callback.class"]; callback != "" {
			list = append(list, remark{"quota-callback", state.SeverityInfo,
				fmt.Sprintf("Broker %d decides on quotas by %s: usage is shown without percentages", id, callback), ""})
		}
	}
	return list
}

// loggers finds brokers that log every request. It asks all at once, each within a deadline of its own.
func loggers(ctx context.Context, src *source) []remark {
	levels := make([]string, len(src.snapshot.Brokers))
	var all sync.WaitGroup
	for i := range src.snapshot.Brokers {
		b := &src.snapshot.Brokers[i]
		addr, ok := src.session.Addr(b.ID)
		if !ok || !b.Answered.Known {
			continue
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, watch.DefaultDeadline)
			defer cancel()
			// A broker that doesn't tell is no sign of a logger left raised.
			levels[i], _ = watch.LoggerLevel(ctx, src.session, addr, b.ID, change.RequestLogger)
		})
	}
	all.Wait()
	var list []remark
	for i, level := range levels {
		if id := src.snapshot.Brokers[i].ID; raised(level) {
			list = append(list, remark{"request-log", state.SeverityWarning,
				fmt.Sprintf("Broker %d logs every request: %s is at %s", id, change.RequestLogger, level),
				fmt.Sprintf("kdeck quota observe --request-log %d --off --execute", id)})
		}
	}
	return list
}

// ours is what kdeck itself left: what was changed for a time, and the record that only observes.
func (e *Env) ours(ctx context.Context, g *globals, src *source, quotas *tenant.Quotas) []remark {
	var list []remark
	held, err := heldChanges(src.snapshot.ClusterID)
	if err != nil {
		list = append(list, remark{"journal", state.SeverityWarning, fmt.Sprintf("What kdeck changed from here can't be read: %v", err), ""})
	}
	for _, o := range overdue(ctx, src.session, held, src.now) {
		f := o.Finding(src.now)
		list = append(list, remark{f.Code, f.Severity, f.Sentence, f.Next})
	}
	for _, h := range held {
		if src.now.Before(h.Until) {
			list = append(list, remark{"change-held", state.SeverityInfo,
				fmt.Sprintf("What was changed of %s for a time holds until %s", h.What, h.Until.Format("15:04:05")), h.Undo})
		}
	}
	if by, ok := quotas.Observed(); ok {
		list = append(list, remark{"observed", state.SeverityInfo, fmt.Sprintf("Every broker counts thread time by %v, because of kdeck quota observe", by),
			g.command("quota", "observe", "--off")})
	}
	return list
}

// pillarJSON is one pillar of an answer.
type pillarJSON struct {
	Broker  int32      `json:"broker"`
	Dialect string     `json:"dialect"`
	Pillar  string     `json:"pillar"`
	Have    state.Have `json:"have"`
	Why     string     `json:"why"`
	Rule    string     `json:"rule"`
}

// doctorJSON is the answer of `kdeck doctor`.
type doctorJSON struct {
	view.Envelope
	Pillars []pillarJSON `json:"pillars"`
	Remarks []remark     `json:"remarks"`
}

func doctorAnswer(s *state.Snapshot, use *clientUsage, pillars []pillarRow, remarks []remark) doctorJSON {
	doc := doctorJSON{view.EnvelopeOf(s), []pillarJSON{}, append([]remark{}, remarks...)}
	doc.Unknown = append(doc.Unknown, use.missing...)
	for _, p := range pillars {
		doc.Pillars = append(doc.Pillars, pillarJSON{p.broker, p.dialect, p.Name, p.Have, p.Why, p.Rule})
	}
	return doc
}

func writeDoctor(env *Env, g *globals, use *clientUsage, pillars []pillarRow, remarks []remark) error {
	cell := func(head string, get func(pillarRow) string) view.Column[pillarRow] {
		return view.Column[pillarRow]{Head: head, Cell: get}
	}
	err := table(env, g, []view.Column[pillarRow]{
		cell("BROKER", func(p pillarRow) string { return fmt.Sprint(p.broker) }),
		cell("PILLAR", func(p pillarRow) string { return p.Name }),
		cell("HAVE", func(p pillarRow) string { return string(p.Have) }),
		cell("EXPORTER", func(p pillarRow) string { return p.dialect }),
		cell("WHY", func(p pillarRow) string { return p.Why }),
	}, pillars)
	if err != nil {
		return err
	}
	var b strings.Builder
	var rules []string
	for _, p := range pillars {
		if p.Rule != "" && !slices.Contains(rules, p.Rule) {
			rules = append(rules, p.Rule)
		}
	}
	if len(rules) > 0 {
		fmt.Fprintf(&b, "\nadd to the JMX exporter's rules, before the others:\n%s\n", strings.Join(rules, "\n"))
	}
	for _, r := range remarks {
		fmt.Fprintf(&b, "\n%s  %s\n", severityWord(r.Severity), env.safe(r.Sentence))
		if r.Next != "" {
			fmt.Fprintf(&b, "      next: %s\n", env.safe(r.Next))
		}
	}
	if _, err := env.Out.Write([]byte(b.String())); err != nil {
		return err
	}
	for _, u := range use.missing {
		if u.What == whatConfigs {
			fmt.Fprintf(env.Err, "unknown: %s of broker %d: %s\n", u.What, u.Node, env.safe(u.Why))
		}
	}
	return nil
}
