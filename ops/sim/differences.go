package sim

// Difference is a way in which a simulated cluster is known not to be Kafka.
type Difference struct {
	Sim   string
	Kafka string
}

// Differences lists all that are known. None is in what ops/sim/behaviour asserts: that is the same here and on Kafka 3.9.2
// and 4.3.1, which differ from each other in eligible leader replicas alone ([Options].WithoutELR).
var Differences = []Difference{
	{"leaders go back to the first replica when somebody elects them", "also by themselves, every five minutes (auto.leader.rebalance.enable)"},
	{"a follower is in sync as soon as it has caught up", "after its next fetch and an answer of the controller, some milliseconds later"},
	{"bytes flow evenly at the rate of the throttle", "in bursts around it, over a window of eleven seconds"},
	{"sizes that the seed made have no records behind them: their offsets are 0", "sizes come of records"},
	{"logs grow without end", "retention and compaction cut them"},
	{"no fetch sessions are granted", "fetch sessions are granted while there is room"},
	{"only leaders serve consumers", "followers do too, to consumers that name their rack and where replica.selector.class is set (KIP-392)"},
	{"no SASL, no TLS, no ACLs, no share or streams groups, no groups of the new protocol (KIP-848)", "all of them"},
	{"a broker that is started again serves two seconds later", "when it has loaded its logs and caught up with the metadata"},
	{"the quorum's leader changes at once when it dies", "after the fetch timeout of the other voters"},
	{"coordinators know every group at once wherever its partition moves", "they load the partition first"},
	{"a write that is larger than the disk succeeds", "the log dir fails"},
	{"a broker with a stale view goes on fetching the metadata log, and is never fenced for it", "the same while its publishing hangs, which is what is modelled; one that doesn't fetch is fenced"},
	{"what the tenants of a cluster with metrics send and read shows in the metrics and in who is held back, and nowhere else: no group is theirs, logs don't grow by it", "there is one truth"},
	{"tenants have users on a listener without authentication; a real client's requests are in no metric and under no quota", "clients without authentication are ANONYMOUS, and all are counted"},
	{"controller_mutation_rate and connection_creation_rate are kept and bind nobody", "they bind"},
	{"a request that claims billions of tagged fields keeps its connection busy for a minute (kmsg)", "it is refused at once"},
}
