package metrics

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"kdeck/ops/state"
	"kdeck/protocol/race"
)

// clientsOf is a page of so many clients, with a figure of the broker's own behind them.
func clientsOf(n int) io.Reader {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "kafka_server_produce_byte_rate{user=\"u\",client_id=\"c-%d\"} 1\n", i)
	}
	b.WriteString("kafka_server_replicamanager_value{name=\"PartitionCount\"} 7\n")
	return strings.NewReader(b.String())
}

func TestAPageOfMoreClientsThanAreReadSaysHowManyMoreThereAre(t *testing.T) {
	r := newReader().in(new(room))
	for range 2 { // the second page is read by the memory of the first
		p, err := r.text(clientsOf(maxClientSeries+5), false)
		if err != nil {
			t.Fatal(err)
		}
		b := Derive(1, nil, p)
		if len(b.Usage) != maxClientSeries || b.Partitions.Value != 7 {
			t.Errorf("%d clients, partitions %+v", len(b.Usage), b.Partitions)
		}
		if !strings.Contains(b.Coverage.Swallowed, "and 5 more are not") {
			t.Errorf("it says %q", b.Coverage.Swallowed)
		}
		for _, pillar := range b.Coverage.Pillars {
			if pillar.Name == state.TenantsPillar && (pillar.Have == state.Available || pillar.Rule != "") {
				t.Errorf("%+v", pillar)
			}
		}
		r.done(p)
	}
}

func TestThePagesOfAllBrokersTogetherHaveABound(t *testing.T) {
	all := new(room)
	all.taken.Store(maxAllSeries - 10)
	one, two := newReader().in(all), newReader().in(all)
	for r, want := range map[*reader]int{one: 6, two: 6} {
		if _, err := r.text(clientsOf(want), false); err != nil {
			t.Fatal(err)
		}
	}
	if one.index.taken+two.index.taken != 10 || all.taken.Load() != maxAllSeries {
		t.Errorf("%d and %d series were kept, %d are counted", one.index.taken, two.index.taken, all.taken.Load())
	}
	gone := one.index.taken
	one.index.keys = append(one.index.keys, make([]Key, 5000)...) // of clients that are gone
	p := one.index.newPage(nil)
	one.done(p)
	if all.taken.Load() != maxAllSeries-int64(gone) {
		t.Errorf("%d are counted when a broker's clients are gone", all.taken.Load())
	}
}

func TestGridAnswersInJSONAreGivenUpWhereTheyAreTooLarge(t *testing.T) {
	if race.Enabled {
		t.Log("an answer of 256 MB is read without the race detector alone")
	} else if _, err := newReader().jolokia(strings.NewReader("[" + strings.Repeat(" ", maxPage+10))); err == nil || !strings.Contains(err.Error(), "larger than 256 MB") {
		t.Errorf("one answer: %v", err)
	}
	series := `{"status":"success","data":{"result":[{"metric":{"__name__":"x","broker_id":"1"},"values":[` + strings.Repeat(`[1,"1"],`, maxItem/4)
	whose := func(map[string]string) (int32, bool) { return 1, true }
	if _, _, err := scanProm(strings.NewReader(series), newMatcher(), whose); err == nil || !strings.Contains(err.Error(), "a series in its answer is larger than 4 MB") {
		t.Errorf("one series: %v", err)
	}
}

func TestAServerWithMoreTargetsThanAnyClusterHasIsGivenUp(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"status":"success","data":{"result":[`)
	for i := range maxScrapes + 1 {
		fmt.Fprintf(&b, `{"metric":{"__name__":"kafka_server_replicamanager_value","name":"PartitionCount","job":"j%d"},"values":[[1,"1"]]},`, i)
	}
	whose := func(map[string]string) (int32, bool) { return 1, true }
	if _, _, err := scanProm(strings.NewReader(b.String()), newMatcher(), whose); err == nil || !strings.Contains(err.Error(), "more than 10000 targets") {
		t.Error(err)
	}
}
