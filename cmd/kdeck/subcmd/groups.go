package subcmd

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
	"kdeck/protocol"
)

type groupsOptions struct {
	lagging, exact       bool
	topic, state, filter string
}

func newGroups(env *Env, g *globals) *cobra.Command {
	o := &groupsOptions{}
	cmd := &cobra.Command{
		Use:         "groups [GROUP]",
		Annotations: asPane,
		Aliases:     []string{"group", "lag"},
		Short:       "Consumer groups: lag in records and in time, and whether they get on",
		Example:     "  kdeck groups --lagging\n  kdeck groups billing --exact\n  kdeck groups --topic 'orders.*' -o wide",
		Long: "groups looks at all consumer groups twice, 5 seconds apart, and says of each how far it is behind and what it does, by the\n" +
			"rules of Burrow: ok, WARN (it reads, and falls behind), STALLED (it was not seen to move, with records to read), STOPPED (it\n" +
			"moved and doesn't any more, or nobody reads), REWOUND (it went back). One look shows lag, and nothing of a group that commits\n" +
			"less often. BEHIND is the age of the oldest record that is not committed; --exact finds it out from the brokers' time indexes,\n" +
			"with at most 12 requests to each leader, and a GROUP that is named is read so. Polling can't know whether a group commits the\n" +
			"same offset again or nothing at all.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return refused("groups: %q is one word too many: one GROUP, or --filter for several", args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if env.live(cmd, "groups", o.filterText(args), "lagging", "topic", "state", "filter", "exact") {
				return nil
			}
			return runGroups(cmd.Context(), env, g, o, args)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.lagging, "lagging", false, "only groups that have records to read")
	f.StringVar(&o.topic, "topic", "", "only groups of topics whose whole name matches this regular expression, `RE`")
	f.StringVar(&o.state, "state", "", "only groups in this `STATE`, as Kafka spells it: Stable, Empty, PreparingRebalance, …")
	f.StringVar(&o.filter, "filter", "", "the console's `FILTER`: words, /regex/, is:stuck, status:stopped, tenant:NAME; ! before a term negates it")
	f.BoolVar(&o.exact, "exact", false, "find out how old the oldest record is that isn't committed")
	cmd.AddCommand(newGroupsReset(env, g), newGroupsDelete(env, g))
	return cmd
}

// filterText is the filter that the flags stand for, in the words of the console.
func (o *groupsOptions) filterText(args []string) string {
	var words []string
	for _, id := range args {
		words = append(words, "group:/^"+format.Pattern(id)+"$/")
	}
	if o.lagging {
		words = append(words, "is:lagging")
	}
	if o.topic != "" {
		words = append(words, "topic:"+format.FilterValue(o.topic))
	}
	if o.state != "" {
		words = append(words, "state:"+format.FilterValue(o.state))
	}
	return strings.Join(append(words, strings.Fields(o.filter)...), " ")
}

func runGroups(ctx context.Context, env *Env, g *globals, o *groupsOptions, args []string) error {
	filter := *o
	f, err := view.ParseFilter(filter.filterText(nil))
	if err != nil {
		return filterError(err)
	}
	match, err := view.MatchGroups(f, env.tenantRules(g))
	if err != nil {
		return filterError(err)
	}
	if g.snapshot != "" && o.exact {
		return refused("--exact asks the brokers, and --snapshot %s asks none", g.snapshot)
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	all, err := env.groups(ctx, src, args, o.exact || len(args) > 0)
	if err != nil {
		return err
	}
	rows := slices.DeleteFunc(slices.Clone(all.Groups), func(g *state.Group) bool { return !match(g) })
	slices.SortStableFunc(rows, view.WorstGroupsFirst)
	whole := len(args) > 0
	switch {
	case g.document():
		return env.document(g, view.GroupsAnswer(src.snapshot, all, rows, whole))
	case whole && len(rows) == 1:
		err = writeGroup(env, g, rows[0])
	default:
		err = table(env, g, view.GroupColumns(), rows)
	}
	if err != nil {
		return err
	}
	if !whole {
		fmt.Fprintf(env.Err, "%d of %s\n", len(rows), format.Count(len(all.Groups), "group"))
	}
	env.sayGroupsUnknown(all, rows)
	return nil
}

// groups looks at groups twice and judges them; all where no id is given. An id that the cluster doesn't have is refused.
func (e *Env) groups(ctx context.Context, src *source, ids []string, exact bool) (*state.Groups, error) {
	if src.saved != nil {
		return savedGroups(src, ids)
	}
	all, _ := watch.JudgedGroups(ctx, src.session, src.snapshot, watch.JudgedOptions{Only: ids, Exact: exact, Again: func(first *state.Groups) bool {
		return e.waitForLook(ctx, first)
	}}, e.watching(src))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, id := range ids {
		if all.Find(id) == nil {
			return nil, e.noGroup(ctx, src, id, all)
		}
	}
	return all, nil
}

// savedGroups are those of a saved cluster as they were judged then; all where no id is given.
func savedGroups(src *source, ids []string) (*state.Groups, error) {
	all := src.saved.Groups
	if all == nil {
		return nil, refused("--snapshot %s: this saved cluster holds no consumer groups", src.name)
	}
	if len(ids) == 0 {
		return all, nil
	}
	some := &state.Groups{At: all.At, Looks: all.Looks, Unknown: all.Unknown}
	for _, id := range ids {
		g := all.Find(id)
		if g == nil {
			return nil, refused("%s has no group %s%s", src.name, format.Shell(id), didYouMean(id, groupIDs(all)))
		}
		some.Groups = append(some.Groups, g)
	}
	return some, nil
}

// noGroup says that a group doesn't exist, as far as the brokers that answered can tell.
func (e *Env) noGroup(ctx context.Context, src *source, id string, asked *state.Groups) error {
	names, more := e.groupNames(ctx, src)
	if unknown := append(asked.Unknown, more...); len(unknown) > 0 {
		return fmt.Errorf("%s: no broker that answered lists the group %s; %s: %s", src.name, format.Shell(id), fmt.Sprintf("broker %d", unknown[0].Node), unknown[0].Why)
	}
	return refused("%s has no group %s%s", src.name, format.Shell(id), didYouMean(id, names))
}

// groupNames lists the ids of all groups, and the brokers that didn't list theirs.
func (e *Env) groupNames(ctx context.Context, src *source) (names []string, unknown []state.Unknown) {
	all := watch.Groups(ctx, src.session, src.snapshot, watch.GroupsOptions{ListOnly: true}, e.watching(src))
	return groupIDs(all), all.Unknown
}

// waitForLook waits until the second look at groups is due, where there is any group that it could tell more of.
func (e *Env) waitForLook(ctx context.Context, first *state.Groups) bool {
	behind := 0
	for _, g := range first.Groups {
		if g.Lag.Value > 0 {
			behind++
		}
	}
	if behind == 0 {
		return false
	}
	fmt.Fprintf(e.Err, "%s of %s behind; looking again in %s to see whether they get on\n", format.Thousands(behind), format.Count(len(first.Groups), "group"), format.Duration(e.Apart))
	return e.rest(ctx, e.Apart)
}

// writeGroup writes one group: what it does, its members, its partitions.
func writeGroup(e *Env, g *globals, group *state.Group) error {
	var b strings.Builder
	word := view.GroupStatusWord(group.Status)
	if e.color(g) {
		word = paint(word)
	}
	members := format.Unknown + " members"
	if group.Members.Known {
		members = format.Count(len(group.Members.Value), "member")
	}
	coordinator := "no coordinator"
	if group.Coordinator >= 0 {
		coordinator = fmt.Sprintf("coordinator %d", group.Coordinator)
	}
	fmt.Fprintf(&b, "%s  %s  %s  %s  %s  %s\n", word, e.safe(group.ID), e.safe(orUnknown(string(group.Kind))), e.safe(orUnknown(group.State)), members, coordinator)
	fmt.Fprintf(&b, "%s\n", e.safe(group.Why))
	if group.Lag.Known {
		line := format.Thousands(group.Lag.Value) + " records to read"
		if group.Behind.Known && group.Lag.Value > 0 {
			line += ", the oldest " + view.OldestOf(group)
		}
		if group.Partial > 0 {
			line += fmt.Sprintf("; the lag of %s isn't known", format.Count(group.Partial, "partition"))
		}
		b.WriteString(line + "\n")
	}
	if group.Consumed.Known {
		line := fmt.Sprintf("commits %s records/s, %s/s are written", format.Short(group.Consumed.Value), format.Short(group.Produced.Value))
		if group.Forecast != "" {
			line += ": " + group.Forecast
		}
		b.WriteString(line + "\n")
	}
	if !group.RebalancingSince.IsZero() {
		fmt.Fprintf(&b, "rebalancing since %s\n", group.RebalancingSince.Format(time.TimeOnly))
	}
	for _, m := range view.MemberShares(group) {
		share := ""
		if !math.IsNaN(m.Share) {
			share = fmt.Sprintf(", %s of the lag", format.Share(m.Share))
		}
		fmt.Fprintf(&b, "member %s at %s: %s%s\n", e.safe(m.Client), e.safe(m.Host), format.Count(m.Owns, "partition"), share)
	}
	b.WriteString("\n")
	if _, err := e.Out.Write([]byte(b.String())); err != nil {
		return err
	}
	return table(e, g, view.GroupPartColumns(), view.GroupParts(group))
}

func orUnknown(s string) string {
	if s == "" {
		return format.Unknown
	}
	return s
}

// sayGroupsUnknown writes to Err what could not be read; in JSON it is part of the answer.
func (e *Env) sayGroupsUnknown(all *state.Groups, rows []*state.Group) {
	for _, u := range all.Unknown {
		fmt.Fprintf(e.Err, "unknown: groups of broker %d: %s\n", u.Node, e.safe(u.Why))
	}
	for _, g := range rows {
		switch {
		case g.Members.Why != "":
			fmt.Fprintf(e.Err, "unknown: members of group %s: %s\n", e.safe(g.ID), e.safe(g.Members.Why))
		case g.Partitions.Why != "":
			fmt.Fprintf(e.Err, "unknown: offsets of group %s: %s\n", e.safe(g.ID), e.safe(g.Partitions.Why))
		}
	}
	late := func(why string) bool { return strings.Contains(why, protocol.NoAnswerInTime) }
	if slices.ContainsFunc(all.Unknown, func(u state.Unknown) bool { return late(u.Why) }) ||
		slices.ContainsFunc(rows, func(g *state.Group) bool { return late(g.Members.Why) || late(g.Partitions.Why) }) {
		fmt.Fprintln(e.Err, "with --timeout 30s each answer is waited for that long")
	}
}
