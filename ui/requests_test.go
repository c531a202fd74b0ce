package ui

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/ask"
	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/ui/fixture"
)

// fakeRequests answers any Metadata request for three nodes, of which node 2 knows an older leader, and every
// ListGroups request with two groups; it keeps what was asked.
type fakeRequests struct {
	asked  []string
	stale  bool
	fails  error
	served *message.Range // nil: every version
}

func (f *fakeRequests) Served(_ context.Context, _ string, api *protocol.API) (message.Range, error) {
	switch {
	case f.fails != nil:
		return api.Versions, f.fails
	case f.served != nil:
		return *f.served, nil
	}
	return api.Versions, nil
}

func (f *fakeRequests) Ask(_ context.Context, to string, words []string) (*ask.Answers, error) {
	f.asked = append(f.asked, to+": "+strings.Join(words, " "))
	if f.fails != nil {
		return nil, f.fails
	}
	api, version, err := protocol.FindAPI(words[0])
	if err != nil {
		return nil, err
	}
	if version < 0 {
		version = api.Versions.To
	}
	m := message.New(api.API, version)
	for _, w := range words[1:] {
		path, value, _ := strings.Cut(w, "=")
		if err := m.Set(path, value); err != nil {
			return nil, err
		}
	}
	sent := &ask.Answers{At: fixture.Noon.Add(time.Minute), To: to, Request: m, Ignore: protocol.DefaultIgnore(api.Key)}
	for node := range 3 {
		body, err := f.body(api, version, node+1)
		if err != nil {
			return nil, err
		}
		reply := &ask.Reply{Node: ask.Node{Name: fmt.Sprint(node + 1), Addr: fmt.Sprintf("b%d:9092", node+1)}, Answer: &protocol.Answer{
			API: api, Version: version, CorrelationID: correlation, RequestBytes: requestFrame(m), ResponseBytes: responseFrame(m, body),
			Timing: protocol.Timing{TCP: 210 * time.Microsecond, Write: 30 * time.Microsecond, Wait: time.Duration(node+1) * time.Millisecond, Read: 80 * time.Microsecond},
		}}
		reply.Answer.ResponseSize = len(reply.Answer.ResponseBytes)
		if reply.Got, reply.Identity, err = reply.Answer.Decode(nil); err != nil {
			return nil, err
		}
		sent.Replies = append(sent.Replies, reply)
	}
	return sent, nil
}

// correlation is the id of the one request that a fake connection carries.
const correlation = 7

// requestFrame is a request as it goes over a connection: its length, the header of a client without an id, the body.
func requestFrame(m *message.Message) []byte {
	frame := binary.BigEndian.AppendUint16(make([]byte, 4), uint16(m.API.Key))
	frame = binary.BigEndian.AppendUint16(frame, uint16(m.Version))
	frame = append(binary.BigEndian.AppendUint32(frame, correlation), 0xff, 0xff)
	if m.IsFlexible() {
		frame = append(frame, 0) // no tagged field
	}
	frame = m.AppendTo(frame)
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	return frame
}

// responseFrame is an answer as it comes over a connection, without its length.
func responseFrame(m *message.Message, body []byte) []byte {
	frame := binary.BigEndian.AppendUint32(nil, correlation)
	if m.IsFlexible() {
		frame = append(frame, 0)
	}
	return append(frame, body...)
}

func (f *fakeRequests) body(api *protocol.API, version int16, node int) ([]byte, error) {
	switch api.Key {
	case 3:
		r := kmsg.NewPtrMetadataResponse()
		r.Version, r.ControllerID = version, 2
		for id := range int32(3) {
			b := kmsg.NewMetadataResponseBroker()
			b.NodeID, b.Host, b.Port = id+1, fmt.Sprintf("b%d", id+1), 9092
			r.Brokers = append(r.Brokers, b)
		}
		t := kmsg.NewMetadataResponseTopic()
		t.Topic = kmsg.StringPtr("orders")
		for i := range int32(4) {
			p := kmsg.NewMetadataResponseTopicPartition()
			p.Partition, p.Leader, p.LeaderEpoch, p.Replicas, p.ISR = i, i%3+1, 5, []int32{1, 2, 3}, []int32{1, 2, 3}
			if node == 2 && i == 3 && !f.stale {
				p.Leader, p.LeaderEpoch, p.ErrorCode = 3, 4, 5
			}
			t.Partitions = append(t.Partitions, p)
		}
		r.Topics = append(r.Topics, t)
		return r.AppendTo(nil), nil
	case 16:
		r := kmsg.NewPtrListGroupsResponse()
		r.Version = version
		for _, name := range []string{"billing", "mail"} {
			g := kmsg.NewListGroupsResponseGroup()
			g.Group, g.ProtocolType = name, "consumer"
			r.Groups = append(r.Groups, g)
		}
		return r.AppendTo(nil), nil
	}
	return nil, errors.New("b1:9092: connect: connection refused")
}

func requestsDriver(t *testing.T, theme string, w, h int, f *fakeRequests, change func(*Options)) *driver {
	t.Helper()
	d := newDriver(t, theme, w, h, func(o *Options) {
		o.Requests, o.Commands = f, &commandLine{}
		if change != nil {
			change(o)
		}
	})
	d.state(fixture.Small().State(1))
	return d
}

// askMetadata finds the request by letters of its name, fills in whom it goes to, and sends it.
var askMetadata = []string{"5", "/", "mtdata", "enter", "enter", "enter", "al", "tab", "enter", "s"}

func TestRequestScreens(t *testing.T) {
	for _, s := range []struct {
		name string
		keys []string
	}{
		{"requests", []string{"5"}},
		{"requests-form", []string{"5", "/", "offsetcommit", "enter", "enter", "down", "down"}},
		{"requests-differences", askMetadata},
		{"requests-answer", slices.Concat(askMetadata, []string{"a"})},
		{"requests-bytes", slices.Concat(askMetadata, []string{"x"})},
		{"requests-timing", slices.Concat(askMetadata, []string{"t", "n"})},
		{"requests-history", slices.Concat(askMetadata, []string{"R", "H"})},
	} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			for _, theme := range []string{"dark", "ascii"} {
				if theme == "ascii" && size[0] != 80 {
					continue
				}
				name := fmt.Sprintf("%s-%dx%d-%s.txt", s.name, size[0], size[1], theme)
				t.Run(name, func(t *testing.T) {
					d := requestsDriver(t, theme, size[0], size[1], &fakeRequests{}, nil)
					d.keys(s.keys...)
					compareGolden(t, name, d.screen())
				})
			}
		}
	}
}

func TestARequestIsFoundFilledInSentReplayedAndSaved(t *testing.T) {
	f, dir := &fakeRequests{}, t.TempDir()
	d := requestsDriver(t, "dark", 80, 24, f, func(o *Options) { o.SaveDir = dir })
	d.keys("5", "/", "mtdata", "enter", "enter")
	d.sees("only reads", "to which nodes?", "topics")
	d.keys("s")
	d.sees("to which nodes? enter fills it in")
	d.keys("enter", "all", "enter", "down", "enter", "12", "enter", "down", "enter", "topic-00", "tab", "enter")
	d.sees("Metadata v12", "topic-0000")
	d.keys("C")
	if want := "kdeck request Metadata@12 topics=topic-0000 --to all"; len(d.copied) != 1 || d.copied[0] != want {
		t.Errorf("copied %q, want %q", d.copied, want)
	}
	d.keys("s")
	if want := []string{"all: Metadata@12 topics=topic-0000"}; !slices.Equal(f.asked, want) {
		t.Fatalf("asked %q, want %q", f.asked, want)
	}
	d.sees("2 nodes (1, 3) answer alike", "node 2: different in 3 fields", "topics[orders].partitions[3].leaderId", "1 -> 3", "3/3 answered, 2 different")
	d.keys("a")
	d.sees("Answer of node 2, 2 of 3")
	d.keys("G")
	d.sees("LEADER_NOT_AVAILABLE")
	d.keys("n")
	d.sees("Answer of node 3, 3 of 3")
	d.keys("x")
	d.sees("Bytes of node 3", "allowAutoTopicCreation = false")
	d.keys("t")
	d.sees("Nodes and timing", "3.32", "re-encodes identically")
	d.keys("S")
	files, _ := filepath.Glob(filepath.Join(dir, "*.kreq"))
	if len(files) != 1 {
		t.Fatalf("%d files were saved:\n%s", len(files), d.screen())
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if saved, err := protocol.ReadSaved(text); err != nil || saved.To != "all" || saved.Version != 12 || len(saved.Answers) != 3 {
		t.Errorf("saved %+v, %v", saved, err)
	}

	f.stale = true
	d.keys("R")
	if len(f.asked) != 2 || f.asked[1] != f.asked[0] {
		t.Errorf("the replay asked %q", f.asked)
	}
	d.keys("d")
	d.sees("3 nodes (1, 2, 3) answered the same", "Since 12:01:00Z", "node 1: as it was", "node 2: different in 3 fields")
	d.keys("H")
	d.sees("(3 answers)", "(3 answers, 2 different)")
	d.keys("down", "enter")
	d.sees("2 different")
	d.keys("esc", "esc")
	d.sees("WHAT IT IS FOR")
}

func TestWhatChangesSomethingIsNeverSentByAKey(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		line string
	}{
		"a request that deletes":                       {[]string{"/", "deletetopics", "enter", "enter", "enter", "2", "enter", "down", "down", "enter", "topic-0001", "enter", "s"}, ":request DeleteTopics topics=topic-0001 --to 2 --execute"},
		"a read that would create topics":              {[]string{"/", "metadata", "enter", "enter", "enter", "2", "enter", "down", "down", "enter", "nope", "enter", "G", "k", "enter", "true", "enter", "s"}, ":request Metadata topics=nope allowAutoTopicCreation=true --to 2"},
		"a request that only nodes send to each other": {[]string{"/", "updatemetadata", "enter", "enter", "enter", "2", "enter", "s"}, "--to 2 --allow inter-broker --execute"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeRequests{}
			d := requestsDriver(t, "dark", 120, 40, f, nil)
			d.keys("5")
			d.keys(c.keys...)
			d.sees(c.line)
			if f.asked != nil {
				t.Errorf("asked %q", f.asked)
			}
		})
	}
}

func TestTheFormRefusesWhatCanNotBeSent(t *testing.T) {
	f := &fakeRequests{}
	d := requestsDriver(t, "dark", 120, 40, f, nil)
	d.keys("5", "/", "metadata", "enter", "enter", "down", "enter", "99", "enter")
	d.sees(`"99" is no version of Metadata`)
	d.keys("G", "enter", "maybe", "enter")
	d.sees("includeTopicAuthorizedOperations: ")
	d.keys("esc", "/", "ctrl+u", "saslauthenticate", "enter", "enter", "G", "enter", "utf8:hunter2", "enter")
	d.sees("authBytes is a secret")
	d.seesNot("hunter2")
	d.keys("C")
	if strings.Contains(strings.Join(d.copied, "\n"), "hunter2") {
		t.Error("the secret was copied")
	}
}

func TestNamesAreCompletedFromTheClusterAndFromAnswers(t *testing.T) {
	d := requestsDriver(t, "dark", 120, 40, &fakeRequests{}, nil)
	d.keys("5", "/", "listgroups", "enter", "enter", "enter", "leader-of:topic-0003/", "tab")
	d.sees("to = leader-of:topic-0003/0")
	d.keys("esc", "enter", "all", "enter", "s")
	d.sees("billing")
	d.keys("esc", "esc", "/", "ctrl+u", "describegroups", "enter", "enter", "enter", "coordinator:", "tab", "tab")
	d.sees("to = coordinator:mail")
	d.keys("enter", "down", "down", "enter", "bil", "tab")
	d.sees("groups = billing")
}

func TestARequestThatCanNotBeSentIsSaidWhere(t *testing.T) {
	f := &fakeRequests{fails: errors.New("--to 99: there is no such broker; there are 1, 2, 3")}
	d := requestsDriver(t, "dark", 80, 24, f, nil)
	d.keys("5", "/", "metadata", "enter", "enter", "enter", "99", "enter", "s")
	d.sees("there is no such broker", "to")
	d.keys("H")
	d.sees("not sent")
}

func TestASavedClusterIsNotAsked(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	d.state(fixture.Small().State(1))
	d.keys("5", "enter", "s")
	d.sees("a saved cluster can't be asked")
}

func TestAnswersAreExportedAsTheCommandHasThem(t *testing.T) {
	dir := t.TempDir()
	d := requestsDriver(t, "dark", 80, 24, &fakeRequests{}, func(o *Options) { o.SaveDir = dir })
	d.keys(askMetadata...)
	d.keys("ctrl+e")
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	if len(files) != 1 {
		t.Fatalf("%d files:\n%s", len(files), d.screen())
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Answers     []struct{ Node string }
		Classes     [][]string
		Differences []struct{ Path string }
	}
	if err := json.Unmarshal(text, &doc); err != nil || len(doc.Answers) != 3 || len(doc.Classes) != 2 || len(doc.Differences) != 3 {
		t.Errorf("%+v, %v", doc, err)
	}
}

func TestTheFormIsInTheVersionThatTheNodesServe(t *testing.T) {
	f := &fakeRequests{served: &message.Range{From: 0, To: 9}}
	d := requestsDriver(t, "dark", 120, 40, f, nil)
	d.keys("5", "/", "metadata", "enter", "enter")
	d.sees("Metadata v13", "newest all serve")
	d.keys("enter", "2", "enter")
	d.sees("Metadata v9", "9, newest served", "includeCluster")
	d.keys("down")
	d.sees("known here: 0-13; served by 2: 0-9")
	d.keys("enter", "12", "enter")
	d.sees("Metadata v12", "12, served: 0-9")
	d.keys("u")
	d.sees("Metadata v9")

	f.fails = errors.New("b2:9092: connect: connection refused")
	d.keys("up", "enter", "ctrl+u", "3", "enter", "down")
	d.sees("Metadata v13", "what is served isn't known: b2:9092: connect:")
	d.keys("up", "u", "down")
	d.sees("to which nodes?", "known here: 0-13; nothing for")
}

func TestWhatWasTypedStaysWhereTheNodesDoNotServeIt(t *testing.T) {
	d := requestsDriver(t, "dark", 120, 40, &fakeRequests{served: &message.Range{From: 0, To: 3}}, nil)
	d.keys("5", "/", "metadata", "enter", "enter", "G", "enter", "true", "enter", "g", "enter", "2", "enter", "down")
	d.sees("Metadata v13", "2 serves v0-3, which doesn't fit", "v3 can't")
}

// stuckRequests answer only when they are given up.
type stuckRequests struct {
	fakeRequests
	begun chan struct{}
}

func (f *stuckRequests) Ask(ctx context.Context, to string, words []string) (*ask.Answers, error) {
	close(f.begun)
	<-ctx.Done()
	sent, err := f.fakeRequests.Ask(ctx, to, words)
	if err == nil {
		sent.Replies[1] = &ask.Reply{Node: ask.Node{Name: "2", Addr: "b2:9092"}, Err: errors.New("b2:9092: Metadata v13: given up")}
	}
	return sent, err
}

func TestEscGivesARequestUpAndShowsTheAnswersThatCame(t *testing.T) {
	f := &stuckRequests{begun: make(chan struct{})}
	d := requestsDriver(t, "dark", 120, 40, nil, func(o *Options) { o.Requests = f })
	d.keys("5", "/", "metadata", "enter", "enter", "enter", "all", "enter")
	_, cmd := d.app.Update(tea.KeyPressMsg{Code: 's', Text: "s"})
	came := make(chan tea.Msg, 1)
	go func() { came <- cmd() }()
	<-f.begun
	d.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	d.sees("asking all, esc gives up")
	d.keys("esc")
	d.sees("Metadata v13") // and is left open
	d.send(<-came)
	d.sees("2/3 answered")
	d.keys("t")
	d.sees("b2:9092: Metadata v13: given up")
}
