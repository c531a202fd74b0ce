package metrics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"kdeck/ops/config"
	"kdeck/ops/state"
	"kdeck/protocol/printable/hostile"
)

const (
	ownBeans     = `[{"request":{"mbean":"kafka.server:type=ReplicaManager,name=*"},"status":200,"value":{"kafka.server:name=PartitionCount,type=ReplicaManager":{"Value":7}}}`
	beginClients = `,{"request":{"mbean":"kafka.server:type=Request,*"},"status":200,"value":{`
)

func clientBean(i int) string {
	return fmt.Sprintf(`"kafka.server:client-id=c-%d,type=Request,user=u":{"request-time":1.5,"throttle-time":0.0}`, i)
}

func TestAnAnswerThatTakesTooLongHasTheBrokersOwnFiguresAndSaysThatThereAreMoreClients(t *testing.T) {
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, ownBeans, beginClients, clientBean(0))
		for i := 1; r.Context().Err() == nil; i++ {
			if _, err := fmt.Fprint(w, ",", clientBean(i%1000)); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	p := NewPoller(config.Metrics{Jolokia: config.Exporter{ByBroker: map[int32]config.URL{1: config.URL(endless.URL)}}}, Options{Deadline: 200 * time.Millisecond})
	defer p.Close()
	start := time.Now()
	a := p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}})[0]
	if a.Err != nil || a.Broker.Partitions.Value != 7 || len(a.Broker.Usage) == 0 {
		t.Fatalf("%+v", a)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if said := a.Broker.Coverage.Swallowed; !strings.Contains(said, "there are more of clients: ") {
		t.Errorf("it says %q", said)
	}
	for _, pillar := range a.Broker.Coverage.Pillars {
		if pillar.Name == state.TenantsPillar && pillar.Have == state.Available {
			t.Errorf("%+v", pillar)
		}
	}
}

func TestAnAnswerOfMoreClientsThanAreReadSaysHowManyMoreThereAre(t *testing.T) {
	all := new(room)
	all.taken.Store(maxAllSeries - 10)
	var b strings.Builder
	b.WriteString(ownBeans + beginClients + clientBean(0))
	for i := range 99 {
		b.WriteString("," + clientBean(i+1))
	}
	b.WriteString("}}]")
	p, err := newReader().in(all).jolokia(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if said := Derive(1, nil, p).Coverage.Swallowed; !strings.Contains(said, "11 series are read, and 190 more are not") {
		t.Errorf("it says %q", said)
	}
}

func TestAnAnswerIsTheSameInWhateverPartsItComes(t *testing.T) {
	raw := recorded(t, "4.3.1-jolokia.json.gz")
	values := func(in io.Reader) map[Key]float64 {
		p, err := newReader().jolokia(in)
		if err != nil {
			t.Fatal(err)
		}
		all := map[Key]float64{}
		for m := range Metric(metrics) {
			maps.Insert(all, p.Of(m))
		}
		return all
	}
	whole := values(bytes.NewReader(raw))
	if parts := values(iotest.OneByteReader(bytes.NewReader(raw))); fmt.Sprint(parts) != fmt.Sprint(whole) || len(whole) < 100 {
		t.Errorf("%d values, in parts %d", len(whole), len(parts))
	}
}

func TestAStreamReadsJSONAsTheLibraryDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := strings.ToValidUTF8(hostile.Text().Draw(t, "word"), "?")
		var value any = word
		for range rapid.IntRange(0, 5).Draw(t, "depth") {
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				value = []any{value, 1.5e-7, nil, true, []any{}}
			case 1:
				value = map[string]any{word: value, "x": map[string]any{}}
			default:
				value = []any{value}
			}
		}
		doc, err := json.Marshal(map[string]any{"a": value, "b": word})
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "indented") {
			var out bytes.Buffer
			_ = json.Indent(&out, doc, "", "\t")
			doc = out.Bytes()
		}
		s := newJSONStream(iotest.HalfReader(bytes.NewReader(doc)))
		var names, texts []string
		s.fields(func(name []byte) {
			names = append(names, string(name))
			if names[len(names)-1] == "a" {
				s.skip()
				return
			}
			texts = append(texts, string(s.text()))
		})
		if s.err != nil || !reflect.DeepEqual(names, []string{"a", "b"}) || texts[0] != word {
			t.Fatalf("%s: %v, %q, %q", doc, s.err, names, texts)
		}
		cut := doc[:rapid.IntRange(0, len(doc)-1).Draw(t, "cut")]
		s = newJSONStream(bytes.NewReader(bytes.TrimRight(cut, " \t\n")))
		s.fields(func([]byte) { s.skip() })
		if s.err == nil && len(bytes.TrimRight(doc, "\n")) > len(cut) {
			t.Fatalf("%s is read to its end", cut)
		}
	})
}
