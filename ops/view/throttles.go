package view

import (
	"cmp"
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// ThrottleRow is one throttle, or the same one of several brokers.
type ThrottleRow struct {
	state.Throttle
	Brokers []int32 // of one that is not a topic's
}

// ThrottleRows makes rows of throttles. Brokers that have the same rate, whose and why are one row.
func ThrottleRows(throttles []state.Throttle) (rows []ThrottleRow) {
	type key struct {
		config, value, whose, why string
		moving, known             bool
	}
	at := map[key]int{}
	for _, t := range throttles {
		k := key{t.Key, t.Value, string(t.Whose), t.Why, t.Moving.Value, t.Moving.Known}
		if i, found := at[k]; found && t.Topic == "" {
			rows[i].Brokers = append(rows[i].Brokers, t.Broker)
			continue
		}
		row := ThrottleRow{Throttle: t}
		if t.Topic == "" {
			row.Brokers, at[k] = []int32{t.Broker}, len(rows)
		}
		rows = append(rows, row)
	}
	return rows
}

// ThrottleColumns are the columns of throttles of replication.
func ThrottleColumns() []Column[ThrottleRow] {
	return []Column[ThrottleRow]{
		Text("SCOPE", "scope", "what the setting belongs to: brokers, whose rates limit copies, or a topic, whose lists say which replicas the rates are for", throttleScope),
		{Head: "NAME", Name: "name", Help: "the ids of the brokers, or the topic", Cell: throttleName, Compare: func(a, b ThrottleRow) int {
			return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Broker, b.Broker))
		}},
		Text("KEY", "key", "the config as Kafka names it", func(t ThrottleRow) string { return t.Key }),
		{Head: "VALUE", Name: "value", Help: "of a broker, the rate in bytes a second; of a topic, the replicas of its list that the row is about, as partition:broker",
			Cell: throttleValue, CSV: func(t ThrottleRow) string { return t.Value }, Compare: func(a, b ThrottleRow) int { return cmp.Compare(a.Value, b.Value) }},
		Text("WHOSE", "whose", "whose it is: run (of kdeck on this machine, which needs it), leftover (nothing needs it: kdeck throttles clear takes it away), unknown (others set it)",
			func(t ThrottleRow) string { return string(t.Whose) }),
		Text("MOVING", "moving", "whether anything is being copied under it; ?? where that can't be read", throttleMoving),
		Text("WHY", "why", "where it is unknown whose it is: why", func(t ThrottleRow) string { return t.Why }),
	}
}

func throttleScope(t ThrottleRow) string {
	switch {
	case t.Topic != "":
		return "topic"
	case len(t.Brokers) > 1:
		return "brokers"
	}
	return "broker"
}

func throttleName(t ThrottleRow) string { return cmp.Or(t.Topic, IDRanges(t.Brokers)) }

// maxEntries is how many entries of a list a cell shows.
const maxEntries = 4

func throttleValue(t ThrottleRow) string {
	if t.Topic == "" {
		if n, err := strconv.ParseInt(t.Value, 10, 64); err == nil {
			return format.Bytes(n) + "/s"
		}
		return strconv.Quote(t.Value)
	}
	entries := strings.Split(t.Value, ",")
	if len(entries) <= maxEntries {
		return strings.Join(entries, " ")
	}
	return strings.Join(entries[:maxEntries], " ") + " and " + format.Thousands(len(entries)-maxEntries) + " more"
}

func throttleMoving(t ThrottleRow) string {
	switch {
	case !t.Moving.Known:
		return format.Unknown
	case t.Moving.Value:
		return "yes"
	}
	return "no"
}

// ThrottlesJSON is the answer of `kdeck throttles`.
type ThrottlesJSON struct {
	Envelope
	Throttles []ThrottleJSON `json:"throttles"`
}

// ThrottleJSON is one throttle of an answer. Value is in bytes a second, or entries of a topic's list with commas between them.
type ThrottleJSON struct {
	Scope  string              `json:"scope"`
	Name   string              `json:"name"`
	Key    string              `json:"key"`
	Value  string              `json:"value"`
	Whose  state.Ownership     `json:"whose"`
	Why    *string             `json:"why"`
	Moving state.Reading[bool] `json:"moving"`
}

// ThrottlesAnswer makes the answer of `kdeck throttles`. unknown is what could not be read.
func ThrottlesAnswer(s *state.Snapshot, throttles []state.Throttle, unknown []state.Unknown) ThrottlesJSON {
	out := ThrottlesJSON{Envelope: EnvelopeOf(s), Throttles: []ThrottleJSON{}}
	out.Unknown = append([]state.Unknown{}, unknown...)
	for _, t := range throttles {
		row := ThrottleRow{t, []int32{t.Broker}}
		out.Throttles = append(out.Throttles, ThrottleJSON{throttleScope(row), throttleName(row), t.Key, t.Value, t.Whose, named(t.Why), t.Moving})
	}
	return out
}
