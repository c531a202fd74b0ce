package plan

import "testing"

func TestTheOrderThatACancelLeavesIsKnown(t *testing.T) {
	for _, tt := range []struct {
		name                string
		now, before, target []int32
		want                bool
	}{
		{"the first was to leave", []int32{11, 12, 7}, []int32{7, 11, 12}, []int32{11, 12, 9}, true},
		{"one in the middle was to leave", []int32{1, 4, 5}, []int32{1, 5, 4}, []int32{1, 4, 2}, true},
		{"two were to leave", []int32{3, 2, 1}, []int32{1, 2, 3}, []int32{3, 4, 5}, true},
		{"all were to leave", []int32{2, 1}, []int32{1, 2}, []int32{3, 4}, true},
		{"nothing has changed", []int32{7, 11, 12}, []int32{7, 11, 12}, []int32{11, 12, 9}, false},
		{"another order", []int32{12, 11, 7}, []int32{7, 11, 12}, []int32{11, 12, 9}, false},
		{"another replica", []int32{11, 12, 8}, []int32{7, 11, 12}, []int32{11, 12, 9}, false},
		{"one more", []int32{11, 12, 7, 8}, []int32{7, 11, 12}, []int32{11, 12, 9}, false},
		{"one twice", []int32{11, 12, 12}, []int32{7, 11, 12}, []int32{11, 12, 9}, false},
		{"a new order alone is at once there", []int32{2, 1}, []int32{1, 2}, []int32{2, 1}, false},
		{"fewer replicas", []int32{1, 3, 2}, []int32{1, 2, 3}, []int32{1, 3}, true},
		{"gone", nil, []int32{1, 2}, []int32{2, 3}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Withdrawn(tt.now, tt.before, tt.target); got != tt.want {
				t.Errorf("%v of %v on its way to %v: %v", tt.now, tt.before, tt.target, got)
			}
		})
	}
}
