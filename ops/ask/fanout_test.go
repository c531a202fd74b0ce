package ask_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kversion"

	"kdeck/ops/ask"
	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// onSim is a session with an embedded cluster.
func onSim(t *testing.T, o sim.Options) (*kafka.Session, *sim.Cluster) {
	t.Helper()
	o.Virtual = true
	c, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return session(t, kafka.Options{Dial: c.DialContext}, c.Bootstrap()[:1]), c
}

func session(t *testing.T, o kafka.Options, bootstrap []string) *kafka.Session {
	t.Helper()
	s, err := kafka.Open(&config.Cluster{Bootstrap: bootstrap, Security: config.Plaintext}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func targets(t *testing.T, list string) []ask.Target {
	t.Helper()
	targets, err := ask.ParseTargets(list)
	if err != nil {
		t.Fatal(err)
	}
	return targets
}

// request is a request as word names it, with fields.
func request(t *testing.T, word string, fields ...string) *ask.Request {
	t.Helper()
	api, pinned, err := protocol.FindAPI(word)
	if err != nil {
		t.Fatal(err)
	}
	r := &ask.Request{API: api, Pinned: pinned, Build: func(version int16) (*message.Message, error) {
		m := message.New(api.API, version)
		for _, f := range fields {
			path, value, _ := strings.Cut(f, "=")
			if err := m.Set(path, value); err != nil {
				return nil, err
			}
		}
		return m, nil
	}}
	for v := api.Versions.From; v <= api.Versions.To; v++ {
		if pinned < 0 || v == pinned {
			r.Versions = append(r.Versions, v)
		}
	}
	return r
}

var unhurried = ask.Options{Timeout: 20 * time.Second}

func TestEqualAnswersAreKeptOnceAndEachNodesOwnIsStillThere(t *testing.T) {
	s, _ := onSim(t, sim.Options{Scenario: "stale-broker"})
	o := unhurried
	o.Ignore, o.Frames = protocol.DefaultIgnore(3), true
	f, err := ask.Open(t.Context(), s, request(t, "Metadata@12"), targets(t, "all"), o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, _, err := f.Prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Ask(t.Context(), m)
	kept := map[*message.Message]int{}
	for _, r := range f.Replies {
		if r.Err != nil || r.Message() == nil || !r.Identity.Whole() {
			t.Errorf("node %s: %v", r.Name, r.Err)
		}
		kept[r.Got]++
	}
	if len(f.Replies) != 12 || len(kept) != 2 || f.Failed() != 0 || f.Resolver.ClusterID() == "" {
		t.Errorf("%d replies, %d different, %d failed", len(f.Replies), len(kept), f.Failed())
	}
}

func TestWhatIsAskedIsCountedAsTheSessionsOwn(t *testing.T) {
	s, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	f, err := ask.Open(t.Context(), s, request(t, "Metadata"), targets(t, "1,2,3"), unhurried)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, _, err := f.Prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := s.Spent()
	f.Ask(t.Context(), m)
	f.Again(t.Context(), m)
	after := s.Spent()
	if got := after.Requests - before.Requests; before.Requests < 3 || got != 2*3 {
		t.Errorf("%d requests were counted, and %d before", got, before.Requests)
	}
	want := int64(0)
	for _, r := range f.Replies {
		want += 2 * int64(4+r.Answer.ResponseSize)
	}
	if got := after.BytesReceived - before.BytesReceived; got != want {
		t.Errorf("%d bytes were counted; the answers have %d", got, want)
	}
}

func TestWhoGivesUpHasTheAnswersThatCame(t *testing.T) {
	s, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	f, err := ask.Open(t.Context(), s, request(t, "Metadata@12"), targets(t, "all"), ask.Options{Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, _, err := f.Prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Silence(2); err != nil {
		t.Fatal(err)
	}
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	before := s.Spent().Requests
	go func() {
		for s.Spent().Requests < before+2 { // until the others have answered
			select {
			case <-time.After(time.Millisecond):
			case <-t.Context().Done():
				return
			}
		}
		giveUp()
	}()
	f.Ask(ctx, m)
	for _, i := range []int{0, 2} {
		if r := f.Replies[i]; r.Err != nil || r.Got == nil {
			t.Errorf("node %s: %v", r.Name, r.Err)
		}
	}
	if cause := protocol.CauseOf(f.Replies[1].Err); cause != protocol.Canceled {
		t.Errorf("node 2: %v", f.Replies[1].Err)
	}
}

func TestASilentNodeKeepsNoAnswersBackFromWhoGivesUpConnecting(t *testing.T) {
	s, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	f, err := ask.Open(t.Context(), s, request(t, "Metadata"), targets(t, "1,2,3"), ask.Options{Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := c.Silence(2); err != nil {
		t.Fatal(err)
	}
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	before := s.Spent().ByNode
	go func() {
		for { // until the others said what they serve
			now := s.Spent().ByNode
			if now[c.Bootstrap()[0]].Requests > before[c.Bootstrap()[0]].Requests && now[c.Bootstrap()[2]].Requests > 0 {
				break
			}
			select {
			case <-time.After(time.Millisecond):
			case <-t.Context().Done():
				return
			}
		}
		giveUp()
	}()
	m, _, err := f.Prepare(ctx)
	if err != nil {
		t.Fatal(err)
	}
	f.Ask(ctx, m)
	for i, r := range f.Replies {
		if silent := i == 1; silent != (r.Err != nil) || silent != (r.Got == nil) {
			t.Errorf("node %s: %v", r.Name, r.Err)
		}
	}
}

func TestTheNewestVersionIsSentThatAllNodesServe(t *testing.T) {
	old, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.MaxVersions(kversion.V2_8_0()))
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	young, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer young.Close()
	s := session(t, kafka.Options{}, young.ListenAddrs())
	both := targets(t, old.ListenAddrs()[0]+","+young.ListenAddrs()[0])
	highest, _ := kversion.V2_8_0().LookupMaxKeyVersion(3)

	metadata, _, _ := protocol.FindAPI("Metadata")
	served, err := ask.Served(t.Context(), s, metadata, both)
	if err != nil || served.To != highest {
		t.Errorf("v%s is served by all, %v; want up to v%d", served, err, highest)
	}
	groups, _, _ := protocol.FindAPI("ConsumerGroupDescribe")
	if _, err := ask.Served(t.Context(), s, groups, both); err == nil || !strings.Contains(err.Error(), "doesn't serve ConsumerGroupDescribe") {
		t.Error(err)
	}

	f, err := ask.Open(t.Context(), s, request(t, "Metadata"), both, unhurried)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if m, _, err := f.Prepare(t.Context()); err != nil || m.Version != highest {
		t.Errorf("%+v, %v", m, err)
	}

	late := request(t, "Metadata")
	late.Versions = late.Versions[highest+1:]
	f, err = ask.Open(t.Context(), s, late, both, unhurried)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, _, err := f.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "v0-11 by node "+old.ListenAddrs()[0]) {
		t.Errorf("%v; highest %d", err, highest)
	}
}

func TestOneConnectionCarriesOneRequestAfterTheOther(t *testing.T) {
	s, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	l, err := ask.Connect(t.Context(), s, targets(t, "2"), unhurried)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	send := func(word string) error {
		f, m, _, err := l.Prepare(t.Context(), request(t, word))
		if err == nil {
			f.Ask(t.Context(), m)
			err = f.Replies[0].Err
		}
		return err
	}
	for _, word := range []string{"Metadata@9", "DescribeCluster@0"} {
		if err := send(word); err != nil {
			t.Errorf("%s: %v", word, err)
		}
	}
	if _, err := ask.Connect(t.Context(), s, targets(t, "1,2"), unhurried); err == nil || !strings.Contains(err.Error(), "--to 1,2 means 2 nodes") {
		t.Error(err)
	}
	if err := c.Kill(2); err != nil {
		t.Fatal(err)
	}
	if err := send("Metadata"); err == nil {
		t.Error("a node that is gone answered")
	}
	if err := c.Start(2); err != nil {
		t.Fatal(err)
	}
	if err := send("Metadata"); err != nil {
		t.Errorf("after its return: %v", err)
	}
}

func TestWhatMayBeSentToWhom(t *testing.T) {
	for _, tt := range []struct {
		name, request, to string
		gate              ask.Gate
		says              string // or "": it may
	}{
		{"what reads goes to all", "Metadata", "all", ask.Gate{}, ""},
		{"what changes goes to one", "DeleteTopics", "2", ask.Gate{}, ""},
		{"what changes does not go to all", "DeleteTopics", "all", ask.Gate{}, "one node at a time"},
		{"what changes does not go to two", "DeleteTopics", "1,2", ask.Gate{}, "one node at a time"},
		{"a cap holds", "DeleteTopics", "2", ask.Gate{MaxClass: protocol.ClassRO}, "max_class"},
		{"what nodes send each other is allowed first", "Vote", "controller:3001", ask.Gate{}, "--allow inter-broker"},
		{"and sent to a node that is named", "Vote", "controller:3001", ask.Gate{InterBroker: true}, ""},
		{"but not to whoever leads", "Vote", "controller", ask.Gate{InterBroker: true}, "the node itself"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			api, _, err := protocol.FindAPI(tt.request)
			if err != nil {
				t.Fatal(err)
			}
			_, err = tt.gate.Allow(message.New(api.API, api.Versions.To), targets(t, tt.to))
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}

func TestABrokerThatIsAskedForByIDMustBeTheOneThatAnswers(t *testing.T) {
	c, err := sim.New(sim.Options{Virtual: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	at := c.Bootstrap()
	s, err := kafka.Open(&config.Cluster{Bootstrap: at[:1], Security: config.Plaintext, AddressMap: map[string]string{at[2]: at[1]}},
		kafka.Options{Dial: c.DialContext})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, test := range []struct {
		to     string
		failed int
	}{{"2", 0}, {"3", 1}, {"2,3,4", 1}, {"all", 1}, {at[2], 0}, {"controller", 0}} {
		f, err := ask.Open(t.Context(), s, request(t, "ApiVersions"), targets(t, test.to), unhurried)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // what was found at the first time isn't forgotten at the second
			m, _, err := f.Prepare(t.Context())
			if err == nil {
				f.Again(t.Context(), m)
			}
			if f.Failed() != test.failed {
				t.Errorf("--to %s: %d of %d nodes failed, want %d", test.to, f.Failed(), len(f.Replies), test.failed)
			}
			for _, r := range f.Replies {
				if r.Err != nil && !strings.Contains(r.Err.Error(), "asked for broker 3: broker 2 answers there; address_map leads to "+at[1]) {
					t.Errorf("--to %s: %v", test.to, r.Err)
				}
			}
		}
		f.Close()
	}
}
