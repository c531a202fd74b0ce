package topics

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// askOf asks brokers for the configs and writers of the topic that is opened.
func (p *Pane) askOf(id table.ID) []pane.Effect {
	if p.reader == nil || p.Scene.Snapshot() == nil {
		return nil
	}
	p.opened = pane.AskOf[state.TopicRead](p.ctx, id.Name)
	reader, snap := p.reader, p.Scene.Snapshot()
	return p.opened.Ask(func(ctx context.Context) *state.TopicRead { return reader(ctx, snap, id.Name) }, p.DescribeAgain)
}

// letGo forgets what was read of the topic that was opened, and stops what is still under way.
func (p *Pane) letGo() {
	p.opened.Stop()
	p.opened = nil
}

// groupsBeside is how many groups a detail beside the list names, and groupsOpened one that fills the pane: those that stand worst.
const (
	groupsBeside = 12
	groupsOpened = 200
)

// describe writes the detail of a topic.
func (p *Pane) describe(to *pane.Page, s pane.Scene, of pane.Detail) {
	r := p.made.find(of.ID.Name)
	to.Say(cell.Strong.Span(of.ID.Name))
	if r == nil {
		to.Say(cell.Warning.Span("is no longer in the cluster's metadata"))
		return
	}
	to.Say(pane.PartitionStyle(r.State).Span(r.State), cell.Plain.Span(fmt.Sprintf("  %s of %s replicas", format.Count(r.Partitions, "partition"), r.Replication())))
	if !of.Opened { // beside its row, which shows most figures
		describeReaders(to, s, r, groupsBeside)
		to.Say()
	}
	describeFigures(to, r)
	describeRecords(to, r)
	describeKept(to, s, r)
	if !of.Opened {
		describeOverrides(to, r)
		return
	}
	describeReaders(to, s, r, groupsOpened)
	switch o := p.opened; {
	case p.reader == nil:
		describeOverrides(to, r)
		to.Say()
		to.Say(cell.Faint.Span("a saved cluster can't be asked for configs and writers"))
	case o == nil || o.Answer == nil:
		to.Say()
		to.Say(cell.Faint.Span("asking brokers for its configs and who writes to it"))
	default:
		describeWriters(to, o.Answer, r.Name())
		describeConfigs(to, s, o.Answer)
	}
}

func describeFigures(to *pane.Page, r *view.TopicRow) {
	if n, known := r.MinISR(); known {
		to.Fact("min ISR", cell.Plain, strconv.Itoa(n))
	} else {
		to.Fact("min ISR", cell.Unknown, format.Unknown)
	}
	if !r.SizeKnown {
		to.Fact("size", cell.Unknown, format.Unknown+" no broker tells")
		return
	}
	size := format.Bytes(r.Size)
	if !math.IsNaN(r.Share) {
		size += ", " + format.Share(r.Share) + " of what all topics take"
	}
	if !math.IsNaN(r.Skew) && r.Partitions > 1 {
		size += fmt.Sprintf("; the largest partition %.1f times the mean", r.Skew)
	}
	to.Fact("size", cell.Plain, size)
}

func describeRecords(to *pane.Page, r *view.TopicRow) {
	written, why := describeWritten(r)
	if why != "" {
		to.Fact("written", cell.Unknown, written+": "+why)
	} else {
		to.Fact("written", cell.Plain, written)
	}
	switch {
	case !r.NewestKnown:
		to.Fact("newest record", cell.Unknown, format.Unknown+" "+r.NewestWhy)
	case r.Newest.IsZero():
		to.Fact("newest record", cell.Plain, "none: the topic is empty")
	default:
		to.Fact("newest record", cell.Plain, format.Duration(r.Idle())+" old, of "+r.Newest.UTC().Format("2006-01-02 15:04:05Z"))
	}
}

// describeWritten says how fast a topic is written, and why it isn't known how many records.
func describeWritten(r *view.TopicRow) (written, why string) {
	if written = format.Short(r.Rate) + " records/s"; math.IsNaN(r.Rate) {
		written, why = format.Unknown+" records/s", r.RateWhy
	}
	switch v, how, _ := r.Written(); {
	case how == view.ByLogs:
		written += "; its logs grow by " + format.ByteRate(v) + " on their leaders' disks"
	case how == view.ByMetrics:
		written += ", " + format.ByteRate(v) + " as its brokers count"
		if !math.IsNaN(r.BytesOut) {
			written += "; " + format.ByteRate(r.BytesOut) + " are read"
		}
	}
	return written, why
}

// describeKept writes how long records are kept.
func describeKept(to *pane.Page, s pane.Scene, r *view.TopicRow) {
	if c := r.Config; c != nil {
		to.Fact("records stay", cell.Plain, r.Retention()+"; cleanup "+c.Policy)
		return
	}
	why := "not read yet"
	if t := s.State.Topics; t != nil {
		why = "no broker tells its configs"
		if len(t.Unknown) > 0 {
			why = t.Unknown[0].Why
		}
	}
	to.Fact("records stay", cell.Unknown, format.Unknown+" "+why)
}

// describeOverrides writes the configs that were set on the topic itself, as they were read of all topics.
func describeOverrides(to *pane.Page, r *view.TopicRow) {
	if r.Config == nil {
		return
	}
	to.Head("SET ON THE TOPIC")
	if len(r.Config.Set) == 0 {
		to.Say(cell.Faint.Span("nothing: defaults hold"))
	}
	describeConfigList(to, r.Config.Set, func(state.Config) string { return "" })
}

// describeConfigList writes configs under each other, with what source says of each behind its value.
func describeConfigList(to *pane.Page, configs []state.Config, source func(state.Config) string) {
	widest := 0
	for _, c := range configs {
		widest = max(widest, len(c.Name))
	}
	for _, c := range configs {
		value := view.ConfigValue(c)
		if means := view.ConfigMeans(c.Name, value); means != "" {
			value += ", " + means
		}
		st := cell.Plain
		if !c.Source.Overridden() {
			st = cell.Faint
		}
		to.Say(cell.Faint.Span(fmt.Sprintf("%-*s  ", min(widest, mostAligned), c.Name)), st.Span(value+source(c)))
	}
}

// mostAligned is the longest name of a config up to which values stand under each other.
const mostAligned = 38

func describeReaders(to *pane.Page, s pane.Scene, r *view.TopicRow, most int) {
	to.Head("GROUPS THAT READ IT")
	if !r.Listed {
		to.Say(cell.Unknown.Span(format.Unknown + " not read yet"))
		return
	}
	sayUnread(to, "those of broker ", s.State.Groups.Unknown)
	if len(r.Groups) == 0 {
		to.Say(cell.Faint.Span("none has offsets or members there"))
	}
	for _, g := range r.Readers(most) {
		to.Say(pane.GroupStyle(g.Status).Span(fmt.Sprintf("%-8s", view.GroupStatusWord(g.Status))), cell.Strong.Span(g.ID+"  "), cell.Plain.Span(readerWords(g)))
	}
	if n := len(r.Groups) - most; n > 0 {
		to.Say(cell.Faint.Span(fmt.Sprintf("and %s more: o lists them", format.Count(n, "group"))))
	}
}

// readerWords says what a group has to read of the topic.
func readerWords(g view.TopicReader) string {
	if !g.Group.Partitions.Known {
		return format.Unknown + " " + g.Group.Partitions.Why
	}
	words := []string{format.Thousands(g.Lag) + " to read"}
	if g.Lag > 0 && !g.Oldest.IsZero() {
		words[0] += ", " + view.Old(max(0, g.Group.Partitions.At.Sub(g.Oldest)), g.Within, g.OrBefore)
	}
	if g.Partial > 0 {
		words = append(words, fmt.Sprintf("of %s it isn't known", format.Count(g.Partial, "partition")))
	}
	switch {
	case !g.Members.Known:
		words = append(words, format.Unknown+" members")
	case len(g.Members.Value) == 0:
		words = append(words, "no member")
	default:
		words = append(words, format.Count(len(g.Members.Value), "member"))
	}
	if g.Unowned > 0 && len(g.Members.Value) > 0 {
		words = append(words, fmt.Sprintf("nobody owns %s that wait", format.Count(g.Unowned, "partition")))
	}
	return strings.Join(words, "; ")
}

func describeWriters(to *pane.Page, read *state.TopicRead, topic string) {
	to.Head("WRITERS, at " + pane.Clock(read.At))
	if read.Writers == nil {
		to.Say(cell.Unknown.Span(format.Unknown + " not asked"))
		return
	}
	for i, line := range view.TopicWriters(read.Writers, topic, read.At) {
		st := cell.Plain
		if i > 0 {
			st = cell.Warning
		}
		to.Say(st.Span(line))
	}
	byWhat := map[string][]state.Unknown{}
	for _, u := range read.Writers.Unknown {
		byWhat[u.What] = append(byWhat[u.What], u)
	}
	for _, what := range slices.Sorted(maps.Keys(byWhat)) {
		sayUnread(to, what+" of broker ", byWhat[what])
	}
}

// sayUnread says what brokers don't tell, each reason once.
func sayUnread(to *pane.Page, of string, unread []state.Unknown) {
	var reasons []string
	nodes := map[string][]int32{}
	for _, u := range unread {
		if nodes[u.Why] == nil {
			reasons = append(reasons, u.Why)
		}
		nodes[u.Why] = append(nodes[u.Why], u.Node)
	}
	for _, why := range reasons {
		what := strings.TrimSuffix(of, " of broker ")
		if ids := nodes[why]; ids[0] >= 0 {
			what = of + view.IDRanges(ids)
		}
		to.Say(cell.Unknown.Span(fmt.Sprintf("%s %s: %s", format.Unknown, what, why)))
	}
}

func describeConfigs(to *pane.Page, s pane.Scene, read *state.TopicRead) {
	to.Head("CONFIGS, " + read.Configs.From + ", what somebody set first")
	if !read.Configs.Known {
		to.Say(cell.Unknown.Span(pane.UnknownFor(s, read.Configs.Why, time.Time{})))
		return
	}
	describeConfigList(to, read.Configs.Value, func(c state.Config) string { return " (" + c.Source.String() + ")" })
}
