package subcmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kdeck/ops/format"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/protocol"
)

// palette is the command line as the console's palette uses it: the same words, on the console's own cluster.
type palette struct {
	env *Env
	g   *globals
}

func newPalette(env *Env, g *globals) *palette { return &palette{env, g} }

// target is the flags that point a command at the console's cluster.
func (p *palette) target() []string {
	var words []string
	for _, f := range []struct{ name, value string }{
		{"context", p.g.context}, {"bootstrap-server", p.g.bootstrap}, {"bootstrap-controller", p.g.bootstrapController},
		{"command-config", p.g.commandConfig}, {"snapshot", p.g.snapshot},
	} {
		if f.value != "" {
			words = append(words, "--"+f.name, f.value)
		}
	}
	for _, kv := range p.g.set {
		words = append(words, "-X", kv)
	}
	return words
}

// run carries a command line out with its outputs caught.
func (p *palette) run(ctx context.Context, words []string) (out, errs bytes.Buffer, code int) {
	env := *p.env
	env.In, env.Out, env.Err = strings.NewReader(""), &out, &errs
	env.InTerminal, env.OutTerminal = false, false
	code = Execute(ctx, &env, append(words, p.target()...))
	return out, errs, code
}

// changes tells whether a line carries something out.
func changes(words []string) bool { return slices.Contains(words, "--execute") }

// Confirm dry-runs a line that carries something out, and says what it would do.
func (p *palette) Confirm(ctx context.Context, line string) (phrase string, about []string, err error) {
	words := strings.Fields(line)
	if !changes(words) {
		return "", nil, nil
	}
	dry := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "--execute" })
	out, errs, code := p.run(ctx, append(dry, "-o", outJSON))
	var doc struct {
		Confirm *string `json:"confirm"`
		Kdeck   *struct {
			Confirm *string `json:"confirm"`
			Moves   int     `json:"moves"`
		} `json:"kdeck"`
		quotaAbout
		Would *struct {
			Confirm *string `json:"confirm"`
		} `json:"would"`
		Unknown []struct {
			Why string `json:"why"`
		} `json:"unknown"`
	}
	if json.Unmarshal(out.Bytes(), &doc) != nil {
		return "", nil, fmt.Errorf("%s (exit %d)", strings.TrimSpace(errs.String()), code)
	}
	confirms := []*string{doc.Confirm}
	if doc.Kdeck != nil {
		confirms = append(confirms, doc.Kdeck.Confirm)
	}
	if doc.Would != nil {
		confirms = append(confirms, doc.Would.Confirm)
	}
	for _, c := range confirms {
		if c != nil {
			phrase = *c
		}
	}
	if phrase == "" && len(doc.Unknown) > 0 {
		return "", nil, fmt.Errorf("%s: %s", line, doc.Unknown[0].Why)
	}
	if phrase == "" {
		return "", nil, fmt.Errorf("%s: nothing to carry out", line)
	}
	if doc.Kdeck != nil && doc.Would == nil {
		about = []string{format.Count(doc.Kdeck.Moves, "move")}
	}
	about = append(about, doc.lines()...)
	if s := strings.TrimSpace(errs.String()); s != "" {
		about = append(about, strings.Split(s, "\n")...)
	}
	return phrase, about, nil
}

// quotaAbout is what the dry run of a change of quotas says.
type quotaAbout struct {
	Entity  string `json:"entity"`
	Changes []struct {
		Type          tenant.Type
		Before, After *float64
	} `json:"changes"`
	Notes []string `json:"notes"`
	Undo  string   `json:"undo"`
}

func (q *quotaAbout) lines() []string {
	var lines []string
	for _, c := range q.Changes {
		lines = append(lines, fmt.Sprintf("%s  %s: %s, now %s", q.Entity, c.Type, limitWord(c.Type, c.After), limitWord(c.Type, c.Before)))
	}
	lines = append(lines, q.Notes...)
	if q.Undo != "" {
		lines = append(lines, "taken back by: "+q.Undo)
	}
	return lines
}

// limitWord writes a limit, nil for none.
func limitWord(t tenant.Type, v *float64) string {
	if v == nil {
		return "no limit"
	}
	return view.Amount(t, *v)
}

// Run carries a line out.
func (p *palette) Run(ctx context.Context, line, phrase string) (output string, code int) {
	words := strings.Fields(line)
	if phrase != "" {
		words = append(words, "--confirm", phrase)
	}
	out, errs, code := p.run(ctx, words)
	return out.String() + errs.String(), code
}

// Equivalent is the command that gives the same answer as a pane with that filter; of the plan, with that chain.
func (p *palette) Equivalent(pane, filter string) string {
	verb := map[string]string{"overview": "status", "brokers": "brokers", "partitions": "partitions", "moves": "moves", "plan": "plan"}[pane]
	if verb == "" || verb == "plan" && filter == "" {
		return ""
	}
	words := []string{"kdeck", verb}
	switch {
	case verb == "plan":
		for _, w := range strings.Fields(filter) {
			words = append(words, format.Shell(w))
		}
	case filter != "" && verb != "status":
		words = append(words, "--filter", format.Shell(filter))
	}
	return p.command(words)
}

// Command is the command line with those words, on the console's cluster, as a shell takes it.
func (p *palette) Command(words []string) string {
	line := []string{"kdeck"}
	for _, w := range words {
		line = append(line, format.Shell(w))
	}
	return p.command(line)
}

func (p *palette) command(words []string) string {
	for _, w := range p.target() {
		words = append(words, format.Shell(w))
	}
	return strings.Join(words, " ")
}

// Complete offers verbs and their flags.
func (p *palette) Complete(line string) []string {
	words := strings.Fields(line)
	last := ""
	if len(words) > 0 && !strings.HasSuffix(line, " ") {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	cmd, root := (*cobra.Command)(nil), newRoot(p.env)
	cmd = root
	for _, w := range words {
		for _, c := range cmd.Commands() {
			if c.Name() == w || c.HasAlias(w) {
				cmd = c
				break
			}
		}
	}
	var offers []string
	offer := func(w string) {
		if strings.HasPrefix(w, last) {
			offers = append(offers, w)
		}
	}
	if cmd == root || cmd.HasSubCommands() {
		for _, c := range cmd.Commands() {
			if !c.Hidden {
				offer(c.Name())
			}
		}
	}
	if strings.HasPrefix(last, "-") {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				offer("--" + f.Name)
			}
		})
	}
	slices.Sort(offers)
	return offers
}

// Nearest returns the candidate that a word was probably meant to be.
func (p *palette) Nearest(word string, candidates []string) string { return nearest(word, candidates) }

// Open lets the read-write window be opened, unless the cluster's context caps what may be sent.
func (p *palette) Open(time.Duration, string) error {
	cluster, err := p.env.cluster(p.g)
	if err != nil {
		return err
	}
	if cluster.MaxClass < protocol.ClassADM {
		return fmt.Errorf("the context %s allows no more than %v (max_class)", cluster.Name, cluster.MaxClass)
	}
	return nil
}

// Close closes the window; there is nothing to undo.
func (p *palette) Close() {}
