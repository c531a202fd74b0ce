package view

import (
	"bufio"
	"io"
	"slices"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/protocol/printable"
)

// Envelope heads every answer in JSON. Unknown is null and never 0, times are RFC 3339, sizes are bytes; fields are
// added, never renamed.
type Envelope struct {
	Version   int             `json:"version"`
	ClusterID string          `json:"cluster_id"`
	TakenAt   *time.Time      `json:"taken_at"`
	Unknown   []state.Unknown `json:"unknown"`
}

// EnvelopeOf heads an answer about a snapshot.
func EnvelopeOf(s *state.Snapshot) Envelope {
	at := s.Taken.UTC()
	return Envelope{Version: 1, ClusterID: s.ClusterID, TakenAt: &at, Unknown: append([]state.Unknown{}, s.Unknown...)}
}

func known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

// StatusJSON is the answer of `kdeck status`.
type StatusJSON struct {
	Envelope
	Verdict state.Verdict `json:"verdict"`
	// NotLookedAt is what the verdict says nothing about: "threads", "quotas of brokers 3 and 5". Empty: all was looked at.
	NotLookedAt []string             `json:"not_looked_at"`
	Controller  state.Reading[int32] `json:"controller"`
	Findings    []state.Finding      `json:"findings"`
	Signs       []SignJSON           `json:"signs"`
	Changes     []ActionJSON         `json:"changes"` // that kdeck made from this machine within [Recently]; null where the journal can't be read
}

// Recently is how long ago a change may be that is shown beside what is wrong: it may be why.
const Recently = 15 * time.Minute

// RecentActions are what kdeck did from this machine within [Recently], the latest first; nil where that isn't known.
func RecentActions(s *state.State) []state.Action {
	if s.Audit.Value == nil {
		return nil
	}
	recent := []state.Action{}
	for _, a := range s.Audit.Value.Actions {
		if !a.Ended.Before(s.Now.Add(-Recently)) {
			recent = append(recent, a)
		}
	}
	return recent
}

// Status makes the answer of `kdeck status` of a State with a snapshot.
func Status(s *state.State) StatusJSON {
	out := StatusJSON{
		Envelope: EnvelopeOf(s.Snapshot), Verdict: s.Verdict, NotLookedAt: []string{}, Controller: s.Snapshot.Controller, Findings: Findings(s.Findings), Signs: Signs(s),
	}
	for _, u := range health.NotLookedAt(s) {
		out.NotLookedAt = append(out.NotLookedAt, u.What)
	}
	out.Unknown = append(out.Unknown, health.ClientsUnread(s)...)
	if recent := RecentActions(s); recent != nil {
		out.Changes = []ActionJSON{}
		for i := range recent {
			out.Changes = append(out.Changes, ActionAnswer(&recent[i], false))
		}
	}
	return out
}

// Findings are findings as JSON has them, in which no list is null.
func Findings(findings []state.Finding) []state.Finding {
	out := list(slices.Clone(findings))
	for i := range out {
		out[i].Evidence = list(out[i].Evidence)
	}
	return out
}

// BrokersJSON is the answer of `kdeck brokers`.
type BrokersJSON struct {
	Envelope
	Brokers []BrokerJSON `json:"brokers"`
}

// BrokerJSON is one broker of an answer.
type BrokerJSON struct {
	ID              int32                    `json:"id"`
	Host            string                   `json:"host"`
	Port            int32                    `json:"port"`
	Rack            *string                  `json:"rack"`
	Alive           bool                     `json:"alive"`
	Fenced          state.Reading[bool]      `json:"fenced"`
	Cordoned        state.Reading[bool]      `json:"cordoned"`
	SilentSince     state.Reading[time.Time] `json:"silent_since"`
	Controller      state.Reading[bool]      `json:"controller"`
	Leaders         int                      `json:"leaders"`
	Replicas        int                      `json:"replicas"`
	UnderReplicated int                      `json:"under_replicated"`
	LogDirs         []DirJSON                `json:"log_dirs"`
	AnsweredMS      state.Reading[float64]   `json:"answered_ms"`
	MetadataOffset  state.Reading[int64]     `json:"metadata_offset"`
	MetadataBehind  state.Reading[int64]     `json:"metadata_behind"` // records; 0: it keeps up
	BrokerMetricsJSON
	// Both are null where the broker's metrics aren't known.
	Signs    []SignJSON    `json:"signs"`
	Outliers []OutlierJSON `json:"outliers"`
}

// DirJSON is one log dir of a broker.
type DirJSON struct {
	Path        string  `json:"path"`
	Error       *string `json:"error"`
	SizeBytes   *int64  `json:"size_bytes"`
	TotalBytes  *int64  `json:"total_bytes"`
	UsableBytes *int64  `json:"usable_bytes"`
	Replicas    int     `json:"replicas"`
	Cordoned    bool    `json:"cordoned"`
}

// BrokersAnswer makes the answer of `kdeck brokers` from the rows that a filter left. Brokers whose metrics were asked
// for and are unknown are listed as such.
func BrokersAnswer(st *state.State, rows []BrokerRow) BrokersJSON {
	s, peers := st.Snapshot, health.PeersOf(st)
	out := BrokersJSON{Envelope: EnvelopeOf(s), Brokers: []BrokerJSON{}}
	out.Unknown = append(out.Unknown, MetricsMissing(rows)...)
	for _, r := range rows {
		b := BrokerJSON{
			ID: r.ID, Host: r.Host, Port: r.Port, Rack: named(r.Rack), Alive: r.Alive,
			Fenced: r.Fenced, Cordoned: r.Cordoned, SilentSince: r.SilentSince,
			Controller: state.Reading[bool]{Value: r.Controller, Known: s.Controller.Known},
			Leaders:    r.Leaders, Replicas: r.Replicas, UnderReplicated: r.UnderReplicated,
			AnsweredMS:     state.Reading[float64]{Value: float64(r.Answered.Value.Microseconds()) / 1000, Known: r.Answered.Known},
			MetadataOffset: r.MetadataOffset, MetadataBehind: r.Behind, BrokerMetricsJSON: brokerMetricsOf(r), Signs: signsOf(st, peers, r.ID),
		}
		if b.Signs != nil {
			b.Outliers = []OutlierJSON{}
			for _, o := range peers.Outliers {
				if o.Broker == r.ID {
					b.Outliers = append(b.Outliers, OutlierJSON{o.Figure, o.Value, o.Median})
				}
			}
		}
		if r.LogDirs.Known {
			b.LogDirs = []DirJSON{}
			for _, d := range r.LogDirs.Value {
				dir := DirJSON{Path: d.Path, TotalBytes: known(d.Total), UsableBytes: known(d.Usable), Replicas: d.Replicas, Cordoned: d.Cordoned}
				if d.Error != "" {
					dir.Error = &d.Error
				} else {
					dir.SizeBytes = &d.Size // an offline dir can't say what it holds
				}
				b.LogDirs = append(b.LogDirs, dir)
			}
		}
		out.Brokers = append(out.Brokers, b)
	}
	return out
}

// PartitionJSON is one partition of an answer.
type PartitionJSON struct {
	Topic           string  `json:"topic"`
	Partition       int32   `json:"partition"`
	Leader          *int32  `json:"leader"`
	LeaderEpoch     *int32  `json:"leader_epoch"`
	Replicas        []int32 `json:"replicas"`
	ISR             []int32 `json:"isr"`
	Offline         []int32 `json:"offline"`
	Adding          []int32 `json:"adding"`
	Removing        []int32 `json:"removing"`
	ELR             []int32 `json:"elr"`
	LastKnownELR    []int32 `json:"last_known_elr"`
	MinISR          *int    `json:"min_isr"`
	UnderReplicated bool    `json:"under_replicated"`
	UnderMinISR     *bool   `json:"under_min_isr"`
	AtMinISR        *bool   `json:"at_min_isr"`
	SizeBytes       *int64  `json:"size_bytes"`
}

// PartitionAnswer makes the JSON of one partition. The leader of a leaderless partition is null; moves are null where
// ListPartitionReassignments was not answered.
func PartitionAnswer(s *state.Snapshot, p state.Partition) PartitionJSON {
	out := PartitionJSON{
		Topic: p.Topic().Name(), Partition: p.ID(),
		Replicas: p.AppendReplicas([]int32{}), ISR: p.AppendISR([]int32{}), Offline: p.AppendOffline([]int32{}),
		ELR: p.AppendELR(nil), LastKnownELR: p.AppendLastKnownELR(nil), UnderReplicated: p.UnderReplicated(),
	}
	if s.Moves.Known {
		out.Adding, out.Removing = p.AppendAdding([]int32{}), p.AppendRemoving([]int32{})
	}
	if l := p.Leader(); l >= 0 {
		out.Leader = &l
	}
	if e := p.LeaderEpoch(); e >= 0 {
		out.LeaderEpoch = &e
	}
	if n, known := p.Topic().MinISR(); known {
		out.MinISR = &n
	}
	if under, known := p.UnderMinISR(); known {
		out.UnderMinISR = &under
	}
	if at, known := p.AtMinISR(); known {
		out.AtMinISR = &at
	}
	if n, known := p.Size(); known {
		out.SizeBytes = &n
	}
	return out
}

// WritePartitions writes the answer of `kdeck partitions` one partition at a time: of 1,000,000 it would be gigabytes in
// memory.
func WritePartitions(w io.Writer, s *state.Snapshot, partitions []state.Partition) error {
	bw := bufio.NewWriterSize(w, 1<<16)
	head, err := printable.Marshal(EnvelopeOf(s))
	if err != nil {
		return err
	}
	bw.Write(head[:len(head)-1])
	bw.WriteString(",\"partitions\":[")
	for i, p := range partitions {
		row, err := printable.Marshal(PartitionAnswer(s, p))
		if err != nil {
			return err
		}
		if i > 0 {
			bw.WriteByte(',')
		}
		bw.WriteByte('\n')
		bw.Write(row)
	}
	bw.WriteString("]}\n")
	return bw.Flush()
}
