package pane

import "context"

// Asked is what brokers are asked of a row while it is open. A nil Asked is of no row.
type Asked[T any] struct {
	Name   string // of the row
	Answer *T     // the latest; nil: there is none yet

	ctx  context.Context
	stop context.CancelFunc
	busy bool
}

// AskOf makes an Asked of a row, of which nothing is asked yet. What is asked ends with ctx.
func AskOf[T any](ctx context.Context, name string) *Asked[T] {
	a := &Asked[T]{Name: name}
	a.ctx, a.stop = context.WithCancel(ctx)
	return a
}

// Stop ends what is under way.
func (a *Asked[T]) Stop() {
	if a != nil {
		a.stop()
	}
}

// Busy tells that an answer is under way.
func (a *Asked[T]) Busy() bool { return a.busy }

// Ask calls read off the update loop, and when it has returned told on the loop. While an answer is under way it does nothing.
func (a *Asked[T]) Ask(read func(context.Context) *T, told func()) []Effect {
	if a.busy {
		return nil
	}
	a.busy = true
	return Background(func() func() {
		answer := read(a.ctx)
		return func() {
			a.Answer, a.busy = answer, false
			told()
		}
	})
}
