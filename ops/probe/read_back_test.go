package probe

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// logOf is a log of records, from an offset on.
func logOf(from int64, numbers ...uint64) (log []byte) {
	for i, seq := range numbers {
		b := batchOf(noon, payload{"me", 1, seq}.String())
		binary.BigEndian.PutUint64(b, uint64(from+int64(i)))
		log = append(log, b...)
	}
	return log
}

func TestWhatBecomesOfRecords(t *testing.T) {
	for _, tt := range []struct {
		name       string
		acked      []int64 // the offset of record 1, 2, …; -1: no answer came
		log        []byte
		after      time.Duration
		lost       []int32
		duplicated int
		waiting    int
	}{
		{"all are read", []int64{5, 6}, logOf(5, 1, 2), 0, nil, 0, 0},
		{"one isn't there yet", []int64{5, 6}, logOf(5, 1), 0, nil, 0, 1},
		{"one isn't there after long", []int64{5, 6}, logOf(5, 1), lostAfter, []int32{9}, 0, 0},
		{"another record stands in its place", []int64{5, 6}, slices.Concat(logOf(5, 1), logOf(6, 77)), 0, []int32{9}, 0, 0},
		{"one stands there twice", []int64{5}, logOf(5, 1, 1), 0, nil, 1, 0},
		{"one without an answer is there", []int64{5, -1}, logOf(5, 1, 2), 0, nil, 0, 0},
		{"one without an answer is nowhere", []int64{5, -1}, logOf(5, 1), lostAfter, nil, 0, 0},
		{"those of others are none of ours", []int64{5}, slices.Concat(logOf(5, 1), batchOf(noon, payload{"you", 1, 1}.String()), batchOf(noon, "an order")), 0, nil, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := readBack{instance: "me", home: 1, next: unknownOffset, waiting: map[uint64]written{}}
			for _, offset := range tt.acked {
				seq := r.begin(noon)
				if offset >= 0 {
					r.acknowledged(seq, 9, 0, offset)
				}
			}
			lost, duplicated := r.read(tt.log, noon.Add(tt.after))
			if !slices.Equal(lost, tt.lost) || duplicated != tt.duplicated || len(r.waiting) != tt.waiting {
				t.Errorf("lost %v, duplicated %d, waiting %d", lost, duplicated, len(r.waiting))
			}
		})
	}
}

func TestALogThatIsMadeAnewIsReadFromItsBeginning(t *testing.T) {
	r := readBack{instance: "me", home: 1, next: 5000, waiting: map[uint64]written{}}
	seq := r.begin(noon)
	r.acknowledged(seq, 9, 0, 0)
	if lost, _ := r.read(logOf(0, seq), noon); r.next != 1 || !r.has(seq) || lost != nil {
		t.Errorf("next %d, lost %v", r.next, lost)
	}
}

// An hour of attempts takes no more memory than a minute's.
func TestWhatIsRememberedIsBounded(t *testing.T) {
	r := readBack{instance: "me", home: 1, next: unknownOffset, waiting: map[uint64]written{}}
	for i := range int64(5 * remembered) {
		seq := r.begin(noon.Add(time.Duration(i) * time.Second))
		if i%3 == 0 {
			continue // its answer was lost
		}
		r.acknowledged(seq, 9, 0, i)
		r.read(logOf(i, seq), noon.Add(time.Duration(i)*time.Second))
	}
	if len(r.seen) != remembered || len(r.waiting) > 30 {
		t.Errorf("%d are remembered, %d waited for", len(r.seen), len(r.waiting))
	}
}
