package metrics

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// oddLines are such as real brokers' pages don't have, or seldom.
var oddLines = []string{
	"kafka_server_Produce_byte_rate{user=\"a\",client_id=\"b} 1\"} 2 1395066363000",
	"kafka_server_Produce_byte_rate{user=\"a\",client_id=\"b\"}3 # {x=\"}\"} 4",
	"kafka_server_Produce_byte_rate{user=\"a\\\"}\\n\",} 5", "kafka_server_Produce_byte_rate 6", "kafka_server_Produce_byte_rate\t7",
	"kafka_server_Produce_byte_rate {user=\"a\"} 8", "kafka_server_Produce_byte_rate{user=\"a", "kafka_server_Produce_byte_rate{user=\"a\"}",
	"kafka_server_Produce_throttle_time{user=\"a\",client_id=\"b\"} NaN", "kafka_network_requestchannel_requestqueuesize} 9",
	"kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent 0.5", "kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent 1.5",
	"kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent 3e9",
	"kafka_network_requestmetrics_requestspersec_count{request=\"Produce, version=11\"} 4", "kafka_network_requestmetrics_requestspersec_count{request=\"Produce, version=12\"} 6",
	"kafka_server_BrokerTopicMetrics_Count{name=\"BytesInPerSec\",topic=\"a\"} 1", "kafka_server_BrokerTopicMetrics_Count{name=\"BytesInPerSec\"} 10",
	"jvm_threads 1", "jvm_threads{state=\"x\"} 2", "jvm_threads_daemon 1", "{} 1", "9x 1", "x", " kafka_log_Log_Value{a=\"b\"} 3 ", "kafka_log_Log_Value 3", "kafka_log_Log_Value{ 3",
}

// lineOf draws from what real pages have, and from oddLines.
func lineOf(t testing.TB) *rapid.Generator[string] {
	pool := slices.Clone(oddLines)
	for _, dialect := range []string{"none", "strimzi", "example-kraft", "confluent", "bitnami", "pasted"} {
		i := 0
		for l := range strings.Lines(string(recorded(t, "4.3.1-"+dialect+".txt.gz"))) {
			if i++; i%25 == 0 && l[0] != '#' {
				pool = append(pool, strings.TrimSuffix(l, "\n"))
			}
		}
	}
	return rapid.SampledFrom(pool)
}

// mutated is the page some time later: lines are gone, new, elsewhere, or have another value.
func mutated(t *rapid.T, lines []string, any *rapid.Generator[string]) []string {
	lines = slices.Clone(lines)
	for range rapid.IntRange(0, 6).Draw(t, "changes") {
		at := rapid.IntRange(0, len(lines)).Draw(t, "at")
		upTo := min(len(lines), at+rapid.IntRange(1, 12).Draw(t, "count"))
		switch rapid.SampledFrom([]string{"new", "gone", "elsewhere", "value", "shuffled"}).Draw(t, "change") {
		case "new":
			lines = slices.Insert(lines, at, rapid.SliceOfN(any, 1, 12).Draw(t, "lines")...)
		case "gone":
			lines = slices.Delete(lines, at, upTo)
		case "elsewhere":
			cut := slices.Clone(lines[at:upTo])
			lines = slices.Delete(lines, at, upTo)
			lines = slices.Insert(lines, rapid.IntRange(0, len(lines)).Draw(t, "to"), cut...)
		case "shuffled":
			lines = rapid.Permutation(lines).Draw(t, "order")
		case "value":
			for i := range lines[at:upTo] {
				l := lines[at+i]
				if space := strings.LastIndexByte(l, ' '); space >= 0 {
					lines[at+i] = l[:space+1] + rapid.SampledFrom([]string{"0", "1.5", "2.5E9", "NaN", "+Inf", "-1", "x", ""}).Draw(t, "value")
				}
			}
		}
	}
	return lines
}

func TestAPageComesOutAsIfNothingWereRememberedOfTheLast(t *testing.T) {
	lines := lineOf(t)
	rapid.Check(t, func(t *rapid.T) {
		page := rapid.SliceOfN(lines, 0, 60).Draw(t, "page")
		remembering := newReader()
		var last, freshLast *Page
		for round := range 5 {
			text := strings.Join(page, "\n")
			p, err := remembering.text(strings.NewReader(text), false)
			fresh, freshErr := newReader().text(strings.NewReader(text), false)
			if fmt.Sprint(err) != fmt.Sprint(freshErr) {
				t.Fatalf("round %d: %v, and read anew %v", round, err, freshErr)
			}
			if err != nil {
				last, freshLast = nil, nil
			} else {
				at := time.Unix(int64(1000+10*round), 0)
				p.At, fresh.At = at, at
				if d := cmp.Diff(told(fresh), told(p)); d != "" {
					t.Fatalf("round %d, - read anew, + remembered:\n%s", round, d)
				}
				if d := cmp.Diff(Derive(1, freshLast, fresh), Derive(1, last, p), cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-9, 1e-9), cmpopts.EquateEmpty()); d != "" {
					t.Fatalf("round %d, - derived anew, + remembered:\n%s", round, d)
				}
				remembering.release(last)
				last, freshLast = p, fresh
			}
			page = mutated(t, page, lines)
		}
	})
}

// told is all that a page says, in words.
func told(p *Page) []string {
	list := []string{fmt.Sprintf("%d lines, %d Kafka's, %d kept, %d bad, first %q, signs %b", p.Lines, p.Kafka, p.Kept(), p.Bad, p.FirstBad, p.signs)}
	for m := range metrics {
		for k, v := range p.Of(m) {
			list = append(list, fmt.Sprintf("%+v = %v", k, v))
		}
	}
	slices.Sort(list)
	return list
}

func TestLinesOfTheLastPageAreNotReadAnew(t *testing.T) {
	page := recorded(t, "4.3.1-none.txt.gz")
	lines := bytes.SplitAfter(page, []byte("\n"))
	r := newReader()
	if _, err := r.text(bytes.NewReader(page), false); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		page []byte
		most int // lines read anew
	}{
		{"the same page", page, 0},
		{"its first quarter gone", bytes.Join(lines[len(lines)/4:], nil), 1},
		{"the first quarter back", page, len(lines)/4 + 1},
		{"one more client in the middle", slices.Concat(bytes.Join(lines[:len(lines)/2], nil), []byte("kafka_server_Fetch_byte_rate{user=\"new\"} 1\n"), bytes.Join(lines[len(lines)/2:], nil)), 1},
	} {
		if _, err := r.text(bytes.NewReader(tt.page), false); err != nil {
			t.Fatal(err)
		}
		if r.reread > tt.most {
			t.Errorf("%s: %d lines were read anew, want at most %d", tt.name, r.reread, tt.most)
		}
	}
}

func TestClientsThatAreGoneAreForgotten(t *testing.T) {
	r := newReader()
	var last *Page
	for round := range 20 {
		var page strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&page, "kafka_server_Produce_byte_rate{client_id=\"%d-%d\"} 1\n", round, i)
		}
		p, err := r.text(strings.NewReader(page.String()), false)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(Derive(1, last, p).Usage); got != 1000 {
			t.Fatalf("round %d: %d clients", round, got)
		}
		if len(r.index.keys) > 5000 {
			t.Fatalf("round %d: %d series are remembered of 1000", round, len(r.index.keys))
		}
		r.release(last)
		last = p
	}
}
