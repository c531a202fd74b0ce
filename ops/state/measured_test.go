package state

import (
	"testing"
	"time"

	"kdeck/ops/tenant"
)

// A client's mean over the brokers is that over those that tell what it uses: the others may have any share of it.
func TestBrokersThatTellNothingOfClientsDoNotCount(t *testing.T) {
	at := time.Unix(1e9, 0)
	pillar := func(have Have) *BrokerMetrics {
		return &BrokerMetrics{Coverage: Coverage{Pillars: []Pillar{{Name: TenantsPillar, Have: have}}}}
	}
	shows := pillar(NotExported) // of some clients
	shows.Usage = []tenant.Usage{{Type: tenant.ProducerByteRate, User: "alice"}}
	s := &State{Metrics: map[int32]Reading[*BrokerMetrics]{
		1: Read(shows, at, ""), 2: Read(pillar(Available), at, ""), 3: Read(pillar(NotApplicable), at, ""),
		4: Read(pillar(NotExported), at, ""), 5: Missing[*BrokerMetrics]("nothing listens there", at, ""),
	}}
	if n := s.BrokersMeasured(); n != 3 {
		t.Errorf("%d brokers tell what clients use, want 3", n)
	}
}
