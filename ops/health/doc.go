// Package health says what a snapshot means: findings in words, and the verdict that sums them up.
//
// It is pure: it asks nobody and never reads the clock; the moment from which ages are counted comes in. It never
// takes what is not known for good. What was not read in the look that made the snapshot counts as not read, also
// where an older value of it is kept for show:
//
//	not read                          could hide                                  the verdict is at best
//	the quorum's leader               that there is no controller                 unknown
//	reassignments                     moves that can't finish                     unknown
//	min.insync.replicas of a topic    partitions under min ISR                    unknown
//	parts of the metadata             anything                                    unknown
//	any answer of a live broker       that clients don't reach it either          unknown; as it is where one broker misses one look:
//	                                                                              NotLookedAt lists it, and a healthy verdict says it
//	log dirs of a live broker         a dir that failed and holds no replica      unknown
//	metadata offset of a live broker  that it goes by stale metadata              unknown
//	metrics of a live broker, where   that its threads are short of time          unknown
//	the context says where they are
//	metrics, where it doesn't say     that threads are short of time, and that    as it is; NotLookedAt lists it,
//	                                  quotas hold clients back                    and a healthy verdict says it
//	anything of a dead broker itself  nothing: that it is dead is a finding       as it is
//	groups, their offsets,            consumers and producers that stand still,   as it is; that they weren't
//	transactions                      on which no verdict of a cluster rests      read is said beside it
//	fenced, cordoned, eligible        nothing that a verdict rests on             as it is
//	leaders, last fetches, sizes
//
// Under-replicated partitions are never hidden by a broker that doesn't answer: any broker's metadata has them.
//
// What lasts for a moment only makes no verdict: [Unsynced] and [state.Calm].
//
// Start reading at [Judge] and [VerdictOf], then codes.go; of metrics at [PeersOf].
package health
