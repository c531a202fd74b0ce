package state

import (
	"fmt"
	"testing"
)

func TestWhoSendsOneRecordARequestIsToldFromWhoDoesNot(t *testing.T) {
	of := func(producer int64, records ...int) (list []Batch) {
		for _, n := range records {
			list = append(list, Batch{ProducerID: producer, Records: n, Bytes: 100 * n})
		}
		return list
	}
	marker := Batch{ProducerID: 7, Records: 1, Control: true, Marker: "commit"}
	for _, tt := range []struct {
		name    string
		batches []Batch
		want    string // producer: batches, records, one by one
	}{
		{"none", nil, "[]"},
		{"one by one", of(7, 1, 1, 1, 1, 1, 2), "[7: 6 7 true]"},
		{"too few to tell", of(7, 1, 1, 1, 1), "[7: 4 4 false]"},
		{"large ones", of(7, 100, 200, 1, 1, 1), "[7: 5 303 false]"},
		{"markers are the coordinator's", append(of(7, 100, 100), marker, marker, marker, marker), "[7: 2 200 false]"},
		{"each by itself, the most batches first", append(of(8, 50, 50), of(-1, 1, 1, 1, 1, 1)...), "[-1: 5 5 true 8: 2 100 false]"},
		{"what can't be counted says nothing", []Batch{{ProducerID: 7, Records: -1}, {ProducerID: 7, Records: 1, Problem: "its checksum"}}, "[]"},
	} {
		var said []string
		for _, w := range BatchWriters(tt.batches) {
			said = append(said, fmt.Sprintf("%d: %d %d %v", w.ProducerID, w.Batches, w.Records, w.OneByOne()))
		}
		if got := fmt.Sprint(said); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
