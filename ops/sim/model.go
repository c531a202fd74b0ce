package sim

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// model is the state of the cluster and the only thing that changes it. It knows nothing of connections. Whoever calls it
// holds Cluster.mu. The slices of a partition (replicas, isr, …) are replaced and never written to, because other goroutines
// may still encode answers that hold them.
type model struct {
	now    time.Duration // since the start
	start  time.Time
	events io.Writer // may be nil
	rng    *rand.Rand

	sessionTimeout time.Duration
	bandwidth      float64 // bytes a second into and out of each broker, for replication
	elr            bool    // eligible leader replicas (KIP-966) are enabled
	denied         permissions

	brokers      []*broker // by id
	unregistered []*broker // until they start again
	controllers  []*controller
	quorum       quorum
	topics       []*topic // by name
	byName       map[string]*topic
	byID         map[[16]byte]*topic
	defaults     map[string]string // dynamic cluster-wide broker configs
	groupConfigs map[string]map[string]string

	schedule schedule
	copying  copying
	quotas   quotas
	traffic  *traffic // nil without metrics
	groups   groups

	transactional []*partition   // that tenants write in transactions
	transactions  []*transaction // that coordinators know and that don't end by the clock

	records     int64 // written to the metadata log
	view        *view // the newest, nil when out of date
	hostedStale bool  // broker.hosted must be made anew
}

type broker struct {
	id          int32
	host        string
	port        int32
	rack        string
	dirs        []logDir
	configs     map[string]string // dynamic
	up          bool              // the process runs and answers
	fenced      bool
	lastSeen    time.Duration // when it was last up
	incarnation int           // counts starts and stops, so that a timeout of an earlier life is recognised
	stale       *view         // what it answers from instead of the newest view
	makesNone   bool          // new replicas get no log

	hosted []*partition // in order of topic and partition

	quotaLevels            [quotaTypes]quotaLevels // ever set since the process began
	meters                 *brokerMeters           // nil before the process has measured anything
	isrShrinks, isrExpands float64                 // of what it leads, since the process began
}

type logDir struct {
	path     string
	total    int64 // bytes
	replicas int   // placed here
	offline  bool
	cordoned bool
}

// usableDir reports whether a replica can be read and written on this broker's dir.
func (b *broker) usableDir(i int) bool { return i < len(b.dirs) && !b.dirs[i].offline }

type controller struct {
	id       int32
	host     string
	port     int32
	up       bool
	lastSeen time.Duration
}

type quorum struct {
	leader int32 // -1: none
	epoch  int32
}

type topic struct {
	name     string
	id       [16]byte
	internal bool
	configs  map[string]string // dynamic
	parts    []*partition
	cached   *topicView // nil when out of date
}

type partition struct {
	topic          *topic
	id             int32
	replicas       []int32
	isr            []int32
	adding         []int32
	removing       []int32
	elr            []int32
	lastKnownELR   []int32
	leader         int32 // -1: none
	leaderEpoch    int32
	partitionEpoch int32

	bytes  float64       // size of the leader's log at asOf
	asOf   time.Duration //
	growth float64       // bytes a second while there is a leader that is up
	stream *stream       // its records, nil without; kfake keeps those of the others
	logs   []replicaLog
	behind bool // listed in copying.behind

	// Of the partitions of internal topics, by which brokers coordinate.
	unwritable      bool          // it has no leader, or fewer in-sync replicas than it needs
	unwritableSince time.Duration // while unwritable
	loadedAt        time.Duration // when its leader has loaded what it coordinates
}

// replicaLog is one replica's log on its broker's disk.
type replicaLog struct {
	broker int32
	dir    int
	bytes  float64 // at asOf, when not in sync; an in-sync replica has what the leader has
	asOf   time.Duration
	rate   float64 // bytes a second since asOf
	paused bool    // doesn't fetch, for a reason that only the replica knows
	unmade bool    // the broker has no log of it, and the metadata doesn't tell
}

func (p *partition) String() string { return p.topic.name + "-" + strconv.Itoa(int(p.id)) }

func (p *partition) log(broker int32) *replicaLog {
	for i := range p.logs {
		if p.logs[i].broker == broker {
			return &p.logs[i]
		}
	}
	return nil
}

func (p *partition) reassigning() bool { return len(p.adding) > 0 || len(p.removing) > 0 }

func comparePartitions(a, b *partition) int {
	return cmp.Or(strings.Compare(a.topic.name, b.topic.name), cmp.Compare(a.id, b.id))
}

func (m *model) broker(id int32) *broker {
	i, ok := slices.BinarySearchFunc(m.brokers, id, func(b *broker, id int32) int { return cmp.Compare(b.id, id) })
	if !ok {
		return nil
	}
	return m.brokers[i]
}

func (m *model) controller(id int32) *controller {
	for _, c := range m.controllers {
		if c.id == id {
			return c
		}
	}
	return nil
}

func (m *model) partition(topic string, id int32) *partition {
	t := m.byName[topic]
	if t == nil || id < 0 || int(id) >= len(t.parts) {
		return nil
	}
	return t.parts[id]
}

// alive reports whether the controller treats the broker as alive: registered and not fenced.
func (m *model) alive(id int32) bool {
	b := m.broker(id)
	return b != nil && !b.fenced
}

// serving reports whether the broker's process runs.
func (m *model) serving(id int32) bool {
	b := m.broker(id)
	return b != nil && b.up
}

// online reports whether the controller would count the replica as online: its broker alive, its log dir not failed.
func (m *model) online(p *partition, id int32) bool {
	b := m.broker(id)
	if b == nil || b.fenced {
		return false
	}
	l := p.log(id)
	return l == nil || b.usableDir(l.dir)
}

// size is the length of the leader's log now, in bytes.
func (m *model) size(p *partition) float64 {
	return p.bytes + m.growthNow(p)*(m.now-p.asOf).Seconds()
}

// growthNow is what is being appended to the partition, bytes a second.
func (m *model) growthNow(p *partition) float64 {
	if p.leader < 0 || !m.serving(p.leader) {
		return 0
	}
	return p.growth
}

// settle computes the sizes of the partition's logs as of now. Call it before anything that they depend on changes.
func (m *model) settle(p *partition) {
	for i := range p.logs {
		l := &p.logs[i]
		l.bytes, l.asOf = m.fetchedBytes(p, l), m.now
	}
	p.bytes, p.asOf = m.size(p), m.now
}

// logBytes is the size of the replica's log on its disk now.
func (m *model) logBytes(p *partition, l *replicaLog) int64 {
	if slices.Contains(p.isr, l.broker) {
		return int64(m.size(p))
	}
	return int64(m.fetchedBytes(p, l))
}

// offset is the end of the metadata log: the records of all changes and the no-op record that an idle quorum leader writes
// every 500 ms (metadata.max.idle.interval.ms).
func (m *model) offset() int64 { return m.records + int64(m.now/(500*time.Millisecond)) }

// changed counts a record of the metadata log. t is the topic that it is about; nil stands for brokers, on which the metadata
// of every topic depends.
func (m *model) changed(t *topic) {
	m.records++
	m.view = nil
	if t != nil {
		t.cached = nil
		return
	}
	for _, t := range m.topics {
		t.cached = nil
	}
}

func (m *model) eventf(format string, args ...any) {
	if m.events != nil {
		fmt.Fprintf(m.events, "%11.3f %s\n", m.now.Seconds(), fmt.Sprintf(format, args...))
	}
}

// eachPartition calls f for every partition, in order of topic and partition.
func (m *model) eachPartition(f func(*partition)) {
	for _, t := range m.topics {
		for _, p := range t.parts {
			f(p)
		}
	}
}

// hosted lists the partitions that have a replica on the broker, in order.
func (m *model) hosted(b *broker) []*partition {
	if m.hostedStale {
		for _, b := range m.brokers {
			b.hosted = nil
		}
		m.eachPartition(func(p *partition) {
			for _, l := range p.logs {
				if b := m.broker(l.broker); b != nil {
					b.hosted = append(b.hosted, p)
				}
			}
		})
		m.hostedStale = false
	}
	return b.hosted
}

// minISR is min.insync.replicas as it applies to the topic.
func (m *model) minISR(t *topic) int {
	n, err := strconv.Atoi(m.topicConfig(t, "min.insync.replicas"))
	if err != nil {
		return 1
	}
	return n
}

// minISROf is how many replicas of a partition must be in sync: no more than there are (Partition.effectiveMinIsr).
func (m *model) minISROf(p *partition) int { return min(m.minISR(p.topic), len(p.replicas)) }

func (m *model) addTopic(t *topic, assignment [][]int32, id [16]byte) {
	t.id = id
	for _, replicas := range assignment {
		m.addPartition(t, replicas)
	}
	i, _ := slices.BinarySearchFunc(m.topics, t.name, func(t *topic, name string) int { return strings.Compare(t.name, name) })
	m.topics = slices.Insert(m.topics, i, t)
	m.byName[t.name], m.byID[t.id] = t, t
	m.hostedStale = true
	m.changed(t)
}

func (m *model) removeTopic(t *topic) {
	m.topics = slices.DeleteFunc(m.topics, func(o *topic) bool { return o == t })
	delete(m.byName, t.name)
	delete(m.byID, t.id)
	for _, p := range t.parts {
		m.copying.untrack(p)
		m.place(p, nil)
	}
	m.forgetTopic(t)
	m.hostedStale = true
	m.changed(t)
}
