package requests

import (
	"context"

	"kdeck/ops/ask"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Asker asks nodes what only reads: an [ask.Reader]. Both methods are called off the update loop.
type Asker interface {
	Ask(ctx context.Context, to string, words []string) (*ask.Answers, error)
	Served(ctx context.Context, to string, api *protocol.API) (message.Range, error)
}
