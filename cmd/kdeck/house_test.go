package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The rules of the house: which room may know which. A rule that is broken here is broken on purpose or by accident;
// either way it is the rule that has to be talked about, not this test.

type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
	Doc        string
	Dir        string
	GoFiles    []string
	Module     *struct{ Path string }
}

func list(t *testing.T, args ...string) map[string]listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-deps", "-json=ImportPath,Standard,Imports,Deps,Doc,Dir,GoFiles,Module"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		var e *exec.ExitError
		if errors.As(err, &e) {
			t.Fatalf("go list: %s", e.Stderr)
		}
		t.Fatal(err)
	}
	pkgs := map[string]listed{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs[p.ImportPath] = p
	}
}

func under(path string, rooms ...string) bool {
	for _, r := range rooms {
		if path == "kdeck/"+r || strings.HasPrefix(path, "kdeck/"+r+"/") {
			return true
		}
	}
	return false
}

var pure = []string{"assigner", "ops/state", "ops/history", "ops/health", "ops/tenant", "ops/view", "ops/format", "ops/lag"}

func TestPureRoomsKnowNoNetworkNoProcessAndNoForeignModule(t *testing.T) {
	pkgs := list(t, "./...")
	seen := 0
	for path, p := range pkgs {
		if !under(path, pure...) {
			continue
		}
		seen++
		for _, d := range p.Deps {
			dep := pkgs[d]
			if d == "net" || d == "os/exec" || !dep.Standard && !strings.HasPrefix(d, "kdeck/") {
				t.Errorf("%s depends on %s", path, d)
			}
		}
	}
	if seen < 4 {
		t.Errorf("only %d pure packages found", seen)
	}
}

func TestNothingThatIsGivenTheTimeAsksTheClock(t *testing.T) {
	clock := []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker"}
	for path, p := range list(t, "./...") {
		if !under(path, append(pure, "ui")...) {
			continue
		}
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					if id, ok := sel.X.(*ast.Ident); ok && id.Name == "time" && slices.Contains(clock, sel.Sel.Name) {
						t.Errorf("%s/%s uses time.%s", path, file, sel.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

func TestImportsRunOneWay(t *testing.T) {
	rank := func(path string) int {
		for i, room := range []string{"cmd", "ui", "ops", "assigner", "protocol"} {
			if under(path, room) {
				return i
			}
		}
		return -1
	}
	for path, p := range list(t, "./...") {
		if !strings.HasPrefix(path, "kdeck/") {
			continue
		}
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, "kdeck/") {
				continue
			}
			if rank(imp) < rank(path) {
				t.Errorf("%s imports %s: imports run cmd -> ui -> ops -> {assigner, protocol}", path, imp)
			}
			if under(path, "assigner") && under(imp, "protocol") {
				t.Errorf("%s imports %s", path, imp)
			}
			if under(imp, "ops/watch") && !under(path, "cmd") {
				t.Errorf("%s imports %s, which is for cmd alone", path, imp)
			}
			if path == "kdeck/ops/sim" && under(imp, "ops", "protocol", "assigner") {
				t.Errorf("%s imports %s: the simulation would share our misreadings", path, imp)
			}
		}
	}
}

func TestNoPaneKnowsAnother(t *testing.T) {
	panes := 0
	for path, p := range list(t, "./...") {
		inside := strings.HasPrefix(path, "kdeck/ui/pane/")
		if inside {
			panes++
		}
		for _, imp := range p.Imports {
			switch {
			case !strings.HasPrefix(imp, "kdeck/ui/pane/"):
			case inside:
				t.Errorf("%s imports %s: what two panes need stands in ui/pane, ui/cell or ops/view", path, imp)
			case path != "kdeck/ui":
				t.Errorf("%s imports %s: only ui, which lists the panes, knows one", path, imp)
			}
		}
	}
	if panes < 7 {
		t.Errorf("only %d panes found", panes)
	}
}

func TestWhoMayUseWhichLibrary(t *testing.T) {
	for path, p := range list(t, "./...") {
		if !strings.HasPrefix(path, "kdeck/") {
			continue
		}
		for _, imp := range p.Imports {
			client := strings.HasSuffix(imp, "franz-go/pkg/kgo") || strings.HasSuffix(imp, "franz-go/pkg/kadm")
			if client && !under(path, "ops/kafka", "ops/change", "ops/probe", "ops/sim", "ops/kafkatest", "cmd/kafka") {
				t.Errorf("%s imports %s", path, imp)
			}
			if imp == "os/signal" && !under(path, "cmd") {
				t.Errorf("%s imports %s: the command line hands out signals", path, imp)
			}
			charm := strings.HasPrefix(imp, "charm.land/") || strings.HasPrefix(imp, "github.com/charmbracelet/")
			if charm && !under(path, "ui") {
				t.Errorf("%s imports %s: Charm stays inside ui", path, imp)
			}
		}
	}
}

func TestTheBinaryHoldsNothingThatIsOnlyForTests(t *testing.T) {
	for path := range list(t, "./cmd/kdeck") {
		for _, only := range []string{"kdeck/ops/kafkatest", "kdeck/ops/sim/behaviour", "kdeck/protocol/race", "github.com/charmbracelet/x/vt", "github.com/creack/pty", "testing",
			"github.com/spf13/cobra/doc", "github.com/cpuguy83/go-md2man/v2/md2man"} {
			if path == only {
				t.Errorf("kdeck holds %s", path)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for path, p := range list(t, "./...") {
		if strings.HasPrefix(path, "kdeck/") && p.Doc == "" {
			t.Errorf("%s has no doc comment", path)
		}
	}
}

func TestTheTopLevelHoldsOnlyTheRooms(t *testing.T) {
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	rooms := []string{"cmd", "ui", "ops", "protocol", "assigner", "go.mod", "go.sum", "Makefile", "README.md", "bin", "dist"}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext == ".test" || ext == ".prof" {
			continue // what a benchmark leaves; git ignores it
		}
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(rooms, e.Name()) {
			t.Errorf("%s stands at the top level", e.Name())
		}
	}
}

func TestNoRoomIsAUtilityRoom(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || strings.Contains(path, "/.git/") {
			return err
		}
		name := strings.TrimSuffix(strings.TrimSuffix(d.Name(), ".go"), "_test")
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "manager", "misc"}, name) {
			t.Errorf("%s says nothing of what it holds", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A short input from elsewhere must not cost much memory, whoever reads it.
func TestEveryFuzzTargetBoundsTheMemory(t *testing.T) {
	targets := 0
	walkTests(t, func(path string, f *ast.File) {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Fuzz") {
				continue
			}
			targets++
			bounded := false
			ast.Inspect(fn, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					room, _ := sel.X.(*ast.Ident)
					bounded = bounded || room != nil && room.Name == "alloctest" && sel.Sel.Name == "Bound"
				}
				return true
			})
			if !bounded {
				t.Errorf("%s: %s has no alloctest.Bound", path, fn.Name.Name)
			}
		}
	})
	if targets < 25 {
		t.Errorf("only %d fuzz targets found", targets)
	}
}

// What is tried in part under the race detector has a name by which make test finds it, to try it whole without.
func TestWhatTheRaceDetectorSeesInPartIsTriedWholeToo(t *testing.T) {
	parts := 0
	walkTests(t, func(path string, f *ast.File) {
		grid, part := false, token.NoPos
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				grid = grid || n.Recv == nil && strings.HasPrefix(n.Name.Name, "TestGrid")
			case *ast.SelectorExpr:
				if room, _ := n.X.(*ast.Ident); room != nil && room.Name == "race" {
					part = n.Pos()
				}
			}
			return true
		})
		if part != token.NoPos {
			parts++
			if !grid {
				t.Errorf("%s tries a part under the race detector, and has no test whose name begins with TestGrid", path)
			}
		}
	})
	if parts < 3 {
		t.Errorf("only %d files found", parts)
	}
}

// walkTests parses every file of tests.
func walkTests(t *testing.T, do func(path string, f *ast.File)) {
	for _, room := range []string{"assigner", "cmd", "ops", "protocol", "ui"} {
		err := filepath.WalkDir(filepath.Join("../..", room), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err == nil {
				do(path, f)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
