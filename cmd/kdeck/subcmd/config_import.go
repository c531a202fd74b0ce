package subcmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/config"
	"kdeck/ops/view"
)

type importOptions struct {
	only    []string // contexts to take; none: all
	as      string   // another name for the one context
	replace bool
}

func newConfigImport(env *Env, g *globals) *cobra.Command {
	o := &importOptions{}
	cmd := &cobra.Command{
		Use:   "import " + strings.Join(config.ImportTools(), "|") + "|FILE [CONTEXT…]",
		Short: "Make contexts of what another tool has",
		Long: "import makes contexts of the clusters that another tool's configuration holds, all of them or those that are named.\n" +
			"It finds the file where the tool does, by its environment variables too; of a FILE it tells the format from what is in it,\n" +
			"a Java client.properties among them. Secrets stay where they are: the contexts refer to them. What kdeck has nothing like\n" +
			"is named. A context that is there already is left as it is, unless --replace is given.",
		Example: "  kdeck config import rpk\n  kdeck config import /etc/kafka/client.properties --as prod-eu-1",
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return config.ImportTools(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return refused("config import: one of %s or a file was expected%s", strings.Join(config.ImportTools(), ", "), env.foundHere())
			}
			o.only = args[1:]
			return env.runImport(g, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.as, "as", "", "`NAME` of the context, where it is one")
	f.BoolVar(&o.replace, "replace", false, "replace the way to the cluster in contexts of the same name; production, metrics and the rest stay")
	return cmd
}

// foundHere names the files of other tools that are on this machine, as the end of an error.
func (e *Env) foundHere() string {
	var list []string
	for _, f := range config.FindImports(e.LookupEnv) {
		list = append(list, fmt.Sprintf("%s (%s)", f.Tool, f.Path))
	}
	if list == nil {
		return ""
	}
	return "; here there is " + strings.Join(list, ", ")
}

// The states of an imported context.
const (
	importMade     = "made"
	importReplaced = "replaced"
	importExists   = "exists" // and is left as it is
	importRefused  = "refused"
)

// An importedRow is what became of one context.
type importedRow struct {
	config.ImportedContext
	state, why string
}

func (e *Env) runImport(g *globals, source string, o *importOptions) error {
	imported, err := config.Import(source, e.LookupEnv)
	if err != nil {
		var unknown *config.UnknownSourceError
		if errors.As(err, &unknown) {
			return refused("config import: %w%s", err, didYouMean(unknown.Source, unknown.Known))
		}
		return refused("config import: %w", err)
	}
	file, err := e.configFile()
	if err != nil {
		return err
	}
	rows, err := takeOver(file, imported, o)
	if err != nil {
		return err
	}
	made := slices.ContainsFunc(rows, func(r importedRow) bool { return r.state == importMade || r.state == importReplaced })
	if made {
		if err := file.Save(); err != nil {
			return err
		}
	}
	if g.document() {
		err = e.document(g, importDocument(file, imported, rows))
	} else {
		err = e.showImport(g, file, imported, rows, made)
	}
	if err == nil && slices.ContainsFunc(rows, func(r importedRow) bool { return r.state == importExists || r.state == importRefused }) {
		return answerNo()
	}
	return err
}

// takeOver puts imported contexts into the file, which isn't saved. The tool's current one becomes kdeck's, where that has none.
func takeOver(file *config.File, imported *config.Imported, o *importOptions) ([]importedRow, error) {
	var rows []importedRow
	var names []string
	for _, c := range imported.Contexts {
		names = append(names, c.Name)
		if len(o.only) == 0 || slices.Contains(o.only, c.Name) {
			rows = append(rows, importedRow{ImportedContext: c})
		}
	}
	for _, name := range o.only {
		if !slices.Contains(names, name) {
			return nil, refused("config import: %s has no cluster %q: it has %s%s", imported.Path, name, strings.Join(names, ", "), didYouMean(name, names))
		}
	}
	current := imported.Current
	if o.as != "" {
		if len(rows) != 1 {
			return nil, refused("config import: --as %s goes with one context: name it, of %s", o.as, strings.Join(names, ", "))
		}
		if rows[0].Name == current {
			current = o.as
		}
		rows[0].Name, rows[0].Context.Name = o.as, o.as
	}
	hadNone := file.Current == ""
	for i := range rows {
		r := &rows[i]
		_, err := file.Context(r.Name)
		exists := err == nil
		switch {
		case r.Refuse != "":
			r.state, r.why = importRefused, r.Refuse
			continue
		case exists && !o.replace:
			r.state, r.why = importExists, "is there already and stays as it is; --replace takes this one"
			continue
		case exists:
			r.state, err = importReplaced, file.Replace(&r.Context)
		default:
			r.state, err = importMade, file.Add(&r.Context)
		}
		if err != nil {
			r.state, r.why = importRefused, err.Error()
		} else if hadNone && r.Name == current {
			if err := file.Use(r.Name); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// login says how connections are made, in Kafka's words.
func (r importedRow) login() string {
	if r.state == importRefused {
		return ""
	}
	if r.Properties != "" {
		return "as in the file"
	}
	words := []string{"PLAINTEXT"}
	if protocol := r.Settings["security.protocol"]; protocol != "" {
		words[0] = protocol
	}
	for _, key := range []string{"sasl.mechanism", "sasl.mechanisms"} {
		if how := r.Settings[key]; how != "" {
			words = append(words, how)
		}
	}
	return strings.Join(words, " ")
}

func importColumns(file *config.File) []view.Column[importedRow] {
	return []view.Column[importedRow]{
		{Head: "CURRENT", Cell: func(r importedRow) string {
			if r.Name == file.Current && r.state != importRefused {
				return "*"
			}
			return ""
		}},
		{Head: "CONTEXT", Cell: func(r importedRow) string { return r.Name }},
		{Head: "BOOTSTRAP", Cell: func(r importedRow) string {
			switch n := len(r.Bootstrap); {
			case n == 0 && r.Properties != "":
				return "as in the file"
			case n > 1:
				return fmt.Sprintf("%s +%d", r.Bootstrap[0], n-1)
			}
			return strings.Join(r.Bootstrap, "")
		}},
		{Head: "LOGIN", Cell: importedRow.login},
		{Head: "STATE", Cell: func(r importedRow) string {
			switch r.state {
			case importExists:
				return r.why
			case importRefused:
				return "not made: " + r.why
			}
			return r.state
		}},
	}
}

func (e *Env) showImport(g *globals, file *config.File, imported *config.Imported, rows []importedRow, made bool) error {
	fmt.Fprintf(e.Out, "%s\n\n", e.safe(imported.Path))
	if err := table(e, g, importColumns(file), rows); err != nil {
		return err
	}
	notes := slices.Clone(imported.Notes)
	for _, r := range rows {
		for _, note := range r.Notes {
			notes = append(notes, strings.TrimPrefix(r.Name+": "+note, ": "))
		}
	}
	if len(notes) > 0 {
		fmt.Fprintln(e.Out)
	}
	for _, note := range notes {
		fmt.Fprintln(e.Out, e.safe(note))
	}
	if made {
		fmt.Fprintf(e.Err, "written to %s\n", file.Path)
	}
	if made && slices.ContainsFunc(rows, importedRow.refers) {
		fmt.Fprintln(e.Err, "secrets stay where they are: kdeck reads them there at each use")
	}
	return nil
}

// refers tells whether a context refers to what stands elsewhere.
func (r importedRow) refers() bool {
	for _, value := range r.Settings {
		if strings.Contains(value, "${") {
			return true
		}
	}
	return r.Properties != ""
}

// importDocument is the answer for programs.
func importDocument(file *config.File, imported *config.Imported, rows []importedRow) map[string]any {
	contexts := []map[string]any{}
	for _, r := range rows {
		settings := map[string]string{}
		for key, value := range r.Settings {
			settings[key] = config.Shown(key, value)
		}
		c := map[string]any{
			"name": r.Name, "state": r.state, "why": nil, "bootstrap": append([]string{}, r.Bootstrap...), "properties": nil,
			"settings": settings, "notes": append([]string{}, r.Notes...),
		}
		if r.why != "" {
			c["why"] = r.why
		}
		if r.Properties != "" {
			c["properties"] = r.Properties
		}
		contexts = append(contexts, c)
	}
	return map[string]any{
		"version": 1, "tool": imported.Tool, "file": imported.Path, "current": file.Current, "contexts": contexts,
		"notes": append([]string{}, imported.Notes...),
	}
}
