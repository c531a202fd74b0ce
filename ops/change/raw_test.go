package change

import (
	"strings"
	"testing"

	"kdeck/protocol"
	"kdeck/protocol/message"
)

// raw is a request by its name and the words path=value.
func (p *simulation) raw(name string, version int16, words ...string) *message.Message {
	p.Helper()
	api, _, err := protocol.FindAPI(name)
	if err != nil {
		p.Fatal(err)
	}
	m := message.New(api.API, version)
	for _, w := range words {
		path, value, _ := strings.Cut(w, "=")
		if err := m.Set(path, value); err != nil {
			p.Fatal(err)
		}
	}
	return m
}

func TestTheJournalHasWhatTheNodeAnswered(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		live, err := d.brokers(p.Context())
		if err != nil {
			p.Fatal(err)
		}
		topic := p.sim.Partitions()[0].Topic
		for _, name := range []string{"fresh", topic} {
			if _, err := d.SendRaw(p.Context(), Raw{live[1], p.raw("CreateTopics", 5, "topics[0].name="+name, "topics[0].numPartitions=1", "topics[0].replicationFactor=1")}); err != nil {
				p.Fatal(err)
			}
		}
		all := p.entries()
		if len(all) != 4 {
			p.Fatalf("%d entries", len(all))
		}
		if r := all[1].Result; r == nil || r.Error != "" || len(r.Refused) > 0 || !strings.Contains(string(r.Answer), `"name":"fresh"`) {
			p.Errorf("of a request that was taken: %+v", r)
		}
		if r := all[3].Result; r == nil || len(r.Refused) != 1 || !strings.Contains(r.Refused[0], "TOPIC_ALREADY_EXISTS") || !strings.Contains(string(r.Answer), `"errorCode":36`) {
			p.Errorf("of one that was refused: %+v", r)
		}
	})
}
