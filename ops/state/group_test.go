package state

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestTheTopicsOfAGroupAreThoseOfItsPartitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g Group
		var want []string
		for i, n := range rapid.SliceOfN(rapid.IntRange(1, 40), 0, 20).Draw(t, "partitions of each topic") {
			name := fmt.Sprintf("topic-%02d", i)
			want = append(want, name)
			for p := range n {
				g.Partitions.Value = append(g.Partitions.Value, GroupPartition{Topic: name, Partition: int32(p)})
			}
		}
		if got := g.Topics(); !slices.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
		if g.Index(); !slices.Equal(g.Topics(), want) {
			t.Fatalf("noted: %q, want %q", g.Topics(), want)
		}
	})
}
