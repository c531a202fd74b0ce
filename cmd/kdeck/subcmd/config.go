package subcmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"kdeck/ops/config"
	"kdeck/ops/view"
	"kdeck/protocol"
)

func newConfig(env *Env, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Named clusters: list, show, use, add, import",
		Long: "config keeps named clusters (contexts) in $XDG_CONFIG_HOME/kdeck/config.yaml, which only its owner may read.\n" +
			"Keys of a context: bootstrap, controllers, properties (a Java client.properties), settings (the same keys in\n" +
			"line), production, max_class, color, metrics, address_map. Secrets: ${env:NAME}, ${file:/path}, or ${file:/path:KEY}\n" +
			"for a key of a properties file or the way to one in YAML, JSON or TOML (clusters.prod.SASL.password).",
	}
	cmd.AddCommand(newConfigList(env, g), newConfigShow(env, g), newConfigUse(env), newConfigAdd(env, g), newConfigImport(env, g), newConfigTrust(env, g))
	return cmd
}

func (e *Env) configFile() (*config.File, error) {
	path, err := config.DefaultPath(e.LookupEnv)
	if err != nil {
		return nil, err
	}
	return config.Load(path)
}

func newConfigList(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the contexts; * marks the current one", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			file, err := env.configFile()
			if err != nil {
				return err
			}
			if g.document() {
				return env.document(g, map[string]any{"version": 1, "current": file.Current, "contexts": append([]string{}, file.Names()...)})
			}
			if len(file.Names()) == 0 {
				fmt.Fprintf(env.Err, "no contexts in %s; kdeck config add NAME --bootstrap-server HOST:PORT makes one, kdeck config import takes over another tool's\n", file.Path)
				return nil
			}
			var rows []*config.Context
			for _, name := range file.Names() {
				c, err := file.Context(name)
				if err != nil {
					return err
				}
				rows = append(rows, c)
			}
			return table(env, g, contextColumns(file.Current), rows)
		},
	}
}

func contextColumns(current string) []view.Column[*config.Context] {
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return ""
	}
	return []view.Column[*config.Context]{
		{Head: "CURRENT", Cell: func(c *config.Context) string {
			if c.Name == current {
				return "*"
			}
			return ""
		}},
		{Head: "NAME", Cell: func(c *config.Context) string { return c.Name }},
		{Head: "BOOTSTRAP", Cell: func(c *config.Context) string { return strings.Join(c.Bootstrap, ",") }},
		{Head: "PRODUCTION", Cell: func(c *config.Context) string { return yes(c.Production) }},
		{Head: "PROPERTIES", Cell: func(c *config.Context) string { return c.Properties }},
	}
}

func newConfigShow(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "show [NAME]", Short: "Show one context, by default the current one; secrets are hidden", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			file, err := env.configFile()
			if err != nil {
				return err
			}
			name := file.Current
			if len(args) == 1 {
				name = args[0]
			}
			if name == "" {
				return &config.NoClusterError{File: file.Path, Known: file.Names()}
			}
			doc, err := file.Show(name)
			if err != nil {
				return err
			}
			if g.output == outJSON {
				var context map[string]any
				if err := yaml.Unmarshal(doc, &context); err != nil {
					return err
				}
				return env.document(g, context)
			}
			_, err = env.Out.Write(doc)
			return err
		},
	}
}

func newConfigUse(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "use NAME", Short: "Make a context the current one", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			file, err := env.configFile()
			if err != nil {
				return err
			}
			if err := file.Use(args[0]); err != nil {
				return err
			}
			return file.Save()
		},
	}
}

func newConfigAdd(env *Env, g *globals) *cobra.Command {
	var c config.Context
	var class string
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a context; the first one becomes the current one", Args: cobra.ExactArgs(1),
		Example: "  kdeck config add prod-eu-1 --bootstrap-server b1:9092,b2:9092 --properties /etc/kafka/client.properties --production",
		RunE: func(_ *cobra.Command, args []string) error {
			file, err := env.configFile()
			if err != nil {
				return err
			}
			c.Name = args[0]
			if err := g.fill(&c); err != nil {
				return err
			}
			if class != "" {
				if c.MaxClass, err = protocol.ParseClass(class); err != nil {
					return refused("--max-class: %w", err)
				}
			}
			if err := file.Add(&c); err != nil {
				return err
			}
			return file.Save()
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Properties, "properties", "", "a Java client.properties `FILE`")
	f.BoolVar(&c.Production, "production", false, "mark it as production")
	f.StringVar(&class, "max-class", "", "the most dangerous class of request that kdeck may send there: RO, …, ADM")
	f.StringVar(&c.Color, "color", "", "its colour in the console")
	return cmd
}

// fill puts the cluster that the flags name into a context.
func (g *globals) fill(c *config.Context) (err error) {
	if c.Properties == "" {
		c.Properties = g.commandConfig
	}
	for list, to := range map[string]*[]string{g.bootstrap: &c.Bootstrap, g.bootstrapController: &c.Controllers} {
		if list == "" {
			continue
		}
		if *to, err = config.Addresses(list); err != nil {
			return err
		}
	}
	c.Settings = map[string]string{}
	for _, word := range g.settings {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return refused("-X %q: key=value was expected", word)
		}
		c.Settings[key] = value
	}
	return nil
}
