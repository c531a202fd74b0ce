package view

import (
	"cmp"
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// PartitionStates are the words for how a partition stands, worst first.
var PartitionStates = []string{"OFFLINE", "<MIN-ISR", "AT-MIN", "URP", "MOVING", "ok"}

// PartitionState is one of PartitionStates. AT-MIN only counts where a replica is missing: RF 2 with
// min.insync.replicas 2 is at its minimum when all is well.
func PartitionState(p state.Partition) string {
	under, _ := p.UnderMinISR()
	at, _ := p.AtMinISR()
	urp := p.UnderReplicated()
	switch {
	case p.Leaderless():
		return "OFFLINE"
	case under:
		return "<MIN-ISR"
	case at && urp:
		return "AT-MIN"
	case urp:
		return "URP"
	case p.Moving():
		return "MOVING"
	}
	return "ok"
}

func partitionRank(p state.Partition) int { return rank(PartitionStates, PartitionState(p)) }

// ComparePartitions orders partitions by topic and number.
func ComparePartitions(a, b state.Partition) int {
	if c := cmp.Compare(a.Topic().Name(), b.Topic().Name()); c != 0 {
		return c
	}
	return cmp.Compare(a.ID(), b.ID())
}

// WorstFirst orders partitions by how badly they stand, then by topic and number.
func WorstFirst(a, b state.Partition) int {
	if c := cmp.Compare(partitionRank(a), partitionRank(b)); c != 0 {
		return c
	}
	return ComparePartitions(a, b)
}

func missing(p state.Partition) string {
	var ids []int32
	for id := range p.Missing() {
		ids = append(ids, id)
	}
	return IDs(ids)
}

func leader(p state.Partition) string {
	if l := p.Leader(); l >= 0 {
		return strconv.Itoa(int(l))
	}
	return "none"
}

func minISR(p state.Partition) (int64, bool) {
	n, known := p.Topic().MinISR()
	return int64(n), known
}

func plain(n int64) string { return strconv.FormatInt(n, 10) }

// moving says what a reassignment does to the partition: "+4 -1".
func moving(p state.Partition) string {
	var b strings.Builder
	for r := range p.Replicas() {
		if r.Adding {
			b.WriteString(" +" + strconv.Itoa(int(r.Broker)))
		}
	}
	for r := range p.Replicas() {
		if r.Removing {
			b.WriteString(" -" + strconv.Itoa(int(r.Broker)))
		}
	}
	return strings.TrimPrefix(b.String(), " ")
}

// PartitionColumns are the columns of partitions.
func PartitionColumns() []Column[state.Partition] {
	return []Column[state.Partition]{
		{Head: "TOPIC", Name: "topic", Help: "name of the topic",
			Cell: func(p state.Partition) string { return p.Topic().Name() },
			Key:  func(p state.Partition) int64 { return int64(p.Index()) }}, // which is in order of topic and number
		Count("PART", "partition", "number of the partition within its topic", func(p state.Partition) int { return int(p.ID()) }),
		{Head: "STATE", Name: "state", Help: "the worst that is true: OFFLINE (no leader), <MIN-ISR (writes with acks=all are refused), AT-MIN (they are with one more replica lost), URP (a replica is out of sync), MOVING, ok",
			Cell: PartitionState, Key: func(p state.Partition) int64 { return int64(partitionRank(p)) }},
		{Head: "LEADER", Name: "leader", Help: "id of the broker that leads it; none while it is OFFLINE", Right: true, Cell: leader,
			Key: func(p state.Partition) int64 { return int64(p.Leader()) }},
		{Head: "ISR/RF", Name: "isr", Help: "how many replicas are in sync, of how many that it has", Right: true,
			Cell: func(p state.Partition) string {
				return strconv.Itoa(p.ISRSize()) + "/" + strconv.Itoa(p.ReplicationFactor())
			},
			Key: func(p state.Partition) int64 { return int64(p.ISRSize() - p.ReplicationFactor()) }},
		Measured("MIN", "min_isr", "min.insync.replicas of the topic: with fewer in sync, writes with acks=all are refused; ?? where the configs weren't read", minISR, plain),
		{Head: "MISSING", Name: "missing", Help: "ids of the brokers whose replica ought to be in sync and is not; - for none", Cell: missing,
			Key: func(p state.Partition) int64 {
				var k brokersKey
				for id := range p.Missing() {
					k.add(id)
				}
				return k.key()
			}},
		{Head: "REPLICAS", Name: "replicas", Help: "ids of the brokers with a replica, the preferred leader first",
			Cell: func(p state.Partition) string { return IDs(p.AppendReplicas(nil)) },
			Key: func(p state.Partition) int64 {
				var k brokersKey
				for r := range p.Replicas() {
					k.add(r.Broker)
				}
				return k.key()
			}},
		Measured("SIZE", "size_bytes", "bytes of one copy, as the leader's log dirs tell or else the largest replica; ?? where no broker with a replica tells", state.Partition.Size, format.Bytes),
		Text("MOVE", "move", "what a reassignment in progress adds (+4) and removes (-1); empty for none", moving),
		Wide(Text("ISR", "isr_ids", "ids of the brokers whose replica is in sync", func(p state.Partition) string { return IDs(p.AppendISR(nil)) })),
		Wide(Text("OFFLINE REPLICAS", "offline_replicas", "ids of the brokers whose replica is offline: the broker is dead or its log dir failed; - for none; as the brokers' metadata says", func(p state.Partition) string { return IDs(p.AppendOffline(nil)) })),
		Wide(Text("ELR", "elr", "eligible leader replicas: they may lead without loss though they are out of sync; asked only where there is no leader or too few are in sync; - for none", func(p state.Partition) string { return IDs(p.AppendELR(nil)) })),
		Wide(Count("EPOCH", "leader_epoch", "leader epoch: it grows by one with each change of the leader", func(p state.Partition) int { return int(p.LeaderEpoch()) })),
	}
}

// brokersKey makes the key of a list of brokers from the first four of them, so that it can be sorted fast. An empty list
// has no value.
type brokersKey struct{ v, n int64 }

func (k *brokersKey) add(id int32) {
	if k.n < 4 {
		k.v = k.v<<15 | int64(min(id, 1<<15-2)+1)
		k.n++
	}
}

func (k *brokersKey) key() int64 {
	if k.n == 0 {
		return NoValue
	}
	return k.v << (15 * (4 - k.n))
}
