package plan

import (
	"slices"

	"kdeck/assigner"
	"kdeck/ops/state"
)

// Elect has the first replicas lead. It demands nothing of the replica lists: the partitions that it is for stand in the
// plan with the list that they have, and what carries a plan out elects the preferred leaders of all that is in it.
type Elect struct{ Topics }

func parseElect(args []string, _ flagWords, topics Topics) (Stage, error) {
	return &Elect{topics}, noArguments(args)
}

func (e *Elect) String() string { return e.phrase() + e.flags() }

func (e *Elect) phrase() string { return "elect" }

func (e *Elect) demands() []assigner.Demand { return nil }

// needed are the partitions whose first replica could lead and doesn't; unable counts those where it can't, for it is
// dead or out of sync. Partitions that are being reassigned are left to what reassigns them.
func (e *Elect) needed(s *state.Snapshot) (elections []Assignment, unable int) {
	chooses := e.matcher()
	for i := range s.NumPartitions() {
		p := s.Partition(i)
		first := p.Preferred()
		if first < 0 || p.Leader() == first || p.Moving() || !chooses(p.Topic().Name()) {
			continue
		}
		if b := s.Broker(first); b == nil || !b.Alive || !slices.Contains(p.AppendISR(nil), first) {
			unable++
			continue
		}
		elections = append(elections, Assignment{p.Topic().Name(), p.ID(), p.AppendReplicas(nil)})
	}
	return elections, unable
}
