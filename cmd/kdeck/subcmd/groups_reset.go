package subcmd

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"iter"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/files"
	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
	"kdeck/protocol"
)

type groupsResetOptions struct {
	changeOptions
	topics   []string
	to, file string
}

func newGroupsReset(env *Env, g *globals) *cobra.Command {
	o := &groupsResetOptions{}
	cmd := &cobra.Command{
		Use:     "reset GROUP",
		Short:   "Set where a group without members reads on",
		Example: "  kdeck groups reset billing --topic orders --to earliest\n  kdeck groups reset billing --topic orders:0,1 --to 2026-11-30T12:00:00Z --execute\n  kdeck groups reset billing --from-file offsets.csv --execute",
		Long: "reset commits offsets for a group, as kafka-consumer-groups.sh --reset-offsets does. --to is earliest, latest, a time\n" +
			"(2026-11-30T12:00:00Z, or 90m for so long ago), an offset, or +N and -N, which count from what is committed. Offsets outside of\n" +
			"the log are set to its nearest end. A group with members is refused: stop them first. With --execute, the old offsets are\n" +
			"written to a file first, of Kafka's own format (topic,partition,offset), and --from-file sets them again.",
		Args: oneGroup,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runGroupsReset(cmd.Context(), env, g, o, args[0])
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.topics, "topic", nil, "a topic, or some of its partitions, `TOPIC[:P,…]`; may be repeated")
	f.StringVar(&o.to, "to", "", "`WHERE`: earliest, latest, a time, an offset, +N or -N")
	f.StringVar(&o.file, "from-file", "", "set the offsets in this `FILE` of lines topic,partition,offset")
	o.changeOptions.flags(f)
	return cmd
}

func newGroupsDelete(env *Env, g *globals) *cobra.Command {
	o := &changeOptions{}
	cmd := &cobra.Command{
		Use:     "delete GROUP",
		Short:   "Delete a group without members, with its offsets",
		Example: "  kdeck groups delete old-billing\n  kdeck groups delete old-billing --execute",
		Long: "delete forgets a group and what it has committed. A group with members is refused. With --execute, the offsets are written to\n" +
			"a file first, from which kdeck groups reset GROUP --from-file makes the group anew.",
		Args: oneGroup,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runGroupsDelete(cmd.Context(), env, g, o, args[0])
		},
	}
	o.flags(cmd.Flags())
	return cmd
}

func oneGroup(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return refused("%s: one GROUP was expected", cmd.CommandPath())
	}
	return nil
}

// idleGroup reads a group that is to be changed. One with members is refused, with their names. One that there isn't may be new: a group that was deleted
// is made again so.
func (e *Env) idleGroup(ctx context.Context, src *source, id string, mayBeNew bool) (*state.Group, error) {
	o := e.watching(src)
	all, _ := watch.JudgedGroups(ctx, src.session, src.snapshot, watch.JudgedOptions{Only: []string{id}}, o)
	g := all.Find(id)
	switch {
	case g == nil && mayBeNew && len(all.Unknown) == 0:
		return &state.Group{ID: id, Coordinator: -1}, nil
	case g == nil:
		return nil, e.noGroup(ctx, src, id, all)
	case !g.Members.Known:
		return nil, refused("whether the group %s has members isn't known: %s; nothing is changed", format.Shell(id), g.Members.Why)
	case !g.Partitions.Known:
		return nil, refused("what the group %s has committed isn't known: %s; nothing is changed", format.Shell(id), g.Partitions.Why)
	case g.Kind == state.ShareGroup:
		return nil, refused("%s is a share group: kafka-share-groups.sh changes its offsets", format.Shell(id))
	}
	if n := len(g.Members.Value); n > 0 || g.State != "Empty" && g.State != "Dead" {
		names := make([]string, 0, n)
		for _, m := range g.Members.Value[:min(n, 10)] {
			names = append(names, fmt.Sprintf("%s at %s", m.Client, m.Host))
		}
		if n > 10 {
			names = append(names, fmt.Sprintf("and %s more", format.Thousands(n-10)))
		}
		return nil, refused("the group %s is %s: nothing is changed while it has members: %s", format.Shell(id), g.State, cmp.Or(strings.Join(names, ", "), "it is waiting for some"))
	}
	return g, nil
}

func runGroupsReset(ctx context.Context, env *Env, g *globals, o *groupsResetOptions, id string) error {
	if err := o.changeOptions.check(g); err != nil {
		return err
	}
	switch {
	case g.snapshot != "":
		return refused("--snapshot %s: a saved cluster holds no consumer groups", g.snapshot)
	case o.file != "" && (o.to != "" || len(o.topics) > 0):
		return refused("--from-file says which partitions and offsets: leave out --topic and --to")
	case o.file == "" && len(o.topics) == 0:
		return refused("groups reset needs --topic TOPIC[:P,…] and --to WHERE, or --from-file FILE")
	case o.file == "" && o.to == "":
		return refused("groups reset needs --to earliest, latest, a time, an offset, +N or -N")
	}
	var to place
	var err error
	if o.file == "" {
		if to, err = parsePlace(o.to, env.Now()); err != nil {
			return err
		}
	}
	var saved []change.GroupOffset
	if o.file != "" {
		if saved, err = env.readOffsets(o.file); err != nil {
			return err
		}
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	wanted, err := chosenPartitions(src.snapshot, o.topics, saved)
	if err != nil {
		return err
	}
	group, err := env.idleGroup(ctx, src, id, true)
	if err != nil {
		return err
	}
	r := &groupReset{group: id, verb: "groups reset"}
	if group.State == "" {
		names, _ := env.groupNames(ctx, src)
		r.notes = append(r.notes, "no broker lists a group of that name: it is made"+didYouMean(id, names))
	}
	if err := env.newOffsets(ctx, src, group, wanted, saved, to, r); err != nil {
		return err
	}
	return env.perform(ctx, g, &o.changeOptions, env.resetAction(g, src, r))
}

func runGroupsDelete(ctx context.Context, env *Env, g *globals, o *changeOptions, id string) error {
	if err := o.check(g); err != nil {
		return err
	}
	if g.snapshot != "" {
		return refused("--snapshot %s: a saved cluster holds no consumer groups", g.snapshot)
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	group, err := env.idleGroup(ctx, src, id, false)
	if err != nil {
		return err
	}
	r := &groupReset{group: id, verb: "groups delete", deletes: true}
	for i := range group.Partitions.Value {
		p := &group.Partitions.Value[i]
		if p.Committed >= 0 {
			r.offsets = append(r.offsets, change.GroupOffset{Topic: p.Topic, Partition: p.Partition, Before: &p.Committed, To: -1})
			r.ends = append(r.ends, p.End)
		}
	}
	return env.perform(ctx, g, o, env.resetAction(g, src, r))
}

// place is where offsets are set to.
type place struct {
	earliest, latest, shift, absolute bool
	n                                 int64     // of shift and absolute
	at                                time.Time // else
}

// parsePlace reads what stands behind --to.
func parsePlace(word string, now time.Time) (place, error) {
	bad := func(why string) (place, error) {
		return place{}, refused("--to %s: %s", word, why)
	}
	switch strings.ToLower(word) {
	case "earliest", "to-earliest":
		return place{earliest: true}, nil
	case "latest", "to-latest":
		return place{latest: true}, nil
	}
	if n, err := strconv.ParseInt(word, 10, 64); err == nil {
		return place{shift: word[0] == '+' || word[0] == '-', absolute: word[0] != '+' && word[0] != '-', n: n}, nil
	}
	at := time.Time{}
	if d, err := time.ParseDuration(strings.TrimPrefix(word, "-")); err == nil && d > 0 {
		at = now.Add(-d)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.000", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, word); err == nil && at.IsZero() {
			at = t
		}
	}
	switch {
	case at.IsZero():
		return bad("it is neither earliest, latest, a time such as 2026-11-30T12:00:00Z or 90m, an offset, nor +N or -N")
	case at.After(now):
		return bad("that time is in the future: the clock here says " + now.UTC().Format(time.RFC3339))
	case at.Before(time.UnixMilli(0)):
		return bad("no record is that old")
	}
	return place{at: at}, nil
}

// chosenPartitions are the partitions that --topic or a file names. One that doesn't exist is refused.
func chosenPartitions(s *state.Snapshot, topics []string, saved []change.GroupOffset) (chosen []state.Partition, err error) {
	add := func(topic string, id int32) error {
		p, ok := s.FindPartition(topic, id)
		if !ok {
			t, exists := s.FindTopic(topic)
			if !exists {
				return refused("there is no topic %s%s", format.Shell(topic), didYouMean(topic, topicNames(s)))
			}
			_, n := t.Range()
			return refused("topic %s has no partition %d: it has %d", format.Shell(topic), id, n)
		}
		if !slices.Contains(chosen, p) {
			chosen = append(chosen, p)
		}
		return nil
	}
	for _, o := range saved {
		if err := add(o.Topic, o.Partition); err != nil {
			return nil, err
		}
	}
	for _, word := range topics {
		topic, numbers, some := strings.Cut(word, ":")
		t, exists := s.FindTopic(topic)
		if !exists {
			return nil, refused("--topic %s: there is no topic %s%s", word, format.Shell(topic), didYouMean(topic, topicNames(s)))
		}
		if !some {
			first, n := t.Range()
			for i := first; i < first+n; i++ {
				if err := add(topic, s.Partition(i).ID()); err != nil {
					return nil, err
				}
			}
			continue
		}
		for number := range strings.SplitSeq(numbers, ",") {
			id, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
			if err != nil || id < 0 {
				return nil, refused("--topic %s: %q is no number of a partition", word, number)
			}
			if err := add(topic, int32(id)); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(chosen, view.ComparePartitions)
	return chosen, nil
}

// groupReset is a change of a group's offsets, or its end.
type groupReset struct {
	group, verb string
	deletes     bool
	offsets     []change.GroupOffset
	ends        []int64 // of the logs; -1: not known
	notes       []string
}

// newOffsets finds the offset that each partition is set to. One whose log can't be asked is refused.
func (e *Env) newOffsets(ctx context.Context, src *source, group *state.Group, wanted []state.Partition, saved []change.GroupOffset, to place, r *groupReset) error {
	o := e.watching(src)
	ask := func(millis int64) *state.Offsets {
		return watch.Offsets(ctx, src.session, src.snapshot, iter.Seq2[int, int64](func(yield func(int, int64) bool) {
			for _, p := range wanted {
				if !yield(p.Index(), millis) {
					return
				}
			}
		}), o)
	}
	starts, ends := ask(watch.Earliest), ask(watch.Latest)
	times := ends
	if !to.at.IsZero() {
		times = ask(to.at.UnixMilli())
	}
	clamped := 0
	for _, p := range wanted {
		name := fmt.Sprintf("%s/%d", p.Topic().Name(), p.ID())
		start, end, at := starts.Of(p), ends.Of(p), times.Of(p)
		if why := cmp.Or(start.Why, end.Why, at.Why); why != "" {
			return refused("where the log of %s begins and ends isn't known: %s; nothing is changed", name, why)
		}
		n := change.GroupOffset{Topic: p.Topic().Name(), TopicID: p.Topic().ID(), Partition: p.ID()}
		for i := range group.Partitions.Value {
			if c := &group.Partitions.Value[i]; c.Topic == n.Topic && c.Partition == n.Partition && c.Committed >= 0 {
				n.Before = &c.Committed
			}
		}
		switch {
		case saved != nil:
			i := slices.IndexFunc(saved, func(s change.GroupOffset) bool { return s.Topic == n.Topic && s.Partition == n.Partition })
			n.To = saved[i].To
		case to.earliest:
			n.To = start.Value
		case to.latest:
			n.To = end.Value
		case to.absolute:
			n.To = to.n
		case to.shift && n.Before == nil:
			return refused("--to %+d: the group has committed no offset of %s to count from", to.n, name)
		case to.shift:
			n.To = plus(*n.Before, to.n)
		case at.Value < 0: // no record is that young
			n.To = end.Value
		default:
			n.To = at.Value
		}
		if inside := min(max(n.To, start.Value), end.Value); inside != n.To {
			n.To = inside
			clamped++
		}
		r.offsets, r.ends = append(r.offsets, n), append(r.ends, end.Value)
	}
	if clamped > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%s outside of the log: set to its nearest end", format.Count(clamped, "offset")))
	}
	if none := len(slices.DeleteFunc(slices.Clone(r.offsets), func(o change.GroupOffset) bool { return o.Before != nil })); none > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%s had no offset before, and keeps the new one when this is undone", format.Count(none, "partition")))
	}
	return nil
}

// plus adds without passing the largest offset.
func plus(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// readOffsets reads a file of lines topic,partition,offset.
func (e *Env) readOffsets(path string) ([]change.GroupOffset, error) {
	text, err := e.readInput(path)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace = 3, true
	lines, err := r.ReadAll()
	if err != nil {
		return nil, refused("--from-file %s: %w", path, err)
	}
	var all []change.GroupOffset
	seen := map[string]bool{}
	for i, l := range lines {
		partition, err := strconv.ParseInt(l[1], 10, 32)
		offset, err2 := strconv.ParseInt(l[2], 10, 64)
		o := change.GroupOffset{Topic: l[0], Partition: int32(partition), To: offset}
		switch {
		case err != nil || err2 != nil || partition < 0 || offset < 0 || l[0] == "":
			return nil, refused("--from-file %s: line %d is not topic,partition,offset", path, i+1)
		case seen[o.String()]:
			return nil, refused("--from-file %s: line %d names %s again", path, i+1, o)
		}
		seen[o.String()] = true
		all = append(all, o)
	}
	if len(all) == 0 {
		return nil, refused("--from-file %s: it holds no line", path)
	}
	return all, nil
}

// resetRow is a line of the dry run.
type resetRow struct {
	change.GroupOffset
	end     int64
	deletes bool
}

func resetColumns(deletes bool) []view.Column[resetRow] {
	before := func(r resetRow) (int64, bool) {
		if r.Before == nil {
			return 0, false
		}
		return *r.Before, true
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	columns := []view.Column[resetRow]{
		view.Text("TOPIC", "topic", "", func(r resetRow) string { return r.Topic }),
		view.Count("PART", "partition", "", func(r resetRow) int { return int(r.Partition) }),
		view.Measured("COMMITTED", "committed", "", before, number),
	}
	if deletes {
		return columns
	}
	return append(columns,
		view.Measured("NEW-OFFSET", "new_offset", "", func(r resetRow) (int64, bool) { return r.To, true }, number),
		view.Measured("LAG THEN", "lag", "", func(r resetRow) (int64, bool) { return r.end - r.To, r.end >= 0 }, format.Thousands[int64]))
}

type groupResetJSON struct {
	view.Envelope
	Group   string             `json:"group"`
	Offsets []resetOffset      `json:"offsets"`
	Notes   []string           `json:"notes"`
	Undo    config.CommandLine `json:"undo"`
	Confirm string             `json:"confirm"`
}

type resetOffset struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Before    *int64 `json:"before"`
	To        *int64 `json:"to"` // null: it is forgotten
}

// resetAction is the action that sets a group's offsets, or deletes it.
func (e *Env) resetAction(g *globals, src *source, r *groupReset) *action {
	rows := make([]resetRow, len(r.offsets))
	words := make([]string, len(r.offsets))
	for i, o := range r.offsets {
		rows[i] = resetRow{o, r.ends[i], r.deletes}
		words[i] = fmt.Sprintf("%s %d", o, o.To)
	}
	var whole []string
	what := ""
	if !r.deletes {
		whole = append([]string{r.group}, words...)
		what = format.Count(len(words), "offset") + " "
	}
	file := e.offsetsFile(src, r)
	undo := g.command("groups", "reset", r.group, "--from-file", file, "--execute")
	a := src.action(format.Phrase(r.verb, []string{r.group}, "group", whole, what+src.name))
	a.needs = protocol.ClassGRP
	if r.deletes {
		a.needs = protocol.ClassADMX
	}
	for i, o := range r.offsets {
		line := fmt.Sprintf("%s  %s", e.safe(r.group), e.safe(words[i]))
		if r.deletes {
			line = fmt.Sprintf("%s  %s: its offset is forgotten", e.safe(r.group), e.safe(o.String()))
		}
		a.about = append(a.about, line)
	}
	a.about = append(append(a.about, r.notes...), "undone by: "+e.safe(string(undo)))
	preview := func() error {
		if err := table(e, g, resetColumns(r.deletes), rows); err != nil {
			return err
		}
		for _, note := range r.notes {
			fmt.Fprintln(e.Out, note)
		}
		return nil
	}
	a.show = func() error {
		if g.document() {
			doc := groupResetJSON{view.EnvelopeOf(src.snapshot), r.group, []resetOffset{}, append([]string{}, r.notes...), undo, a.phrase}
			for _, o := range r.offsets {
				to := &o.To
				if r.deletes {
					to = nil
				}
				doc.Offsets = append(doc.Offsets, resetOffset{o.Topic, o.Partition, o.Before, to})
			}
			return e.document(g, doc)
		}
		if err := preview(); err != nil {
			return err
		}
		_, err := fmt.Fprintf(e.Out, "the old offsets are kept in %s\nnothing is changed yet; the phrase that carries it out: %s\n", e.safe(file), e.safe(a.phrase))
		return err
	}
	if !g.document() {
		a.preview = preview
	}
	a.run = func(ctx context.Context, door *change.Door) error {
		return e.resetGroup(ctx, g, src, door, r, file, undo)
	}
	return a
}

// offsetsFile is where the old offsets are kept.
func (e *Env) offsetsFile(src *source, r *groupReset) string {
	dir, err := e.stateDir()
	if err != nil {
		dir = "."
	}
	return filepath.Join(dir, "offsets", fmt.Sprintf("%s-%s.csv", format.Digest(src.snapshot.ClusterID, r.group)[:12], src.now.UTC().Format("20060102T150405.000")))
}

// resetGroup keeps the old offsets, looks once more that the group has no members, and makes the change.
func (e *Env) resetGroup(ctx context.Context, g *globals, src *source, door *change.Door, r *groupReset, file string, undo config.CommandLine) error {
	if _, err := e.idleGroup(ctx, src, r.group, !r.deletes); err != nil {
		return err
	}
	var kept bytes.Buffer
	for _, o := range r.offsets {
		switch {
		case o.Before == nil:
		case !plan.LegalTopic(o.Topic):
			return refused("the old offsets can't be kept, so nothing is changed: no topic can be named %q", o.Topic)
		default:
			fmt.Fprintf(&kept, "%s,%d,%d\n", o.Topic, o.Partition, *o.Before)
		}
	}
	if kept.Len() == 0 {
		undo = "none: no offset was committed before"
	} else {
		if err := files.MakeOwnDir(filepath.Dir(file)); err != nil {
			return refused("the old offsets can't be kept, so nothing is changed: %w", err)
		}
		if err := files.WriteLasting(file, kept.Bytes()); err != nil {
			return refused("the old offsets can't be kept, so nothing is changed: %w", err)
		}
	}
	if r.deletes {
		if err := door.DeleteGroup(ctx, r.group, r.offsets, undo); err != nil {
			return failed(err)
		}
		e.sayReset(g, r, "deleted", undo)
		return nil
	}
	errs, err := door.CommitOffsets(ctx, r.group, r.offsets, undo)
	if err != nil {
		return failed(err)
	}
	bad := 0
	for i, err := range errs {
		if err != nil {
			bad++
			fmt.Fprintf(e.Err, "refused: %s: %s\n", e.safe(r.offsets[i].String()), e.safe(err.Error()))
		}
	}
	if bad > 0 {
		return failed(fmt.Errorf("%d of %s refused; the others are set, and undone by: %s", bad, format.Count(len(errs), "offset"), undo))
	}
	e.sayReset(g, r, "reset", undo)
	return nil
}

func (e *Env) sayReset(g *globals, r *groupReset, what string, undo config.CommandLine) {
	e.tell(g, map[string]any{"event": what, "group": r.group, "undo": string(undo)},
		fmt.Sprintf("group %s %s; undone by: %s", e.safe(r.group), what, e.safe(string(undo))))
	e.done(g)
}
