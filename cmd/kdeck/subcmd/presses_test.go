package subcmd

import (
	"slices"
	"testing"
	"time"
)

func TestSignalsThatComeTogetherAreOnePress(t *testing.T) {
	for name, tt := range map[string]struct {
		at   []int // milliseconds
		want []bool
	}{
		"one":                               {[]int{0}, []bool{true}},
		"a burst":                           {[]int{0, 0, 1, 100, 299}, []bool{true, false, false, false, false}},
		"a second press":                    {[]int{0, 300}, []bool{true, true}},
		"a second press and its echo":       {[]int{0, 1, 500, 501, 799}, []bool{true, false, true, false, false}},
		"a key that is held down":           {[]int{0, 200, 400, 600}, []bool{true, false, true, false}},
		"a third press after the second":    {[]int{0, 300, 600}, []bool{true, true, true}},
		"an echo that comes as a new press": {[]int{0, 299, 598}, []bool{true, false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			var p presses
			var got []bool
			for _, ms := range tt.at {
				got = append(got, p.add(time.UnixMilli(int64(1000+ms))))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v counted as %v, want %v", tt.at, got, tt.want)
			}
		})
	}
}
