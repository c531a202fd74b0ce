package subcmd_test

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"kdeck/ops/kafka"
	"kdeck/ops/kafkatest"
	"kdeck/ops/state"
)

const (
	shareGroupCommand    = "org.apache.kafka.tools.consumer.group.ShareGroupCommand"
	consoleShareConsumer = "org.apache.kafka.tools.consumer.ConsoleShareConsumer"
	streamsGroupCommand  = "org.apache.kafka.tools.streams.StreamsGroupCommand"
)

// toolRows reads what one of Kafka's group tools prints: a line for each partition, by names of columns.
func toolRows(out string) (rows []map[string]string) {
	var columns []string
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		switch {
		case len(f) > 3 && f[0] == "GROUP":
			columns = f
		case len(columns) > 0 && len(f) >= len(columns):
			row := map[string]string{}
			for i, c := range columns {
				row[c] = f[i]
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// shareGroup has Kafka's own consumer read as a share group, and compares where it reads on with what Kafka's own tool says.
func (g *realGroups) shareGroup(t *testing.T) {
	g = g.on(t)
	must(t, g.c.CreateTopics(t.Context(), kafkatest.Topic{Name: "shared", Partitions: 2, Replicas: 1}))
	now := slices.Repeat([]time.Time{time.Now()}, 40)
	g.write("shared", 0, now)
	g.write("shared", 1, now)
	g.deck.edit("group", "sharers", "set", "share.auto.offset.reset=earliest")
	g.tool(consoleShareConsumer, "--topic", "shared", "--group", "sharers", "--max-messages", "60", "--timeout-ms", "60000")
	eventually(t, "kdeck and Kafka's tool agree on the share group", func() (bool, string) {
		out := g.tool(shareGroupCommand, "--describe", "--group", "sharers")
		theirs := []string{}
		for _, r := range toolRows(out) {
			theirs = append(theirs, fmt.Sprintf("%s/%s %s", r["TOPIC"], r["PARTITION"], r["START-OFFSET"]))
		}
		doc, ours := g.group("sharers")
		got := []string{}
		for _, p := range doc.Partitions {
			got = append(got, fmt.Sprintf("%s/%d %s", p.Topic, p.Partition, number(p.Committed)))
		}
		slices.Sort(theirs)
		return len(got) == 2 && slices.Equal(got, theirs) && doc.Type == "share" && doc.State == "Empty", out + ours
	})
	if r := g.deck.run("groups", "reset", "sharers", "--topic", "shared", "--to", "earliest"); r.code != 2 || !strings.Contains(r.err, "share group") {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
}

// streamsGroup joins as a member of a streams group (KIP-1071) does, by the protocol alone: it has a topology of one source topic, and commits.
func (g *realGroups) streamsGroup(t *testing.T) {
	g = g.on(t)
	must(t, g.c.CreateTopics(t.Context(), kafkatest.Topic{Name: "streamed", Partitions: 2, Replicas: 1}))
	now := slices.Repeat([]time.Time{time.Now()}, 10)
	g.write("streamed", 0, now)
	g.write("streamed", 1, now)
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.OffsetCommit), 9) // names of topics, not ids
	versions.SetMaxKeyVersion(int16(kmsg.StreamsGroupHeartbeat), 0)
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(g.c.Bootstrap(), ",")...), kgo.ClientID("streams-client"), kgo.MaxVersions(versions))
	must(t, err)
	defer client.Close()
	found := kadm.NewClient(client).FindGroupCoordinators(t.Context(), "streamers")["streamers"] // kgo itself knows no streams groups
	must(t, found.Err)
	coordinator := client.Broker(int(found.NodeID))
	beat := kmsg.NewPtrStreamsGroupHeartbeatRequest()
	beat.Group, beat.MemberID, beat.RebalanceTimeoutMillis = "streamers", rand.Text(), 60_000
	topology := kmsg.NewStreamsGroupHeartbeatRequestTopology()
	sub := kmsg.NewStreamsGroupHeartbeatRequestTopologySubtopology()
	sub.SubtopologyID, sub.SourceTopics = "0", []string{"streamed"}
	topology.Subtopologies = append(topology.Subtopologies, sub)
	beat.Topology, beat.ActiveTasks, beat.StandbyTasks, beat.WarmupTasks = &topology, []kmsg.TaskIDs{}, []kmsg.TaskIDs{}, []kmsg.TaskIDs{}
	process := "process"
	beat.ProcessID = &process
	send := func() *kmsg.StreamsGroupHeartbeatResponse {
		resp, err := beat.RequestWith(t.Context(), coordinator)
		must(t, err)
		return resp
	}
	eventually(t, "the streams group gives out its tasks", func() (bool, string) {
		resp := send()
		if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
			return false, fmt.Sprint(err, word(resp.ErrorMessage))
		}
		beat.MemberEpoch, beat.Topology = resp.MemberEpoch, nil
		if resp.ActiveTasks != nil {
			beat.ActiveTasks = resp.ActiveTasks
		}
		return len(beat.ActiveTasks) == 1 && len(beat.ActiveTasks[0].Partitions) == 2, fmt.Sprintf("%+v", resp)
	})
	commit := kmsg.NewPtrOffsetCommitRequest()
	commit.Group, commit.Generation, commit.MemberID = "streamers", beat.MemberEpoch, beat.MemberID
	topic := kmsg.NewOffsetCommitRequestTopic()
	topic.Topic = "streamed"
	for p := range int32(2) {
		part := kmsg.NewOffsetCommitRequestTopicPartition()
		part.Partition, part.Offset = p, int64(4+p)
		topic.Partitions = append(topic.Partitions, part)
	}
	commit.Topics = append(commit.Topics, topic)
	resp, err := commit.RequestWith(t.Context(), coordinator)
	must(t, err)
	must(t, kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode))
	eventually(t, "kdeck and Kafka's tool agree on the streams group", func() (bool, string) {
		send() // it must not be thrown out
		out := g.tool(streamsGroupCommand, "--describe", "--group", "streamers")
		theirs := []string{}
		for _, r := range toolRows(out) {
			theirs = append(theirs, fmt.Sprintf("%s/%s %s", r["TOPIC"], r["PARTITION"], r["OFFSET-LAG"]))
		}
		doc, ours := g.group("streamers")
		got := []string{}
		for _, p := range doc.Partitions {
			got = append(got, fmt.Sprintf("%s/%d %s", p.Topic, p.Partition, number(p.Lag)))
			if word(p.ClientID) != "streams-client" {
				return false, ours
			}
		}
		slices.Sort(theirs)
		return len(got) == 2 && slices.Equal(got, theirs) && doc.Type == "streams" && doc.State == "Stable", out + ours
	})
	if r := g.deck.run("groups", "reset", "streamers", "--topic", "streamed", "--to", "earliest"); r.code != 2 || !strings.Contains(r.err, "streams-client") {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
}

// madeAnew deletes a topic and creates another of its name, while somebody watches the groups that have offsets there. What these are is said at every moment:
// the topic is gone, the offset is beyond the end of the new log, or so many records are to be read. No lag is below zero, and nobody is said to have
// gone back.
func (g *realGroups) madeAnew(t *testing.T) {
	g = g.on(t)
	topic := kafkatest.Topic{Name: "anew", Partitions: 1, Replicas: 2}
	must(t, g.c.CreateTopics(t.Context(), topic))
	now := slices.Repeat([]time.Time{time.Now()}, 20)
	g.write("anew", 0, now)
	g.commit("left-behind", "anew", map[int32]int64{0: 12})
	g.commit("begins-again", "anew", map[int32]int64{0: 18})
	var mu sync.Mutex
	seen := map[string]string{} // what the latest look shows of each group
	watchEach(t, g.c, func(_ *kafka.Session, s *state.State) {
		mu.Lock()
		defer mu.Unlock()
		for _, id := range []string{"left-behind", "begins-again"} {
			of := s.Groups.Find(id)
			if of == nil || len(of.Partitions.Value) == 0 {
				seen[id] = "no offset"
				continue
			}
			p := &of.Partitions.Value[0]
			if seen[id] = fmt.Sprintf("%d %s", p.Lag, p.Trouble); p.Lag < -1 || of.Lag.Known && of.Lag.Value < 0 || of.Status == state.GroupRewound {
				t.Errorf("%s: committed %d of %d: %s, %s: %s", id, p.Committed, p.End, seen[id], of.Status, of.Why)
			}
		}
	})
	shows := func(what, id string, wants ...string) {
		t.Helper()
		eventually(t, what, func() (bool, string) {
			mu.Lock()
			defer mu.Unlock()
			return slices.ContainsFunc(wants, func(want string) bool { return strings.Contains(seen[id], want) }), fmt.Sprint(seen)
		})
		eventually(t, what+", by kdeck groups", func() (bool, string) {
			doc, out := g.group(id)
			said := "no offset"
			if len(doc.Partitions) > 0 {
				p := doc.Partitions[0]
				said = strings.TrimSpace(strings.ReplaceAll(number(p.Lag), "-", "-1") + " " + strings.ReplaceAll(word(p.Trouble), "-", ""))
			}
			return slices.ContainsFunc(wants, func(want string) bool { return strings.Contains(said, strings.TrimSpace(want)) }), out
		})
	}
	shows("twenty records are there", "left-behind", "8 ")
	g.tool(kafkatest.TopicCommand, "--delete", "--topic", "anew")
	shows("the topic is gone", "left-behind", "no offset", "doesn't exist any more") // its coordinator deletes what was committed
	eventually(t, "the topic is created again", func() (bool, string) {
		err := g.c.CreateTopics(t.Context(), topic)
		return err == nil, fmt.Sprint(err)
	})
	g.write("anew", 0, now[:5])
	g.commit("left-behind", "anew", map[int32]int64{0: 12}) // by a consumer that has not noticed
	g.commit("begins-again", "anew", map[int32]int64{0: 3})
	shows("the old offset is beyond the end of the new log", "left-behind", "beyond the end")
	shows("who began again is two records behind", "begins-again", "2 ")
	t.Logf("Kafka's tool:\n%s", g.tool(kafkatest.ConsumerGroupCommand, "--describe", "--group", "left-behind"))
	g.write("anew", 0, now)
	shows("the new log has passed the old offset", "left-behind", "13 ")
}
