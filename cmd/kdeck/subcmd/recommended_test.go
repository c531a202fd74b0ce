package subcmd_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// recommended returns the command lines that findings and remarks recommend, as the source of package health spells them. The ids
// and names in them stand as 1.
func recommended(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../../ops/health/*.go")
	must(t, err)
	var lines []string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		must(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text := textOf(e)
			if !strings.HasPrefix(text, "kdeck ") {
				return true
			}
			lines = append(lines, strings.NewReplacer("%d", "1", "%s", "1", "'", "").Replace(text))
			return false
		})
	}
	return lines
}

// textOf is the text that an expression makes of literals. What it makes of anything else stands as 1.
func textOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		return textOf(e.X) + textOf(e.Y)
	case *ast.CallExpr:
		if name, ok := e.Fun.(*ast.Ident); ok && name.Name == "flag" {
			return " " + textOf(e.Args[0]) + " 1"
		}
	}
	return "1"
}

func TestEveryCommandThatIsRecommendedIsAccepted(t *testing.T) {
	d := newDeck(t, "--context", "a")
	d.writeConfig("contexts: {a: {bootstrap: [b:9092], host: \"ssh {host} kdeck host -o json\"}}\n")
	d.dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("the command line was accepted")
	}
	lines := append(recommended(t), "kdeck drain 1 --unregister", "kdeck partitions --under-replicated --broker 1")
	if len(lines) < 20 {
		t.Errorf("only %q", lines)
	}
	for _, line := range lines {
		if r := d.run(strings.Fields(line)[1:]...); !strings.Contains(r.err, "the command line was accepted") {
			t.Errorf("%s: exit %d: %s", line, r.code, r.err)
		}
	}
}
