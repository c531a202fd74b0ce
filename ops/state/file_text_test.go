package state_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kdeck/ops/state"
	"kdeck/protocol/printable"
	"kdeck/protocol/printable/hostile"
)

// Kafka allows no such names; what listens where a broker is said to be may send any.
func TestASnapshotWithAnyNamesIsPrintableAndReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := hostile.Text()
		valid := func(label string) string { return strings.ToValidUTF8(text.Draw(t, label), "?") }
		names := slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(text, 0, 8).Draw(t, "topics"))))
		b := state.NewBuilder(valid("cluster"), time.Unix(1e9, 0).UTC(), 0, 0)
		b.Broker(state.Broker{ID: 1, Host: valid("host"), Rack: valid("rack"), Alive: true})
		configs := map[string]map[string]string{}
		for _, n := range names {
			if err := b.Topic(n, [16]byte{}, false); err != nil {
				t.Fatal(err)
			}
			configs[n] = map[string]string{valid("key"): valid("value")}
			b.Config(n, 1, configs[n])
		}
		var file bytes.Buffer
		if err := b.Done().Save(&file); err != nil {
			t.Fatal(err)
		}
		if !printable.Text(strings.ReplaceAll(file.String(), "\n", "")) {
			t.Fatalf("%q", file.String())
		}
		s, err := state.Load(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatalf("%v in %s", err, file.String())
		}
		back := []string{}
		for i := range s.NumTopics() {
			back = append(back, s.Topic(i).Name())
			if diff := cmp.Diff(configs[s.Topic(i).Name()], s.Topic(i).Configs()); diff != "" {
				t.Fatal(diff)
			}
		}
		if !slices.Equal(back, names) {
			t.Fatalf("%q became %q", names, back)
		}
		var again bytes.Buffer
		if err := s.Save(&again); err != nil || again.String() != file.String() {
			t.Fatalf("saved again, it is another file: %v\n%s\n%s", err, file.String(), again.String())
		}
	})
}
