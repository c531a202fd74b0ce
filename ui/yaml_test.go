package ui

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/view"
)

func TestYShowsTheRowUnderTheCursorAsYAML(t *testing.T) {
	for name, want := range map[string]string{
		"findings": "code: ", "brokers of the overview": "id: 1", "brokers": "id: 7", "brokers with metrics": "network_idle: ",
		"a broker's partitions": "topic: topic-", "tenants": "totals:", "groups of tenants": "group: ", "partitions": "under_min_isr: true",
		"groups of partitions": "under_min_isr: ", "plan": "before:", "moves": "ours: null", "topics": "worst_state: OFFLINE", "groups": "status: unknown", "requests": "output of api ",
	} {
		for _, size := range [][2]int{{80, 24}, {200, 60}} {
			d := lists(t, size[0], size[1])[name]
			if d == nil {
				continue // only a wide screen has it
			}
			before := d.screen()
			d.keys("y")
			d.sees("→ ")
			text := outputText(d)
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, text)
			}
			if name != "requests" && yaml.Unmarshal([]byte(text), new(any)) != nil {
				t.Errorf("%s: this is no YAML:\n%s", name, text)
			}
			d.keys("c")
			if len(d.copied) != 1 || !strings.Contains(d.copied[0], want) {
				t.Errorf("%s: c copied %q", name, d.copied)
			}
			d.keys("esc")
			if d.app.toast.text = ""; name != "requests" && strings.Split(d.screen(), "\n")[3] != strings.Split(before, "\n")[3] {
				t.Errorf("%s: esc leads to\n%s", name, d.screen())
			}
		}
	}
}

// outputText is the text of the output in front.
func outputText(d *driver) string {
	d.t.Helper()
	if d.app.output == nil {
		d.t.Fatalf("there is no output:\n%s", d.screen())
	}
	return d.app.output.text.Text()
}

func TestTheYAMLOfABrokerIsWhatTheCommandWrites(t *testing.T) {
	d := newDriver(t, "dark", 120, 40, nil)
	incident(d)
	d.keys("2", "/", "10", "enter", "y") // broker 10 doesn't answer
	var got any
	if err := yaml.Unmarshal([]byte(outputText(d)), &got); err != nil {
		t.Fatal(err)
	}
	var want any
	for _, b := range view.BrokersAnswer(d.app.shown, view.Brokers(d.app.shown)).Brokers {
		if b.ID != 10 {
			continue
		}
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v\nis not\n%v", got, want)
	}
	if v, there := got.(map[string]any)["answered_ms"]; v != nil || !there {
		t.Errorf("the unknown answer time is %v", v)
	}
}

func TestYWithoutARow(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	d.keys("4", "/", "no such topic", "enter", "y")
	d.sees("there is no row")
}
