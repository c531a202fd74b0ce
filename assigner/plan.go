package assigner

// Plan is what changes and what that costs.
type Plan struct {
	// Changes are the partitions whose replica list changes, by topic and id.
	Changes []Change
	// Moves counts the (partition, broker) pairs that are new: the copies that travel.
	Moves int
	// MovesBound is a number of moves that no plan which meets the demands as well can do with less of.
	MovesBound int
	// Bytes is what the moves copy, BytesBound what those copy at the least that MovesBound counts.
	Bytes, BytesBound Bytes
	// Fullest is how many bytes the target with the most holds in the end, as far as known, FullestBound a number that it
	// can't be below in any plan; both are 0 where bytes needn't be level.
	Fullest, FullestBound int64
	// LeaderChanges counts the partitions whose preferred leader, the first replica, changes.
	LeaderChanges int
	// LeaderChangesBound is how many of those no plan can do without that is as good in what goes before few such changes:
	// in the replica sets, and in level leaders, if those are demanded.
	LeaderChangesBound int
	// Relaxed says in sentences what was not held to, and why.
	Relaxed []string
	// Stuck are the partitions that a demand would change and that can't be moved.
	Stuck []Stuck
	// Proof shows that the replica sets are the best there are; Check verifies it.
	Proof *Proof
	// Brokers is what each broker holds before and after, by id, those included that only replica lists name.
	Brokers []Load
}

// Change is one partition's replica list before and after.
type Change struct {
	Topic         string
	ID            int32
	Bytes         int64 // the size of one replica, or -1
	Before, After []int32
	// Because are the demands in words that this serves: those that force it, or those for whose sake it is done.
	Because []string
}

// Bytes is an amount of which a part may not be known.
type Bytes struct {
	Known   int64 // the sum of what is known
	Unknown int   // how many replicas there are on top whose size isn't known
}

func (b *Bytes) add(size int64, replicas int) {
	if size < 0 {
		b.Unknown += replicas
		return
	}
	b.Known += size * int64(replicas)
}

// Stuck is a partition that can't be moved, for nobody could copy it to the new replicas: the move would hang until one
// of the brokers returns that have all of it.
type Stuck struct {
	Topic    string
	ID       int32
	Replicas []int32
	On       []int32 // the brokers that it should have left
	Why      string
}

// Load is what a broker holds before and after.
type Load struct {
	Broker        int32
	Rack          string
	Target        bool   // this plan may give it replicas
	Why           string // if not, why
	Before, After Holding
}

// Holding is what a broker holds at one time.
type Holding struct {
	Replicas int
	Leaders  int // partitions whose first replica it is
	Bytes    Bytes
}
