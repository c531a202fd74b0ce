package state

// Throttle is a setting that limits how fast replicas are copied: a rate of a broker (KIP-73, and KIP-113 for copies between its
// log dirs), or replicas on a topic's list of those that the rates are for.
type Throttle struct {
	Broker int32  // whose it is, where Topic is empty
	Topic  string //
	Key    string // the config
	Value  string // bytes a second; of a topic, those entries of the list that the row is about

	Whose  Ownership
	Why    string        // where Whose is Unclear: why it isn't known
	Moving Reading[bool] // something is being copied under it
}

// Ownership is whose a throttle is.
type Ownership string

// Whose a throttle can be.
const (
	OfRun    Ownership = "run"      // a run of kdeck on this machine set it, and needs it still
	LeftOver Ownership = "leftover" // nothing moves under it, and nothing needs it
	Unclear  Ownership = "unknown"  // others set it: for moves of theirs, or for good
)
