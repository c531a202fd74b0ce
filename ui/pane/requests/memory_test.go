package requests

import (
	"testing"

	"kdeck/ops/ask"
	"kdeck/protocol"
)

func TestAnswersThatTakeTooMuchMemoryTogetherAreForgotten(t *testing.T) {
	for _, c := range []struct {
		name   string
		memory []int64 // of the answers, the oldest first
		kept   []bool
	}{
		{"small ones", []int64{1, 1, 1}, []bool{true, true, true}},
		{"more than ten", []int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, []bool{false, true, true, true, true, true, true, true, true, true, true}},
		{"large ones", []int64{ask.DefaultMemory / 2, ask.DefaultMemory / 2, ask.DefaultMemory / 3}, []bool{false, true, true}},
		{"the latest alone is too large", []int64{1, 2 * ask.DefaultMemory}, []bool{false, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := New(t.Context(), nil)
			api, _ := protocol.APIByKey(3)
			form := p.openAPI(api, -1)
			p.open = nil
			for _, n := range c.memory {
				a := &asked{api: api, sent: &ask.Answers{Memory: n}}
				form.asked, form.shown = a, &shownSent{sent: a.sent}
				p.remember(a)
			}
			for i, kept := range c.kept {
				if got := p.history[i].sent != nil; got != kept {
					t.Errorf("answers %d: kept %v", i, got)
				}
			}
			if form.shown == nil {
				t.Error("the latest answers aren't shown any more")
			}
		})
	}
}
