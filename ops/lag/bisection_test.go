package lag

import (
	"math"
	"sort"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// record times in ms since 1970, in order: a log that answers as a leader does.
type timedLog struct {
	start int64 // offset of the first
	times []int64
}

func (l timedLog) at(millis int64) (offset, at int64) {
	i := sort.Search(len(l.times), func(i int) bool { return l.times[i] >= millis })
	if i == len(l.times) {
		return -1, -1
	}
	return l.start + int64(i), l.times[i]
}

func TestABisectionFindsWhenARecordWasWritten(t *testing.T) {
	now := time.UnixMilli(1_790_000_000_000)
	rapid.Check(t, func(t *rapid.T) {
		log := timedLog{start: rapid.Int64Range(0, 1<<40).Draw(t, "start")}
		at := now.UnixMilli() - rapid.Int64Range(1000, 30*24*3600*1000).Draw(t, "age of the log")
		for _, gap := range rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 20), rapid.Int64Range(0, 600_000), rapid.Int64Range(0, 1<<29)), 1, 300).Draw(t, "gaps") {
			if at += gap; at > now.UnixMilli() {
				break
			}
			log.times = append(log.times, at)
		}
		if len(log.times) == 0 {
			log.times = append(log.times, now.UnixMilli())
		}
		want := rapid.IntRange(0, len(log.times)-1).Draw(t, "which")
		b := NewBisection(now)
		b.Want(7, log.start+int64(want))
		rounds := 0
		for b.More() {
			for i, millis := range b.Next() {
				offset, at := log.at(millis)
				b.Answer(i, offset, at)
			}
			if rounds++; rounds > MaxRounds {
				t.Fatalf("more than %d requests", MaxRounds)
			}
		}
		got, told, found := b.Written(7)
		wrong, age := math.Abs(float64(got.UnixMilli()-log.times[want])), float64(now.UnixMilli()-log.times[want])
		if !found || wrong > math.Max(0.05*age, 2000) {
			t.Fatalf("found %v: off by %.0f ms, the record is %.0f ms old; %d requests", found, wrong, age, rounds)
		}
		if wrong > float64(told.Milliseconds())+1 {
			t.Fatalf("off by %.0f ms, and is said to be off by %s at the most", wrong, told)
		}
	})
}

func TestABisectionOfWhatIsGoneOrNeverComesEnds(t *testing.T) {
	now := time.UnixMilli(1_790_000_000_000)
	for _, tc := range []struct {
		name   string
		log    timedLog
		offset int64
	}{
		{"deleted before it was read", timedLog{start: 100, times: []int64{now.UnixMilli() - 5000}}, 50},
		{"an empty log", timedLog{}, 0},
		{"beyond the end", timedLog{times: []int64{now.UnixMilli() - 5000}}, 5},
		{"times of 1970", timedLog{times: []int64{0, 0, 0}}, 1},
		{"times in the future", timedLog{times: []int64{now.UnixMilli() + 9e6, now.UnixMilli() + 9e7}}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := NewBisection(now)
			b.Want(0, tc.offset)
			rounds := 0
			for ; b.More() && rounds <= MaxRounds; rounds++ {
				for i, millis := range b.Next() {
					offset, at := tc.log.at(millis)
					b.Answer(i, offset, at)
				}
			}
			if rounds > MaxRounds {
				t.Errorf("it goes on after %d requests", rounds)
			}
			if at, _, found := b.Written(0); found && at.After(now) {
				t.Errorf("written %v, in the future", at)
			}
		})
	}
}
