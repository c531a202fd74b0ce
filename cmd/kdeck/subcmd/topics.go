package subcmd

import (
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

//go:embed topics/*.txt
var topicFiles embed.FS

// Topic is a page of kdeck help TOPIC: what something means, what to look at, and the commands in order.
type Topic struct {
	Name    string
	Summary string
	Text    string // without the summary; headings are lines in capitals, command lines are indented
}

// Topics returns the pages, sorted by name.
func Topics() (list []Topic) {
	files, _ := topicFiles.ReadDir("topics") // it is part of the binary
	for _, f := range files {
		text, _ := topicFiles.ReadFile("topics/" + f.Name())
		summary, rest, _ := strings.Cut(string(text), "\n\n")
		list = append(list, Topic{strings.TrimSuffix(f.Name(), ".txt"), summary, rest})
	}
	return list
}

// newHelp is cobra's help command, with pages that explain things. A page wins over the command of the same name, whose own
// help is behind --help.
func newHelp(env *Env) *cobra.Command {
	topics := Topics()
	var list strings.Builder
	var names []string
	for _, t := range topics {
		fmt.Fprintf(&list, "  %-18s %s\n", t.Name, t.Summary)
		names = append(names, t.Name)
	}
	return &cobra.Command{
		Use:   "help [TOPIC or COMMAND]",
		Short: "Help about a command, or what to do at three in the morning: " + strings.Join(names, ", "),
		Long:  "help explains a command, or one of these topics:\n" + list.String(),
		RunE: func(cmd *cobra.Command, words []string) error {
			if len(words) == 1 {
				if i := slices.IndexFunc(topics, func(t Topic) bool { return t.Name == strings.ToLower(words[0]) }); i >= 0 {
					_, err := io.WriteString(env.Out, topics[i].page(cmd.Root()))
					return err
				}
			}
			about, rest, err := cmd.Root().Find(words)
			if err != nil || len(rest) > 0 {
				known := names
				for _, c := range cmd.Root().Commands() {
					known = append(known, c.Name())
				}
				word := words[len(words)-max(len(rest), 1)]
				return refused("no help for %q%s; kdeck help help lists the topics, kdeck --help the commands", word, didYouMean(word, known))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// page is a topic as the terminal shows it.
func (t Topic) page(root *cobra.Command) string {
	page := t.Summary + "\n\n" + t.Text
	if slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == t.Name }) {
		page += fmt.Sprintf("\nThe flags: kdeck %s --help\n", t.Name)
	}
	return page
}
