package change

import (
	"os"
	"strings"
	"testing"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
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

// A node repeats the name of a topic in why it refuses it.
func TestTheJournalHasNoSecretThatTheNodeRepeats(t *testing.T) {
	for name, secret := range map[string]string{"a short one, in why it refuses": "qZ7xWv", "a longer one, anywhere": "qJ7sWx93PvTz"} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(p *simulation) {
				session, err := kafka.Open(&config.Cluster{Bootstrap: p.sim.Bootstrap(), Security: config.Plaintext, SASL: config.SASL{Password: config.NewSecret(secret)}},
					kafka.Options{Dial: p.Dial})
				if err != nil {
					p.Fatal(err)
				}
				defer session.Close()
				p.session = session
				d := p.door()
				live, err := d.brokers(p.Context())
				if err != nil {
					p.Fatal(err)
				}
				for range 2 {
					if _, err := d.SendRaw(p.Context(), Raw{live[1], p.raw("CreateTopics", 5, "topics[0].name="+secret, "topics[0].numPartitions=1", "topics[0].replicationFactor=1")}); err != nil {
						p.Fatal(err)
					}
				}
				text, err := os.ReadFile(d.Journal().Path())
				if err != nil {
					p.Fatal(err)
				}
				written := string(text)
				if len(secret) < 8 { // it may be a word, and a name stays
					written = strings.ReplaceAll(written, `"name":"`+secret+`"`, "")
				}
				if last := p.entries()[3].Result; strings.Contains(written, secret) || !strings.Contains(string(last.Answer), "(hidden)") || !strings.Contains(last.Refused[0], "(hidden)") {
					p.Errorf("%+v; %s", last, text)
				}
			})
		})
	}
}
