package sim

import (
	"fmt"
	"io"
	"time"
)

// Options say what cluster to make. The zero value is the healthy default: 12 brokers in 3 racks, 60 topics, on free
// loopback ports and the machine's clock.
type Options struct {
	Scenario string // one of [Scenarios]; empty: healthy

	Brokers     int // default 12; their ids count from 1
	Racks       int // default 3
	LogDirs     int // of each broker, default 2
	Controllers int // default 3; their ids count from 3001
	Topics      int // default 60
	Partitions  int // of all topics together; 0: about ten for each topic

	Seed uint64 // the same seed makes the same cluster and, asked the same, the same events

	// Listen is the host and port of broker 1; the others, the controllers and the brokers' metrics follow on the next ports.
	// Empty: free ports of 127.0.0.1.
	Listen string
	// Virtual opens no sockets: the cluster is reached by [Cluster.DialContext] alone, also inside a testing/synctest bubble.
	Virtual bool

	Clock  Clock     // nil: [WallClock]
	Events io.Writer // gets a line for each event in the cluster; may be nil

	// Metrics adds tenants that use the brokers, quotas that limit them, and for each broker the text endpoint of a
	// Prometheus JMX exporter without rules: [Cluster.MetricsURLs]. The tenants' load shows in the metrics alone.
	Metrics bool

	// Groups gives the topics that the cluster begins with records, and its tenants consumer groups, producers and
	// transactions. All of it is computed from the clock when it is asked for.
	Groups bool
	// MoreGroups adds this many groups, named reader-0001 and so on, each of which keeps up with GroupTopics topics
	// (default 5). They need Groups.
	MoreGroups  int
	GroupTopics int

	// Live makes logs grow, and followers fall behind now and then.
	Live bool

	SessionTimeout time.Duration // from a broker's last heartbeat until it is fenced; default 9 s
	Bandwidth      int64         // bytes a second that each broker can send, and receive, for replication; default 100 MB
	PartitionBytes int64         // size of every partition; 0: lognormal around 1.5 GB
	WithoutELR     bool          // no eligible leader replicas (KIP-966), as before Kafka 4.1
}

func (o Options) withDefaults() (Options, error) {
	for _, d := range []struct {
		name  string
		value *int
		unset int
		most  int
	}{
		{"Brokers", &o.Brokers, 12, 1000},
		{"Racks", &o.Racks, 3, 1000},
		{"LogDirs", &o.LogDirs, 2, 100},
		{"Controllers", &o.Controllers, 3, 9},
		{"Topics", &o.Topics, 60, 100_000},
		{"GroupTopics", &o.GroupTopics, 5, 100_000},
	} {
		if *d.value == 0 {
			*d.value = d.unset
		}
		if *d.value < 0 || *d.value > d.most {
			return o, fmt.Errorf("sim: %s is %d, want 1 to %d", d.name, *d.value, d.most)
		}
	}
	if o.Partitions != 0 && o.Partitions < o.Topics {
		return o, fmt.Errorf("sim: %d partitions for %d topics", o.Partitions, o.Topics)
	}
	if o.MoreGroups < 0 || o.MoreGroups > 100_000 || o.MoreGroups > 0 && !o.Groups {
		return o, fmt.Errorf("sim: MoreGroups is %d, want 0 to 100000, and Groups with it", o.MoreGroups)
	}
	if o.Clock == nil {
		o.Clock = WallClock()
	}
	if o.SessionTimeout == 0 {
		o.SessionTimeout = 9 * time.Second
	}
	if o.Bandwidth == 0 {
		o.Bandwidth = 100_000_000
	}
	return o, nil
}
