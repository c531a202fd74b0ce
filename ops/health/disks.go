package health

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// diskAt is the volume of one log dir of one broker.
type diskAt struct {
	broker int32
	path   string
}

// DiskUse remembers from look to look how much room the volumes of log dirs have left, and so how fast they fill up. It never changes; the nil DiskUse has
// seen nothing.
type DiskUse struct {
	volumes map[diskAt][]roomAt // by time, DiskPace apart
}

type roomAt struct {
	at   time.Time
	left int64 // bytes
}

// Look takes a look in.
func (u *DiskUse) Look(s *state.Snapshot) *DiskUse {
	next := &DiskUse{volumes: map[diskAt][]roomAt{}}
	for i := range s.Brokers {
		b := &s.Brokers[i]
		for _, d := range b.LogDirs.Value {
			at := diskAt{b.ID, d.Path}
			var past []roomAt
			if u != nil {
				past = u.volumes[at]
			}
			if d.Usable >= 0 && read(s, b.LogDirs) && (len(past) == 0 || s.Taken.Sub(past[len(past)-1].at) >= DiskPace) {
				past = slices.DeleteFunc(append(slices.Clip(past), roomAt{s.Taken, d.Usable}), func(r roomAt) bool { return s.Taken.Sub(r.at) > DiskBack })
			}
			next.volumes[at] = past
		}
	}
	return next
}

// fills returns by how many bytes a second a volume fills up, and over which time that was seen; 0 where it doesn't, or too little was seen. It takes the least
// that was left in the first and in the second half of the time: deletions by retention, and what is written until then, go up and down in between.
func (u *DiskUse) fills(at diskAt) (rate float64, over time.Duration) {
	if u == nil {
		return 0, 0
	}
	past := u.volumes[at]
	if len(past) < 4 {
		return 0, 0
	}
	least := func(of []roomAt) roomAt {
		return slices.MinFunc(of, func(a, b roomAt) int { return cmp.Compare(a.left, b.left) })
	}
	half := len(past) / 2
	before, now := least(past[:half]), least(past[half:])
	over = past[len(past)-1].at.Sub(past[0].at)
	if apart := now.at.Sub(before.at); over >= DiskSeen && apart > 0 && now.left < before.left {
		return float64(before.left-now.left) / apart.Seconds(), over
	}
	return 0, over
}

// fullDisk is a volume that has little room left, or won't have for long.
type fullDisk struct {
	diskAt
	dir      state.LogDir
	left     float64 // share of the volume, 0..1
	rate     float64 // by which it fills up, bytes a second; 0: not known
	over     time.Duration
	severity state.Severity
}

// until is when the volume is full at the present rate; 0 where that isn't known.
func (d fullDisk) until() time.Duration {
	if d.rate <= 0 {
		return 0
	}
	return time.Duration(min(float64(d.dir.Usable)/d.rate, 1e8) * float64(time.Second))
}

// disks judges how much room log dirs have left. Where the broker doesn't tell (before KIP-827, Kafka 3.3) nothing is said.
func (j *judge) disks() {
	by := map[state.Severity][]fullDisk{}
	for i := range j.s.Brokers {
		b := &j.s.Brokers[i]
		if !b.Alive || !read(j.s, b.LogDirs) {
			continue
		}
		for _, dir := range b.LogDirs.Value {
			if d, is := j.fullDisk(diskAt{b.ID, dir.Path}, dir); is {
				by[d.severity] = append(by[d.severity], d)
			}
		}
	}
	for _, severity := range []state.Severity{state.SeverityWarning, state.SeverityInfo} {
		if of := by[severity]; len(of) > 0 {
			j.fullDisks(of)
		}
	}
}

func (j *judge) fullDisk(at diskAt, dir state.LogDir) (d fullDisk, is bool) {
	if dir.Error != "" || dir.Total <= 0 || dir.Usable < 0 {
		return d, false
	}
	d = fullDisk{diskAt: at, dir: dir, left: float64(dir.Usable) / float64(dir.Total)}
	d.rate, d.over = j.Disks.fills(at)
	switch until := d.until(); {
	case d.left < DiskBad, until > 0 && until < DiskSoon:
		d.severity = state.SeverityWarning
	case d.left < DiskLow, until > 0 && until < DiskLater:
		d.severity = state.SeverityInfo
	default:
		return d, false
	}
	return d, true
}

// fullDisks makes one finding of volumes, the one that is full first at the top.
func (j *judge) fullDisks(of []fullDisk) {
	slices.SortStableFunc(of, func(a, b fullDisk) int {
		if x, y := a.until(), b.until(); x > 0 && y > 0 {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(a.left, b.left)
	})
	var ids []int32
	for _, d := range of {
		if !slices.Contains(ids, d.broker) {
			ids = append(ids, d.broker)
		}
	}
	first := of[0]
	f := state.Finding{
		Code: DiskNearlyFull, Severity: first.severity, Subject: state.Subject{Name: string(first.severity)}, Scope: brokers(ids), Fault: "disk",
		Sentence: "Log dir " + first.words(), Next: "kdeck plan balance bytes", Pane: "brokers", Filter: brokerFilter(ids),
	}
	if more := len(of) - 1; more > 0 {
		f.Sentence += fmt.Sprintf("; %s %s little room too", format.Count(more, "other"), verb(more, "has", "have"))
	}
	for _, d := range of[:min(2*examples, len(of))] {
		f.Evidence = append(f.Evidence, fmt.Sprintf("broker %d: %s has %s left of %s", d.broker, name(d.path), format.Bytes(d.dir.Usable), format.Bytes(d.dir.Total)))
	}
	if first.rate > 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("it filled up by %s over the last %s", format.ByteRate(first.rate), age(first.over)))
	} else {
		f.Evidence = append(f.Evidence, "how fast it fills up isn't known: that takes "+age(DiskSeen)+" of the console, or it doesn't")
	}
	f.Evidence = append(f.Evidence, "a log dir without room goes offline, and all replicas in it; retention.ms or retention.bytes of large topics makes room")
	j.find(f)
}

// words says of a volume how full it is, and when it will be.
func (d fullDisk) words() string {
	text := fmt.Sprintf("%s of broker %d is %s full: %s left", name(d.path), d.broker, format.Percent(100*(1-d.left)), format.Bytes(d.dir.Usable))
	if until := d.until(); until > 0 {
		text += fmt.Sprintf(", for %s at its present growth", age(until))
	}
	return text
}
