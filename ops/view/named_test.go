package view

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"kdeck/ops/state"
)

func TestAWordMeansWhatARowIsCalledBeforeAnythingElse(t *testing.T) {
	var rows []BrokerRow
	for _, id := range []int32{1, 2, 3, 7, 12, 17} {
		b := &state.Broker{ID: id, Host: "kafka-" + strconv.Itoa(int(id)) + ".example", Rack: "rack-" + strconv.Itoa(int(id)%3), Alive: true}
		rows = append(rows, BrokerRow{Broker: b, Leaders: int(1000 + id), Replicas: 770})
	}
	for _, tt := range []struct{ name, filter, want string }{
		{"a number is an id", "7", "7"},
		{"a number is a whole id first", "1", "1"},
		{"a number that is no id is a part of a host", "kafka-1", "1 12 17"},
		{"a number that is in no name is looked for everywhere", "770", "1 2 3 7 12 17"},
		{"a part of a host", "-17.ex", "17"},
		{"a part of a host, in capitals", "KAFKA-7", "7"},
		{"a word that is in no name", "rack-1", "1 7"},
		{"the inverse", "!7", "1 2 3 12 17"},
		{"two words", "kafka-1 17", "17"},
		{"a field", "rack:rack-0 12", "12"},
		{"a regular expression is looked for everywhere", "/^1007$/", "7"},
		{"nothing", "", "1 2 3 7 12 17"},
		{"a word that is nowhere", "nowhere", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := ParseFilter(tt.filter)
			if err != nil {
				t.Fatal(err)
			}
			match, err := MatchNamed(BrokerColumns(), rows, BrokerNames, f)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rows {
				if match(r) {
					got = append(got, strconv.Itoa(int(r.ID)))
				}
			}
			if !slices.Equal(got, strings.Fields(tt.want)) {
				t.Errorf("%q finds %v", tt.filter, got)
			}
		})
	}
	f, _ := ParseFilter("nope:7")
	if _, err := MatchNamed(BrokerColumns(), rows, BrokerNames, f); err == nil {
		t.Error("an unknown field is not refused")
	}
}
