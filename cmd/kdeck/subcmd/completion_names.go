package subcmd

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/files"
	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/watch"
	"kdeck/protocol/printable"
)

const (
	// completionTime is how long a completion waits for a cluster. With the start of the process it stays below 300 ms.
	completionTime = 240 * time.Millisecond
	// rememberedFor is how long names that a cluster has given are offered again without asking it.
	rememberedFor = time.Minute
)

// clusterNames is a kind of names that a cluster has.
type clusterNames string

const (
	brokerNames clusterNames = "brokers" // ids, in ascending order
	topicsNames clusterNames = "topics"  // sorted
	userNames   clusterNames = "users"   // of the quota records, and in the console those that brokers count; sorted
	clientNames clusterNames = "clients" // client ids, likewise
	rackNames   clusterNames = "racks"   // of brokers that live, sorted
	clusterIDs  clusterNames = "cluster" // the cluster's own id
	groupNames  clusterNames = "groups"  // ids, sorted
)

// names returns the names that the cluster has, as far as they are known within completionTime: from the console, from a
// saved cluster, from the last minute, or from the cluster itself. Without a cluster there are none.
func (c *completer) names(ctx context.Context, kind clusterNames) []string {
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	found := make(chan []string, 1)
	go func() { found <- c.findNames(ctx, kind) }()
	select {
	case names := <-found:
		return names
	case <-ctx.Done(): // the process ends, and with it what is still under way
		return nil
	}
}

func (c *completer) findNames(ctx context.Context, kind clusterNames) []string {
	if on := c.env.console; on != nil && on.states != nil {
		if s, _, err := on.states.Next(ctx, 0); err == nil && s.Snapshot != nil {
			return kind.in(s)
		}
		return nil
	}
	if c.g.snapshot != "" {
		if src, err := loadSnapshot(c.g); err == nil {
			return kind.in(&state.State{Snapshot: src.snapshot})
		}
		return nil
	}
	cluster, err := c.env.cluster(c.g)
	if err != nil {
		return nil
	}
	now := c.env.Now()
	file := c.env.rememberedFile(cluster, kind)
	if names, ok := readRemembered(file, now); ok {
		return names
	}
	session, err := kafka.Open(cluster, kafka.Options{Dial: c.env.Dial, Now: c.env.Now, Timeout: c.g.timeout})
	if err != nil {
		return nil
	}
	defer session.Close()
	names, err := kind.ask(ctx, session)
	if err != nil {
		return nil
	}
	remember(file, now, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return c.env.masked.text(name) != name }))
	return names
}

// in returns the names that a state holds.
func (k clusterNames) in(s *state.State) (names []string) {
	switch k {
	case topicsNames:
		return topicNames(s.Snapshot)
	case userNames, clientNames:
		names = k.limited(s.Quotas.Or(tenant.New(nil)))
		for _, u := range s.Usages() {
			name := u.User
			if k == clientNames {
				name = u.ClientID
			}
			if name != "" && !u.Approximate {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return slices.Compact(names)
	case clusterIDs:
		return []string{s.Snapshot.ClusterID}
	case rackNames:
		for i := range s.Snapshot.Brokers {
			if rack := s.Snapshot.Brokers[i].Rack; rack != "" {
				names = append(names, rack)
			}
		}
		slices.Sort(names)
		return slices.Compact(names)
	case groupNames:
		return groupIDs(s.Groups)
	}
	for i := range s.Snapshot.Brokers {
		names = append(names, strconv.Itoa(int(s.Snapshot.Brokers[i].ID)))
	}
	return names
}

// limited returns the users or client ids that quota records name.
func (k clusterNames) limited(q *tenant.Quotas) (names []string) {
	for _, record := range q.List() {
		part := record.Entity.User
		if k == clientNames {
			part = record.Entity.ClientID
		}
		if part.Set && !part.Default && !tenant.IsObserver(part.Name) {
			names = append(names, part.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ask asks the cluster for the names.
func (k clusterNames) ask(ctx context.Context, session *kafka.Session) ([]string, error) {
	if k == userNames || k == clientNames {
		quotas, err := watch.Quotas(ctx, session)
		if err != nil {
			return nil, err
		}
		return k.limited(quotas), nil
	}
	resp, _, err := session.Any(ctx, k.request())
	if err != nil {
		return nil, err
	}
	if k == groupNames {
		return listGroups(ctx, session, resp.(*kmsg.MetadataResponse)), nil
	}
	return k.of(resp.(*kmsg.MetadataResponse)), nil
}

// request asks for the names and, as far as Kafka allows, for nothing else.
func (k clusterNames) request() *kmsg.MetadataRequest {
	if k == topicsNames {
		return kmsg.NewPtrMetadataRequest() // of all topics
	}
	return kafka.BrokersRequest()
}

func (k clusterNames) of(resp *kmsg.MetadataResponse) (names []string) {
	switch k {
	case clusterIDs:
		if resp.ClusterID != nil {
			names = append(names, *resp.ClusterID)
		}
		return names
	case rackNames:
		for _, b := range resp.Brokers {
			if b.Rack != nil && *b.Rack != "" {
				names = append(names, *b.Rack)
			}
		}
		slices.Sort(names)
		return slices.Compact(names)
	case topicsNames:
		for _, t := range resp.Topics {
			if t.Topic != nil {
				names = append(names, *t.Topic)
			}
		}
		slices.Sort(names)
		return names
	}
	slices.SortFunc(resp.Brokers, func(a, b kmsg.MetadataResponseBroker) int { return int(a.NodeID) - int(b.NodeID) })
	for _, b := range resp.Brokers {
		names = append(names, strconv.Itoa(int(b.NodeID)))
	}
	return names
}

// listGroups asks every broker for the groups that it coordinates. Those that don't answer in time leave theirs out.
func listGroups(ctx context.Context, session *kafka.Session, brokers *kmsg.MetadataResponse) []string {
	b := state.NewBuilder("", time.Time{}, 0, 0)
	for _, of := range brokers.Brokers {
		answered := state.Read(time.Duration(0), time.Time{}, "") // else it wouldn't be asked again
		b.Broker(state.Broker{ID: of.NodeID, Host: of.Host, Port: of.Port, Alive: true, Answered: answered})
	}
	return groupIDs(watch.Groups(ctx, session, b.Done(), watch.GroupsOptions{ListOnly: true}, watch.Options{}))
}

func groupIDs(groups *state.Groups) (ids []string) {
	if groups == nil {
		return nil
	}
	for _, g := range groups.Groups {
		ids = append(ids, g.ID)
	}
	return ids
}

// remembered is what a file holds: names, and no address or secret.
type remembered struct {
	TakenAt time.Time `json:"taken_at"`
	Names   []string  `json:"names"`
}

// rememberedFile is the file in the state directory for names of a cluster, "" where there is no such directory. Contexts
// may reach different clusters by one address, through tunnels, so their names count too.
func (e *Env) rememberedFile(cluster *config.Cluster, kind clusterNames) string {
	dir, err := e.stateDir()
	if err != nil {
		return ""
	}
	name := format.Digest(append([]string{cluster.Name}, cluster.Bootstrap...)...)
	return filepath.Join(dir, "completion", name+"-"+string(kind)+".json")
}

func readRemembered(file string, now time.Time) (names []string, ok bool) {
	text, err := files.ReadOwn(file, files.MaxState)
	if err != nil {
		return nil, false
	}
	var r remembered
	if json.Unmarshal(text, &r) != nil || r.TakenAt.After(now) || now.Sub(r.TakenAt) > rememberedFor {
		return nil, false
	}
	return r.Names, true
}

// remember keeps names. Where that fails they are asked for again.
func remember(file string, now time.Time, names []string) {
	text, err := printable.Marshal(remembered{now, names})
	if err != nil || file == "" {
		return
	}
	_ = files.WriteOwn(file, text)
}
