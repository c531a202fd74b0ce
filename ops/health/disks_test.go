package health

import (
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

const gigabyte = int64(1e9)

// withRoom is a look some time after noon at brokers whose one volume of 1 TB has so many GB left.
func withRoom(t testing.TB, after time.Duration, left ...int64) *state.Snapshot {
	s := cluster(t, well)
	s.Taken = noon.Add(after)
	for i := range s.Brokers {
		b := &s.Brokers[i]
		room := 500 * gigabyte
		if i < len(left) {
			room = left[i] * gigabyte
		}
		b.LogDirs = state.Read([]state.LogDir{{Path: "/data/a", Replicas: 3, Total: 1000 * gigabyte, Usable: room}}, s.Taken, "")
		b.Answered.At, b.MetadataOffset.At = s.Taken, s.Taken
	}
	s.Controller.At, s.Moves.At = s.Taken, s.Taken
	for i := range s.Voters {
		s.Voters[i].LastFetch = s.Taken
	}
	return s
}

func TestADiskThatIsNearlyFullIsNamed(t *testing.T) {
	minutes := func(n int, left func(minute int) int64) []*state.Snapshot {
		var looks []*state.Snapshot
		for m := range n {
			looks = append(looks, withRoom(t, time.Duration(m)*time.Minute, left(m)))
		}
		return looks
	}
	for _, c := range []struct {
		name     string
		looks    []*state.Snapshot
		verdict  state.Verdict
		sentence string // "": nothing is said of it
		evidence string
	}{
		{"half is left", []*state.Snapshot{withRoom(t, 0)}, state.VerdictHealthy, "", ""},
		{"an eighth is left", []*state.Snapshot{withRoom(t, 0, 125)}, state.VerdictHealthy, "", ""},
		{"8% are left", []*state.Snapshot{withRoom(t, 0, 80)}, state.VerdictHealthy, "Log dir /data/a of broker 1 is 92% full: 80.0GB left", "how fast it fills up isn't known"},
		{"3% are left", []*state.Snapshot{withRoom(t, 0, 30)}, state.VerdictDegraded, "Log dir /data/a of broker 1 is 97% full: 30.0GB left", "has 30.0GB left of 1.00TB"},
		{"nothing is left", []*state.Snapshot{withRoom(t, 0, 0)}, state.VerdictDegraded, "Log dir /data/a of broker 1 is 100% full: 0B left", ""},
		{"of two, the fuller one is named", []*state.Snapshot{withRoom(t, 0, 40, 10)}, state.VerdictDegraded, "Log dir /data/a of broker 2 is 99% full: 10.0GB left; 1 other has little room too", "broker 1: /data/a has 40.0GB left"},
		{"a fifth is left, and gone in half an hour", minutes(30, func(m int) int64 { return 400 - 7*int64(m) }), state.VerdictDegraded,
			"Log dir /data/a of broker 1 is 80% full: 197GB left, for 28m09s at its present growth", "it filled up by 117MB/s over the last 29m"},
		{"a third is left, gone in a few hours", minutes(30, func(m int) int64 { return 400 - 2*int64(m) }), state.VerdictHealthy,
			"Log dir /data/a of broker 1 is 66% full: 342GB left, for 2h51m at its present growth", "it filled up by 33.3MB/s"},
		{"more than a third is left, gone tomorrow", minutes(30, func(m int) int64 { return 400 - int64(m)/2 }), state.VerdictHealthy, "", ""},
		{"ten minutes tell nothing", minutes(10, func(m int) int64 { return 400 - 7*int64(m) }), state.VerdictHealthy, "", ""},
		{"it goes up and down by retention", minutes(60, func(m int) int64 { return 300 - 15*int64(m%10) }), state.VerdictHealthy, "", ""},
		{"it becomes emptier", minutes(60, func(m int) int64 { return 200 + int64(m) }), state.VerdictHealthy, "", ""},
		{"a broker that doesn't tell", []*state.Snapshot{func() *state.Snapshot {
			s := withRoom(t, 0, 10)
			s.Brokers[0].LogDirs.Value[0].Usable, s.Brokers[0].LogDirs.Value[0].Total = -1, -1
			return s
		}()}, state.VerdictHealthy, "", ""},
		{"a dir that failed says nothing of its room", []*state.Snapshot{func() *state.Snapshot {
			s := withRoom(t, 0, 10)
			s.Brokers[0].LogDirs.Value[0].Error = "KAFKA_STORAGE_ERROR"
			return s
		}()}, state.VerdictDegraded, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var use *DiskUse
			for _, s := range c.looks {
				use = use.Look(s)
			}
			s := c.looks[len(c.looks)-1]
			verdict, findings := Judge(Input{State: &state.State{Snapshot: s, Now: s.Taken}, Disks: use})
			if verdict != c.verdict {
				t.Errorf("%s, want %s: %+v", verdict, c.verdict, findings)
			}
			said := ""
			for _, f := range findings {
				if f.Code == DiskNearlyFull {
					said = f.Sentence
					if f.Fault != "disk" || !strings.Contains(strings.Join(f.Evidence, "\n"), c.evidence) {
						t.Errorf("%+v", f)
					}
				}
			}
			if said != c.sentence {
				t.Errorf("%q, want %q", said, c.sentence)
			}
		})
	}
}

func TestOfAnHourOfLooksDiskUseKeepsOneAMinute(t *testing.T) {
	var use *DiskUse
	for look := range 2 * 720 {
		use = use.Look(withRoom(t, time.Duration(look)*5*time.Second, 100))
	}
	if n := len(use.volumes[diskAt{1, "/data/a"}]); n != 61 {
		t.Errorf("%d are kept", n)
	}
}
