package view

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
)

// BrokerRow is a broker with what the partitions and its exporter say of it.
type BrokerRow struct {
	*state.Broker
	Controller      bool // it leads the metadata quorum
	Leaders         int
	Replicas        int
	UnderReplicated int  // partitions that ought to be in sync on it and are not
	Stale           bool // alive, and behind in the metadata: as the quorum's leader misses its fetches, or as a finding says
	// Behind is how many metadata records it lacks of what the others have; 0 where it keeps up.
	Behind state.Reading[int64]
	// Metrics is the State's reading: an unknown one may hold what the exporter said last.
	Metrics state.Reading[*state.BrokerMetrics]
}

// Brokers makes the rows of a state's brokers, in order of id; of a state that knows no snapshot yet there are none.
func Brokers(s *state.State) []BrokerRow {
	if s.Snapshot == nil {
		return nil
	}
	rows := make([]BrokerRow, len(s.Snapshot.Brokers))
	behind := health.Behind(s.Snapshot)
	for i, held := range s.Snapshot.Holdings() {
		b := &s.Snapshot.Brokers[i]
		records, compared := behind[b.ID]
		rows[i] = BrokerRow{
			Broker: b, Controller: s.Snapshot.Controller.Known && s.Snapshot.Controller.Value == b.ID,
			Leaders: held.Leaders, Replicas: held.Replicas, UnderReplicated: held.Missing, Metrics: s.Metrics[b.ID],
			Stale: b.Alive && b.SilentSince.Known, Behind: state.Reading[int64]{Value: records, Known: compared},
		}
	}
	for i := range s.Findings {
		f := &s.Findings[i]
		if k := slices.IndexFunc(rows, func(r BrokerRow) bool { return r.ID == f.Subject.ID }); k >= 0 && f.Code == health.StaleBroker && f.Gone.Looks == 0 {
			rows[k].Stale = true
		}
	}
	return rows
}

// State is one word for how the broker stands, worst first.
func (r BrokerRow) State() string {
	switch {
	case r.Fenced.Or(false):
		return "FENCED"
	case !r.Alive:
		return "DEAD"
	case r.badDirs() > 0:
		return "BAD-DISK"
	case !r.Answered.Known:
		return "NO-ANSWER"
	case r.Stale:
		return "STALE"
	case r.Cordoned.Or(false):
		return "CORDONED"
	}
	return "ok"
}

func (r BrokerRow) badDirs() (n int) {
	for _, d := range r.LogDirs.Value {
		if d.Error != "" {
			n++
		}
	}
	return n
}

func (r BrokerRow) diskUsed() (int64, bool) {
	if !r.LogDirs.Known {
		return 0, false
	}
	var sum int64
	for _, d := range r.LogDirs.Value {
		sum += d.Size
	}
	return sum, true
}

// percentFull is how full the fullest volume is; NaN where the broker tells of none.
func (r BrokerRow) percentFull() float64 {
	worst := math.NaN()
	for _, d := range r.LogDirs.Value {
		if d.Total > 0 && d.Usable >= 0 {
			if full := 100 * float64(d.Total-d.Usable) / float64(d.Total); !(full <= worst) {
				worst = full
			}
		}
	}
	return worst
}

func (r BrokerRow) dirs() string {
	if !r.LogDirs.Known {
		return format.Unknown
	}
	if bad := r.badDirs(); bad > 0 {
		return fmt.Sprintf("%d, %d offline", len(r.LogDirs.Value), bad)
	}
	return strconv.Itoa(len(r.LogDirs.Value))
}

var brokerStates = []string{"DEAD", "FENCED", "BAD-DISK", "NO-ANSWER", "STALE", "CORDONED", "ok"}

func rank(order []string, word string) int {
	for i, w := range order {
		if w == word {
			return i
		}
	}
	return len(order)
}

// BrokerColumns are the columns of brokers without metrics.
func BrokerColumns() []Column[BrokerRow] {
	return []Column[BrokerRow]{
		{Head: "ID", Name: "id", Help: "id of the broker", Right: true,
			Cell: func(r BrokerRow) string { return strconv.Itoa(int(r.ID)) },
			Key:  func(r BrokerRow) int64 { return int64(r.ID) }},
		Text("RACK", "rack", "broker.rack of the broker; - for none", func(r BrokerRow) string { return or(r.Rack, "-") }),
		{Head: "STATE", Name: "state", Help: "DEAD (others don't list it), FENCED (registered, and not in service), BAD-DISK (a log dir failed), NO-ANSWER (none to kdeck), STALE (behind in the metadata), CORDONED (takes no new replicas), or ok",
			Cell: BrokerRow.State, Key: func(r BrokerRow) int64 { return int64(rank(brokerStates, r.State())) }},
		Text("CTL", "controller", "* at the broker that leads the metadata quorum: the active controller", func(r BrokerRow) string {
			if r.Controller {
				return "*"
			}
			return ""
		}),
		Count("LEADERS", "leaders", "number of partitions that it leads", func(r BrokerRow) int { return r.Leaders }),
		Count("REPLICAS", "replicas", "number of replicas that the cluster's metadata gives it", func(r BrokerRow) int { return r.Replicas }),
		Count("URP", "under_replicated", "number of partitions whose replica on this broker is not in sync (under-replicated partitions)", func(r BrokerRow) int { return r.UnderReplicated }),
		Measured("ON DISK", "size_bytes", "bytes of all replicas in its log dirs; ?? where it doesn't tell", BrokerRow.diskUsed, format.Bytes),
		Number("FULL", "disk_full", "how full the fullest volume of its log dirs is, in percent; ?? where it doesn't tell (before Kafka 3.3)", BrokerRow.percentFull,
			func(_ BrokerRow, v float64) string { return format.Percent(v) }),
		{Head: "DIRS", Name: "log_dirs", Help: "number of its log dirs, and how many of them failed; ?? where it doesn't tell", Right: true, Cell: BrokerRow.dirs,
			Key: func(r BrokerRow) int64 {
				if !r.LogDirs.Known {
					return NoValue
				}
				return -int64(r.badDirs()) // the most first
			}},
		answerColumn(),
		Measured("BEHIND", "metadata_behind", "number of metadata records that the broker lacks of what the others have, if more than a moment explains: it may send clients to the wrong leaders; 0 where it keeps up, ?? where it doesn't tell",
			func(r BrokerRow) (int64, bool) { return r.Behind.Value, r.Behind.Known }, format.Thousands[int64]),
		{Head: "SILENT SINCE", Name: "silent_since", Help: "when a broker that is not alive last fetched metadata, as the active controller saw it; ?? where that isn't known",
			Cell: func(r BrokerRow) string {
				switch {
				case r.SilentSince.Known:
					return r.SilentSince.Value.UTC().Format("15:04:05Z")
				case r.Alive:
					return ""
				}
				return format.Unknown
			},
			Key: func(r BrokerRow) int64 {
				if !r.SilentSince.Known {
					return NoValue
				}
				return r.SilentSince.Value.UnixNano()
			}},
		Wide(Text("ADDRESS", "address", "host and port that the broker advertises; - where only replica lists name it", BrokerRow.Address)),
		Wide(Measured("METADATA", "metadata_offset", "offset in the metadata log up to which the broker has followed; ?? where the controller doesn't tell",
			func(r BrokerRow) (int64, bool) { return r.MetadataOffset.Value, r.MetadataOffset.Known },
			func(n int64) string { return strconv.FormatInt(n, 10) })),
	}
}

// answerColumn names who answers in a broker's place.
func answerColumn() Column[BrokerRow] {
	c := Measured("ANSWER", "answered_ms", "how long the broker's own last answer to kdeck took, in ms; ?? where it gave none, by N where broker N answers at its address", func(r BrokerRow) (int64, bool) {
		return r.Answered.Value.Microseconds(), r.Answered.Known
	}, func(us int64) string { return fmt.Sprintf("%.1fms", float64(us)/1000) })
	measured := c.Cell
	c.Cell = func(r BrokerRow) string {
		if r.AnsweredBy != "" {
			return "by " + r.AnsweredBy
		}
		return measured(r)
	}
	return c
}

// Address is the advertised host:port, "-" for a broker that only replica lists name.
func (r BrokerRow) Address() string {
	if r.Host == "" {
		return "-"
	}
	if strings.Contains(r.Host, ":") {
		return fmt.Sprintf("[%s]:%d", r.Host, r.Port)
	}
	return fmt.Sprintf("%s:%d", r.Host, r.Port)
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}
