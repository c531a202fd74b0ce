package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
	"kdeck/protocol"
)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// ground is a simulated cluster in virtual time, with a probe's topic and ways to its brokers.
type ground struct {
	t *testing.T
	c *sim.Cluster
	s *kafka.Session
	r *roads
}

// onSim runs a test on a cluster of four brokers.
func onSim(t *testing.T, secure bool, test func(t *testing.T, g *ground)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, err := sim.New(sim.Options{Virtual: true, Brokers: 4, Racks: 2, Topics: 2, SessionTimeout: 3 * time.Second})
		must(t, err)
		defer c.Close()
		r := &roads{c: c, to: map[string]*road{}}
		cluster := &config.Cluster{Name: "sim", Bootstrap: c.Bootstrap()[:2], Security: config.Plaintext}
		if secure {
			r.cert, r.authed = certificate(t), true
			cluster.Security, cluster.TLS.SkipVerify = config.SASLSSL, true
			cluster.SASL = config.SASL{Mechanism: "PLAIN", User: "me", Password: config.NewSecret("secret")}
		}
		s, err := kafka.Open(cluster, kafka.Options{Dial: r.dial})
		must(t, err)
		defer s.Close()
		test(t, &ground{t, c, s, r})
	})
}

// road is the way to a broker.
func (g *ground) road(id int32) *road {
	addr := g.c.Bootstrap()[id-1]
	if g.r.to[addr] == nil {
		g.r.to[addr] = &road{keys: map[int16]time.Duration{}}
	}
	return g.r.to[addr]
}

// send sends a change to broker 1.
func (g *ground) send(req kmsg.Request) kmsg.Response {
	g.t.Helper()
	ctx := g.t.Context()
	conn, err := protocol.Dial(ctx, g.c.Bootstrap()[0], protocol.Options{Dial: g.c.DialContext})
	must(g.t, err)
	defer conn.Close()
	versions, err := conn.Versions(ctx)
	must(g.t, err)
	v, err := protocol.Pick(versions, req.Key(), req.MaxVersion())
	must(g.t, err)
	req.SetVersion(v)
	answer, err := conn.Exchange(ctx, req)
	must(g.t, err)
	return answer.Response
}

// create makes the topic, with partitions for some brokers only where any are named.
func (g *ground) create(homes ...int32) {
	g.t.Helper()
	l, err := ReadLayout(g.t.Context(), g.s, DefaultTopic)
	must(g.t, err)
	c := Missing(l)
	req := kmsg.NewPtrCreateTopicsRequest()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = DefaultTopic, -1, -1
	for i, replicas := range c.Replicas {
		if len(homes) > 0 && !slices.Contains(homes, c.Homes[i]) {
			continue
		}
		a := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		a.Partition, a.Replicas = int32(len(topic.ReplicaAssignment)), replicas
		topic.ReplicaAssignment = append(topic.ReplicaAssignment, a)
	}
	for _, config := range c.Configs() {
		rc := kmsg.NewCreateTopicsRequestTopicConfig()
		rc.Name, rc.Value = config.Name, &config.Value
		topic.Configs = append(topic.Configs, rc)
	}
	req.Topics = append(req.Topics, topic)
	if r := g.send(req).(*kmsg.CreateTopicsResponse).Topics[0]; r.ErrorCode != 0 {
		g.t.Fatalf("code %d: %v", r.ErrorCode, r.ErrorMessage)
	}
}

func (g *ground) delete() {
	g.t.Helper()
	req := kmsg.NewPtrDeleteTopicsRequest()
	name := DefaultTopic
	topic := kmsg.NewDeleteTopicsRequestTopic()
	topic.Topic = &name
	req.TopicNames, req.Topics = []string{name}, append(req.Topics, topic)
	if r := g.send(req).(*kmsg.DeleteTopicsResponse).Topics[0]; r.ErrorCode != 0 {
		g.t.Fatalf("code %d", r.ErrorCode)
	}
}

// measure runs a prober, with something that happens meanwhile.
func (g *ground) measure(o Options, meanwhile ...func()) *Result {
	g.t.Helper()
	o.Instance = "test"
	p, err := New(g.t.Context(), g.s, o)
	must(g.t, err)
	var both sync.WaitGroup
	both.Go(func() { p.Run(g.t.Context()) })
	for _, f := range meanwhile {
		f()
	}
	both.Wait()
	return p.Result()
}

func (g *ground) broker(r *Result, id int32) *BrokerResult {
	g.t.Helper()
	i := slices.IndexFunc(r.Brokers, func(b BrokerResult) bool { return b.Broker == id })
	if i < 0 {
		g.t.Fatalf("no broker %d in %+v", id, r.Brokers)
	}
	return &r.Brokers[i]
}

func (g *ground) wantFinding(r *Result, kind string, words ...string) {
	g.t.Helper()
	for _, f := range r.Findings {
		all := f.Kind == kind
		for _, w := range words {
			all = all && strings.Contains(f.Sentence, w)
		}
		if all {
			return
		}
	}
	g.t.Errorf("no %s that says %q in %+v", kind, words, r.Findings)
}

func TestAHealthyClusterIsMeasuredWell(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("secure %v", secure), func(t *testing.T) {
			onSim(t, secure, func(t *testing.T, g *ground) {
				g.create()
				before := g.s.Spent().Requests
				r := g.measure(Options{For: 30 * time.Second})
				well, known := r.Well()
				if !well || !known || len(r.Findings) > 0 || len(r.Unknown) > 0 {
					t.Errorf("well %v, known %v, %+v, %+v", well, known, r.Findings, r.Unknown)
				}
				if r.Attempts != r.Good || r.Attempts < 4*29 || r.Attempts > 4*31 {
					t.Errorf("%d of %d attempts were good", r.Good, r.Attempts)
				}
				want := []Stage{TCP, FirstAnswer, Answer, Produce, ProduceAll, Fetch, EndToEnd}
				if secure {
					want = append(want, TLS, SASL)
				}
				for id := int32(1); id <= 4; id++ {
					b := g.broker(r, id)
					for _, s := range want {
						if _, known := b.Median(s); !known {
							t.Errorf("broker %d: %v wasn't measured", id, s)
						}
					}
					if b.LedBy == nil || *b.LedBy != id {
						t.Errorf("broker %d: its partition is led by %v", id, b.LedBy)
					}
				}
				// The cost that the help names: about three requests a second to each broker.
				if rate := float64(g.s.Spent().Requests-before) / 30 / 4; rate > 4 {
					t.Errorf("%.1f requests a second to each broker", rate)
				}
			})
		})
	}
}

func TestAttemptsOnceHaveEveryStage(t *testing.T) {
	onSim(t, true, func(t *testing.T, g *ground) {
		g.create()
		r := g.measure(Options{Once: true})
		if r.Attempts != 4 || r.Good != 4 {
			t.Fatalf("%d of %d were good: %+v", r.Good, r.Attempts, r.Findings)
		}
		for _, s := range []Stage{TCP, TLS, SASL, FirstAnswer, Answer, Produce, ProduceAll, Fetch, EndToEnd} {
			if _, known := g.broker(r, 3).Median(s); !known {
				t.Errorf("%v wasn't measured", s)
			}
		}
	})
}

// A delay that is put into one stage of the way to one broker is found there, and nowhere else.
func TestADelayIsFoundInTheStageThatItIsIn(t *testing.T) {
	const d = 200 * time.Millisecond
	key := func(k kmsg.Key) func(*road) { return func(r *road) { r.keys[int16(k)] = d } }
	for _, tt := range []struct {
		stage Stage
		put   func(*road)
	}{
		{DNS, func(r *road) { r.dns = d }},
		{TCP, func(r *road) { r.tcp = d }},
		{TLS, func(r *road) { r.tls = d }},
		{SASL, key(kmsg.SASLAuthenticate)},
		{Produce, key(kmsg.Produce)},
		{ProduceAll, func(r *road) { r.acksAll = d }},
		{Fetch, key(kmsg.Fetch)},
	} {
		t.Run(tt.stage.String(), func(t *testing.T) {
			onSim(t, true, func(t *testing.T, g *ground) {
				g.create()
				tt.put(g.road(3))
				length := 15 * time.Second
				if tt.stage <= SASL { // of a new connection, which every tenth attempt makes
					length = 42 * time.Second
				}
				r := g.measure(Options{For: length})
				if len(r.Findings) != 1 || r.Findings[0].Kind != "slow-stage" || *r.Findings[0].Broker != 3 || r.Findings[0].Stage != tt.stage.String() {
					t.Errorf("%+v", r.Findings)
				}
				if well, known := r.Well(); well || !known {
					t.Errorf("well %v, known %v", well, known)
				}
			})
		})
	}
}

func TestABrokerThatIsSlowInAllIsNotSaidToBeSlowAtOneThing(t *testing.T) {
	onSim(t, false, func(t *testing.T, g *ground) {
		g.create()
		must(t, g.c.Slow(2, 150*time.Millisecond))
		r := g.measure(Options{For: 30 * time.Second})
		g.wantFinding(r, "slow-stage", "ApiVersions", "broker 2", "its network threads or request handlers")
		if len(r.Findings) != 1 {
			t.Errorf("%+v", r.Findings)
		}
	})
}

func TestABrokerThatIsKilledCostsItsOwnShareAlone(t *testing.T) {
	onSim(t, false, func(t *testing.T, g *ground) {
		g.create()
		r := g.measure(Options{For: time.Minute, Deadline: 2 * time.Second}, func() {
			time.Sleep(20 * time.Second)
			must(t, g.c.Kill(2))
		})
		b := g.broker(r, 2)
		if b.Failed == 0 || b.NotLeading == 0 || *b.SLI == 100 {
			t.Errorf("%+v", b)
		}
		for _, id := range []int32{1, 3, 4} {
			if other := g.broker(r, id); other.Good != other.Attempts {
				t.Errorf("broker %d: %d of %d were good: %v", id, other.Good, other.Attempts, *other.Error)
			}
		}
		g.wantFinding(r, "failing", "broker 2", "tcp")
		g.wantFinding(r, "not-alive", "Broker 2 isn't among the live brokers")
		if well, _ := r.Well(); well {
			t.Error("it says that all is well")
		}
	})
}

// A broker that takes connections and answers nothing holds nobody up, and what would have been tried meanwhile counts as well.
func TestABrokerThatIsSilentHoldsNobodyUp(t *testing.T) {
	onSim(t, false, func(t *testing.T, g *ground) {
		g.create()
		r := g.measure(Options{For: 32 * time.Second, Deadline: 5 * time.Second}, func() {
			time.Sleep(2500 * time.Millisecond)
			must(t, g.c.Silence(3))
		})
		for _, id := range []int32{1, 2, 4} {
			if b := g.broker(r, id); b.Attempts < 30 || b.Good != b.Attempts {
				t.Errorf("broker %d: %d of %d were good", id, b.Good, b.Attempts)
			}
		}
		if b := g.broker(r, 3); b.Failed < 3 {
			t.Errorf("%d failed: those that fell due while it was waited for count too", b.Failed)
		}
	})
}

func TestATopicThatSomebodyDeletesIsNotTheBrokersFault(t *testing.T) {
	onSim(t, false, func(t *testing.T, g *ground) {
		g.create()
		r := g.measure(Options{For: 30 * time.Second}, func() {
			time.Sleep(10500 * time.Millisecond)
			g.delete()
		})
		if r.Attempts != r.Good || r.Attempts == 0 {
			t.Errorf("%d of %d were good: %+v", r.Good, r.Attempts, r.Findings)
		}
		if well, known := r.Well(); !well || known {
			t.Errorf("well %v, known %v", well, known)
		}
		if !slices.ContainsFunc(r.Unknown, func(u state.Unknown) bool { return strings.Contains(u.Why, "somebody deleted it") }) {
			t.Errorf("%+v", r.Unknown)
		}
	})
}

// What was written to a topic that was deleted isn't lost when another one is made in its place.
func TestATopicThatIsMadeAnewIsMeasuredOn(t *testing.T) {
	onSim(t, false, func(t *testing.T, g *ground) {
		g.create()
		g.road(2).keys[int16(kmsg.Fetch)] = 700 * time.Millisecond // its record waits to be read when the topic goes
		r := g.measure(Options{For: time.Minute}, func() {
			time.Sleep(10300 * time.Millisecond)
			g.delete()
			time.Sleep(3 * time.Second)
			g.create()
		})
		for id := int32(1); id <= 4; id++ {
			if b := g.broker(r, id); b.Good != b.Attempts || b.Attempts < 50 || b.Lost > 0 || b.Duplicated > 0 {
				t.Errorf("broker %d: %d of %d were good, %d lost, %d duplicated: %v", id, b.Good, b.Attempts, b.Lost, b.Duplicated, b.FailedAt)
			}
		}
	})
}

func TestABrokerWithoutAPartitionIsSaidToHaveNone(t *testing.T) {
	onSim(t, false, func(t *testing.T, g *ground) {
		g.create(1, 2, 4)
		r := g.measure(Options{For: 5 * time.Second})
		g.wantFinding(r, "not-leading", "Broker 3 has no probe partition", "kdeck probe create", "it answers")
		if b := g.broker(r, 3); b.Attempts > 0 || b.SLI != nil || b.Partition != nil {
			t.Errorf("%+v", b)
		}
		if well, known := r.Well(); !well || known {
			t.Errorf("well %v, known %v", well, known)
		}
	})
}

func TestWhatAQuotaHoldsBackIsNoPartOfTheShare(t *testing.T) {
	onSim(t, false, func(t *testing.T, g *ground) {
		g.create()
		g.road(1).muted = 2500
		r := g.measure(Options{For: 20 * time.Second})
		if b := g.broker(r, 1); b.Attempts > 0 || b.Throttled < 15 || b.SLI != nil || len(b.Stages) > 0 {
			t.Errorf("%+v", b)
		}
		if well, known := r.Well(); !well || known {
			t.Errorf("well %v, known %v", well, known)
		}
	})
}

func TestNothingIsWrittenToATopicThatIsNoProbes(t *testing.T) {
	onSim(t, false, func(t *testing.T, g *ground) {
		_, err := New(t.Context(), g.s, Options{Topic: g.c.Partitions()[0].Topic})
		if _, refused := err.(*NotProbeTopicError); !refused {
			t.Errorf("%v", err)
		}
		_, err = New(t.Context(), g.s, Options{})
		if _, missing := err.(*NoTopicError); !missing {
			t.Errorf("%v", err)
		}
		if n := len(g.c.Mutations()); n > 0 {
			t.Errorf("%d changes were sent", n)
		}
	})
}

func TestReadingOnlyMeasuresWithoutWriting(t *testing.T) {
	onSim(t, true, func(t *testing.T, g *ground) {
		g.road(4).keys[int16(kmsg.ListOffsets)] = 300 * time.Millisecond
		r := g.measure(Options{ReadOnly: true, Topic: g.c.Partitions()[0].Topic, For: 20 * time.Second})
		if r.Attempts != r.Good || r.Attempts < 70 {
			t.Errorf("%d of %d were good: %+v", r.Good, r.Attempts, r.Findings)
		}
		if len(r.Findings) != 1 || r.Findings[0].Stage != ListOffsets.String() {
			t.Errorf("%+v", r.Findings)
		}
		b := g.broker(r, 1)
		for _, s := range []Stage{TCP, TLS, SASL, FirstAnswer, Answer, Metadata, ListOffsets, Fetch} {
			if _, known := b.Median(s); !known {
				t.Errorf("%v wasn't measured", s)
			}
		}
		if n := len(g.c.Mutations()); n > 0 {
			t.Errorf("%d changes were sent", n)
		}
	})
}

func TestAnInterruptedAttemptCountsForNothing(t *testing.T) {
	onSim(t, false, func(t *testing.T, g *ground) {
		g.create()
		must(t, g.c.Silence(1))
		must(t, g.c.Silence(2))
		p, err := New(t.Context(), g.s, Options{ReadOnly: true})
		if err == nil {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			p.Run(ctx)
			r := p.Result()
			if b := g.broker(r, 1); b.Attempts > 0 {
				t.Errorf("%+v", b)
			}
			return
		}
		// Both that are known from the start are silent: nothing can be measured, and that is said.
		if !strings.Contains(err.Error(), "none of 2 nodes answered") {
			t.Error(err)
		}
	})
}

func TestManyBrokersHaveTheirTurnLessOften(t *testing.T) {
	l := &Layout{}
	for id := range int32(1000) {
		l.Brokers = append(l.Brokers, Broker{ID: id})
	}
	p := &Prober{o: Options{}.withDefaults()}
	p.layout.Store(l)
	if got := p.Every(); got != 5*time.Second {
		t.Errorf("1000 brokers, each every %v", got)
	}
	l.Brokers = l.Brokers[:50]
	if got := p.Every(); got != time.Second {
		t.Errorf("50 brokers, each every %v", got)
	}
}
