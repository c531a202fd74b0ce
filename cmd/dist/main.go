// Command dist writes what a package of kdeck holds besides the binary, as it stands under PREFIX/share: man pages, shell
// completions and alert rules for Prometheus. They are made from the commands, the help topics and what kdeck serve shows. `make dist` and `make install` run it.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"kdeck/cmd/kdeck/subcmd"
	"kdeck/ops/serve"
	"kdeck/ui"
)

func main() {
	version := flag.String("version", "dev", "the version of kdeck that the man pages name")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: dist [-version VERSION] DIRECTORY")
		os.Exit(2)
	}
	if err := write(flag.Arg(0), *version); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// write writes everything under dir.
func write(dir, version string) error {
	files := map[string][]byte{}
	root := subcmd.Root(version)
	for path, generate := range map[string]func(*bytes.Buffer) error{
		"bash-completion/completions/kdeck":    func(b *bytes.Buffer) error { return root.GenBashCompletionV2(b, true) },
		"zsh/site-functions/_kdeck":            func(b *bytes.Buffer) error { return root.GenZshCompletion(b) },
		"fish/vendor_completions.d/kdeck.fish": func(b *bytes.Buffer) error { return root.GenFishCompletion(b, true) },
	} {
		b := new(bytes.Buffer)
		if err := generate(b); err != nil {
			return err
		}
		files[path] = b.Bytes()
	}
	if err := commandPages(files, root, "kdeck "+version); err != nil {
		return err
	}
	topicPages(files, "kdeck "+version)
	files["doc/kdeck/prometheus-rules.yaml"] = []byte(serve.Rules())
	for path, text := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// commandPages makes the man page of a command and of those under it.
func commandPages(files map[string][]byte, cmd *cobra.Command, source string) error {
	if !cmd.IsAvailableCommand() && cmd.HasParent() {
		return nil
	}
	for _, sub := range cmd.Commands() {
		if err := commandPages(files, sub, source); err != nil {
			return err
		}
	}
	page := *cmd
	long := cmd.Long
	if cmd.CommandPath() == "kdeck keys" { // which prints what its page shall say
		var manual strings.Builder
		if err := ui.Manual(&manual); err != nil {
			return err
		}
		long = cmd.Short + ".\n\n" + manual.String()
	}
	page.Long = markdown(long)
	page.DisableAutoGenTag = true
	b := new(bytes.Buffer)
	if err := doc.GenMan(&page, &doc.GenManHeader{Section: "1", Source: source, Manual: "kdeck"}, b); err != nil {
		return err
	}
	files["man/man1/"+strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"] = b.Bytes()
	return nil
}

// topicPages makes the man pages of the help topics.
func topicPages(files map[string][]byte, source string) {
	for _, t := range subcmd.Topics() {
		name := "kdeck-" + t.Name
		page := fmt.Sprintf("%% %q \"7\" \"\" %q \"kdeck\"\n# NAME\n%s \\- %s\n\n%s\n# SEE ALSO\n**kdeck(1)**\n",
			strings.ToUpper(name), source, name, t.Summary, markdown(t.Text))
		files["man/man7/"+name+".7"] = md2man.Render([]byte(page))
	}
}

var heading = regexp.MustCompile(`^[A-Z][A-Z ,?'-]+$`)

// markdown turns a help text into markdown: lines in capitals are headings, and indented lines stay as they are.
func markdown(text string) string {
	var b strings.Builder
	indented := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		was := indented
		indented = strings.HasPrefix(line, "  ") || indented && line == ""
		if indented != was {
			b.WriteString("\n")
		}
		switch {
		case indented:
			b.WriteString("    " + line)
		case heading.MatchString(line):
			b.WriteString("# " + line)
		default:
			b.WriteString(escape.Replace(line))
		}
		b.WriteString("\n")
	}
	return b.String()
}

var escape = strings.NewReplacer("*", `\*`, "_", `\_`, "<", `\<`, "`", "")
