package ask

import (
	"strings"
	"testing"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/protocol"
)

func TestACoordinatorIsAskedForOnlyWhereItsTopicIsThere(t *testing.T) {
	for _, tt := range []struct {
		name, words, to string
		topics          int // of the cluster; the first is __consumer_offsets, the second __transaction_state
		class           protocol.Class
		says            string
	}{
		{"a group's, and the topic is there", "FindCoordinator coordinatorKeys=g", "1", 1, protocol.ClassRO, ""},
		{"a transaction's, and the topic is not", "FindCoordinator keyType=1 coordinatorKeys=t", "1", 1, protocol.ClassROX, "__transaction_state"},
		{"a transaction's, and the topic is there", "FindCoordinator keyType=1 coordinatorKeys=t", "1", 2, protocol.ClassRO, ""},
		{"a share group's", "FindCoordinator@6 keyType=2 coordinatorKeys=g:AAAAAAAAAAAAAAAAAAAAAA:0", "1", 2, protocol.ClassROX, "__share_group_state"},
		{"of a type that nobody knows", "FindCoordinator keyType=9 coordinatorKeys=t", "1", 2, protocol.ClassROX, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			session := sessionTo(t, sim.Options{Brokers: 3, Topics: tt.topics})
			r, err := ParseRequest(strings.Fields(tt.words), nil, false)
			if err != nil {
				t.Fatal(err)
			}
			targets, _ := ParseTargets(tt.to)
			f, err := Open(t.Context(), session, r, targets, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			_, effect, err := f.Prepare(t.Context())
			if err != nil || effect.Class != tt.class || !strings.Contains(effect.Why, tt.says) {
				t.Errorf("%+v, %v", effect, err)
			}
		})
	}
}

func sessionTo(t *testing.T, o sim.Options) *kafka.Session {
	t.Helper()
	o.Virtual = true
	c, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cluster, err := config.Resolve(&config.File{}, config.Flags{Bootstrap: strings.Join(c.Bootstrap(), ",")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	session, err := kafka.Open(cluster, kafka.Options{Dial: c.DialContext})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}
