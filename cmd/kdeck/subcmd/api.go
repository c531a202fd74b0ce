package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/ask"
	"kdeck/ops/view"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

type apiOptions struct {
	to       string
	class    string
	template bool
}

func newAPI(env *Env, g *globals) *cobra.Command {
	o := &apiOptions{}
	cmd := &cobra.Command{
		Use:     "api [NAME[@VERSION]]",
		Aliases: []string{"apis"},
		Short:   "List the requests of Kafka's protocol, or the fields of one",
		Example: "  kdeck api\n  kdeck api --to 2\n  kdeck api Fetch@12\n  kdeck api ListOffsets --template > body.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := tooMany(cmd, args, 1); err != nil {
				return err
			}
			if len(args) == 1 {
				return runAPI(env, g, o, args[0])
			}
			return runAPIs(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.to, "to", "", "also show the versions that this `NODE` serves")
	f.StringVar(&o.class, "class", "", "only requests of this `CLASS`: RO, RO*, CONN, DATA, GRP, TXN, ADM, ADM!, IBR, IB, IB!")
	f.BoolVar(&o.template, "template", false, "print a body of the request, to edit and to send with request -f")
	return cmd
}

// apiRow is one API in the list.
type apiRow struct {
	api  protocol.API
	node *string // what the node serves: versions, or "-"
}

// apiDocument is one API as JSON.
type apiDocument struct {
	Key      int16    `json:"api_key"`
	Name     string   `json:"name"`
	Aliases  []string `json:"aliases"`
	Lowest   int16    `json:"lowest"`
	Highest  int16    `json:"highest"`
	Flexible *int16   `json:"flexible_from"`
	Class    string   `json:"class"`
	Served   string   `json:"served"`
	Help     string   `json:"help"`
	Node     *string  `json:"node,omitempty"`

	Request  []fieldDocument `json:"request,omitempty"`
	Response []fieldDocument `json:"response,omitempty"`
}

type fieldDocument struct {
	Name     string          `json:"name"`
	Aliases  []string        `json:"aliases"`
	Type     string          `json:"type"`
	Versions string          `json:"versions"`
	Nullable *string         `json:"nullable"`
	Tag      *uint32         `json:"tag"`
	Default  *string         `json:"default"`
	Names    *string         `json:"names"` // brokerId, topicName, …
	Words    []string        `json:"words,omitempty"`
	Fields   []fieldDocument `json:"fields,omitempty"`
}

func documentOf(a *protocol.API) apiDocument {
	d := apiDocument{Key: a.Key, Name: a.Name, Aliases: append([]string{}, a.Aliases...), Lowest: a.Versions.From, Highest: a.Versions.To,
		Class: a.Class.String(), Served: a.Served(), Help: a.Help}
	if v := a.FlexibleFrom(); v >= 0 {
		d.Flexible = &v
	}
	return d
}

func runAPIs(ctx context.Context, env *Env, g *globals, o *apiOptions) error {
	if o.template {
		return refused("--template needs a request: kdeck api NAME --template")
	}
	var class protocol.Class
	if o.class != "" {
		var err error
		if class, err = protocol.ParseClass(o.class); err != nil {
			return refused("--class: %w%s", err, didYouMean(strings.ToUpper(o.class), classNames()))
		}
	}
	var versions *kmsg.ApiVersionsResponse
	if o.to != "" {
		var err error
		if versions, err = nodeVersions(ctx, env, g, o.to); err != nil {
			return err
		}
	}
	var rows []apiRow
	for _, a := range protocol.APIs() {
		if class != 0 && a.Class != class {
			continue
		}
		row := apiRow{api: a}
		if versions != nil {
			text := "-"
			if low, high, ok := protocol.VersionRange(versions, a.Key); ok {
				text = message.Range{From: low, To: high}.String()
			}
			row.node = &text
		}
		rows = append(rows, row)
	}
	if g.document() {
		doc := struct {
			Version int           `json:"version"`
			APIs    []apiDocument `json:"apis"`
		}{1, []apiDocument{}}
		for _, r := range rows {
			d := documentOf(&r.api)
			d.Node = r.node
			doc.APIs = append(doc.APIs, d)
		}
		return env.document(g, doc)
	}
	if err := table(env, g, apiColumns(o.to), rows); err != nil {
		return err
	}
	if versions != nil {
		for _, k := range versions.ApiKeys {
			if _, known := protocol.APIByKey(k.ApiKey); !known {
				fmt.Fprintf(env.Err, "node %s also serves API %d v%d to v%d, which this kdeck doesn't know: it is newer\n", o.to, k.ApiKey, k.MinVersion, k.MaxVersion)
			}
		}
	}
	return nil
}

func apiColumns(node string) []view.Column[apiRow] {
	columns := []view.Column[apiRow]{
		{Head: "KEY", Right: true, Cell: func(r apiRow) string { return strconv.Itoa(int(r.api.Key)) }},
		{Head: "NAME", Cell: func(r apiRow) string { return r.api.Name }},
		{Head: "VERSIONS", Cell: func(r apiRow) string { return r.api.Versions.String() }},
	}
	if node != "" {
		columns = append(columns, view.Column[apiRow]{Head: "NODE " + node, Cell: func(r apiRow) string { return *r.node }})
	}
	return append(columns,
		view.Column[apiRow]{Head: "FLEXIBLE", Wide: true, Cell: func(r apiRow) string { return r.api.Request.Flexible.String() }},
		view.Column[apiRow]{Head: "CLASS", Cell: func(r apiRow) string { return r.api.Class.String() }},
		view.Column[apiRow]{Head: "SERVED BY", Cell: func(r apiRow) string { return r.api.Served() }},
		view.Column[apiRow]{Head: "ALSO CALLED", Wide: true, Cell: func(r apiRow) string { return strings.Join(r.api.Aliases, ", ") }},
		view.Column[apiRow]{Head: "WHAT FOR", Cell: func(r apiRow) string { return r.api.Help }})
}

// nodeVersions asks one node what it serves.
func nodeVersions(ctx context.Context, env *Env, g *globals, to string) (*kmsg.ApiVersionsResponse, error) {
	targets, err := ask.ParseTargets(to)
	if err != nil {
		return nil, requestError(err)
	}
	src, err := env.openFor(g, targets)
	if err != nil {
		return nil, err
	}
	node, err := ask.NewResolver(src.session).One(ctx, targets)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	return src.session.Versions(ctx, node.Addr)
}

func runAPI(env *Env, g *globals, o *apiOptions, word string) error {
	if o.to != "" || o.class != "" {
		return refused("--to and --class go with the list: kdeck api")
	}
	api, version, err := findAPI(word)
	if err != nil {
		return err
	}
	if version >= 0 && !api.Versions.Holds(version) {
		return refused("%s: kdeck knows versions %s", word, api.Versions)
	}
	if o.template {
		if g.output == outJSON {
			return refused("-o json: a template is YAML with comments, which JSON can't hold: leave it out")
		}
		if version < 0 {
			version = api.Versions.To
		}
		_, err := env.Out.Write([]byte(template(api, version)))
		return err
	}
	if g.document() {
		d := documentOf(api)
		d.Request = fieldDocuments(api.Request.Fields, version)
		d.Response = fieldDocuments(api.Response.Fields, version)
		return env.document(g, struct {
			Version int         `json:"version"`
			API     apiDocument `json:"api"`
		}{1, d})
	}
	fmt.Fprintf(env.Err, "%s: %s\n", api.Name, api.Help)
	what := "versions " + api.Versions.String()
	if version >= 0 {
		what = fmt.Sprintf("version %d of %s", version, api.Versions)
	}
	fmt.Fprintf(env.Err, "key %d, %s, flexible from %s, class %s, served by %s", api.Key, what, api.Request.Flexible, api.Class, api.Served())
	if len(api.Aliases) > 0 {
		fmt.Fprintf(env.Err, ", also called %s", strings.Join(api.Aliases, ", "))
	}
	fmt.Fprintln(env.Err)
	var rows []fieldRow
	rows = append(rows, fieldRow{name: "request"})
	rows = fieldRows(rows, api.Request.Fields, version, "  ")
	rows = append(rows, fieldRow{name: "response"})
	rows = fieldRows(rows, api.Response.Fields, version, "  ")
	return table(env, g, fieldColumns(), rows)
}

// fieldsAt returns the paths that may follow a word that is being typed: the fields of the list or struct it has reached.
func fieldsAt(api *protocol.API, version int16, word string) []string {
	if version < 0 {
		version = api.Versions.To
	}
	fields, prefix := api.Request.Fields, ""
	for {
		step, _, found := strings.Cut(word[len(prefix):], ".")
		if !found {
			break
		}
		name, _, _ := strings.Cut(step, "[")
		at := slices.IndexFunc(fields, func(f message.Field) bool { return f.Named(name) && f.Versions.Holds(version) })
		if at < 0 {
			return nil
		}
		prefix += step + "."
		fields = fields[at].Fields
	}
	var paths []string
	for i := range fields {
		if f := &fields[i]; f.Versions.Holds(version) {
			paths = append(paths, prefix+f.Name)
			if f.Array && f.Kind == message.Nested {
				paths = append(paths, prefix+f.Name+"[0].")
			}
		}
	}
	return slices.DeleteFunc(paths, func(p string) bool {
		return len(p) < len(word) || !strings.EqualFold(p[:len(word)], word)
	})
}
