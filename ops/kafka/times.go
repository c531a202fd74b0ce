package kafka

import (
	"context"
	"time"

	"kdeck/protocol"
)

// AnswerTime returns how long a node took over the answer that the latest [Session.Refresh] had of it, from the request's first byte to the answer's last,
// without the making of the connection; 0 where there was none.
func (s *Session) AnswerTime(addr string) time.Duration {
	n, err := s.node(addr)
	if err != nil {
		return 0
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.answerTime.Total()
}

// ConnectTime connects to a node anew, and returns how long that took without the look-up of its host. The connection is closed again, and nothing is sent
// over it. Errors are [*protocol.Error].
func (s *Session) ConnectTime(ctx context.Context, addr string) (time.Duration, error) {
	took, err := protocol.Connect(ctx, addr, s.options)
	return took.TCP, err
}
