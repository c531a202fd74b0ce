package ask

import (
	"fmt"
	"strings"
	"time"

	"kdeck/ops/config"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Answers are what nodes answered to one request.
type Answers struct {
	At        time.Time
	To        string // the targets, as they were typed
	ClusterID string // "" where no node told it
	Request   *message.Message
	Ignore    []string     // fields that don't count when answers are compared
	Replies   []*Reply     // in the order of the targets
	Memory    int64        // bytes that the answers take, their frames included
	Mask      *config.Mask // of the session's secrets, which a node may repeat
}

// Answers are what the nodes have answered so far.
func (f *Fanout) Answers(m *message.Message, to string, at time.Time) *Answers {
	return &Answers{At: at, To: to, ClusterID: f.Resolver.ClusterID(), Request: m, Ignore: f.options.Ignore, Replies: f.Replies, Memory: f.memory.Used(), Mask: f.session.Cluster().Mask()}
}

// Groups are the replies whose answers are equal but for Ignore, by their places in Replies, the largest group first.
func (a *Answers) Groups() [][]int {
	messages := make([]*message.Message, len(a.Replies))
	for i, r := range a.Replies {
		if r.Err == nil {
			messages[i] = r.Got
		}
	}
	return protocol.GroupAnswers(messages, a.Ignore)
}

// Failed is how many nodes gave no answer.
func (a *Answers) Failed() (n int) {
	for _, r := range a.Replies {
		if r.Err != nil {
			n++
		}
	}
	return n
}

// Differences are the fields in which the answers of a group differ from those of the largest one.
func (a *Answers) Differences(largest, group []int) []message.Difference {
	return message.Differences(a.Replies[largest[0]].Got, a.Replies[group[0]].Got, a.Ignore)
}

// Names are the nodes of a group in words: "node 3", "2 nodes (1, 2)".
func (a *Answers) Names(group []int) string {
	names := make([]string, len(group))
	for i, at := range group {
		names[i] = a.Replies[at].Name
	}
	if len(names) == 1 {
		return "node " + names[0]
	}
	return fmt.Sprintf("%d nodes (%s)", len(names), strings.Join(names, ", "))
}

// Save is the request and its answers as a .kreq file, which kdeck request --replay sends again.
func (a *Answers) Save() ([]byte, error) {
	file, err := protocol.Save(a.Request, a.To, a.At, func(b []byte) bool { return len(a.Mask.Places(b)) > 0 })
	if err != nil {
		return nil, err
	}
	for _, r := range a.Replies {
		var took map[string]float64
		if r.Answer != nil {
			took = r.Answer.Timing.Milliseconds()
		}
		if err := file.Add(r.Name, r.Addr, r.Message(), took, r.Err); err != nil {
			return nil, err
		}
	}
	text, err := file.Bytes()
	return []byte(a.Mask.Text(string(text))), err
}
