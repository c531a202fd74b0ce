package message

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestDifferencesAreInTheOrderInWhichPeopleCount(t *testing.T) {
	want := []string{"a", "a[2].x", "a[9].leader", "a[9].leaderId", "a[10].leader", "a[10].x", "a[100]", "a[b].1", "b02", "b2", "b10"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, comparePaths)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestTheOrderOfDifferencesIsOne(t *testing.T) {
	path := rapid.StringOfN(rapid.SampledFrom([]rune("ab[].019")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := path.Draw(t, "a"), path.Draw(t, "b"), path.Draw(t, "c")
		ab, bc := comparePaths(a, b), comparePaths(b, c)
		if ab != -comparePaths(b, a) || (ab == 0) != (a == b) || ab <= 0 && bc <= 0 && comparePaths(a, c) > 0 {
			t.Fatalf("%q, %q, %q: %d, %d, %d", a, b, c, ab, bc, comparePaths(a, c))
		}
	})
}
