package ask_test

import (
	"slices"
	"strings"
	"testing"

	"kdeck/ops/ask"
)

func TestWordsThatAreNoTargetsAreRefusedByName(t *testing.T) {
	for _, tt := range []struct{ name, list, says string }{
		{"a word that is nothing", "nobody", `"nobody" is no node`},
		{"nothing", "", "is no node"},
		{"nothing after a comma", "1,", `"" is no node`},
		{"a port that there isn't", "b1:99999", "b1:99999"},
		{"a negative id", "-1", `"-1" is no node`},
		{"a controller that isn't a number", "controller:x", "controller:3001"},
		{"a controller below zero", "controller:-2", "controller:3001"},
		{"a topic without a partition", "leader-of:orders", "leader-of:topic/0"},
		{"a partition that isn't a number", "leader-of:orders/x", `"x" is no partition`},
		{"a coordinator of nothing", "coordinator:", "coordinator:group"},
		{"more after all", "all:1", "nothing follows"},
		{"more after controllers", "controllers:1", "nothing follows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if found, err := ask.ParseTargets(tt.list); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, %v; it doesn't say %q", found, err, tt.says)
			}
		})
	}
}

func TestOnlyAddressesNeedNoCluster(t *testing.T) {
	for list, want := range map[string][]string{
		"b1:9092":            {"b1:9092"},
		"[::1]:9092,b2:9093": {"[::1]:9092", "b2:9093"},
		"b1:9092,2":          nil,
		"controller":         nil,
		"leader-of:a/0":      nil,
		"all":                nil,
	} {
		targets, err := ask.ParseTargets(list)
		if err != nil {
			t.Fatal(err)
		}
		if got, all := ask.Addresses(targets); all != (want != nil) || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", list, got, all)
		}
	}
}
