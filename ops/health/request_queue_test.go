package health

import (
	"strings"
	"testing"

	"kdeck/ops/state"
)

func TestRequestsThatWaitThoughHandlersHaveTime(t *testing.T) {
	queue := func(waiting, idle float64) *state.BrokerMetrics {
		m := handlers(idle)
		m.RequestQueue = idleOf(waiting)
		return m
	}
	blind := queue(QueueLong, 0)
	blind.HandlerIdle = state.Reading[float64]{}
	unread := queue(0, 0.9)
	unread.RequestQueue = state.Reading[float64]{}
	stuck := queue(500, 0)
	stuck.Requests = []state.RequestKind{{Name: "Produce", Rate: idleOf(0)}}
	for _, c := range []struct {
		name    string
		metrics *state.BrokerMetrics
		code    string // "" for none
		says    string
	}{
		{"many wait and handlers are idle", queue(QueueLong, 0.8), RequestQueueLong, "250 requests wait for a request handler of broker 1, though its handlers are 80% idle"},
		{"fewer wait", queue(QueueLong-1, 0.8), "", ""},
		{"handlers are busy", queue(QueueLong, 0.02), RequestHandlersBusy, "250 requests are in its queue"},
		{"whether handlers are busy isn't exported", blind, RequestQueueLong, "though how busy its handlers are isn't exported"},
		{"the queue isn't exported", unread, "", ""},
		{"handlers are busy and answer nothing", stuck, RequestHandlersBusy, "they answer nothing, so that they may all be blocked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, samples := metered(state.BusyPolls, c.metrics)
			verdict, findings := load(s, samples)
			if c.code == "" {
				if len(findings) > 0 {
					t.Errorf("%+v", findings)
				}
				return
			}
			if len(findings) != 1 || findings[0].Code != c.code || verdict != state.VerdictDegraded {
				t.Fatalf("%s %+v", verdict, findings)
			}
			if said := findings[0].Sentence + "\n" + strings.Join(findings[0].Evidence, "\n"); !strings.Contains(said, c.says) {
				t.Errorf("it doesn't say %q: %s", c.says, said)
			}
		})
	}
	s, samples := metered(state.BusyPolls, queue(QueueLong, 0.8))
	samples[1][1].RequestQueue.Value = 3 // it was served in between
	if _, findings := load(s, samples); len(findings) > 0 {
		t.Errorf("a queue that empties: %+v", findings)
	}
}
