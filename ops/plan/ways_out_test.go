package plan

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestADrainDoesWhatCanBeDoneAndNamesTheWaysOut(t *testing.T) {
	const more = "more brokers: start one, or let one receive replicas that may not, and drain again"
	rows := []row{{"a.3", 0, 1, []int32{1, 2, 3}, 9}, {"a.3", 1, 2, []int32{2, 3, 1}, 9}, {"b2", 0, 1, []int32{1, 3}, 9}, {"b2", 1, 2, []int32{3, 2}, 9}}
	for _, c := range []struct {
		name, words string
		brokers     int32
		rows        []row
		planned     []string
		stuck       int
		ways        []string
	}{
		{"all can be done", "drain 3", 4, rows, []string{"a.3-0 1 2 4", "a.3-1 2 4 1", "b2-0 1 2", "b2-1 4 2"}, 0, nil},
		{"a part of it", "drain 3", 3, rows, []string{"b2-0 1 2", "b2-1 1 2"}, 2, []string{more,
			`fewer replicas: kdeck plan set-replication-factor 2 --topics 'a\.3' + drain 3`, `the rest alone: kdeck plan drain 3 --exclude-topics 'a\.3'`}},
		{"a part of a chain", "drain 3 + leaders", 3, rows, []string{"b2-0 1 2", "b2-1 2 1"}, 2, []string{more,
			`fewer replicas: kdeck plan set-replication-factor 2 --topics 'a\.3' + drain 3 + leaders`}},
		{"nothing, for everything is in it", "drain 3 --topics a.*", 3, rows, nil, 2, []string{more,
			`fewer replicas: kdeck plan set-replication-factor 2 --topics 'a\.3' + drain 3 --topics 'a.*'`}},
		{"topics of different sizes", "drain 2 3", 3, rows, nil, 4, []string{more,
			`fewer replicas: kdeck plan set-replication-factor 1 --topics 'a\.3|b2' + drain 2 3`}},
		{"where the number of replicas is set already", "drain 3 + set-replication-factor 3 --topics a.*", 3, rows, []string{"b2-0 1 2", "b2-1 1 2"}, 2, []string{more}},
		{"with brokers to move to", "drain 3 --to 4", 4, append(rows, row{"c4", 0, 1, []int32{1, 2, 3, 4}, 9}),
			[]string{"a.3-0 1 2 4", "a.3-1 2 4 1", "b2-0 1 4", "b2-1 4 2"}, 1, []string{more,
				"fewer replicas: kdeck plan set-replication-factor 3 --topics c4 + drain 3 --to 4", "the rest alone: kdeck plan drain 3 --to 4 --exclude-topics c4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cluster(t, c.brokers, c.rows...)
			p := madeOf(t, s, c.words)
			if diff := cmp.Diff(c.ways, p.Header.WaysOut) + cmp.Diff(c.stuck, len(p.Header.Stuck)) + cmp.Diff(c.planned, lists(p.Plan)); diff != "" {
				t.Error(diff)
			}
			for _, way := range p.Header.WaysOut {
				_, words, ok := strings.Cut(way, "kdeck plan ")
				if !ok {
					continue
				}
				stages, err := Parse(strings.Fields(strings.ReplaceAll(words, "'", "")))
				if err != nil {
					t.Fatal(err)
				}
				out, err := Make(context.Background(), s, stages)
				if err != nil || len(out.Header.Stuck) > 0 {
					t.Errorf("%s: %v, %v can't be moved", way, err, out)
				}
			}
			for _, stuck := range p.Header.Stuck {
				if !regexp.MustCompile(`^it must have \d replicas and only brokers? [\d, ]+ may hold one: broker`).MatchString(stuck.Why) {
					t.Errorf("%+v", stuck)
				}
			}
			if slices.ContainsFunc(p.Header.Violations, func(v string) bool { return strings.HasSuffix(v, "can't be moved") }) != (c.stuck > 0) {
				t.Errorf("violations %q", p.Header.Violations)
			}
		})
	}
}
