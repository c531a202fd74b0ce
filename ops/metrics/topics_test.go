package metrics

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

// ofTopics reads pages of one broker, ten seconds apart, with what it counts of single topics, and returns what follows from the last two.
func ofTopics(t *testing.T, r *reader, pages ...string) *state.TopicTraffic {
	t.Helper()
	r.wantTopics(true)
	var before, now *Page
	for i, text := range pages {
		p, err := r.text(strings.NewReader(text), false)
		if err != nil {
			t.Fatal(err)
		}
		p.At = time.Unix(1e9+10*int64(i), 0)
		before, now = now, p
	}
	return Derive(1, before, now).Topics
}

// topicPage is a page of what a broker counts of topics: "orders in 100" is a count of bytes in.
func topicPage(counts ...string) string {
	var b strings.Builder
	b.WriteString("kafka_server_replicamanager_leadercount 3\n")
	for _, c := range counts {
		var topic, way string
		var n float64
		if _, err := fmt.Sscan(c, &topic, &way, &n); err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "kafka_server_brokertopicmetrics_bytes%s_total{topic=%q} %g\n", way, topic, n)
	}
	return b.String()
}

func TestWhatABrokerCountsOfTopicsIsFoundUnderEveryKindOfRules(t *testing.T) {
	for _, version := range []string{"3.9.2", "4.3.1"} {
		for _, dialect := range []string{"none", "strimzi", "example-2", "example-kraft", "confluent", "bitnami"} {
			for _, want := range []bool{true, false} {
				r := newReader()
				r.wantTopics(want)
				p, err := r.text(bytes.NewReader(recorded(t, version+"-"+dialect+".txt.gz")), false)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range []Metric{TopicBytesIn, TopicBytesOut} {
					if n, ok := p.Value(Key{m, Count, [2]string{"orders"}}); ok != want || want && n < 20_000 {
						t.Errorf("%s, %s: metric %d of orders is %v, %t", version, dialect, m, n, ok)
					}
				}
				if _, ok := p.Value(Key{TopicBytesOut, Count, [2]string{"__consumer_offsets"}}); ok {
					t.Errorf("%s, %s: somebody reads the offsets", version, dialect)
				}
				if in, all := r.index.takenTopics, len(r.index.of[TopicBytesIn])+len(r.index.of[TopicBytesOut]); in != all || want != (all > 0) || all > 3 {
					t.Errorf("%s, %s: %d series of two topics, %d counted", version, dialect, all, in)
				}
				if total, ok := p.Value(Key{Metric: BytesIn, Attr: Count}); dialect != "bitnami" && (!ok || total < 20_000) {
					t.Errorf("%s, %s: of all topics %v, %t", version, dialect, total, ok)
				}
			}
		}
	}
}

func TestTheTrafficOfTopicsIsWhatTheirCountsGrowBy(t *testing.T) {
	unknown := math.NaN()
	for _, c := range []struct {
		name    string
		pages   []string
		in, out float64
		counted bool
	}{
		{"counted in two looks", []string{topicPage("orders in 100", "orders out 50"), topicPage("orders in 1100", "orders out 250")}, 100, 20, true},
		{"counted in one look so far", []string{topicPage("orders in 100", "orders out 50")}, unknown, unknown, true},
		{"nobody reads it, and another topic is read", []string{topicPage("orders in 100", "clicks out 50"), topicPage("orders in 1100", "clicks out 250")}, 100, 0, true},
		{"no topic is read at all, or the rules leave it out", []string{topicPage("orders in 100"), topicPage("orders in 1100")}, 100, unknown, true},
		{"the broker doesn't lead it any more", []string{topicPage("orders in 100", "clicks in 5"), topicPage("clicks in 5")}, 0, unknown, false},
		{"the broker was restarted", []string{topicPage("orders in 90000"), topicPage("orders in 500")}, 50, unknown, true},
		{"its first bytes came between the looks", []string{topicPage("clicks in 100"), topicPage("clicks in 100", "orders in 700")}, unknown, unknown, true},
		{"a mean of a minute is all that is shown", []string{"kafka_server_brokertopicmetrics_bytesinpersec_oneminuterate{topic=\"orders\"} 70\n"}, 70, unknown, true},
		{"beside a count, the mean is left out", []string{
			topicPage("orders in 100") + "kafka_server_brokertopicmetrics_bytesinpersec_oneminuterate{topic=\"orders\"} 70\n",
			topicPage("orders in 1100") + "kafka_server_brokertopicmetrics_bytesinpersec_oneminuterate{topic=\"orders\"} 70\n"}, 100, unknown, true},
		{"two series have its name", []string{topicPage("orders in 100", "orders in 200"), topicPage("orders in 1100", "orders in 1200")}, unknown, unknown, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, out, counted := ofTopics(t, newReader(), c.pages...).Of("orders")
			same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
			if !same(in, c.in) || !same(out, c.out) || counted != c.counted {
				t.Errorf("%v in, %v out, counted %t; want %v, %v, %t", in, out, counted, c.in, c.out, c.counted)
			}
		})
	}
	for name, page := range map[string]string{
		"of all topics together": topicPage() + "kafka_server_brokertopicmetrics_bytesin_total 100\n",
		"of single partitions":   topicPage() + "kafka_server_brokertopicmetrics_bytesin_total{topic=\"orders\",partition=\"0\"} 100\n",
	} {
		if got := ofTopics(t, newReader(), page, page); got != nil {
			t.Errorf("what is counted %s is taken for topics: %+v", name, got)
		}
	}
}

func TestTheTopicsOfALargeClusterHaveABoundAndAreForgottenWithTheirPane(t *testing.T) {
	all := new(room)
	r := newReader().in(all)
	var counts []string
	for i := range maxTopicSeries + 1 {
		counts = append(counts, fmt.Sprintf("topic-%d in %d", i, i))
	}
	many := topicPage(counts...)
	if got := ofTopics(t, r, many, many); got != nil {
		t.Error("topics beyond the bound would be taken for topics that nobody writes to")
	}
	if n := all.topics.Load(); n != maxTopicSeries || r.index.takenTopics != maxTopicSeries {
		t.Errorf("%d series are kept", n)
	}
	few := topicPage(counts[:100]...)
	if got := ofTopics(t, newReader().in(new(room)), few, few); got == nil {
		t.Error("a hundred topics are not kept")
	}
	r.wantTopics(false)
	for range 2 {
		p, err := r.text(strings.NewReader(many), false)
		if err != nil {
			t.Fatal(err)
		}
		if p.Kept() != 1 || p.Kafka != maxTopicSeries+2 {
			t.Errorf("%d of %d series are kept though topics are not wanted", p.Kept(), p.Kafka)
		}
	}
	if n := all.topics.Load(); n != 0 || len(r.index.keys) > 1 {
		t.Errorf("%d series are still counted, %d known", n, len(r.index.keys))
	}
	full := new(room)
	full.topics.Store(maxAllTopics - 3)
	r = newReader().in(full)
	if got := ofTopics(t, r, few, few); got != nil || full.topics.Load() != maxAllTopics {
		t.Errorf("%+v, %d series of all brokers", got, full.topics.Load())
	}
	if b := Derive(1, nil, r.page()); b.Coverage.Swallowed != "" {
		t.Errorf("topics are told as clients: %q", b.Coverage.Swallowed)
	}
}

func TestJolokiaIsAskedForTopicsOnlyWhereTheyAreWanted(t *testing.T) {
	const topics = "name=BytesInPerSec,topic=*"
	if s := string(jolokiaRequest(false)); strings.Contains(s, topics) || s != string(JolokiaRequest()) {
		t.Error("topics are asked for")
	}
	if s := string(jolokiaRequest(true)); !strings.Contains(s, topics) {
		t.Error("topics are not asked for")
	}
	answer := func(n int) string {
		return fmt.Sprintf(`[{"request":{"mbean":"kafka.server:name=*,type=BrokerTopicMetrics","type":"read"},"value":{"kafka.server:name=BytesInPerSec,type=BrokerTopicMetrics":{"Count":%d}},"status":200},
			{"request":{"mbean":"kafka.server:name=BytesInPerSec,topic=*,type=BrokerTopicMetrics","type":"read"},"value":{"kafka.server:name=BytesInPerSec,topic=orders,type=BrokerTopicMetrics":{"Count":%d}},"status":200}]`, 3*n, n)
	}
	r := newReader()
	r.wantTopics(true)
	var pages []*Page
	for i := range 2 {
		p, err := r.jolokia(strings.NewReader(answer(1000 * (i + 1))))
		if err != nil {
			t.Fatal(err)
		}
		p.At = time.Unix(1e9+10*int64(i), 0)
		pages = append(pages, p)
	}
	b := Derive(1, pages[0], pages[1])
	if in, _, counted := b.Topics.Of("orders"); in != 100 || !counted || b.BytesIn.Value != 300 {
		t.Errorf("%v bytes of orders, of all %v", in, b.BytesIn)
	}
}
