package health

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kdeck/ops/state"
)

func TestABrokerIsBehindTheLowerMedianOfTheOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := state.NewBuilder("c", time.Unix(1000, 0), 0, 0)
		for id, at := range rapid.SliceOfN(rapid.SampledFrom([]int64{-1, 0, 50, 1000, 1100, 1101, 5000}), 0, 6).Draw(t, "offsets") {
			broker := state.Broker{ID: int32(id), Alive: true}
			if at >= 0 {
				broker.MetadataOffset = state.Read(at, time.Unix(1000, 0), "")
			}
			b.Broker(broker)
		}
		s := b.Done()
		got, all := Behind(s), offsets(s)
		for id, mine := range all {
			others, compared := lowerMedianOfOthers(all, id)
			want := int64(0)
			if others-mine > FarBehind {
				want = others - mine
			}
			if is, known := got[id]; known != compared || known && is != want {
				t.Fatalf("broker %d of %v is %d behind (%v), want %d (%v)", id, all, is, known, want, compared)
			}
		}
		if len(got) > len(all) {
			t.Fatalf("%v of %v", got, all)
		}
	})
}
