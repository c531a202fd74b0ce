package probe

// Stage is a part of the way from a client to a record that it can read.
type Stage int

// The stages, in the order in which a client meets them. A duration of a stage never holds that of another but for EndToEnd.
const (
	DNS         Stage = iota // looking up the broker's host
	TCP                      // connecting; the broker's machine answers, not the broker
	TLS                      // the handshake
	SASL                     // asking for ApiVersions and authenticating, as one stage
	FirstAnswer              // ApiVersions, asked first on a new connection
	Answer                   // ApiVersions, on a connection that has been used
	Produce                  // acks=1: the leader has the record
	ProduceAll               // acks=all: every replica in sync has it
	Fetch                    // reading a record that is known to be on all replicas in sync
	EndToEnd                 // from the send with acks=1 until the record is read
	Metadata                 // the list of brokers; only where nothing is written
	ListOffsets              // the end of a partition; only where nothing is written
	numStages
)

var stageNames = [numStages]string{"dns", "tcp", "tls", "sasl", "first-answer", "answer", "produce-acks-1", "produce-acks-all", "fetch", "end-to-end", "metadata", "list-offsets"}

// String is the stage's name in documents and metrics.
func (s Stage) String() string { return stageNames[s] }

// Stages are all stages.
func Stages() []Stage {
	list := make([]Stage, numStages)
	for i := range list {
		list[i] = Stage(i)
	}
	return list
}
