package subcmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kdeck/ops/ask"
	"kdeck/ops/change"
	"kdeck/ops/plan"
	"kdeck/ops/reassign"
	"kdeck/ops/sim"
	"kdeck/ops/tenant"
	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/protocol/printable"
	"kdeck/ui"
	"kdeck/ui/cell"
)

// completer offers what a word may become, to shells and to the console's palette.
type completer struct {
	env *Env
	g   *globals
}

// candidates returns the words that may stand in the place of word, behind the arguments args. A word may have a tab and a
// description behind it.
type candidates func(cmd *cobra.Command, args []string, word string) []string

// isCompletion tells whether a command line comes from a completion script of a shell, or from the palette.
func isCompletion(args []string) bool {
	return len(args) > 1 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// addCompletions tells cobra what the arguments and the flags may be, for the words that are typed.
func addCompletions(env *Env, g *globals, root *cobra.Command, words []string) {
	c := &completer{env, g}
	takesFiles := []string{"kdeck apply", "kdeck snapshot save", "kdeck config import"} // the last offers tools too
	arguments := map[string]candidates{
		"kdeck plan": c.stageWords, "kdeck drain": c.drained,
		"kdeck request": c.requestWords, "kdeck api": first(apiNames),
		"kdeck quota set": limitWords, "kdeck quota what-if": limitWords, "kdeck quota remove": quotaTypes,
		"kdeck config use": first(c.contexts), "kdeck config show": first(c.contexts),
		"kdeck moves cancel": c.partitions, "kdeck moves resume": first(c.runs), "kdeck moves undo": first(c.runs), "kdeck records": first(c.partitions), "kdeck help": first(helped),
		"kdeck topics": first(c.topics), "kdeck configs topic": c.configWords(c.topics), "kdeck configs broker": c.configWords(c.configuredBrokers), "kdeck configs group": c.configWords(c.named(groupNames)),
		"kdeck compare": first(c.topics), "kdeck compare partition": first(c.partitions), "kdeck safe-to-stop": c.otherBrokers,
		"kdeck groups": first(c.named(groupNames)), "kdeck groups reset": first(c.named(groupNames)), "kdeck groups delete": first(c.named(groupNames)),
	}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		path := cmd.CommandPath()
		bearFlags(cmd)
		if !slices.Contains(takesFiles, path) {
			cmd.ValidArgsFunction = forCobra(arguments[path])
		}
		switch path {
		case "kdeck plan":
			addStageFlags(cmd.Flags(), words)
			cmd.Flags().SetInterspersed(true)
		case "kdeck drain", "kdeck apply": // flags stand behind the arguments
			cmd.Flags().SetInterspersed(true)
		}
		// Cobra keeps these functions for ever: the palette asks with every key, so only flags that were typed get one.
		add := func(f *pflag.Flag) {
			file, _ := pflag.UnquoteUsage(f)
			typed := slices.ContainsFunc(words, func(w string) bool {
				return strings.HasPrefix(w, "--"+f.Name) || f.Shorthand != "" && strings.HasPrefix(w, "-"+f.Shorthand)
			})
			if typed && !strings.HasPrefix(file, "FILE") { // cobra offers files where it knows no function
				_ = cmd.RegisterFlagCompletionFunc(f.Name, forCobra(c.flagValues(path, f.Name)))
			}
		}
		cmd.LocalFlags().VisitAll(add)
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root)
	bearUnknownFlags(root, words)
}

// bearFlags lets the flags of a command have values that they don't take. Cobra writes errors about flags to the terminal
// itself, across what the user types.
func bearFlags(cmd *cobra.Command) {
	bear := func(f *pflag.Flag) {
		if _, done := f.Value.(bearing); !done {
			f.Value = bearing{f.Value}
		}
	}
	cmd.Flags().VisitAll(bear)
	cmd.PersistentFlags().VisitAll(bear)
}

// bearUnknownFlags lets the command that is typed have the flags that it doesn't, for the same reason.
func bearUnknownFlags(root *cobra.Command, words []string) {
	cmd, _, err := root.Find(words)
	if err != nil {
		cmd = root
	}
	add := func(name, letter string) {
		if name != "" && cmd.Flag(name) == nil {
			cmd.Flags().StringP(name, letter, "", "")
			_ = cmd.Flags().MarkHidden(name)
		}
	}
	free := func(letter string) bool {
		return len(letter) == 1 && cmd.Flags().ShorthandLookup(letter) == nil && cmd.InheritedFlags().ShorthandLookup(letter) == nil
	}
	for i, w := range words {
		name, _, assigned := strings.Cut(strings.TrimLeft(w, "-"), "=")
		switch {
		case !strings.HasPrefix(w, "-") || i == len(words)-1 && !assigned: // the last word may become a flag that there is
		case strings.HasPrefix(w, "--") && free(name):
			add(name, name)
		case strings.HasPrefix(w, "--"):
			add(name, "")
		default:
			for _, letter := range strings.Split(name, "") {
				if free(letter) {
					add("unknown-"+letter, letter)
				}
			}
		}
	}
}

// wellFormed leaves out words that are no flags by their form, for the same reason. The last word is the one to be completed.
func wellFormed(words []string) []string {
	kept := slices.DeleteFunc(slices.Clone(words[:len(words)-1]), func(w string) bool {
		return strings.HasPrefix(w, "--=") || strings.HasPrefix(w, "---") || strings.HasPrefix(w, "-=")
	})
	return append(kept, words[len(words)-1])
}

// bearing is a value of a flag that stays as it is where it is set to something else than it takes.
type bearing struct{ pflag.Value }

func (v bearing) Set(word string) error {
	_ = v.Value.Set(word)
	return nil
}

// forCobra is a function of cobra's that offers those words. Where one of them ends in what more follows, the shell adds no
// blank.
func forCobra(of candidates) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if of == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		words, directive := slices.DeleteFunc(slices.Clone(of(cmd, args, word)), notOffered), cobra.ShellCompDirectiveNoFileComp
		for _, w := range words {
			w, _, _ = strings.Cut(w, "\t")
			if strings.HasSuffix(w, "=") || strings.HasSuffix(w, ".") || strings.HasSuffix(w, "/") || strings.HasSuffix(w, ":") {
				directive |= cobra.ShellCompDirectiveNoSpace
			}
		}
		return words, directive
	}
}

// longestOffered is longer than any word that is typed; Kafka's names of topics have 249 characters at the most.
const longestOffered = 1000

// notOffered tells of words that can't be typed as they are shown: a broker may send anything as a name, and shells write what they
// are offered to the terminal.
func notOffered(word string) bool {
	return len(word) > longestOffered || !printable.Text(strings.ReplaceAll(word, "\t", " "))
}

// addStageFlags adds to plan the flags of the stages that were typed: it reads them itself otherwise.
func addStageFlags(set *pflag.FlagSet, words []string) {
	for _, w := range words {
		for _, flag := range plan.FlagsOf(w) {
			name := strings.TrimPrefix(flag, "--")
			if set.Lookup(name) != nil {
				continue
			}
			set.StringArray(name, nil, "a flag of the stage")
			if name == "keep-leaders" { // the one flag without a value
				set.Lookup(name).NoOptDefVal = "true"
			}
		}
	}
}

// flagValues are the words that a flag takes; nil where they can't be known.
func (c *completer) flagValues(command, flag string) candidates {
	asking := command == "kdeck request" || command == "kdeck api"
	switch flag {
	case "context":
		return c.contexts
	case "output":
		return words(outputs)
	case "mouse":
		return words([]string{"on", "off"})
	case "theme":
		return words(cell.Themes())
	case "pane":
		return words(ui.PaneNames())
	case "scenario":
		return scenarios
	case "to":
		if asking {
			return c.nodes
		}
		return c.brokerList
	case "with", "broker", "brokers", "request-log":
		return c.brokerList
	case "topic", "topics", "exclude-topics", "exonerate":
		return c.topics
	case "rack":
		return c.named(rackNames)
	case "user":
		return c.named(userNames)
	case "client":
		return c.named(clientNames)
	case "for":
		return words([]string{"30s", "10m", "1h"})
	case "simulate":
		return words(throttleWords)
	case "why":
		return c.partitions
	case "tenant":
		return c.tenants
	case "type":
		return quotaTypes
	case "by":
		return words([]string{"user", "client", "both"})
	case "class", "max-class":
		return classes
	case "throttle":
		return words(append([]string{"none"}, throttleWords...))
	case "allow":
		return words(allowances)
	}
	return nil
}

// throttleWords are the usual replication throttles.
var throttleWords = []string{"20MB", "50MB", "100MB", "200MB"}

// named offers names that begin with word.
func (c *completer) named(kind clusterNames) candidates {
	return func(cmd *cobra.Command, _ []string, word string) (list []string) {
		for _, name := range c.names(cmd.Context(), kind) {
			if strings.HasPrefix(name, word) && len(list) < mostTopics {
				list = append(list, name)
			}
		}
		return list
	}
}

func words(list []string) candidates {
	return func(*cobra.Command, []string, string) []string { return list }
}

// first offers words for the first argument only.
func first(of candidates) candidates {
	return func(cmd *cobra.Command, args []string, word string) []string {
		if len(args) > 0 {
			return nil
		}
		return of(cmd, args, word)
	}
}

// helped offers topics and commands.
func helped(cmd *cobra.Command, _ []string, _ string) (list []string) {
	for _, t := range Topics() {
		list = append(list, t.Name+"\t"+t.Summary)
	}
	for _, sub := range cmd.Root().Commands() {
		if sub.IsAvailableCommand() && !slices.ContainsFunc(list, func(w string) bool { return strings.HasPrefix(w, sub.Name()+"\t") }) {
			list = append(list, sub.Name()+"\t"+sub.Short)
		}
	}
	return list
}

func scenarios(*cobra.Command, []string, string) (list []string) {
	for _, s := range sim.Scenarios() {
		list = append(list, s.Name+"\t"+s.Help)
	}
	return list
}

func classes(*cobra.Command, []string, string) []string { return classNames() }

func classNames() (list []string) {
	for _, c := range protocol.Classes() {
		list = append(list, c.String())
	}
	return list
}

func apiNames(*cobra.Command, []string, string) (list []string) {
	for _, a := range protocol.APIs() {
		list = append(list, a.Name+"\t"+a.Help)
	}
	return list
}

func quotaTypes(*cobra.Command, []string, string) (list []string) {
	for _, t := range tenant.Types {
		list = append(list, string(t))
	}
	return list
}

func limitWords(cmd *cobra.Command, args []string, word string) (list []string) {
	for _, t := range quotaTypes(cmd, args, word) {
		list = append(list, t+"=")
	}
	return list
}

func (c *completer) contexts(*cobra.Command, []string, string) (list []string) {
	file, err := c.env.configFile()
	if err != nil {
		return nil
	}
	for _, name := range file.Names() {
		if context, err := file.Context(name); err == nil {
			list = append(list, name+"\t"+strings.Join(context.Bootstrap, ","))
		}
	}
	return list
}

func (c *completer) tenants(*cobra.Command, []string, string) []string {
	list := []string{"-"}
	for _, rule := range c.env.tenantRules(c.g) {
		if !slices.Contains(list, rule.Tenant) {
			list = append(list, rule.Tenant)
		}
	}
	return list
}

// runs offers the runs on the cluster that this machine has records of, the last one first.
func (c *completer) runs(cmd *cobra.Command, _ []string, _ string) []string {
	cluster := c.names(cmd.Context(), clusterIDs)
	dir, err := c.env.stateDir()
	if err != nil || len(cluster) == 0 {
		return nil
	}
	ids, err := reassign.Runs(dir, cluster[0])
	if err != nil {
		return nil
	}
	slices.Reverse(ids)
	return ids
}

// brokerList offers brokers, behind those of a list that were typed.
func (c *completer) brokerList(cmd *cobra.Command, _ []string, word string) []string {
	return c.brokersBut(cmd, nil, word)
}

// brokersBut offers the brokers that aren't among those already named.
func (c *completer) brokersBut(cmd *cobra.Command, named []string, word string) (list []string) {
	before := word[:strings.LastIndexByte(word, ',')+1]
	named = append(strings.Split(strings.Join(named, ","), ","), strings.Split(before, ",")...)
	for _, id := range c.names(cmd.Context(), brokerNames) {
		if !slices.Contains(named, id) {
			list = append(list, before+id)
		}
	}
	return list
}

// otherBrokers offers the brokers that aren't named yet.
func (c *completer) otherBrokers(cmd *cobra.Command, args []string, word string) []string {
	return c.brokersBut(cmd, args, word)
}

// drained offers brokers to drain. Behind a flag there is no place for one.
func (c *completer) drained(cmd *cobra.Command, args []string, word string) []string {
	if changedFlag(cmd.LocalNonPersistentFlags()) != "" {
		return nil
	}
	return c.brokersBut(cmd, args, word)
}

const (
	// mostTopics is how many topics are offered at once: nobody reads more.
	mostTopics = 200
	// mostCompared is how many words are compared with one that is mistyped, so that the answer comes at once.
	mostCompared = 10_000
)

// topics offers those that begin with word, or else the one that was probably meant.
func (c *completer) topics(cmd *cobra.Command, _ []string, word string) (list []string) {
	names := c.names(cmd.Context(), topicsNames)
	for _, name := range names {
		if strings.HasPrefix(name, word) && len(list) < mostTopics {
			list = append(list, name)
		}
	}
	if len(list) == 0 && len(names) <= mostCompared {
		if near := nearest(word, names); near != "" {
			return []string{near}
		}
	}
	return list
}

// partitions offers topics as the beginning of TOPIC/PARTITION.
func (c *completer) partitions(cmd *cobra.Command, args []string, word string) (list []string) {
	for _, name := range c.topics(cmd, args, word) {
		list = append(list, name+"/")
	}
	return list
}

// configWords offers names of resources, then set and unset, and behind those the names of configs.
func (c *completer) configWords(names candidates) candidates {
	return func(cmd *cobra.Command, args []string, word string) (list []string) {
		_, verb, _ := configWords(args)
		if verb == "" {
			list = names(cmd, args, word)
			if len(args) > 0 {
				list = append(list, configVerbs...)
			}
			return list
		}
		for _, name := range message.PlainConfigs() {
			if strings.HasPrefix(name, word) && len(list) < mostTopics {
				list = append(list, name+map[bool]string{true: "="}[verb == "set"])
			}
		}
		return list
	}
}

// configuredBrokers offers brokers that aren't named yet, and the word for all of them.
func (c *completer) configuredBrokers(cmd *cobra.Command, args []string, word string) []string {
	list := c.brokersBut(cmd, args, word)
	if len(args) == 0 {
		list = append(list, change.DefaultBroker)
	}
	return list
}

// nodes offers what --to of a request may be.
func (c *completer) nodes(cmd *cobra.Command, args []string, word string) []string {
	before := word[:strings.LastIndexByte(word, ',')+1]
	const leader = "leader-of:"
	if topic, ok := strings.CutPrefix(word[len(before):], leader); ok {
		list := c.partitions(cmd, args, topic)
		for i := range list {
			list[i] = before + leader + list[i]
		}
		return list
	}
	list := c.brokersBut(cmd, nil, word)
	for _, w := range ask.TargetWords() {
		list = append(list, before+w)
	}
	return list
}

// requestWords offers requests, then fields, and topics where a field names them.
func (c *completer) requestWords(cmd *cobra.Command, args []string, word string) []string {
	if len(args) == 0 {
		return apiNames(cmd, args, word)
	}
	api, version, err := protocol.FindAPI(args[0])
	if err != nil {
		return nil
	}
	return completeBody(api, version, word, func() []string { return c.names(cmd.Context(), topicsNames) })
}

// stageWords offers the words of a chain of stages.
func (c *completer) stageWords(cmd *cobra.Command, args []string, word string) []string {
	if len(args) > 0 && args[0] == "-" {
		args = args[1:]
	}
	stage := args
	for i, w := range args {
		if w == "+" {
			stage = args[i+1:]
		}
	}
	if len(stage) == 0 {
		var list []string
		for _, verb := range plan.Verbs() {
			list = append(list, verb+"\t"+plan.ArgumentsOf(verb))
		}
		return list
	}
	if plan.TakesBrokers(stage[0]) {
		return c.brokersBut(cmd, stage[1:], word)
	}
	return plan.ChoicesOf(stage[0], stage[1:])
}
