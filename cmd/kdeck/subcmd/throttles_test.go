package subcmd_test

import (
	"encoding/json"
	"testing"
)

// A demo cluster takes the settings that another tool would leave, by raw requests.
func TestThrottlesThatAToolLeftAreListedAndCleared(t *testing.T) {
	d, _ := onSim(t, quick("healthy"))
	type answer struct {
		Throttles []struct{ Scope, Name, Key, Value, Whose string }
		Confirm   string
	}
	list := func(words ...string) (a answer) {
		t.Helper()
		must(t, json.Unmarshal([]byte(d.ok(0, append(words, "-o", "json")...)), &a))
		return a
	}
	if a := list("throttles"); len(a.Throttles) > 0 {
		t.Fatalf("before: %+v", a)
	}
	for _, b := range []string{"2", "3"} {
		set := []string{"request", "IncrementalAlterConfigs", "--to", b, "resources[0].resourceType=4", "resources[0].resourceName=" + b,
			"resources[0].configs[0].name=follower.replication.throttled.rate", "resources[0].configs[0].configOperation=0", "resources[0].configs[0].value=1000000"}
		var dry struct{ Would struct{ Confirm string } }
		must(t, json.Unmarshal([]byte(d.ok(0, append(set, "-o", "json")...)), &dry))
		d.ok(0, append(set, "--execute", "--confirm", dry.Would.Confirm)...)
	}
	clear := list("throttles", "clear", "--brokers", "2")
	if len(clear.Throttles) != 1 || clear.Throttles[0].Name != "2" || clear.Throttles[0].Whose != "leftover" {
		t.Fatalf("to be cleared: %+v", clear)
	}
	d.ok(2, "throttles", "clear", "--execute", "--confirm", clear.Confirm) // it would clear broker 3 too
	d.ok(0, "throttles", "clear", "--brokers", "2", "--execute", "--confirm", clear.Confirm)
	if a := list("throttles"); len(a.Throttles) != 1 || a.Throttles[0].Name != "3" {
		t.Errorf("after: %+v", a)
	}
	d.ok(2, "throttles", "clear", "--brokers", "two")
	d.ok(2, "throttles", "clear", "--topics", "(")
}
