package watch

import (
	"context"
	"sync"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/state"
)

// askedAgain is how often a broker is asked again whose answer took long, and slowest is how many are: they come on top of the requests of a look.
const (
	askedAgain = 2
	slowest    = 8
)

// askSlowAgain asks brokers again that answered far more slowly than the others, and connects to them anew. The least of the times counts: what holds up a
// single answer, of the broker's collection of garbage or of this machine, is over by then. All of it shares one deadline.
func (l *look) askSlowAgain(ctx context.Context) {
	times := map[int32]time.Duration{}
	for id, a := range l.brokers {
		if a.answer.Known {
			times[id] = a.answer.Value
		}
	}
	ctx, cancel := context.WithTimeout(ctx, l.o.Deadline)
	defer cancel()
	var asking sync.WaitGroup
	for i, id := range health.SlowAmong(times) {
		if i < slowest {
			asking.Go(func() { l.brokers[id].askAgain(ctx, l) })
		}
	}
	asking.Wait()
}

// askAgain takes the least of the answer's times, as far as the deadline allows. The broker was asked before: nothing that fails now is news.
func (a *brokerAnswer) askAgain(ctx context.Context, l *look) {
	addr := a.answer.From
	if took, err := l.session.ConnectTime(ctx, addr); err != nil {
		a.connect = state.Missing[time.Duration](reason(err), l.o.Now(), addr)
	} else {
		a.connect = state.Read(took, l.o.Now(), addr)
	}
	for range askedAgain {
		if _, err := l.session.Refresh(ctx, addr); err != nil {
			return
		}
		if took := l.session.AnswerTime(addr); took < a.answer.Value {
			a.answer = state.Read(took, l.o.Now(), addr)
		}
	}
}
