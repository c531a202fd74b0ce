package change

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
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
	"kdeck/protocol"
	"kdeck/protocol/alloctest"
)

// simulation is a simulated cluster in a bubble of virtual time, and a session to it over a network that can be tampered with.
type simulation struct {
	*testing.T
	sim     *sim.Cluster
	session *kafka.Session
	dir     string

	mu    sync.Mutex
	dial  func(context.Context, string, string) (net.Conn, error)
	sends func(key int16) (cut, answerCut bool) // is asked before each request that changes something; nil: nothing happens
}

func simulate(t *testing.T, test func(*simulation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, err := sim.New(sim.Options{Virtual: true, Brokers: 5, Topics: 4, Partitions: 8, PartitionBytes: 10_000_000_000})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		p := &simulation{T: t, sim: c, dir: t.TempDir(), dial: c.DialContext}
		cluster, err := config.Resolve(&config.File{}, config.Flags{Bootstrap: strings.Join(c.Bootstrap(), ",")}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p.session, err = kafka.Open(cluster, kafka.Options{Dial: p.Dial}); err != nil {
			t.Fatal(err)
		}
		defer p.session.Close()
		test(p)
	})
}

func (p *simulation) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	p.mu.Lock()
	dial := p.dial
	p.mu.Unlock()
	c, err := dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &tamperedConn{Conn: c, p: p}, nil
}

type tamperedConn struct {
	net.Conn
	p    *simulation
	deaf bool
}

var errCut = errors.New("the cable was cut")

func (c *tamperedConn) Write(b []byte) (int, error) {
	if len(b) >= 6 && c.p.sends != nil {
		if key := int16(binary.BigEndian.Uint16(b[4:])); !protocol.ClassOfKey(key).Reads() && key != 18 {
			cut, answerCut := c.p.sends(key)
			if c.deaf = answerCut; cut {
				c.Close()
				return 0, errCut
			}
		}
	}
	return c.Conn.Write(b)
}

func (c *tamperedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.deaf {
		c.Close()
		return 0, errCut
	}
	return n, err
}

func (p *simulation) journal() *Journal {
	p.Helper()
	j, err := OpenJournal(p.dir, p.sim.ClusterID())
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { j.Close() })
	return j
}

func (p *simulation) options() Options {
	return Options{ClusterID: p.sim.ClusterID(), Journal: p.journal(), Confirm: Confirm{"drain 1 sim", "drain 1 sim"}}
}

func (p *simulation) door() *Door {
	p.Helper()
	d, err := Open(p.Context(), p.session, p.options())
	if err != nil {
		p.Fatal(err)
	}
	return d
}

func (p *simulation) entries() (list []*Entry) {
	p.Helper()
	if err := Entries(p.dir, p.sim.ClusterID(), func(e *Entry) { list = append(list, e) }); err != nil {
		p.Fatal(err)
	}
	return list
}

func (p *simulation) changes() int { return len(p.sim.Mutations()) }

// move replaces the last replica of a partition that isn't being moved by another broker.
func (p *simulation) move() Move {
	p.Helper()
	for _, s := range p.sim.Partitions() {
		for b := int32(1); b <= 5; b++ {
			if len(s.Adding) == 0 && !slices.Contains(s.Replicas, b) {
				target := append(s.Replicas[:len(s.Replicas)-1:len(s.Replicas)-1], b)
				return Move{TopicPartition{s.Topic, s.Partition}, target, s.Replicas}
			}
		}
	}
	p.Fatal("nothing to move")
	return Move{}
}

func rate(broker int32, value string) ConfigChange {
	return ConfigChange{Resource: Resource{Broker: broker}, Ops: []ConfigOp{{Name: LeaderRate, Op: kmsg.IncrementalAlterConfigOpSet, Value: value}}}
}

func TestTheDoorStaysShut(t *testing.T) {
	for name, c := range map[string]struct {
		with func(*simulation, *Options)
		word string
	}{
		"without the phrase":      {func(_ *simulation, o *Options) { o.Confirm.Got = "" }, `--confirm "drain 1 sim"`},
		"with another phrase":     {func(_ *simulation, o *Options) { o.Confirm.Got = "drain 2 sim" }, `not "drain 2 sim"`},
		"without a phrase to ask": {func(_ *simulation, o *Options) { o.Confirm = Confirm{} }, "phrase"},
		"on another cluster":      {func(_ *simulation, o *Options) { o.ClusterID = "another" }, `"another"`},
		"without a journal":       {func(_ *simulation, o *Options) { o.Journal = nil }, "journal"},
		"when nobody answers": {func(p *simulation, _ *Options) {
			for b := range int32(5) {
				_ = p.sim.Kill(b + 1)
			}
		}, "none of 5 nodes answered"},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(p *simulation) {
				o := p.options()
				c.with(p, &o)
				if _, err := Open(p.Context(), p.session, o); err == nil || !strings.Contains(err.Error(), c.word) {
					p.Errorf("error %v, want one with %q", err, c.word)
				}
				if p.changes() > 0 {
					p.Errorf("something was sent: %v", p.sim.Mutations())
				}
			})
		})
	}
}

func TestClassesAboveTheCapAreNotSent(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		p.session.Cluster().MaxClass = protocol.ClassRO
		var class *ClassError
		if _, err := d.AlterPartitionReassignments(p.Context(), []Move{p.move()}, ""); !errors.As(err, &class) || class.Max != protocol.ClassRO {
			p.Errorf("error %v", err)
		}
		p.session.Cluster().MaxClass = protocol.ClassADM
		if err := d.UnregisterBroker(p.Context(), 1, nil); !errors.As(err, &class) || class.Class != protocol.ClassADMX {
			p.Errorf("error %v", err)
		}
		if p.changes() > 0 || len(p.entries()) > 0 {
			p.Errorf("sent %v, in the journal %v", p.sim.Mutations(), p.entries())
		}
		if errs, err := d.AlterPartitionReassignments(p.Context(), []Move{p.move()}, ""); err != nil || errs[0] != nil {
			p.Errorf("within the cap: %v, %v", errs, err)
		}
	})
}

func TestTheJournalIsOnDiskBeforeTheRequestIsSent(t *testing.T) {
	simulate(t, func(p *simulation) {
		d, m := p.door(), p.move()
		var seen []*Entry
		p.sends = func(int16) (bool, bool) {
			seen = p.entries()
			return false, false
		}
		if errs, err := d.AlterPartitionReassignments(p.Context(), []Move{m}, "kdeck apply undo.json"); err != nil || errs[0] != nil {
			p.Fatal(errs, err)
		}
		if len(seen) != 1 {
			p.Fatalf("%d entries when it was sent", len(seen))
		}
		e := seen[0]
		var req struct {
			AllowReplicationFactorChange bool
			Topics                       []struct {
				Name       string
				Partitions []struct{ Replicas []int32 }
			}
		}
		if err := json.Unmarshal(e.Request, &req); err != nil || req.AllowReplicationFactorChange || req.Topics[0].Name != m.Topic ||
			!slices.Equal(req.Topics[0].Partitions[0].Replicas, m.Replicas) {
			p.Errorf("%v: %s", err, e.Request)
		}
		var before []Move
		if err := json.Unmarshal(e.Before, &before); err != nil || !slices.Equal(before[0].Replicas, m.Before) {
			p.Errorf("%v: %s", err, e.Before)
		}
		if e.API != "AlterPartitionReassignments" || e.ClusterID != p.sim.ClusterID() || e.Undo != "kdeck apply undo.json" || e.To == "" || e.Result != nil {
			p.Errorf("%+v", e)
		}
		all := p.entries()
		if len(all) != 2 || all[1].ID != e.ID || all[1].Result == nil || all[1].Result.Error != "" {
			p.Errorf("afterwards: %+v", all)
		}
		if sent := sentTo(t, p.dir, p.sim.ClusterID(), m.TopicPartition); !slices.EqualFunc(sent, [][]int32{m.Replicas}, slices.Equal) {
			p.Errorf("sent %v", sent)
		}
	})
}

func TestNothingIsSentThatCanNotBeWrittenDown(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		d.Journal().Close()
		if _, err := d.AlterPartitionReassignments(p.Context(), []Move{p.move()}, ""); err == nil || !strings.Contains(err.Error(), "journal") {
			p.Errorf("error %v", err)
		}
		if p.changes() > 0 {
			p.Errorf("sent %v", p.sim.Mutations())
		}
	})
}

func TestSecretsAreNeitherSentNorWrittenDown(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		err := d.AlterBrokerConfigs(p.Context(), ConfigChange{Resource: Resource{Broker: 1}, Ops: []ConfigOp{
			{Name: "ssl.keystore.password", Op: kmsg.IncrementalAlterConfigOpSet, Value: "hunter2"},
		}})
		if err == nil || strings.Contains(err.Error(), "hunter2") || p.changes() > 0 {
			p.Errorf("error %v, %d changes", err, p.changes())
		}
		req := kmsg.NewPtrIncrementalAlterConfigsRequest()
		r := kmsg.NewIncrementalAlterConfigsRequestResource()
		c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		c.Name, c.Value = "ssl.keystore.password", kmsg.StringPtr("hunter2")
		r.Configs = append(r.Configs, c)
		req.Resources = append(req.Resources, r)
		if text, err := requestJSON(req); err != nil || bytes.Contains(text, []byte("hunter2")) || !bytes.Contains(text, []byte(`"value":"[hidden]"`)) {
			p.Errorf("written as %s, %v", text, err)
		}
		if *req.Resources[0].Configs[0].Value != "hunter2" {
			p.Error("the request itself was changed")
		}
	})
}

func TestABrokerThatHangsIsNotWaitedFor(t *testing.T) {
	simulate(t, func(p *simulation) {
		d, m := p.door(), p.move()
		for _, b := range []int32{1, 2} { // those that are tried first
			if err := p.sim.Silence(b); err != nil {
				p.Fatal(err)
			}
		}
		began := time.Now()
		errs, err := d.AlterPartitionReassignments(p.Context(), []Move{m}, "")
		if err != nil || errs[0] != nil {
			p.Errorf("%v, %v", errs, err)
		}
		if took := time.Since(began); took > 25*time.Second {
			p.Errorf("it took %v", took)
		}
	})
}

func TestAQuorumWithoutALeaderIsTriedAgain(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		for _, c := range []int32{3001, 3002, 3003} {
			if err := p.sim.Kill(c); err != nil {
				p.Fatal(err)
			}
		}
		time.AfterFunc(10*time.Second, func() {
			for _, c := range []int32{3001, 3002, 3003} {
				_ = p.sim.Start(c)
			}
		})
		errs, err := d.AlterPartitionReassignments(p.Context(), []Move{p.move()}, "")
		if err != nil || errs[0] != nil {
			p.Errorf("%v, %v", errs, err)
		}
	})
}

func TestWhatNobodyTakesFailsWithEveryReason(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		p.sends = func(int16) (bool, bool) { return true, false }
		began := time.Now()
		_, err := d.AlterPartitionReassignments(p.Context(), []Move{p.move()}, "")
		var failed *FailedError
		if !errors.As(err, &failed) || len(failed.Tried) < 5 || !strings.Contains(err.Error(), failed.Tried[0].Addr) {
			p.Errorf("error %v", err)
		}
		if took := time.Since(began); took > DefaultTimeout+attemptTimeout {
			p.Errorf("it took %v", took)
		}
	})
}

func TestAMoveWhoseAnswerWasLostIsNotSentAgain(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		p.sends = func(int16) (bool, bool) { return false, true }
		errs, err := d.AlterPartitionReassignments(p.Context(), []Move{p.move()}, "")
		if err != nil || errs[0] != nil || p.changes() != 1 {
			p.Errorf("%v, %v, sent %d times", errs, err, p.changes())
		}
	})
}

func TestAnAddressThatLeadsToAnotherClusterByNow(t *testing.T) {
	simulate(t, func(p *simulation) {
		other, err := sim.New(sim.Options{Virtual: true, Brokers: 5, Topics: 4, Partitions: 8, Seed: 99})
		if err != nil {
			p.Fatal(err)
		}
		defer other.Close()
		d, m := p.door(), p.move()
		p.mu.Lock()
		p.dial = other.DialContext
		p.mu.Unlock()
		var wrong *ClusterError
		if _, err := d.AlterPartitionReassignments(p.Context(), []Move{m}, ""); !errors.As(err, &wrong) || wrong.Got != other.ClusterID() {
			p.Errorf("error %v", err)
		}
		if n := len(other.Mutations()); n > 0 {
			p.Errorf("%d changes reached it", n)
		}
	})
}

func TestConfigsOfADeadBrokerGoThroughTheControllerAlone(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		if err := p.sim.Kill(4); err != nil {
			p.Fatal(err)
		}
		time.Sleep(15 * time.Second)
		var dead *DeadError
		if err := d.AlterBrokerConfigs(p.Context(), rate(4, "5")); !errors.As(err, &dead) || dead.Broker != 4 {
			p.Errorf("error %v", err)
		}
		if err := d.AlterDeadBrokerConfigs(p.Context(), rate(4, "5")); !errors.As(err, &dead) {
			p.Errorf("without the address of a controller: %v", err)
		}
		if p.changes() > 0 {
			p.Errorf("sent %v", p.sim.Mutations())
		}
		p.session.Cluster().Controllers = p.sim.BootstrapControllers()[2:] // one that doesn't lead
		if err := d.AlterDeadBrokerConfigs(p.Context(), rate(4, "5")); err != nil {
			p.Errorf("error %v", err)
		}
	})
}

func TestElectionsAndWhatIsSoAlready(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		s := p.sim.Partitions()[0]
		errs, err := d.ElectLeaders(p.Context(), []TopicPartition{{s.Topic, s.Partition}, {"none", 0}}, []int32{s.Leader, -1})
		if err != nil || errs[0] != nil || errs[1] == nil {
			p.Errorf("%v, %v", errs, err)
		}
		m := p.move()
		errs, err = d.CancelPartitionReassignments(p.Context(), []Move{m})
		if err != nil || errs[0] != nil {
			p.Errorf("cancelling what isn't in flight: %v, %v", errs, err)
		}
		if err := p.sim.Kill(5); err != nil {
			p.Fatal(err)
		}
		time.Sleep(15 * time.Second)
		for range 2 {
			if err := d.UnregisterBroker(p.Context(), 5, nil); err != nil {
				p.Errorf("unregistering: %v", err)
			}
		}
	})
}

func TestRefusalsAreOfTheirPartition(t *testing.T) {
	simulate(t, func(p *simulation) {
		d, good := p.door(), p.move()
		bad := Move{TopicPartition{good.Topic, 99}, []int32{1}, []int32{2}}
		errs, err := d.AlterPartitionReassignments(p.Context(), []Move{bad, good}, "")
		var no *RefusedError
		if err != nil || !errors.As(errs[0], &no) || !strings.Contains(no.Error(), "UNKNOWN_TOPIC_OR_PARTITION") || errs[1] != nil {
			p.Errorf("%v, %v", errs, err)
		}
		if last := p.entries()[1].Result; len(last.Refused) != 1 || !strings.Contains(last.Refused[0], "-99") {
			p.Errorf("in the journal: %+v", last)
		}
		if _, err := d.AlterPartitionReassignments(p.Context(), []Move{{TopicPartition: good.TopicPartition}}, ""); err == nil {
			p.Error("an empty list, which would cancel, was taken")
		}
	})
}

func TestJournalFile(t *testing.T) {
	dir := t.TempDir()
	j, err := OpenJournal(dir, "a/../b c")
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(j.Path()) != filepath.Join(dir, "journal") {
		t.Errorf("it is at %s", j.Path())
	}
	if err := j.write(&Entry{ID: "1", API: "x"}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.file.WriteString(`{"id":"2","api":"half of a li`); err != nil { // a process that was killed
		t.Fatal(err)
	}
	j.Close()
	if j, err = OpenJournal(dir, "a/../b c"); err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	j.Note(json.RawMessage(`{"event":"moved"}`))
	if info, err := os.Stat(j.Path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	var ids []string
	if err := Entries(dir, "a/../b c", func(e *Entry) { ids = append(ids, e.API+string(e.Event)) }); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(ids, " "); got != `x {"event":"moved"}` {
		t.Errorf("entries %q", got)
	}
	if err := Entries(dir, "none", func(*Entry) { t.Error("an entry of no journal") }); err != nil {
		t.Error(err)
	}
}

func TestUndoOfConfigsIsKafkasOwnCommand(t *testing.T) {
	was := "0:1,0:2"
	got := undoConfigs(ConfigChange{Resource: Resource{Topic: "orders"}, Ops: []ConfigOp{{Name: LeaderReplicas, Before: &was}, {Name: FollowerReplicas}}})
	want := "kafka-configs --alter --entity-type topics --entity-name orders --add-config '" + LeaderReplicas + "=[0:1,0:2]' --delete-config " + FollowerReplicas
	if got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
}

func TestRequestsAreWrittenDownWhole(t *testing.T) {
	req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	addReassignment(req, TopicPartition{"a", 3}, []int32{1, 2})
	addReassignment(req, TopicPartition{"a", 4}, nil)
	req.TimeoutMillis = 5000
	req.Version = 1
	want := `{"timeoutMs":5000,"allowReplicationFactorChange":true,"topics":[{"name":"a","partitions":[` +
		`{"partitionIndex":3,"replicas":[1,2]},{"partitionIndex":4,"replicas":null}]}]}`
	if got, err := requestJSON(req); err != nil || !bytes.Equal(got, []byte(want)) {
		t.Errorf("%s, %v, want\n%s", got, err, want)
	}
}

func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"id":"1","api":"AlterPartitionReassignments","request":{"topics":[{"name":"a","partitions":[{"partitionIndex":0,"replicas":[1]}]}]}}`))
	f.Add([]byte("{\"id\":\"1\"}\n{\"id\":"))
	f.Fuzz(func(t *testing.T, content []byte) {
		defer alloctest.Bound(t, len(content))()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "journal"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(journalPath(dir, "Xy"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := OpenJournal(dir, "Xy")
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		if err := j.write(&Entry{ID: "last", API: apiReassign, Request: json.RawMessage(`{"topics":[{"name":"b","partitions":[{"partitionIndex":7,"replicas":[3]}]}]}`)}); err != nil {
			t.Fatal(err)
		}
		if sent := sentTo(t, dir, "Xy", TopicPartition{"b", 7}); !slices.EqualFunc(sent, [][]int32{{3}}, slices.Equal) {
			t.Fatalf("what was written last is not found: %v", sent)
		}
	})
}
