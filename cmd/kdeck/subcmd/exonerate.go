package subcmd

import (
	"fmt"
	"os"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

// exonerateOptions say for whom a text for a ticket is written.
type exonerateOptions struct {
	topic, tenant string
}

func (o *exonerateOptions) given() bool { return o.topic != "" || o.tenant != "" }

// topics are those that the text is about, and the words that stand for them.
func (o *exonerateOptions) topics(s *state.State) (topics []string, scope string, err error) {
	if o.topic != "" {
		if _, ok := s.Snapshot.FindTopic(o.topic); !ok {
			var names []string
			for i := range s.Snapshot.NumTopics() {
				names = append(names, s.Snapshot.Topic(i).Name())
			}
			return nil, "", refused("status: --exonerate %s: there is no such topic%s", o.topic, didYouMean(o.topic, names))
		}
		return []string{o.topic}, "topic " + o.topic, nil
	}
	for i := range s.Snapshot.NumTopics() {
		if name := s.Snapshot.Topic(i).Name(); s.TenantRules.OfTopic(name) == o.tenant {
			topics = append(topics, name)
		}
	}
	if len(topics) == 0 {
		known := s.TenantRules.WithTopics()
		if len(known) == 0 {
			return nil, "", refused("status: --tenant %s: the context has no rules that say which topics belong to whom: kdeck config has them under tenants", o.tenant)
		}
		return nil, "", refused("status: --tenant %s: no topic belongs to it by the rules of the context, which know %s%s", o.tenant, strings.Join(known, ", "), didYouMean(o.tenant, known))
	}
	return topics, fmt.Sprintf("tenant %s (%s)", o.tenant, format.Count(len(topics), "topic")), nil
}

// exonerationJSON is the answer of `kdeck status --exonerate` (DESIGN §3).
type exonerationJSON struct {
	view.Envelope
	Cleared     bool            `json:"cleared"`
	Sentence    string          `json:"sentence"`
	Topics      []string        `json:"topics"`
	Facts       []string        `json:"facts"`
	Against     []state.Finding `json:"against"`
	Others      []state.Finding `json:"of_clients"`
	Elsewhere   []state.Finding `json:"elsewhere"`
	NotLookedAt []string        `json:"not_looked_at"`
	From        string          `json:"from"`
}

func (e *Env) exonerate(g *globals, src *source, st *state.State, o *exonerateOptions) error {
	st.TenantRules = e.tenantRules(g)
	topics, scope, err := o.topics(st)
	if err != nil {
		return err
	}
	x := health.Exonerate(st, topics, scope)
	from := src.name
	if host, err := os.Hostname(); err == nil && src.live {
		from = host + ", connected by " + src.snapshot.From
	}
	if g.document() {
		doc := exonerationJSON{
			view.EnvelopeOf(src.snapshot), x.Cleared, x.Sentence, x.Topics, x.Facts, append([]state.Finding{}, x.Against...), append([]state.Finding{}, x.Others...),
			append([]state.Finding{}, x.Elsewhere...), []string{}, from,
		}
		for _, u := range x.NotLooked {
			doc.NotLookedAt = append(doc.NotLookedAt, u.What)
		}
		err = e.document(g, doc)
	} else {
		err = e.writeExoneration(src, st, x, from)
	}
	if err == nil && !x.Cleared {
		return answerNo()
	}
	return err
}

// writeExoneration writes a text that can be put into a ticket as it is.
func (e *Env) writeExoneration(src *source, st *state.State, x *health.Exoneration, from string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n", strings.TrimSuffix(e.safe(x.Sentence), "."))
	fmt.Fprintf(&b, "Looked at %sZ from %s, cluster %s, by kdeck %s.\n", src.snapshot.Taken.UTC().Format(time.DateTime), e.safe(from), e.safe(src.snapshot.ClusterID), e.Version)
	if len(x.Topics) > 1 {
		fmt.Fprintf(&b, "Topics: %s.\n", e.names(x.Topics))
	}
	for _, fact := range x.Facts {
		fmt.Fprintf(&b, "* %s\n", e.safe(fact))
	}
	list := func(title string, findings []state.Finding) {
		if len(findings) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s\n", title)
		for _, f := range findings {
			fmt.Fprintf(&b, "* %s", e.safe(f.Sentence))
			if f.Since.Known {
				fmt.Fprintf(&b, " (since %sZ)", f.Since.Value.UTC().Format(time.DateTime))
			}
			b.WriteByte('\n')
		}
	}
	list("What speaks against Kafka there:", x.Against)
	list("What clients do there:", x.Others)
	list("What is wrong elsewhere in the cluster, and doesn't touch it:", x.Elsewhere)
	if words := health.UnlookedWords(x.NotLooked); words != "" {
		fmt.Fprintf(&b, "\nNot looked at: %s.\n", e.safe(strings.ReplaceAll(words, " not looked at", "")))
	}
	b.WriteString("What clients see between themselves and the brokers (network, DNS, their own pauses and retries) can't be seen from here.\n")
	_, err := e.Out.Write([]byte(b.String()))
	return err
}
