package kafkatest

import (
	"slices"
	"strings"
	"testing"

	"kdeck/protocol/alloctest"
)

const (
	startupLine = `{"timestamp":1700000000000,"name":"startup_complete"}` + "\n"
	successLine = `{"timestamp":1700000000001,"name":"producer_send_success","key":null,"value":"7","topic":"orders","partition":2,"offset":41}` + "\n"
	errorLine   = `{"timestamp":1700000000002,"name":"producer_send_error","key":null,"value":"8","topic":"orders","exception":"class X","message":"no"}` + "\n"
)

func TestReadVerifiable(t *testing.T) {
	ack := Record{"orders", 2, 41, "7"}
	for _, test := range []struct {
		name, in string
		want     []Record
		err      string
	}{
		{"acknowledged records are taken, everything else is not", startupLine + successLine + errorLine + successLine, []Record{ack, ack}, ""},
		{"a last line that was cut short is left out", successLine + successLine[:60], []Record{ack}, ""},
		{"nothing was printed", "", nil, ""},
		{"a line that isn't JSON is refused by its number", successLine + "Exception in thread\n", nil, "line 2"},
		{"a success without an offset is refused", `{"name":"producer_send_success","value":"7","topic":"orders","partition":2}` + "\n", nil, "lacks"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadVerifiable(strings.NewReader(test.in))
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got error %v, want %q", err, test.err)
			}
		})
	}
}

func FuzzReadVerifiable(f *testing.F) {
	f.Add(startupLine + successLine + errorLine)
	f.Fuzz(func(t *testing.T, in string) {
		defer alloctest.Bound(t, len(in))()
		acked, err := ReadVerifiable(strings.NewReader(in))
		if lines := strings.Count(in, "\n"); len(acked) > lines || err != nil && acked != nil {
			t.Errorf("%d records and error %v from %d lines", len(acked), err, lines)
		}
	})
}
