package plan

import (
	"slices"

	"kdeck/assigner"
	"kdeck/ops/state"
)

// Elect asks for the election of preferred leaders. It changes no replica list. The partitions to elect are in the plan with
// their present list, because the preferred leaders of all partitions of a plan are elected when it is carried out.
type Elect struct{ Topics }

func parseElect(args []string, _ flagWords, topics Topics) (Stage, error) {
	return &Elect{topics}, noArguments(args)
}

func (e *Elect) String() string { return e.phrase() + e.flags() }

func (e *Elect) phrase() string { return "elect" }

func (e *Elect) demands() []assigner.Demand { return nil }

// needed returns the partitions whose preferred leader could lead and doesn't. unable counts those where it can't, because it is dead
// or out of sync. Partitions that are being reassigned are left out.
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
