package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

type configsOptions struct {
	changeOptions
	kind   string // topic, broker or group
	diff   bool
	filter string
}

func newConfigs(env *Env, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "configs",
		Short: "Configs of topics, brokers and groups: what holds, where it comes from, where they differ; set, unset",
	}
	const grammar = "Behind the name, set and unset change configs that can be changed live. The dry run asks the broker whether it would take the\n" +
		"change, and says what is lost by it. Secrets are neither shown nor taken."
	for _, c := range []struct{ kind, use, short, long, example string }{
		{"topic", "topic NAME… [set CONFIG=VALUE…|unset CONFIG…]", "What holds for a topic, and where it comes from; set, unset",
			"configs topic shows each config of a topic, as a broker tells it: the value that holds, and whether it was set on the topic, is\n" +
				"the default of all brokers, stands in the broker's properties file (static), or is Kafka's default. With --diff it shows what\n" +
				"differs: between several topics, or for one topic between the brokers, whose own properties may differ.",
			"  kdeck configs topic orders\n  kdeck configs topic orders order-lines --diff\n  kdeck configs topic orders set retention.ms=3d\n  kdeck configs topic orders unset min.insync.replicas"},
		{"broker", "broker ID… [set CONFIG=VALUE…|unset CONFIG…]", "What holds for a broker, as it answers itself; brokers side by side; set, unset",
			"configs broker shows each config of a broker, as the broker itself tells it. The ID default stands for all brokers: what is set\n" +
				"there holds for those that have no value of their own. With --diff it shows brokers side by side, those that agree in one\n" +
				"column, and only what differs; without IDs, all brokers. What must differ (ids, racks, hosts, paths) is left out.",
			"  kdeck configs broker --diff\n  kdeck configs broker 2 --filter source:static\n  kdeck configs broker 2 set num.io.threads=16\n  kdeck configs broker default set log.retention.ms=2d"},
		{"group", "group NAME… [set CONFIG=VALUE…|unset CONFIG…]", "What holds for a consumer, share or streams group (KIP-1043); set, unset",
			"configs group shows each config that brokers keep for a group, of Kafka 4.0 and later. A group needn't exist to have one.",
			"  kdeck configs group billing\n  kdeck configs group billing set consumer.session.timeout.ms=60s"},
	} {
		o := &configsOptions{kind: c.kind}
		sub := &cobra.Command{Use: c.use, Short: c.short, Long: c.long + "\n\n" + grammar, Example: c.example, Args: cobra.ArbitraryArgs,
			RunE: func(cmd *cobra.Command, words []string) error { return runConfigs(cmd.Context(), env, g, o, words) }}
		f := sub.Flags()
		o.flags(f)
		f.BoolVar(&o.diff, "diff", false, "show only what differs")
		f.StringVar(&o.filter, "filter", "", "`FILTER`: only configs that match words, /regex/, field:value; ! before a term negates it")
		cmd.AddCommand(sub)
	}
	return cmd
}

// configVerbs are the words behind which configs follow.
var configVerbs = []string{"set", "unset"}

// configWords splits arguments into the names of resources, the verb, and what is behind it. The first word is always a name.
func configWords(words []string) (names []string, verb string, rest []string) {
	for i, w := range words {
		if i > 0 && slices.Contains(configVerbs, w) {
			return words[:i], w, words[i+1:]
		}
	}
	return words, "", nil
}

func runConfigs(ctx context.Context, env *Env, g *globals, o *configsOptions, words []string) error {
	names, verb, rest := configWords(words)
	f, err := o.checkWords(g, names, verb)
	if err != nil {
		return err
	}
	resources, err := o.resources(names)
	if err != nil {
		return err
	}
	var edits []configEdit
	if verb != "" {
		if edits, err = parseEdits(verb, rest); err != nil {
			return err
		}
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	if err := checkResources(src.snapshot, resources); err != nil {
		return err
	}
	switch {
	case o.diff:
		return env.diffConfigs(ctx, g, o, src, f, resources)
	case verb != "":
		return env.editConfigs(ctx, g, &o.changeOptions, src, resources[0], verb, edits)
	}
	return env.showConfigs(ctx, g, src, f, resources[0])
}

// checkWords refuses what doesn't go together, before anything is sent.
func (o *configsOptions) checkWords(g *globals, names []string, verb string) (view.Filter, error) {
	path := "configs " + o.kind
	switch {
	case g.snapshot != "":
		return nil, refused("--snapshot %s: a saved cluster holds no configs of this kind", g.snapshot)
	case len(names) == 0 && !(o.diff && o.kind == "broker"):
		if o.kind == "broker" {
			return nil, refused("%s: ID is missing: kdeck %[1]s ID, or default for what holds for all brokers, or --diff for all of them side by side", path)
		}
		return nil, refused("%s: NAME is missing: kdeck %[1]s NAME", path)
	case verb != "" && (o.diff || o.filter != ""):
		return nil, refused("%s: --diff and --filter show configs, and %s changes them", path, verb)
	case verb != "" && len(names) > 1:
		return nil, refused("%s: %q is one name too many: %s changes one %s at a time", path, names[1], verb, o.kind)
	case verb == "" && o.execute:
		return nil, refused("%s: --execute goes with set and unset: kdeck %[1]s NAME set CONFIG=VALUE --execute", path)
	case verb == "" && !o.diff && len(names) > 1:
		return nil, refused("%s: %q is one word too many: --diff shows several side by side, and set or unset are followed by configs", path, names[1])
	}
	if err := o.check(g); err != nil {
		return nil, err
	}
	f, err := view.ParseFilter(o.filter)
	if err != nil {
		return nil, filterError(err)
	}
	if o.diff {
		_, err = view.MatchRow(view.ConfigDiff{}.DiffColumns(), f)
	} else {
		_, err = view.MatchRow(view.ConfigColumns(), f)
	}
	if err != nil {
		return nil, filterError(err)
	}
	return f, nil
}

// resources reads the names. Several names, of brokers with commas between them too, may each stand once.
func (o *configsOptions) resources(names []string) (list []change.Resource, err error) {
	if o.kind == "broker" {
		names = strings.Split(strings.Join(names, ","), ",")
	}
	for _, name := range names {
		var r change.Resource
		switch {
		case name == "" && o.kind == "broker" && len(names) == 1: // all of them
			continue
		case name == "" || !utf8.ValidString(name):
			return nil, refused("configs %s: %q: a name of a %[1]s was expected", o.kind, name)
		case o.kind == "topic":
			r.Topic = name
		case o.kind == "group":
			r.Group = name
		case name == change.DefaultBroker:
			r.AllBrokers = true
		default:
			id, err := strconv.ParseInt(name, 10, 32)
			if err != nil || id < 0 {
				return nil, refused("configs broker: %q is no id of a broker, and not the word default, which stands for all of them", name)
			}
			r.Broker = int32(id)
		}
		if slices.Contains(list, r) {
			return nil, refused("configs %s: %s is there twice", o.kind, name)
		}
		if o.diff && r.AllBrokers {
			return nil, refused("configs broker: default is no broker: --diff shows brokers side by side, and with that what the default becomes on each")
		}
		list = append(list, r)
	}
	return list, nil
}

// checkResources refuses topics and brokers that the cluster doesn't have.
func checkResources(s *state.Snapshot, resources []change.Resource) error {
	for _, r := range resources {
		switch kind, name := r.Words(); {
		case r.Topic != "":
			if _, found := s.FindTopic(name); !found {
				return refused("configs topic: there is no topic %q%s", name, didYouMean(name, topicNames(s)))
			}
		case kind == "broker" && !r.AllBrokers:
			if s.Broker(r.Broker) == nil {
				return refused("configs broker: there is no broker %s; there are %s", name, brokerIDs(s))
			}
		}
	}
	return nil
}

// describe asks for the configs of a resource: a broker itself, or else one broker after the other until one answers.
func (e *Env) describe(ctx context.Context, src *source, r change.Resource) (configs []state.Config, by int32, err error) {
	kind, name := r.Kafka()
	asked := src.snapshot.Brokers
	if kind == kmsg.ConfigResourceTypeBroker && !r.AllBrokers {
		asked = []state.Broker{*src.snapshot.Broker(r.Broker)}
	}
	configs, by, err = watch.DescribeOn(ctx, src.session, asked, kind, name)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: the configs of %v can't be read: %w", src.name, r, err)
	}
	return configs, by, nil
}

func (e *Env) showConfigs(ctx context.Context, g *globals, src *source, f view.Filter, r change.Resource) error {
	all, by, err := e.describe(ctx, src, r)
	if err != nil {
		return err
	}
	view.SortConfigs(all)
	match, err := view.MatchNamed(view.ConfigColumns(), all, view.ConfigNames, f)
	if err != nil {
		return filterError(err)
	}
	own := 0
	rows := make([]state.Config, 0, len(all))
	for _, c := range all {
		if c.Source.Overridden() || r.AllBrokers {
			own++
		}
		if match(c) {
			rows = append(rows, c)
		}
	}
	kind, name := r.Words()
	if g.document() {
		if r.AllBrokers {
			name = ""
		}
		return e.document(g, view.ConfigsAnswer(src.snapshot, kind, name, by, rows))
	}
	if len(rows) > 0 {
		if err := table(e, g, view.ConfigColumns(), rows); err != nil {
			return err
		}
	}
	fmt.Fprintf(e.Err, "%d of %s, %d set on %s; as broker %d tells it\n", len(rows), format.Count(len(all), "config"), own, e.safe(r.String()), by)
	return nil
}

// diffConfigs shows where brokers, or topics or groups, differ: several of them, or one as all brokers tell it.
func (e *Env) diffConfigs(ctx context.Context, g *globals, o *configsOptions, src *source, f view.Filter, resources []change.Resource) error {
	views, unread, err := e.configViews(ctx, src, o.kind, resources)
	if err != nil {
		return err
	}
	if len(views) < 2 {
		why := ""
		if len(unread) > 0 {
			why = fmt.Sprintf("; broker %d: %s", unread[0].Node, strings.TrimSpace(unread[0].Why))
		}
		return fmt.Errorf("%s: nothing to compare: %s told its configs%s", src.name, format.Count(len(views), "broker"), why)
	}
	d := view.DiffConfigs(views)
	match, err := view.MatchNamed(d.DiffColumns(), d.Differences, func(r view.ConfigDifference) []string { return []string{r.Name} }, f)
	if err != nil {
		return filterError(err)
	}
	d.Differences = slices.DeleteFunc(d.Differences, func(r view.ConfigDifference) bool { return !match(r) })
	if g.document() {
		err = e.document(g, d.Answer(src.snapshot, unread))
	} else {
		if len(d.Differences) > 0 {
			err = table(e, g, d.DiffColumns(), d.Differences)
		} else {
			_, err = fmt.Fprintf(e.Out, "no difference between %s\n", format.Count(len(views), map[bool]string{true: o.kind, false: "broker"}[len(resources) > 1]))
		}
		sayMissing(e, unread)
	}
	if err == nil && len(unread) > 0 {
		return answerNo() // nobody knows what those would show
	}
	return err
}

func (e *Env) configViews(ctx context.Context, src *source, kind string, resources []change.Resource) (views []view.ConfigView, unread []state.Unknown, err error) {
	if kind != "broker" && len(resources) > 1 {
		for _, r := range resources {
			configs, _, err := e.describe(ctx, src, r)
			if err != nil {
				return nil, nil, err
			}
			_, name := r.Words()
			views = append(views, view.ConfigView{Name: name, Configs: configs})
		}
		return views, nil, nil
	}
	asked := src.snapshot.Brokers
	of := func(id int32) (kmsg.ConfigResourceType, string) { return change.Resource{Broker: id}.Kafka() }
	switch {
	case kind != "broker":
		of = func(int32) (kmsg.ConfigResourceType, string) { return resources[0].Kafka() }
	case len(resources) > 0:
		asked = nil
		for _, r := range resources {
			asked = append(asked, *src.snapshot.Broker(r.Broker))
		}
	}
	told, unread := watch.DescribeOnEach(ctx, src.session, asked, of)
	for i := range asked {
		if configs, ok := told[asked[i].ID]; ok {
			v := view.ConfigView{Name: strconv.Itoa(int(asked[i].ID)), Configs: configs}
			if kind == "broker" {
				v.Broker = &asked[i]
			}
			views = append(views, v)
		}
	}
	return views, unread, nil
}
