package state

import "time"

// Broker is what is known of one broker, by others and by itself.
type Broker struct {
	ID   int32
	Host string // advertised on the listener that kdeck came in by; "" when only replica lists name it
	Port int32
	Rack string // "" when it has none

	// Alive tells whether the cluster's metadata lists the broker: registered and not fenced.
	Alive bool
	// Fenced brokers are registered but take no part (KIP-631). Asked with DescribeCluster v2 (Kafka 4.0+);
	// before that unknown for a broker that is not alive.
	Fenced Reading[bool]
	// Cordoned: no log dir of it takes new replicas (KIP-1066, Kafka 4.3+).
	Cordoned Reading[bool]
	// SilentSince is the last time the quorum's leader had a metadata fetch from a broker that is not alive, or from
	// one that is and yet has not fetched for long.
	SilentSince Reading[time.Time]
	// Answered is how long its own last answer took. Unknown: it does not answer kdeck, and Why says how.
	Answered Reading[time.Duration]
	// AnswerTime is how long its answer to one small request took (ApiVersions), without the making of the connection; the least of a few where the first one
	// took long. Unlike Answered it is alike for brokers that are alike.
	AnswerTime Reading[time.Duration]
	// ConnectTime is how long it took to connect to it anew. Only where answers take long is that tried: the broker's operating system takes connections, so that
	// it tells the path from the broker.
	ConnectTime Reading[time.Duration]
	// Certificate is the one that its listener showed kdeck last, at the time of the reading. Unknown without TLS.
	Certificate Reading[Certificate]
	// AnsweredBy is who answers kdeck at the broker's address in its place: another broker's id, "other" for a broker of
	// another cluster, "??" for one that doesn't tell who it is. Empty: nobody does.
	AnsweredBy string
	// MetadataOffset is the offset of the last metadata record that the broker has applied: its
	// ApiVersions answer's FinalizedFeaturesEpoch, which in KRaft is the offset of its metadata image.
	MetadataOffset Reading[int64]
	LogDirs        Reading[[]LogDir]
}

// Certificate is a TLS certificate, of a chain the one that ends first.
type Certificate struct {
	Subject     string
	From, Until time.Time
}

// MayReceive tells whether the broker can be given a replica, and if not, why. Kafka accepts a
// reassignment to a fenced, dead or cordoned broker, and the move then hangs.
func (b *Broker) MayReceive() (ok bool, why string) {
	switch {
	case b.Fenced.Or(false):
		return false, "fenced"
	case !b.Alive:
		return false, "dead"
	case b.Cordoned.Or(false):
		return false, "cordoned"
	}
	return true, ""
}

// LogDir is one log directory of one broker, as the broker itself describes it.
type LogDir struct {
	Path     string
	Error    string // Kafka's error name, KAFKA_STORAGE_ERROR when the dir is offline; "" when it is well
	Size     int64  // bytes of all replicas in it, future ones included
	Total    int64  // bytes of the volume, -1 unknown (before Kafka 3.3)
	Usable   int64  // bytes free on the volume, -1 unknown
	Replicas int
	Future   int // replicas that are being moved into this dir from another of the same broker
	Cordoned bool
}

// Voter is a controller of the metadata quorum as its leader sees it.
type Voter struct {
	ID           int32
	LogEndOffset int64     // -1 unknown
	LastFetch    time.Time // zero: unknown, or the leader itself
	LastCaughtUp time.Time
}
