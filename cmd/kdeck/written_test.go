package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Whatever is written for programs or into files goes through protocol/printable or protocol/document, which escape what acts on
// a terminal or is invisible. A writer of its own in another place would forget it.
func TestOneRuleSaysWhatIsWrittenAsItIs(t *testing.T) {
	places := map[string][]string{
		"json.Marshal": {"protocol/printable/json.go", "protocol/document/yaml.go", "ops/config/mask.go"}, "json.MarshalIndent": {"protocol/printable/json.go"},
		"json.NewEncoder": {"ops/plan/file.go", "ops/config/mask.go"}, // the first leaves <, > and & as they are, the second looks for both forms
		"yaml.NewEncoder": {"protocol/document/yaml.go"}, "yaml.Marshal": {},
		"csv.NewWriter":   {"ui/pane/export.go"},
		"unicode.IsPrint": {"protocol/printable/rune.go"}, "unicode.IsGraphic": {}, "unicode.IsControl": {},
	}
	used := map[string]bool{}
	for path, p := range list(t, "./...") {
		if !strings.HasPrefix(path, "kdeck/") || under(path, "ops/sim", "ops/kafkatest", "cmd/kafka", "protocol/message/generate") {
			continue
		}
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			at := strings.TrimPrefix(path, "kdeck/") + "/" + file
			ast.Inspect(f, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				id, ok := sel.X.(*ast.Ident)
				if !ok {
					return true
				}
				name := id.Name + "." + sel.Sel.Name
				if allowed, ruled := places[name]; ruled {
					used[name+" in "+at] = true
					if !slices.Contains(allowed, at) {
						t.Errorf("%s uses %s: see protocol/printable and protocol/document", at, name)
					}
				}
				return true
			})
		}
	}
	for name, files := range places {
		for _, at := range files {
			if !used[name+" in "+at] {
				t.Errorf("%s doesn't use %s any more", at, name)
			}
		}
	}
}
