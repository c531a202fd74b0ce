package assigner

// Plan is the changes and their costs.
type Plan struct {
	// Changes are the partitions whose replica list changes, by topic and id.
	Changes []Change
	// Moves counts the (partition, broker) pairs that are new: the replicas that are copied.
	Moves int
	// MovesBound is a lower bound of the moves of any plan that meets the demands as well.
	MovesBound int
	// Bytes is what the moves copy. BytesBound is a lower bound of what the moves of MovesBound copy.
	Bytes, BytesBound Bytes
	// Fullest is how many bytes the fullest target holds in the end, as far as known. FullestBound is a lower bound of that in
	// any plan. Both are 0 if no demand levels bytes.
	Fullest, FullestBound int64
	// LeaderChanges counts the partitions whose preferred leader, the first replica, changes.
	LeaderChanges int
	// LeaderChangesBound is a lower bound of that in any plan with equally good replica sets and, if they are demanded, equally
	// level leaders.
	LeaderChangesBound int
	// Relaxed says in sentences which demands are met only in part, and why.
	Relaxed []string
	// Stuck lists the partitions that a demand would change but that can't be moved.
	Stuck []Stuck
	// Proof proves that the replica sets are the best. Check verifies it.
	Proof *Proof
	// Brokers is what each broker holds before and after, by id, with those that only replica lists name.
	Brokers []Load
}

// Change is one partition's replica list before and after.
type Change struct {
	Topic         string
	ID            int32
	Bytes         int64 // the size of one replica, or -1
	Before, After []int32
	// Because lists the demands, in words, that force the change or that it helps to meet.
	Because []string
}

// Bytes is a sum of sizes, some of which may be unknown.
type Bytes struct {
	Known   int64 // the sum of the known sizes
	Unknown int   // how many more replicas there are, of unknown size
}

func (b *Bytes) add(size int64, replicas int) {
	if size < 0 {
		b.Unknown += replicas
		return
	}
	b.Known += size * int64(replicas)
}

// Stuck is a partition that can't be moved because no broker could copy it, so that the move would hang until a broker that has
// all of it is back; or that a drain can't move because too few brokers may hold it.
type Stuck struct {
	Topic    string
	ID       int32
	Replicas []int32
	On       []int32 // the brokers that it should have left
	Why      string
	Short    *InfeasibleError // which brokers may hold it, where those are too few; else nil
}

// Load is what a broker holds before and after.
type Load struct {
	Broker        int32
	Rack          string
	Target        bool   // it may receive replicas in this plan
	Why           string // why it may not
	Before, After Holding
}

// Holding is what a broker holds at one time.
type Holding struct {
	Replicas int
	Leaders  int // partitions whose first replica it is
	Bytes    Bytes
}
