package watch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// interrupted is a session in which something happens before a request of a kind is sent the first time.
type interrupted struct {
	*kafka.Session
	key    kmsg.Key
	happen func()
	once   sync.Once // brokers are asked at the same time
}

func (i *interrupted) Ask(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error) {
	if req.Key() == int16(i.key) {
		i.once.Do(i.happen)
	}
	return i.Session.Ask(ctx, addr, req)
}

// looked is what the verdict's look at groups and transactions finds, and all that is said of it.
func looked(t *testing.T, s Asker, snap *state.Snapshot) (*state.State, string) {
	t.Helper()
	st := &state.State{Now: time.Now(), Snapshot: snap}
	st.Groups, st.Transactions = Clients(t.Context(), s, snap, ClientsOptions{Again: func(int, int) bool { time.Sleep(Apart); return true }}, Options{})
	for _, g := range st.Groups.Groups {
		if g.Lag.Known && g.Lag.Value < 0 {
			t.Errorf("group %q lags %d", g.ID, g.Lag.Value)
		}
		for i := range g.Partitions.Value {
			if p := &g.Partitions.Value[i]; p.Lag < -1 {
				t.Errorf("group %q lags %d in %s/%d", g.ID, p.Lag, p.Topic, p.Partition)
			}
		}
	}
	st.Verdict, st.Findings = health.Judge(health.Input{State: st})
	return st, told(st.Findings)
}

func TestOddGroupsAreSaidAndTheRestIsShown(t *testing.T) {
	coordinator := func(t *testing.T, s *kafka.Session, snap *state.Snapshot, id string) int32 {
		t.Helper()
		g := Groups(t.Context(), s, snap, GroupsOptions{ListOnly: true}, Options{}).Find(id)
		if g == nil {
			t.Fatalf("no group %s", id)
		}
		return g.Coordinator
	}
	read := func(st *state.State, id string) bool {
		g := st.Groups.Find(id)
		return g != nil && g.Partitions.Known && g.Partitions.Why == "" && g.Lag.Known
	}
	for _, tc := range []struct {
		name string
		do   func(*testing.T, *sim.Cluster, *kafka.Session, *state.Snapshot) (Asker, *state.Snapshot)
		says []string
		read []string // groups
		not  []string
	}{
		{"some groups are denied", func(t *testing.T, c *sim.Cluster, s *kafka.Session, snap *state.Snapshot) (Asker, *state.Snapshot) {
			c.DenyGroups("wms-sync")
			return s, snap
		}, []string{"Group wms-sync not read", "the ACL DESCRIBE on GROUP is needed"}, []string{"checkout-orders", "vector-logs"}, []string{"wms-sync"}},
		{"all groups are denied", func(t *testing.T, c *sim.Cluster, s *kafka.Session, snap *state.Snapshot) (Asker, *state.Snapshot) {
			for _, g := range Groups(t.Context(), s, snap, GroupsOptions{ListOnly: true}, Options{}).Groups {
				c.DenyGroups(g.ID)
			}
			return s, snap
		}, []string{"9 groups (checkout-emails, checkout-orders, invoicing-ledger and 6 others) not read"}, nil, []string{"wms-sync", "checkout-orders"}},
		{"a coordinator loads", func(t *testing.T, c *sim.Cluster, s *kafka.Session, snap *state.Snapshot) (Asker, *state.Snapshot) {
			must(t, c.Kill(coordinator(t, s, snap, "wms-sync")))
			time.Sleep(10 * time.Second)
			return s, lookAt(t, s, nil)
		}, []string{"COORDINATOR_LOAD_IN_PROGRESS"}, nil, []string{"wms-sync"}},
		{"a coordinator moves while it is asked", func(t *testing.T, c *sim.Cluster, s *kafka.Session, snap *state.Snapshot) (Asker, *state.Snapshot) {
			at := coordinator(t, s, snap, "wms-sync")
			return &interrupted{Session: s, key: kmsg.OffsetFetch, happen: func() { must(t, c.Fence(at)) }}, snap
		}, []string{"NOT_COORDINATOR"}, nil, []string{"wms-sync"}},
		{"a coordinator answers nothing any more", func(t *testing.T, c *sim.Cluster, s *kafka.Session, snap *state.Snapshot) (Asker, *state.Snapshot) {
			must(t, c.Silence(coordinator(t, s, snap, "wms-sync")))
			return s, snap
		}, []string{"Groups of broker"}, nil, []string{"wms-sync"}},
		{"a topic is deleted during the look", func(t *testing.T, c *sim.Cluster, s *kafka.Session, snap *state.Snapshot) (Asker, *state.Snapshot) {
			return &interrupted{Session: s, key: kmsg.ListOffsets, happen: func() { must(t, c.DeleteTopic("orders")) }}, snap
		}, []string{"the lag of"}, []string{"vector-logs"}, nil},
		{"offsets are beyond the end and before the start", func(t *testing.T, c *sim.Cluster, s *kafka.Session, snap *state.Snapshot) (Asker, *state.Snapshot) {
			must(t, c.SetCommitted("wms-sync", "orders", 1, 1<<60))
			must(t, c.SetCommitted("wms-sync", "orders", 2, 0))
			return s, snap
		}, nil, []string{"wms-sync"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inCluster(t, sim.Options{Groups: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
				asker, snap := tc.do(t, c, s, lookAt(t, s, nil))
				st, said := looked(t, asker, snap)
				for _, want := range tc.says {
					if !strings.Contains(said, want) {
						t.Errorf("no %q:%s", want, said)
					}
				}
				if len(tc.says) > 0 && len(health.ClientsUnread(st)) == 0 {
					t.Error("nothing is unknown")
				}
				for _, id := range tc.read {
					if !read(st, id) {
						t.Errorf("%s wasn't read: %+v", id, st.Groups.Find(id))
					}
				}
				for _, id := range tc.not {
					if read(st, id) {
						t.Errorf("%s was read", id)
					}
				}
			})
		})
	}
}

func TestOffsetsOutsideOfTheLogAreSaidOfTheirPartitions(t *testing.T) {
	inCluster(t, sim.Options{Groups: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		snap := lookAt(t, s, nil)
		must(t, c.SetCommitted("wms-sync", "orders", 1, 1<<60))
		must(t, c.SetCommitted("wms-sync", "orders", 2, 0))
		must(t, c.SetCommitted("wms-sync", "orders", 900, 5))
		all, _ := JudgedGroups(t.Context(), s, snap, JudgedOptions{Only: []string{"wms-sync"}}, Options{})
		troubles := map[int32]state.OffsetTrouble{}
		for i := range all.Groups[0].Partitions.Value {
			p := &all.Groups[0].Partitions.Value[i]
			if p.Topic == "orders" {
				troubles[p.Partition] = p.Trouble
			}
			if p.Lag < 0 != (p.Trouble == state.BeyondEnd || p.Trouble == state.TopicGone) {
				t.Errorf("%s/%d: lag %d, %s", p.Topic, p.Partition, p.Lag, p.Trouble)
			}
		}
		if troubles[1] != state.BeyondEnd || troubles[2] != state.BeforeStart || troubles[900] != state.TopicGone {
			t.Errorf("%v", troubles)
		}
	})
}

// Names are the brokers' bytes: kept as they are, and written so that they can't act on a terminal.
func TestAGroupMayHaveAnyName(t *testing.T) {
	for _, name := range []string{"\x1b[31mred\x1b]0;title\a", "a\nb\tc\x00d", "\xff\xfe\xc3(", strings.Repeat("x", 10_000), " ", "' \"$(rm)/", "\u202eevil", "поток"} {
		t.Run(fmt.Sprintf("%.20q", name), func(t *testing.T) {
			inCluster(t, sim.Options{Groups: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
				must(t, c.AddGroup(name, true, "orders"))
				time.Sleep(2 * time.Minute)
				st, said := looked(t, s, lookAt(t, s, nil))
				if g := st.Groups.Find(name); g == nil || g.Status != state.GroupStalled || len(g.Members.Value) != 2 {
					t.Fatalf("%+v", g)
				}
				i := slices.IndexFunc(st.Findings, func(f state.Finding) bool { return f.Code == health.GroupStuck })
				if i < 0 || len(st.Findings[i].Sentence) > 1000 || strings.ContainsAny(said, "\x1b\a\x00\u202e") {
					t.Errorf("%q", said)
				}
			})
		})
	}
}

// A topic is deleted and made anew under its name while its groups are watched: who had committed there is said to be beyond the end of the new log, and
// nobody is said to lag less than nothing, or to have gone back.
func TestReadersOfATopicThatIsMadeAnewAreToldAsTheyAre(t *testing.T) {
	watching(t, sim.Options{Groups: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, w *Watch) {
		w.Attend("groups")
		s := until(t, w, func(s *state.State) bool { return s.Groups != nil && s.Groups.Looks >= 4 })
		if g := s.Groups.Find("wms-sync"); g == nil || g.Status != state.GroupOK {
			t.Fatalf("%+v", g)
		}
		must(t, c.MakeAnew("orders"))
		must(t, c.SetCommitted("wms-sync", "orders", 1, 42)) // by a consumer that has not noticed
		beyond, anew := 0, time.Now()
		for last := s.Groups; time.Since(anew) < 3*time.Minute; {
			s = until(t, w, func(s *state.State) bool { return s.Groups != last })
			last = s.Groups
			for _, g := range last.Groups {
				if g.Lag.Known && g.Lag.Value < 0 || g.Status == state.GroupRewound {
					t.Errorf("%s lags %d: %s: %s", g.ID, g.Lag.Value, g.Status, g.Why)
				}
				for i := range g.Partitions.Value {
					p := &g.Partitions.Value[i]
					if p.Lag < -1 || p.Lag >= 0 && p.Committed > p.End {
						t.Errorf("%s lags %d in %s/%d, committed %d of %d: %s", g.ID, p.Lag, p.Topic, p.Partition, p.Committed, p.End, p.Trouble)
					}
					if g.ID == "wms-sync" && p.Topic == "orders" && p.Partition == 1 && p.Trouble == state.BeyondEnd {
						beyond++
					}
				}
			}
			if headline := health.ClientsHeadline(s.Findings); headline != "" {
				t.Errorf("%s:%s", headline, told(s.Findings))
			}
		}
		if beyond < 10 {
			t.Errorf("at %d looks the offset is said to be beyond the end", beyond)
		}
	})
}
