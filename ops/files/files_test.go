package files

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// nobody is a user that neither runs the tests nor is root.
const nobody = 65534

// give makes a file another user's, which root alone can do.
func give(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to another user")
	}
	if err := os.Lchown(path, nobody, nobody); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mode(t *testing.T, path string, to fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, to); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoRegularFileIsRefusedByItsNameAtOnce(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(dir, "linked")
	if err := os.Symlink(pipe, linked); err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]string{
		pipe: "a named pipe", linked: "a named pipe", dir: "a directory", "/dev/zero": "a device", "/dev/tty0": "", "/dev/null": "a device",
	} {
		_, err := Read(path, MaxSettings)
		if kind == "" && errors.Is(err, fs.ErrNotExist) {
			continue // not every machine has a console
		}
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), kind) {
			t.Errorf("Read(%s): %v; an error with %q was expected", path, err, kind)
		}
		if _, err := OpenOwn(path, os.O_RDONLY); err == nil {
			t.Errorf("OpenOwn(%s) opened it", path)
		}
	}
}

func TestAPipeOfTheShellIsRead(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		io.WriteString(w, "from a command")
		w.Close()
	}()
	text, err := Read("/dev/fd/"+strconv.Itoa(int(r.Fd())), MaxSettings)
	if err != nil || string(text) != "from a command" {
		t.Errorf("Read: %q, %v", text, err)
	}
}

func TestAnInputIsReadUpToItsBoundAndNoFurther(t *testing.T) {
	for _, size := range []int{0, 9, 10, 11, 1000} {
		in := strings.Repeat("x", size)
		_, whole := ReadFrom(strings.NewReader(in), "input", 10)
		got, piece := io.ReadAll(Limit(strings.NewReader(in), "input", 10))
		_, named := Read(write(t, filepath.Join(t.TempDir(), "f"), in), 10)
		for _, err := range []error{whole, piece, named} {
			if _, refused := errors.AsType[*SizeError](err); refused != (size > 10) {
				t.Errorf("%d bytes of 10: %v", size, err)
			}
		}
		if len(got) != min(size, 10) {
			t.Errorf("%d bytes of 10: %d were read", size, len(got))
		}
	}
}

func TestAnEndlessInputIsGivenUp(t *testing.T) {
	zero, err := os.Open("/dev/zero")
	if err != nil {
		t.Skip("there is no /dev/zero")
	}
	defer zero.Close()
	if _, err := ReadFrom(zero, "standard input", MaxSettings); err == nil || !strings.Contains(err.Error(), "standard input holds more than 4194304 bytes") {
		t.Error(err)
	}
}

func TestOnlyTheUsersOwnFilesAreKept(t *testing.T) {
	tests := map[string]struct {
		make func(t *testing.T, dir, path string)
		want string // "": it is used
	}{
		"a file that isn't there":                {func(*testing.T, string, string) {}, ""},
		"the user's own file":                    {func(t *testing.T, _, path string) { write(t, path, "kept") }, ""},
		"the user's own file that others read":   {func(t *testing.T, _, path string) { mode(t, write(t, path, "kept"), 0o644) }, ""},
		"a file that the group can write":        {func(t *testing.T, _, path string) { mode(t, write(t, path, "kept"), 0o660) }, "mode 0660"},
		"a file that everybody can write":        {func(t *testing.T, _, path string) { mode(t, write(t, path, "kept"), 0o606) }, "mode 0606"},
		"another user's file":                    {func(t *testing.T, _, path string) { give(t, write(t, path, "kept")) }, "belongs to"},
		"a link to the user's own file":          {func(t *testing.T, dir, path string) { link(t, write(t, dir+"/target", "kept"), path) }, "symbolic link"},
		"a link to a file that isn't there":      {func(t *testing.T, dir, path string) { link(t, dir+"/target", path) }, "symbolic link"},
		"a pipe":                                 {func(t *testing.T, _, path string) { fifo(t, path) }, "named pipe"},
		"a directory":                            {func(t *testing.T, _, path string) { os.Mkdir(path, 0o700) }, "directory"},
		"a file in a directory of another user":  {func(t *testing.T, dir, path string) { write(t, path, "kept"); give(t, dir) }, "belongs to"},
		"a file in a directory that others fill": {func(t *testing.T, dir, path string) { write(t, path, "kept"); mode(t, dir, 0o777) }, "mode 0777"},
		"a file in a directory of the group":     {func(t *testing.T, dir, path string) { write(t, path, "kept"); mode(t, dir, 0o770) }, "mode 0770"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "kdeck")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "f")
			test.make(t, dir, path)
			err := MakeOwnDir(dir)
			if err == nil {
				var f *os.File
				if f, err = OpenOwn(path, os.O_RDWR|os.O_CREATE|os.O_APPEND); err == nil {
					io.WriteString(f, " and more")
					f.Close()
				}
			}
			if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), dir)) {
				t.Errorf("error %v, %q was expected", err, test.want)
			}
			if text, _ := os.ReadFile(dir + "/target"); test.want != "" && len(text) > 0 && string(text) != "kept" {
				t.Errorf("the target of the link was written: %q", text)
			}
			if _, err := os.Lstat(dir + "/target"); name == "a link to a file that isn't there" && err == nil {
				t.Error("the target of the link was made")
			}
		})
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func fifo(t *testing.T, path string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAWrittenFileTakesTheSpotOfALinkAndLeavesItsTarget(t *testing.T) {
	dir := t.TempDir()
	mode(t, dir, 0o700)
	target := write(t, filepath.Join(t.TempDir(), "target"), "another's")
	mode(t, target, 0o644)
	link(t, target, dir+"/f")
	if err := WriteOwn(dir+"/f", []byte("own")); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(target); string(text) != "another's" {
		t.Errorf("the target holds %q", text)
	}
	if info, err := os.Lstat(dir + "/f"); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if text, err := ReadOwn(dir+"/f", MaxState); err != nil || !bytes.Equal(text, []byte("own")) {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAConfigurationMayBeALinkOfTheUsersAndOfNobodyElse(t *testing.T) {
	tests := map[string]struct {
		make func(t *testing.T, dir, path string)
		want string // "": it is read
	}{
		"a file":                   {func(t *testing.T, _, path string) { write(t, path, "text") }, ""},
		"a link of the user's own": {func(t *testing.T, dir, path string) { link(t, write(t, dir+"/dotfile", "text"), path) }, ""},
		"a relative link of the user's own": {func(t *testing.T, dir, path string) {
			write(t, dir+"/dotfile", "text")
			link(t, "../kdeck/dotfile", path)
		}, ""},
		"a link through a directory that is one": {func(t *testing.T, dir, path string) {
			write(t, dir+"/dotfile", "text")
			link(t, dir, dir+"/d")
			link(t, dir+"/d/dotfile", path)
		}, ""},
		"a directory that the group can write":  {func(t *testing.T, dir, path string) { write(t, path, "text"); mode(t, dir, 0o770) }, ""},
		"a sticky directory that all can write": {func(t *testing.T, dir, path string) { write(t, path, "text"); mode(t, dir, 0o777|fs.ModeSticky) }, ""},
		"a directory that all can write":        {func(t *testing.T, dir, path string) { write(t, path, "text"); mode(t, dir, 0o777) }, "written by everybody"},
		"another user's file":                   {func(t *testing.T, _, path string) { give(t, write(t, path, "text")) }, "belongs to"},
		"a link to another user's file": {func(t *testing.T, dir, path string) {
			give(t, write(t, dir+"/theirs", "text"))
			link(t, dir+"/theirs", path)
		}, "belongs to"},
		"another user's link to a file": {func(t *testing.T, dir, path string) { link(t, write(t, dir+"/mine", "text"), path); give(t, path) }, "belongs to"},
		"links that lead to each other": {func(t *testing.T, dir, path string) { link(t, path, dir+"/b"); link(t, dir+"/b", path) }, "too many"},
		"a link into a directory that all can write": {func(t *testing.T, dir, path string) {
			os.Mkdir(dir+"/open", 0o700)
			mode(t, dir+"/open", 0o777)
			link(t, write(t, dir+"/open/f", "text"), path)
		}, "written by everybody"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "kdeck")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "config.yaml")
			test.make(t, dir, path)
			text, _, err := ReadTrusted(path, MaxSettings)
			if test.want == "" && (err != nil || string(text) != "text") || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%q, error %v; %q was expected", text, err, test.want)
			}
		})
	}
}
