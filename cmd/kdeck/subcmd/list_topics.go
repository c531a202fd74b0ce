package subcmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

type listTopicsOptions struct {
	filter   string
	internal bool
	once     bool
}

func newListTopics(env *Env, g *globals) *cobra.Command {
	o := &listTopicsOptions{}
	cmd := &cobra.Command{
		Use:         "topics [RE]",
		Annotations: asPane,
		Aliases:     []string{"topic"},
		Short:       "Topics: worst state, size, records a second, newest record, retention, who reads them",
		Example:     "  kdeck topics\n  kdeck topics 'orders.*' -o wide\n  kdeck topics --once --filter state:urp",
		Long: "topics shows a line for each topic whose whole name matches RE: its partitions' worst state, what it takes on disk, how many\n" +
			"records a second are written to it, how old its newest record is, how long records are kept, how many configs were set on it,\n" +
			"and which groups read it. Records a second take two looks at where the logs end, " + watch.BetweenPolls.String() + " apart; --once takes one.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, words []string) error {
			re := ""
			if len(words) > 0 {
				re = words[0]
			}
			if env.live(cmd, "topics", o.filterText(re), "filter", "once") {
				return nil
			}
			return runListTopics(cmd.Context(), env, g, o, re)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.filter, "filter", "", "`FILTER`: only topics that match words, /regex/, field:value; ! before a term negates it")
	f.BoolVar(&o.internal, "internal", false, "Kafka's own topics too")
	f.BoolVar(&o.once, "once", false, "one look: no records a second, and no status of groups that takes two")
	return cmd
}

// filterText is the filter that the arguments stand for, in the words of the console.
func (o *listTopicsOptions) filterText(re string) string {
	words := strings.Fields(o.filter)
	if re != "" {
		words = append([]string{"topic:" + format.FilterValue(re)}, words...)
	}
	return strings.Join(words, " ")
}

func runListTopics(ctx context.Context, env *Env, g *globals, o *listTopicsOptions, re string) error {
	pattern, err := format.WholeName(re)
	if err != nil {
		return refused("topics %q: a regular expression was expected: %w", re, err)
	}
	f, err := view.ParseFilter(o.filter)
	if err != nil {
		return filterError(err)
	}
	rules, internal := env.tenantRules(g), o.internal || re != "" || view.NamesInternal(f)
	if _, err := view.MatchTopics(nil, f, rules, internal); err != nil {
		return filterError(err)
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	want := func(t state.Topic) bool {
		return (re == "" || pattern.MatchString(t.Name())) && (internal || !t.Internal())
	}
	s := env.topicsState(ctx, src, want, o.once, g.output != outTable)
	rows := view.TopicRows(s, want)
	if len(rows) == 0 && re != "" {
		return refused("topics %s: no topic matches%s", re, didYouMean(re, topicNames(src.snapshot)))
	}
	match, err := view.MatchTopics(rows, f, rules, internal)
	if err != nil {
		return filterError(err)
	}
	var shown []*view.TopicRow
	for _, r := range rows {
		if match(r) {
			shown = append(shown, r)
		}
	}
	unread := view.TopicsUnread(s)
	if g.document() {
		return env.document(g, view.TopicsAnswer(src.snapshot, shown, unread))
	}
	if err := table(env, g, view.TopicColumns(), shown); err != nil {
		return err
	}
	fmt.Fprintf(env.Err, "%d of %d topics\n", len(shown), src.snapshot.NumTopics())
	env.sayUnknown(src.snapshot)
	for _, u := range unread {
		fmt.Fprintf(env.Err, "unknown: %s%s: %s\n", env.safe(u.What), onNode(u.Node), env.safe(u.Why))
	}
	return nil
}

func onNode(id int32) string {
	if id < 0 {
		return ""
	}
	return fmt.Sprintf(" of broker %d", id)
}

// topicsState reads what is known of topics besides the snapshot: their configs, newest records, groups, and how fast they are written. Of a saved
// cluster there is none of it. bytes says that bytes a second are shown: exporters are then read where the context names them.
func (e *Env) topicsState(ctx context.Context, src *source, want func(state.Topic) bool, once, bytes bool) *state.State {
	s := src.state()
	if src.session == nil {
		return s
	}
	o := e.watching(src)
	counted := func() {}
	if s.MetricsConfigured && bytes && !once {
		poller := e.poller(src)
		defer poller.Close()
		counted = func() { watch.PollTopics(ctx, poller, e.Now, s) }
	}
	s.Groups, s.Ends = watch.JudgedGroups(ctx, src.session, src.snapshot, watch.JudgedOptions{
		Also: func(p state.Partition) bool { return want(p.Topic()) },
		Again: func(*state.Groups) bool {
			s.Topics = watch.TopicFacts(ctx, src.session, src.snapshot, want, o)
			counted()
			return !once && e.rest(ctx, watch.BetweenPolls)
		}}, o)
	counted()
	s.Now = e.Now()
	return s
}
