package probe

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/records"
)

func TestABatchIsReadAsItIsWritten(t *testing.T) {
	at := time.UnixMilli(1_764_500_000_123).UTC()
	sent := payload{"a1b2", 7, 42}
	log := batchOf(at, sent.String())
	batches, cut, err := records.Parse(log)
	if err != nil || cut || len(batches) != 1 || batches[0].Problem != "" || !batches[0].FirstTime.Equal(at) || batches[0].Records != 1 {
		t.Fatalf("%+v, cut %v, %v", batches, cut, err)
	}
	var got []payload
	next, err := readRecords(0, slices.Concat(log, log[:30]), func(value []byte) {
		p, ok := parsePayload(value)
		if !ok {
			t.Errorf("%q", value)
		}
		got = append(got, p)
	})
	if err != nil || next != 1 || len(got) != 1 || got[0] != sent {
		t.Errorf("next %d, %v, %v", next, got, err)
	}
}

func TestWhatNoProberWroteIsNoPayload(t *testing.T) {
	for _, text := range []string{"", "kdeck probe", "kdeck probe x broker 1 record", "kdeck probe x broker one record 1", "an order", strings.Repeat("kdeck probe ", 100), "kdeck probe \x00 broker 1 record -1"} {
		if p, ok := parsePayload([]byte(text)); ok {
			t.Errorf("%q is %+v", text, p)
		}
	}
}

// What is broken, compressed or made up is passed over, and nothing is read without end.
func TestRecordsOfOthersArePassedOver(t *testing.T) {
	good := batchOf(time.UnixMilli(1), "x")
	broken := slices.Clone(good)
	broken[len(broken)-1] ^= 1
	compressed := slices.Clone(good)
	compressed[22] = 4
	for name, log := range map[string][]byte{"broken": broken, "compressed": compressed, "nonsense": []byte("HTTP/1.1 400 Bad Request and more"), "nothing": nil} {
		n := 0
		next, _ := readRecords(0, log, func([]byte) { n++ })
		if n > 0 || next < 0 || next > 1 {
			t.Errorf("%s: %d records, next %d", name, n, next)
		}
	}
}
