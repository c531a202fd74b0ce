package lag

import (
	"fmt"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

const (
	// looks is how many looks a status rests on at the most: as many as Burrow keeps commits (its intervals).
	looks = 10
	// enoughLooks and enoughTime are what it takes to call a group late. Fewer show bursts, and pauses between commits.
	enoughLooks = 4
	enoughTime  = 30 * time.Second
	// enoughChanges is how often its offset must have moved: the lag of a group that commits seldom grows between two commits.
	enoughChanges = 3
	// enoughWorse is how long it must have got later without a break: bursts of half a minute show at looks up to 40 s apart.
	enoughWorse = 45 * time.Second
	// enoughGrowths is at how many looks in a row its lag must have grown: once is a pause.
	enoughGrowths = 2
	// enoughUnseen is the same for a group that was never seen to move: some commit once a minute.
	enoughUnseen = 2 * time.Minute
	// leastStill is how long an offset must have stood still at the least, however old what it has to read is. The first two looks of the console
	// may be a second apart, and Java's consumers commit every 5 seconds.
	leastStill = 4 * time.Second
	// enoughLost is the share of what was written meanwhile by which a group that is late must have fallen further behind: less is chance.
	enoughLost = 0.1
	// youngAge is the age below which a record that isn't committed says nothing.
	youngAge = time.Minute
	// Old is the age from which a record shows that a group stands still of which nothing moves between two looks. Many commit once a
	// minute: the oldest record of one that keeps up is up to a minute old just before it commits, and some seconds more where the
	// consumer is in the middle of a batch, or where the look came a poll ago.
	Old = 75 * time.Second
	// Nearly is the age from which a look for the verdict looks on: 15 s later the record is [Old], or was read. Were it less, those who commit once a minute
	// would be waited for.
	Nearly = time.Minute
	// Left is the age from which a record shows that the consumers of a group without members are gone, and not just being started anew.
	Left = 45 * time.Second
	// Late is the age from which a record shows that a group which moves is behind: no burst that is kept up with makes one so old.
	Late = 5 * time.Minute
	// poisonedAge is the age from which a record shows that its partition stands still, though others of the same member move:
	// consumers read their partitions in turns.
	poisonedAge = 3 * time.Minute
)

// sample is what one look shows of a group's partition.
type sample struct {
	at  time.Duration // since any moment, the same for all
	off int64         // committed; -1: none
	lag int64         // records behind it; -1: not known
}

// facts are what else a status rests on.
type facts struct {
	owned  bool          // a member owns the partition
	moved  time.Duration // when the offset was seen to move last; 0: never
	behind time.Duration // since when it has had records to read and has not moved
	pause  time.Duration // how long it stood so before it moved, the last times; 0: it was not seen to move twice
	pauses int           // how often that was seen
	age    time.Duration // of the oldest record that isn't committed, at the least; 0: not known
	young  bool          // that record is younger than youngAge, or its leader says that it is younger than Old
	later  time.Duration // how much the lag in time grew since it was better last, up to its last movement; unknown: 0

	// What is known of others of the same group.
	settling bool // its members are being given partitions
	others   bool // other partitions of the same member moved while this one stood still
	hindmost bool // its oldest record is older than that of each of these
}

// stuck tells whether an offset stands still that had records to read for that long. idle: there was a moment in the samples when it had none.
func (f *facts) stuck(quiet time.Duration, idle bool) bool {
	switch {
	case f.others:
		return f.hindmost && f.age >= poisonedAge && quiet >= max(enoughUnseen, f.pause*3/2)
	case f.pauses >= enoughChanges:
		return quiet >= max(enoughTime, f.pause*3/2)
	case f.moved > 0: // how long its pauses are isn't known yet
		return quiet >= max(Old, f.pause*3/2) && (f.age >= Old || f.age == 0 && quiet >= enoughUnseen)
	case f.age >= Old && (quiet >= enoughTime || quiet >= leastStill && !idle && (!f.settling || f.age >= Late)):
		return true
	}
	return !f.young && quiet >= enoughUnseen
}

// judge gives the status of a partition by Burrow's rules (core/internal/evaluator/caching.go), in their order of execution. It differs where
// polling differs from reading the commits, and where Burrow's users complain:
//
//   - Burrow knows when each commit was made. Polling shows offsets only, so a commit of the same offset looks like none; the time of a
//     commit is that of the look which showed a new offset.
//   - Burrow doesn't call a consumer stopped that may have read everything in the last minutes. Here the time in which it didn't move
//     counts from the last look that showed nothing to read, so a group that dies while its topic is idle is named as soon; and it is
//     compared with the pauses that the group made before, so one that commits seldom is not.
//   - The lag in records grows in every burst. A group falls behind only where its lag in time grows too.
//   - A member reads its partitions in turns, and some of them are seldom written: one that stands still while others of its member move
//     takes longer to tell.
func judge(w []sample, f facts) (state.GroupStatus, string) {
	n := len(w)
	last := w[n-1]
	switch {
	case last.off < 0:
		return state.GroupUnknown, "no offset is committed"
	case last.lag < 0:
		return state.GroupUnknown, "its lag isn't known"
	case last.lag == 0:
		return state.GroupOK, "everything is read"
	case !f.owned && n == 1:
		return state.GroupUnknown, "one look shows no movement"
	case n == 1 && f.young:
		return state.GroupOK, "the oldest record to read is younger than " + format.Duration(Old)
	case n == 1:
		return state.GroupUnknown, "a status takes two looks"
	}
	change := lastChange(w)
	idle := lastIdle(w)
	quiet := last.at - f.behind
	if f.stuck(quiet, idle >= 0) {
		return stuck(last, quiet, f)
	}
	if i := rewound(w); i > 0 {
		return state.GroupRewound, fmt.Sprintf("it went back from offset %s to %s, and has not got that far again", format.Thousands(w[i-1].off), format.Thousands(w[i].off))
	}
	span := last.at - w[0].at
	worse := sinceBetter(w[:change+1]) // up to its last movement: then a pause isn't taken for falling behind
	reach := worse[len(worse)-1].at - worse[0].at
	switch {
	case changes(worse) >= enoughChanges && len(worse) >= enoughLooks && reach >= enoughWorse && growing(worse) >= enoughGrowths && f.later >= max(enoughTime/3, reach/10):
		return state.GroupWarn, fmt.Sprintf("it reads, and falls behind: %s records more to read than %s ago, and %s later", format.Thousands(last.lag-worse[0].lag), format.Duration(last.at-worse[0].at), format.Duration(f.later))
	case idle >= 0:
		return state.GroupOK, "everything was read a moment ago"
	case change > 0 && f.age >= Late && losing(w): // it is late already: that is no burst
		return state.GroupWarn, fmt.Sprintf("it reads, and falls behind: %s records more to read than %s ago, and some wait for %s or more", format.Thousands(last.lag-w[0].lag), format.Duration(span), format.Duration(Late))
	case f.young:
		return state.GroupOK, "the oldest record to read is younger than " + format.Duration(Old)
	case change == 0 || quiet >= max(enoughTime, f.pause*3/2):
		s := fmt.Sprintf("it has not moved for %s, which is too short to tell", format.Duration(min(quiet, span)))
		if f.others {
			s += ": others of its member move"
		}
		return state.GroupUnknown, s
	}
	return state.GroupOK, "it gets on"
}

// stuck judges an offset that has not moved for a while though there are records to read.
func stuck(last sample, quiet time.Duration, f facts) (state.GroupStatus, string) {
	switch {
	case f.moved > 0:
		return state.GroupStopped, fmt.Sprintf("it moved until %s ago and doesn't any more, with %s records to read", format.Duration(last.at-f.moved), format.Thousands(last.lag))
	case !f.owned:
		return state.GroupStopped, fmt.Sprintf("nobody reads its %s records", format.Thousands(last.lag))
	}
	s := fmt.Sprintf("it has not moved in the %s that it was seen to be behind, with %s records to read", format.Duration(quiet), format.Thousands(last.lag))
	if quiet < enoughTime {
		s += ", or it is late and commits less than once a minute"
	}
	return state.GroupStalled, s
}

// lastChange is the index of the last sample whose offset differs from the one before; 0 for none.
func lastChange(w []sample) int {
	for i := len(w) - 1; i > 0; i-- {
		if w[i].off != w[i-1].off && w[i-1].off >= 0 {
			return i
		}
	}
	return 0
}

// changes is how often the offset moved.
func changes(w []sample) (n int) {
	for i := 1; i < len(w); i++ {
		if w[i].off != w[i-1].off && w[i-1].off >= 0 {
			n++
		}
	}
	return n
}

// lastIdle is the index of the last sample with nothing to read; -1 for none.
func lastIdle(w []sample) int {
	for i := len(w) - 1; i >= 0; i-- {
		if w[i].lag == 0 {
			return i
		}
	}
	return -1
}

// sinceBetter are the samples from the last on that shows nothing to read, or less than the one before: what came before says nothing of how the
// group gets on now.
func sinceBetter(w []sample) []sample {
	for i := len(w) - 1; i > 0; i-- {
		if w[i].lag == 0 || w[i].lag > 0 && w[i].lag < w[i-1].lag {
			return w[i:]
		}
	}
	return w
}

// rewound is the index of the first sample that is below the one before, which no later one has reached; 0 for none.
func rewound(w []sample) int {
	for i := 1; i < len(w); i++ {
		if w[i].off < 0 || w[i].off >= w[i-1].off {
			continue
		}
		back := true
		for _, s := range w[i:] {
			back = back && s.off < w[i-1].off
		}
		if back {
			return i
		}
	}
	return 0
}

// losing tells whether more was written in all of the samples than was read. Where there are many, that must be more than what one commit or one batch of
// records makes of it, which come at any moment: the lag in records of a partition that is seldom written falls now and then also where the group
// gets later all the time.
func losing(w []sample) bool {
	if len(w) < enoughLooks {
		return growing(w) > 0
	}
	first := slices.IndexFunc(w, func(s sample) bool { return s.off >= 0 && s.lag >= 0 })
	if first < 0 {
		return false
	}
	w = w[first:]
	last := w[len(w)-1]
	step := int64(0)
	for i := 1; i < len(w); i++ {
		step = max(step, w[i].off-w[i-1].off)
	}
	lost := last.lag - w[0].lag
	return lost > step && float64(lost) > enoughLost*float64(last.off+last.lag-w[0].off-w[0].lag)
}

// growing is at how many of the latest samples the lag grew, leaving out what isn't known; 0 where it was ever lower than before.
func growing(w []sample) (n int) {
	before := int64(-1)
	for _, s := range w {
		switch {
		case s.lag < 0:
			continue
		case s.lag < before:
			return 0
		case before >= 0 && s.lag > before:
			n++
		default:
			n = 0
		}
		before = s.lag
	}
	return n
}
