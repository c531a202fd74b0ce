package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/ui/pane"
	"kdeck/ui/pane/requests"
)

// askField opens the prompt for a line that a pane asks for.
func (a *app) askField(asker int, f pane.Field) tea.Cmd {
	a.prompt.field, a.prompt.asker = f, asker
	a.prompt.begin(typingField, f.Text)
	return a.typed()
}

// sign stands before what is being typed.
func (p *prompt) sign() string {
	switch p.mode {
	case typingFilter:
		return "/"
	case typingField:
		return p.field.Label + " = "
	}
	return ":"
}

// within sends requests until the console ends.
type within struct {
	ctx context.Context
	Requests
}

func (w within) Send(ctx context.Context, to string, words []string) (*requests.Sent, error) {
	ctx, stop := w.until(ctx)
	defer stop()
	return w.Requests.Send(ctx, to, words)
}

func (w within) Serves(ctx context.Context, to string, api *protocol.API) (message.Range, error) {
	ctx, stop := w.until(ctx)
	defer stop()
	return w.Requests.Serves(ctx, to, api)
}

func (w within) until(ctx context.Context) (context.Context, func()) {
	ctx, stop := context.WithCancel(ctx)
	unbound := context.AfterFunc(w.ctx, stop)
	return ctx, func() { unbound(); stop() }
}

// sender is the options' Requests as a pane takes them.
func (o *Options) sender(ctx context.Context) requests.Sender {
	if o.Requests == nil {
		return nil
	}
	return within{ctx, o.Requests}
}
