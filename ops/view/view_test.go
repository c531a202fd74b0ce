package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/protocol/alloctest"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// small is a cluster of three brokers in which 3 is dead:
//
//	orders/0 leads on 1, misses 3        URP, at its minimum
//	orders/1 leads on 2, misses 3 and 1  under min ISR
//	orders/2 lives on 3 alone            no leader
//	Pay/0    moves from 1 to 2           all well
func small(tb testing.TB) *state.Snapshot {
	b := state.NewBuilder("sFz1", noon, 0, 0)
	for id := int32(1); id <= 3; id++ {
		b.Broker(state.Broker{ID: id, Host: "h", Port: 9092, Rack: "r", Alive: id < 3,
			LogDirs: state.Missing[[]state.LogDir]("timed out", noon, "")})
	}
	b.Snapshot().Brokers[0].LogDirs = state.Read([]state.LogDir{{Path: "/a", Size: 5e9, Total: 100, Usable: 40}, {Path: "/b", Error: "KAFKA_STORAGE_ERROR", Total: -1, Usable: -1}}, noon, "1")
	b.Snapshot().Controller = state.Read(int32(2), noon, "quorum")
	b.Snapshot().Moves = state.Read(1, noon, "1")
	add := func(err error) {
		if err != nil {
			tb.Fatal(err)
		}
	}
	add(b.Topic("Pay", [16]byte{}, false))
	add(b.Partition(0, 1, 3, []int32{2, 1}, []int32{1}, nil))
	b.Moving("Pay", 0, []int32{2}, []int32{1})
	add(b.Topic("orders", [16]byte{}, false))
	add(b.Partition(0, 1, 3, []int32{1, 2, 3}, []int32{1, 2}, []int32{3}))
	add(b.Partition(1, 2, 3, []int32{1, 2, 3}, []int32{2}, []int32{3}))
	add(b.Partition(2, -1, 3, []int32{3}, nil, []int32{3}))
	b.Config("orders", 2, nil)
	b.Size("orders", 0, 1, 18_200_000_000, 0)
	return b.Done()
}

var rules = tenant.Rules{
	{Tenant: "shop", Topic: regexp.MustCompile("^ord")},
	{Tenant: "batch", User: regexp.MustCompile("."), Topic: regexp.MustCompile("^nothing$")},
}

func TestFilterOfPartitions(t *testing.T) {
	s := small(t)
	for _, c := range []struct{ filter, want string }{
		{"", "Pay/0 orders/0 orders/1 orders/2"},
		{"is:urp", "orders/0 orders/1 orders/2"},
		{"is:urp missing:1", "orders/1"},
		{"is:under-min-isr", "orders/1 orders/2"},
		{"is:at-min-isr", "orders/0"},
		{"is:leaderless", "orders/2"},
		{"is:offline", "orders/2"},
		{"is:offline-replicas", "orders/0 orders/1 orders/2"},
		{"state:offline", "orders/2"},
		{"is:moving", "Pay/0"},
		{"is:preferred-not-leading", "Pay/0 orders/1"},
		{"!is:urp", "Pay/0"},
		{"pay", "Pay/0"},
		{"!PAY !is:leaderless", "orders/0 orders/1"},
		{"/^ORD/ leader:2", "orders/1"},
		{"topic:ord.*", "orders/0 orders/1 orders/2"},
		{"topic:ord", ""},
		{"broker:3 !missing:1", "orders/0 orders/2"},
		{"state:<min-isr", "orders/1"},
		{`missing:"1 3"`, ""},
		{"tenant:shop is:at-min-isr", "orders/0"},
		{"!tenant:SHOP", "Pay/0"},
		{"tenant:-", "Pay/0"},
		{"tenant:/^sh/", "orders/0 orders/1 orders/2"},
		{"tenant:batch", ""},
	} {
		t.Run(c.filter, func(t *testing.T) {
			f, err := ParseFilter(c.filter)
			var match func(state.Partition) bool
			if err == nil {
				match, err = MatchPartitions(s, f, rules)
			}
			if err != nil {
				if c.want == "" {
					return
				}
				t.Fatal(err)
			}
			var got []string
			for i := range s.NumPartitions() {
				if p := s.Partition(i); match(p) {
					got = append(got, fmt.Sprintf("%s/%d", p.Topic().Name(), p.ID()))
				}
			}
			if g := strings.Join(got, " "); g != c.want {
				t.Errorf("matches %q, want %q", g, c.want)
			}
		})
	}
}

func TestAFilterThatCantBeReadNamesTheWord(t *testing.T) {
	s := small(t)
	for _, c := range []struct{ filter, says string }{
		{"/(/", "/(/"}, {"is:", "is:"}, {"is:bad", "is:bad"}, {"colour:red", "colour:"},
		{"broker:three", "three"}, {"!", "!"}, {"topic:(", "topic:("}, {"tenant:shoop", "tenant:shoop"},
	} {
		f, err := ParseFilter(c.filter)
		if err == nil {
			_, err = MatchPartitions(s, f, rules)
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: error %v, want one with %q", c.filter, err, c.says)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	s := small(f)
	for _, seed := range []string{"is:urp missing:44", `!"a b" /x/`, "/", "a:", "!!x", "topic:/a/b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer alloctest.Bound(t, len(text))()
		filter, err := ParseFilter(text)
		if err != nil {
			return
		}
		match, err := MatchPartitions(s, filter, nil)
		if err == nil {
			match(s.Partition(0))
		}
	})
}

func TestRowsAreFilteredByTheirCells(t *testing.T) {
	rows := Brokers(&state.State{Snapshot: small(t)})
	for _, c := range []struct {
		filter string
		want   []int32
	}{
		{"state:dead", []int32{3}}, {"!dead", []int32{1, 2}}, {"bad-disk", []int32{1}}, {"state:/DEAD|BAD/", []int32{1, 3}},
	} {
		f, err := ParseFilter(c.filter)
		if err != nil {
			t.Fatal(err)
		}
		match, err := MatchRow(BrokerColumns(), f)
		if err != nil {
			t.Fatal(err)
		}
		var got []int32
		for _, r := range rows {
			if match(r) {
				got = append(got, r.ID)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q matches %v, want %v", c.filter, got, c.want)
		}
	}
	if _, err := MatchRow(BrokerColumns(), Filter{{Field: "colour", Value: "red"}}); err == nil {
		t.Error("a field that brokers don't have was taken")
	}
}

func TestUnknownIsShownAsUnknownAndSortsLast(t *testing.T) {
	rows := Brokers(&state.State{Snapshot: small(t)})
	for _, name := range []string{"size_bytes", "answered_ms", "disk_full"} {
		c := Find(BrokerColumns(), name)
		if got := c.Cell(rows[1]); got != format.Unknown {
			t.Errorf("%s of a broker that didn't say = %q", name, got)
		}
	}
	size := Find(BrokerColumns(), "size_bytes")
	if size.Key(rows[0]) >= size.Key(rows[1]) {
		t.Error("unknown doesn't sort after known")
	}
	if got := Find(BrokerColumns(), "disk_full").Cell(rows[0]); got != "60%" {
		t.Errorf("disk full = %q", got)
	}
}

func TestEveryColumnSaysWhatItIs(t *testing.T) {
	s := small(t)
	seen := map[string]bool{}
	for _, c := range PartitionColumns() {
		if c.Help == "" || c.Name == "" || seen[c.Head] || c.Compare == nil == (c.Key == nil) {
			t.Errorf("column %q lacks help, a name, an order or is there twice", c.Head)
		}
		seen[c.Head] = true
		if c.Cell(s.Partition(1)) == "" && c.Name != "move" {
			t.Errorf("column %q is empty", c.Head)
		}
	}
}

func TestWorstPartitionsComeFirst(t *testing.T) {
	s := small(t)
	var all []state.Partition
	for i := range s.NumPartitions() {
		all = append(all, s.Partition(i))
	}
	slices.SortFunc(all, WorstFirst)
	var got []string
	for _, p := range all {
		got = append(got, PartitionState(p))
	}
	if g := strings.Join(got, " "); g != "OFFLINE <MIN-ISR AT-MIN MOVING" {
		t.Errorf("order is %s", g)
	}
}

func TestJSONIsWholeAndSaysNullForUnknown(t *testing.T) {
	s := small(t)
	var buf bytes.Buffer
	if err := WritePartitions(&buf, s, []state.Partition{s.Partition(0), s.Partition(3)}); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Version    int
		Partitions []map[string]any
		Unknown    []any
	}
	if err := json.Unmarshal(buf.Bytes(), &doc); err != nil {
		t.Fatalf("%v in %s", err, &buf)
	}
	if doc.Version != 1 || doc.Unknown == nil || len(doc.Partitions) != 2 {
		t.Errorf("document %s", &buf)
	}
	if pay := doc.Partitions[0]; pay["min_isr"] != nil || pay["under_min_isr"] != nil || pay["size_bytes"] != nil || pay["leader"] != 1.0 {
		t.Errorf("unknown isn't null in %v", pay)
	}
	if p := doc.Partitions[1]; p["leader"] != nil || p["under_min_isr"] != true || p["under_replicated"] != true {
		t.Errorf("a leaderless partition is %v", p)
	}
	b := BrokersAnswer(&state.State{Snapshot: s}, Brokers(&state.State{Snapshot: s}))
	if b.Brokers[1].LogDirs != nil || b.Brokers[1].NetworkIdle.Known || b.Brokers[0].LogDirs[1].SizeBytes != nil {
		t.Errorf("unknown isn't null in %+v", b)
	}
	if !b.Brokers[1].Controller.Value || b.Brokers[2].UnderReplicated != 3 {
		t.Errorf("brokers are %+v", b.Brokers)
	}
}

func BenchmarkBrokersOf100000Partitions(b *testing.B) {
	s := large(b)
	for b.Loop() {
		if Brokers(&state.State{Snapshot: s})[0].Leaders == 0 {
			b.Fatal("nothing is led")
		}
	}
}

func BenchmarkFilterOf100000Partitions(b *testing.B) {
	s := large(b)
	f, _ := ParseFilter("99 is:urp")
	for b.Loop() {
		match, _ := MatchPartitions(s, f, rules)
		n := 0
		for i := range s.NumPartitions() {
			if match(s.Partition(i)) {
				n++
			}
		}
		if n == 0 {
			b.Fatal("nothing matches")
		}
	}
}

func large(b *testing.B) *state.Snapshot {
	sb := state.NewBuilder("", noon, 0, 0)
	for t := range 1000 {
		if err := sb.Topic(fmt.Sprintf("topic-%04d", t), [16]byte{}, false); err != nil {
			b.Fatal(err)
		}
		for p := range 100 {
			if err := sb.Partition(int32(p), 1, 0, []int32{1, 2, 3}, []int32{1, 2, 3}[:2+p%2], nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	return sb.Done()
}
