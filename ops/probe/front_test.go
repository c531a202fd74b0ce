package probe

import (
	"strings"
	"testing"
	"time"
)

func TestWhatPassesBeforeABrokersClockStartsIsSaid(t *testing.T) {
	ms := func(n int) map[Stage]times {
		return map[Stage]times{Produce: {n: 20, p50: time.Duration(n) * time.Millisecond}}
	}
	for _, tt := range []struct {
		name   string
		write  map[Stage]times
		totals map[int32]float64
		found  bool
	}{
		{"both clocks agree", ms(6), map[int32]float64{1: 5}, false},
		{"most of the time is before the broker's clock", ms(260), map[int32]float64{1: 5}, true},
		{"the broker says itself that it is slow", ms(260), map[int32]float64{1: 250}, false},
		{"a little more, as the path has it", ms(22), map[int32]float64{1: 5}, false},
		{"the broker has no metrics", ms(260), map[int32]float64{2: 5}, false},
		{"nothing was measured", nil, map[int32]float64{1: 5}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &Result{Attempts: 20, Good: 20, Brokers: []BrokerResult{{Broker: 1, median: tt.write}}}
			r.CompareWithBrokers(tt.totals)
			if found := len(r.Findings) == 1 && r.Findings[0].Kind == "in-front" && strings.Contains(r.Findings[0].Sentence, "260ms at broker 1"); found != tt.found || len(r.Findings) > 1 {
				t.Errorf("%+v", r.Findings)
			}
			if well, _ := r.Well(); well == tt.found {
				t.Errorf("well %v", well)
			}
		})
	}
}
