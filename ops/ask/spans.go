package ask

import "kdeck/protocol/message"

// RequestSpans are the fields of a reply's request with their places. Those that hold a secret of the session are marked as secrets.
func (a *Answers) RequestSpans(r *Reply) []message.Span {
	return a.marked(r.Answer.RequestBytes, r.Answer.RequestSpans())
}

// ResponseSpans are the fields of a reply with their places, as those of RequestSpans: a node may repeat a secret, and a short one
// in what it says of a failure.
func (a *Answers) ResponseSpans(r *Reply) []message.Span {
	spans := a.marked(r.Answer.ResponseBytes, r.Answer.ResponseSpans())
	for i := range spans {
		s := &spans[i]
		if said := a.Mask.Said(s.Value); s.Said() && said != s.Value {
			s.Secret, s.Value = true, said
		}
	}
	return spans
}

func (a *Answers) marked(frame []byte, spans []message.Span) []message.Span {
	for _, place := range a.Mask.Places(frame) {
		for i := range spans {
			if s := &spans[i]; s.From < place[1] && place[0] < s.To {
				s.Secret, s.Value = true, a.Mask.Text(s.Value)
			}
		}
	}
	return spans
}
