package lag

import (
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Record is what was seen of groups over time, and of the ends of the logs. It takes about 330 bytes for each partition of each group. The
// zero value is ready. It is not safe for concurrent use.
type Record struct {
	Ends
	groups map[string]*seenGroup
	seed   maphash.Seed
	looks  int
	facts  []facts // of the partitions of the group that is being judged
}

// Logs are what is known of the logs that groups read.
type Logs struct {
	Ends   *state.Offsets // where they end
	Starts *state.Offsets // where they begin; nil: not known
	Left   *state.Offsets // the first records that were younger than [Left] when that was asked; nil: not asked
	Nearly *state.Offsets // the same of [Nearly]
	Older  *state.Offsets // the first records that were younger than [Old] when that was asked; nil: not asked
	Later  *state.Offsets // the same of [Late]
}

// seenGroup is what was seen of one group. All its partitions are looked at together, so the times are kept once.
type seenGroup struct {
	at     [looks]time.Duration // since the base; a ring
	n, end int                  // how many looks there are, and where the next one goes
	read   time.Time            // of the latest
	topics map[string]*seenTopic

	changed   [looks]bool // whether it was rebalancing, or others were its members; beside at
	members   uint64      // a hash of who they were
	unsettled time.Time   // since when it is rebalancing, of looks in a row
	current   bool        // in the look that is being added
}

type seenTopic struct {
	id      [16]byte // of the topic that had the name last; zero: none is known
	number  []int32  // ascending
	windows []window

	earlier map[int32]int64 // what was committed last, by partition, in a topic that had the name before; nil: there was none
	lost    int             // looks since the group had a partition of it
}

// window is what was seen of one partition. It has no pointers: there is one for each partition of each group.
type window struct {
	off   [looks]int64  // committed; -1: none, or not looked at yet
	lag   [looks]uint32 // records, at the most manyRecords; notKnown
	moved int32         // when the offset was seen to move last, in ticks; 0: never
	still int32         // since when it is behind and has not moved, in ticks; 0: it isn't
	pause int32         // how long it was so before it moved, the last times, in ticks

	pauses uint8 // how many of these were seen
}

const (
	notKnown    = math.MaxUint32
	manyRecords = notKnown - 1
)

func (t *seenTopic) find(number int32) *window {
	i, ok := slices.BinarySearch(t.number, number)
	if !ok {
		t.number = slices.Insert(t.number, i, number)
		var w window
		for j := range w.off {
			w.off[j], w.lag[j] = -1, notKnown
		}
		t.windows = slices.Insert(t.windows, i, w)
	}
	return &t.windows[i]
}

// Look notes one look at groups, and judges them.
func (r *Record) Look(now *state.Groups, logs Logs) {
	if r.groups == nil {
		r.groups, r.seed = map[string]*seenGroup{}, maphash.MakeSeed()
	}
	if r.base.IsZero() {
		r.base = now.At.Add(-before)
	}
	r.looks++
	now.Looks = r.looks
	r.Judge(now, logs)
	for id, seen := range r.groups {
		if !seen.current {
			delete(r.groups, id)
		}
		seen.current = false
	}
}

// Judge sets in the groups of the latest look what is made of it: lags, rates, statuses.
func (r *Record) Judge(now *state.Groups, logs Logs) {
	for _, g := range now.Groups {
		seen := r.groups[g.ID]
		if seen == nil {
			seen = &seenGroup{topics: map[string]*seenTopic{}}
			r.groups[g.ID] = seen
		}
		seen.current = true
		r.group(g, seen, now.At, logs)
	}
}

func (r *Record) group(g *state.Group, seen *seenGroup, at time.Time, l Logs) {
	g.GroupLag = state.GroupLag{Worst: -1, Oldest: -1}
	fresh := g.Partitions.Known && g.Partitions.Why == "" && g.Partitions.At.After(seen.read)
	if fresh {
		seen.at[seen.end] = g.Partitions.At.Sub(r.base)
		seen.end = (seen.end + 1) % looks
		seen.n = min(seen.n+1, looks)
		seen.read = g.Partitions.At
	}
	r.rebalances(g, seen, at, fresh)
	if !g.Partitions.Known {
		g.Why = "its offsets aren't known: " + g.Partitions.Why
		g.Lag = state.Missing[int64](g.Partitions.Why, g.Partitions.At, g.Partitions.From)
		g.Behind = state.Missing[time.Duration](g.Partitions.Why, g.Partitions.At, g.Partitions.From)
		return
	}
	j := judgement{g: g, record: r, seen: seen, logs: l, before: (seen.end + looks - 1) % looks}
	if fresh {
		j.before = (seen.end + looks - 2) % looks
	}
	r.facts = append(r.facts[:0], make([]facts, len(g.Partitions.Value))...)
	j.each(func(i int, p *state.GroupPartition, topic *seenTopic, part state.Partition, found bool) {
		w := topic.find(p.Partition)
		p.Oldest, p.OldestOrBefore, p.OldestWithin, p.Moved, p.Rate = 0, false, 0, 0, 0
		measure(p, g.Partitions.At, part, found, l)
		topic.leftOver(p)
		if fresh {
			r.note(w, p, seen)
		}
		j.know(p, w, part, found, &r.facts[i])
	})
	j.compare()
	j.each(func(i int, p *state.GroupPartition, topic *seenTopic, _ state.Partition, _ bool) {
		j.partition(i, p, topic.find(p.Partition), r.facts[i])
	})
	if names := g.Topics(); fresh && len(names) < len(seen.topics) {
		for name, topic := range seen.topics {
			if _, ok := slices.BinarySearch(names, name); ok {
				continue
			}
			topic.lose(j.before)
			if topic.lost > looks {
				delete(seen.topics, name)
			}
		}
	}
	j.sum(at)
}

// each calls do for each partition of the group, with what was seen of its topic, and where it stands in the cluster.
func (j *judgement) each(do func(i int, p *state.GroupPartition, topic *seenTopic, part state.Partition, found bool)) {
	var topic *seenTopic
	var of state.Topic
	name, exists := "", false
	parts := j.g.Partitions.Value
	for i := range parts {
		p := &parts[i]
		if topic == nil || p.Topic != name {
			name = p.Topic
			if topic = j.seen.topics[name]; topic == nil {
				n := 1
				for i+n < len(parts) && parts[i+n].Topic == name {
					n++
				}
				topic = &seenTopic{number: make([]int32, 0, n), windows: make([]window, 0, n)}
				j.seen.topics[name] = topic
			}
			if of, exists = j.logs.Ends.Snapshot().FindTopic(name); exists {
				topic.is(of.ID(), j.before)
			}
		}
		var part state.Partition
		found := false
		if exists {
			part, found = of.Partition(p.Partition)
		}
		do(i, p, topic, part, found)
	}
}

// rebalances counts the looks at which the group had no settled members.
func (r *Record) rebalances(g *state.Group, seen *seenGroup, at time.Time, fresh bool) {
	var h maphash.Hash
	h.SetSeed(r.seed)
	for _, m := range g.Members.Value {
		h.WriteString(m.ID)
		h.WriteByte(0)
	}
	fmt.Fprint(&h, g.Epoch)
	members := h.Sum64()
	if fresh {
		latest := (seen.end + looks - 1) % looks
		seen.changed[latest] = g.Rebalancing() || seen.n > 1 && g.Members.Known && members != seen.members
		seen.members = members
		switch before := (latest + looks - 1) % looks; {
		case seen.changed[latest] && seen.unsettled.IsZero():
			seen.unsettled = at
		case !seen.changed[latest] && !seen.changed[before]: // one settled look may be a moment between two rebalances
			seen.unsettled = time.Time{}
		}
	}
	g.RebalancingSince = seen.unsettled
	for i := range seen.n {
		if seen.changed[(seen.end+looks-1-i)%looks] {
			g.Rebalances++
		}
	}
}

// measure sets how far a partition is behind in records, and what is odd about its offset, which was read at that time.
func measure(p *state.GroupPartition, at time.Time, part state.Partition, found bool, l Logs) {
	p.End, p.Start, p.Lag = -1, -1, -1
	share := p.Trouble == state.ShareOffsets
	p.Trouble = state.NoTrouble
	if !found {
		p.Trouble = state.TopicGone
		return
	}
	end := l.Ends.Of(part)
	if end.Known {
		p.End = end.Value
	}
	if l.Starts != nil {
		p.Start = l.Starts.Of(part).Or(-1)
	}
	switch {
	case p.Committed < 0:
		p.Trouble = state.NoCommit
	case !end.Known || p.Committed > p.End && end.At.Before(at): // an end of before may have been passed since
		p.Trouble, p.End = state.EndNotKnown, -1
	case p.Committed > p.End:
		p.Trouble = state.BeyondEnd
	default:
		p.Lag = p.End - p.Committed
		if p.Start >= 0 && p.Committed < p.Start {
			p.Trouble, p.Lag = state.BeforeStart, p.End-p.Start
		} else if share {
			p.Trouble = state.ShareOffsets
		}
	}
}

// note puts a partition into its window.
func (r *Record) note(w *window, p *state.GroupPartition, seen *seenGroup) {
	latest := (seen.end + looks - 1) % looks
	last := (seen.end + looks - 2) % looks
	now := r.ticks(seen.read)
	if seen.n > 1 && w.off[last] >= 0 && w.off[last] != p.Committed {
		if w.moved > 0 { // how long it stood still before the first movement isn't known
			since := w.still
			if since == 0 { // what it read came after the look before
				since = int32(seen.at[last] / tick)
			}
			w.pause = max(w.pause*3/4, min(now-since, int32(Late/tick)))
			w.pauses = min(w.pauses+1, math.MaxUint8-1)
		}
		w.moved, w.still = now, 0
	}
	switch {
	case p.Lag == 0:
		w.still = 0
	case w.still == 0 && p.Lag > 0:
		w.still = now
	}
	w.off[latest], w.lag[latest] = p.Committed, notKnown
	if p.Lag >= 0 {
		w.lag[latest] = uint32(min(p.Lag, manyRecords))
	}
}

// samples are the looks at a partition, the latest last. Looks before its first are left out.
func (seen *seenGroup) samples(w *window, to []sample) []sample {
	to = to[:0]
	for i := range seen.n {
		at := (seen.end - seen.n + i + looks) % looks
		if w.off[at] < 0 && len(to) == 0 && i < seen.n-1 {
			continue
		}
		s := sample{at: seen.at[at], off: w.off[at], lag: -1}
		if w.lag[at] != notKnown {
			s.lag = int64(w.lag[at])
		}
		to = append(to, s)
	}
	return to
}

// judgement is one group's in progress.
type judgement struct {
	g      *state.Group
	record *Record
	seen   *seenGroup
	logs   Logs
	before int // where in the windows the look is that was noted last before this one

	buffer             [looks]sample
	all                [looks]sample // of all partitions together, the latest last
	summed             [looks]int    // of how many partitions
	consumed, produced float64
	rated              bool
	span               time.Duration // over which rates are counted
	counts             [state.GroupRewound + 1]int
	worst              int // index of the partition that the status is about
	why                string
	lag                int64
	known              bool
}

// know sets what a partition's status rests on, but for what others of its group do.
func (j *judgement) know(p *state.GroupPartition, w *window, part state.Partition, found bool, f *facts) {
	*f = facts{
		owned: p.Member >= 0 || !j.g.Members.Known && j.g.Active(), settling: j.g.Rebalancing(),
		moved: time.Duration(w.moved) * tick, behind: time.Duration(w.still) * tick, pause: time.Duration(w.pause) * tick, pauses: int(w.pauses),
	}
	if w.moved > 0 {
		p.Moved = j.record.time(float64(w.moved)).UnixMilli()
	}
	if found && p.Lag > 0 {
		j.age(p, part, j.seen.samples(w, j.buffer[:]), f)
	}
}

// movers are the partitions of one member that move.
type movers struct {
	moved  time.Duration // when one of them moved last
	oldest int64         // when the oldest record was written that they haven't read, in ms since 1970, 0 where that is before the first look
}

// compare sets what a status rests on of others: of those of the same member, or where members aren't known of all.
func (j *judgement) compare() {
	all, parts := j.record.facts, j.g.Partitions.Value
	now := j.record.ticks(j.seen.read)
	of := map[int32]*movers{}
	for i := range parts {
		p, f := &parts[i], &all[i]
		if f.moved == 0 || p.Lag > 0 && f.stuck(time.Duration(now)*tick-f.behind, false) {
			continue
		}
		m := of[p.Member]
		if m == nil {
			m = &movers{oldest: math.MaxInt64}
			of[p.Member] = m
		}
		m.moved = max(m.moved, f.moved)
		switch {
		case p.OldestOrBefore:
			m.oldest = 0
		case p.Oldest > 0:
			m.oldest = min(m.oldest, p.Oldest)
		}
	}
	for i := range parts {
		if m := of[parts[i].Member]; m != nil && parts[i].Lag > 0 {
			all[i].others = m.moved > all[i].behind
			all[i].hindmost = parts[i].Oldest > 0 && parts[i].Oldest < m.oldest
		}
	}
}

func (j *judgement) partition(i int, p *state.GroupPartition, w *window, f facts) {
	g := j.g
	if p.Lag < 0 {
		g.Partial++
	} else {
		j.known = true
		j.lag += p.Lag
		if g.Worst < 0 || p.Lag > g.Partitions.Value[g.Worst].Lag {
			g.Worst = i
		}
	}
	samples := j.seen.samples(w, j.buffer[:])
	if len(samples) == 0 {
		samples = append(samples, sample{off: p.Committed, lag: p.Lag})
	}
	status, why := judge(samples, f)
	if g.Kind == state.ShareGroup && status > state.GroupOK {
		status, why = state.GroupUnknown, "records above its start offset may be read already" // in any order: an offset that stands still says little
	}
	p.Status = status
	j.counts[status]++
	if j.why == "" || status > g.Partitions.Value[j.worst].Status {
		j.worst, j.why = i, why
	}
	j.add(samples)
	if n := len(samples); n > 1 {
		first, last := samples[0], samples[n-1]
		if span := (last.at - first.at).Seconds(); span > 0 && first.off >= 0 && last.off >= first.off {
			j.rated, j.span = true, max(j.span, last.at-first.at)
			p.Rate = float32(float64(last.off-first.off) / span)
			j.consumed += float64(p.Rate)
			if first.lag >= 0 && last.lag >= 0 {
				j.produced += max(0, float64(last.off+last.lag-first.off-first.lag)/span)
			}
		}
	}
}

// add adds the looks at a partition to those at the group. Partitions without an offset say nothing of how it gets on.
func (j *judgement) add(samples []sample) {
	if samples[len(samples)-1].off < 0 {
		return
	}
	for i, s := range samples {
		at := looks - len(samples) + i
		sum := &j.all[at]
		if sum.at = s.at; s.off >= 0 && s.lag >= 0 {
			j.summed[at]++
			sum.off, sum.lag = sum.off+s.off, sum.lag+s.lag
		}
	}
}

// losing tells whether the group as a whole reads less than is written, over the looks at which all that is known of now was known.
func (j *judgement) losing() bool {
	first := looks - 1
	for first > 0 && j.summed[first-1] == j.summed[looks-1] {
		first--
	}
	return looks-first >= enoughLooks && losing(j.all[first:])
}

// age sets when the oldest record that isn't committed was written.
func (j *judgement) age(p *state.GroupPartition, part state.Partition, samples []sample, f *facts) {
	off := max(p.Committed, p.Start)
	written, wrong := j.record.Written(part, off)
	if written.Known {
		p.Oldest, p.OldestWithin = written.Value.UnixMilli(), int32(min(wrong.Milliseconds(), math.MaxInt32))
	} else if !written.At.IsZero() {
		p.Oldest, p.OldestOrBefore = written.At.UnixMilli(), true
	}
	if p.Oldest == 0 {
		return
	}
	f.age = j.logs.Ends.Of(part).At.Sub(time.UnixMilli(p.Oldest))
	if written.Known {
		f.young = f.age < youngAge
		f.later = j.later(sinceBetter(samples[:lastChange(samples)+1]), part, written.Value)
		return
	}
	// What was asked for was written within an age: if that is behind the offset, what the group has to read first is older.
	for _, asked := range []struct {
		first *state.Offsets
		age   time.Duration
	}{{j.logs.Left, Left}, {j.logs.Nearly, Nearly}, {j.logs.Older, Old}, {j.logs.Later, Late}} {
		if o := asked.first.Of(part); o.Known && (o.Value < 0 || o.Value > off) {
			p.Oldest = min(p.Oldest, o.At.Add(-asked.age).UnixMilli())
			f.age = max(f.age, asked.age)
		} else if o.Known && asked.age <= Old {
			f.young = true
		}
	}
}

// later is how much the lag in time grew over samples, the last of which is its last movement. Where the lag of the first isn't known, because its records are older than the
// first look, it counts from the first that is.
func (j *judgement) later(samples []sample, part state.Partition, written time.Time) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	last := samples[len(samples)-1]
	now := last.at - written.Sub(j.record.base)
	for _, s := range samples[:len(samples)-1] {
		switch {
		case s.off < 0 || s.lag < 0:
			continue
		case s.lag == 0:
			return now
		}
		if then, _ := j.record.Written(part, s.off); then.Known {
			grown := now - (s.at - then.Value.Sub(j.record.base))
			return time.Duration(float64(grown) * float64(last.at-samples[0].at) / float64(last.at-s.at))
		}
	}
	return 0
}

// sum says of the group as a whole what its partitions show.
func (j *judgement) sum(at time.Time) {
	g := j.g
	from := g.Partitions.From
	parts := g.Partitions.Value
	if j.known {
		g.Lag = state.Read(j.lag, g.Partitions.At, from)
	} else {
		g.Lag = state.Missing[int64]("the lag of none of its partitions is known", g.Partitions.At, from)
	}
	Behind(g, at)
	if j.rated {
		g.Consumed, g.Produced = state.Read(j.consumed, g.Partitions.At, "kdeck"), state.Read(j.produced, g.Partitions.At, "kdeck")
		if j.span >= enoughTime || g.Behind.Value >= Late { // else a pause between two commits looks like falling behind
			g.Forecast = forecast(j.lag, j.consumed, j.produced)
		}
	} else {
		g.Consumed = state.Missing[float64]("it takes two looks", g.Partitions.At, "kdeck")
		g.Produced = g.Consumed
	}
	if len(parts) == 0 {
		g.Why = "it has committed no offset and owns no partition"
		return
	}
	g.Status = parts[j.worst].Status
	g.Why = j.sentence()
	// A member reads its partitions in turns: of each alone the lag goes up and down, while the group falls behind.
	if late := g.Behind.Known && g.Behind.Value >= Late; late && g.Status <= state.GroupOK && g.Kind != state.ShareGroup && j.consumed > 0 && j.losing() {
		g.Status = state.GroupWarn
		g.Why = fmt.Sprintf("it reads, and falls behind: %s of %s records a second, and some wait for %s or more",
			format.Thousands(int64(j.consumed)), format.Thousands(int64(j.produced)), format.Duration(Late))
	}
}

// Suspect tells of a group that was looked at once whether further looks may show that it stands still: somebody is there to read, and the
// oldest record to read is older than [Nearly].
func Suspect(g *state.Group, now time.Time) bool {
	return g.Active() && g.Oldest >= 0 && now.Sub(time.UnixMilli(g.Partitions.Value[g.Oldest].Oldest)) >= Nearly
}

// Undecided tells of a group that was suspect whether still further looks may show that it stands still: nothing of it has moved yet, and what it has to read is not
// [Old] yet.
func Undecided(g *state.Group) bool {
	return g.Active() && g.Lag.Known && g.Lag.Value > 0 && (g.Status == state.GroupUnknown || g.Status == state.GroupOK) &&
		!slices.ContainsFunc(g.Partitions.Value, func(p state.GroupPartition) bool { return p.Moved > 0 })
}

// Behind sets a group's lag in time, at a time, by that of its partitions.
func Behind(g *state.Group, at time.Time) {
	parts := g.Partitions.Value
	g.Oldest, g.BehindAtLeast, g.BehindWithin = -1, false, 0
	for i := range parts {
		if parts[i].Oldest != 0 && (g.Oldest < 0 || parts[i].Oldest < parts[g.Oldest].Oldest) {
			g.Oldest = i
		}
	}
	switch {
	case g.Oldest >= 0:
		p := &parts[g.Oldest]
		g.Behind, g.BehindAtLeast = state.Read(max(0, at.Sub(time.UnixMilli(p.Oldest))), g.Partitions.At, "kdeck"), p.OldestOrBefore
		g.BehindWithin = time.Duration(p.OldestWithin) * time.Millisecond
	case g.Lag.Known && g.Lag.Value == 0:
		g.Behind = state.Read(time.Duration(0), g.Partitions.At, "kdeck")
	default:
		g.Behind = state.Missing[time.Duration]("it takes two looks", g.Partitions.At, "kdeck")
	}
}

// sentence says why a group has its status.
func (j *judgement) sentence() string {
	g, p := j.g, &j.g.Partitions.Value[j.worst]
	if g.Status <= state.GroupOK {
		if g.Status == state.GroupUnknown || len(g.Partitions.Value) == 1 {
			return fmt.Sprintf("%s/%d: %s", p.Topic, p.Partition, j.why)
		}
		if g.Lag.Known && g.Lag.Value == 0 {
			return "everything is read"
		}
		if j.rated && j.consumed <= 0 {
			return "it was not seen to move, and has to read nothing that is older than " + format.Duration(Old)
		}
		return "it gets on"
	}
	s := fmt.Sprintf("%s/%d: %s", p.Topic, p.Partition, j.why)
	if n, all := j.counts[g.Status], len(g.Partitions.Value); n > 1 {
		s = fmt.Sprintf("%d of %s %s; %s", n, format.Count(all, "partition"), g.Status, s)
	}
	if g.Status == state.GroupStalled || g.Status == state.GroupStopped {
		switch {
		case g.Rebalancing():
			s += "; the group is rebalancing"
		case p.Member >= 0:
			s += "; it has an owner, and whether that commits the same offset again or nothing at all, polling can't know"
		case g.Members.Known && len(g.Members.Value) == 0:
			s += "; the group has no member"
		case g.Members.Known:
			s += "; no member owns it"
		}
	}
	if g.Partitions.Why != "" {
		s += "; that was when its offsets were read last: " + g.Partitions.Why
	}
	return s
}

// forecast says when a group will have caught up, or how much later it gets. Of one that reads nothing there is none: its status says so.
func forecast(lag int64, consumed, produced float64) string {
	const period = 10 * time.Minute
	switch net := consumed - produced; {
	case lag == 0 || consumed <= 0:
		return ""
	case net > 0 && net > produced/100:
		return "caught up in " + format.Seconds(float64(lag)/net)
	case net < 0 && -net > produced/100:
		return fmt.Sprintf("falls behind %s in every %s", format.Seconds(period.Seconds()*-net/produced), format.Duration(period))
	}
	return "keeps its distance"
}
