package requests

import (
	"context"
	"io"
	"time"

	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/ui/answer"
)

// Sender sends requests for the Requests pane.
type Sender interface {
	// Send sends a request that only reads, to the nodes that to names, and returns what each of them answered. The
	// words are those of the command line, NAME[@VERSION] first. Whatever does more than read is an error, and isn't
	// sent. It is called off the update loop, and ends by deadlines of its own, or with ctx: then with the answers that
	// came.
	Send(ctx context.Context, to string, words []string) (*Sent, error)
	// Serves returns the versions of an API that all of the nodes serve that to names. It is called off the update loop.
	Serves(ctx context.Context, to string, api *protocol.API) (message.Range, error)
}

// Sent is a request and what came of it.
type Sent struct {
	At      time.Time
	To      string // as it was typed
	Request *message.Message
	Answers []Answer
	Ignore  []string // fields that may differ between nodes without meaning anything
	// Document writes the answers as the command does with -o json.
	Document func(io.Writer) error
}

// Answer is what came of one node.
type Answer struct {
	Node, Addr              string
	Err                     error
	Got                     *message.Message // nil where there is none; equal but for Ignore to what the node answered
	Own                     func() *message.Message
	Identity                protocol.Identity
	Timing                  protocol.Timing
	RequestSize, AnswerSize int // bytes
	// Frames are the bytes, and which of them are which field; nil where there is no answer.
	Frames func() []Frame
}

// Frame is what went over the connection in one direction.
type Frame struct {
	What  string
	Bytes []byte
	Spans []message.Span
}

// groups are the answers that are equal but for what may differ, the largest group first.
func (s *Sent) groups() [][]int {
	messages := make([]*message.Message, len(s.Answers))
	for i, a := range s.Answers {
		if a.Err == nil {
			messages[i] = a.Got
		}
	}
	return protocol.GroupAnswers(messages, s.Ignore)
}

func (s *Sent) failed() (n int) {
	for _, a := range s.Answers {
		if a.Err != nil {
			n++
		}
	}
	return n
}

// save writes request and answers as a .kreq file.
func (s *Sent) save(w io.Writer) error {
	file, err := protocol.Save(s.Request, s.To, s.At)
	if err != nil {
		return err
	}
	for _, a := range s.Answers {
		var got *message.Message
		var took map[string]float64
		if a.Own != nil {
			got, took = a.Own(), answer.Timing(a.Timing)
		}
		if err := file.Add(a.Node, a.Addr, got, took, a.Err); err != nil {
			return err
		}
	}
	text, err := file.Bytes()
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
