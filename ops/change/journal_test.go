package change

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/files"
)

func TestAJournalThatOthersCouldHavePlacedIsNotWritten(t *testing.T) {
	for name, place := range map[string]func(t *testing.T, path, target string) error{
		"a link in its place": func(_ *testing.T, path, target string) error { return os.Symlink(target, path) },
		"a file that others can write": func(_ *testing.T, path, _ string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, 0o666))
		},
		"a directory that others write": func(_ *testing.T, path, _ string) error { return os.Chmod(filepath.Dir(path), 0o777) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			target := filepath.Join(dir, "target")
			path := journalPath(dir, "A")
			if err := errors.Join(os.WriteFile(target, []byte("another's"), 0o644), os.Mkdir(filepath.Dir(path), 0o700), place(t, path, target)); err != nil {
				t.Fatal(err)
			}
			_, err := OpenJournal(dir, "A")
			if _, refused := errors.AsType[*files.NotOwnError](err); !refused {
				t.Errorf("OpenJournal: %v", err)
			}
			if info, err := os.Stat(target); err != nil || info.Mode() != 0o644 || info.Size() != int64(len("another's")) {
				t.Errorf("the link's target was changed: %v, %v", info, err)
			}
		})
	}
}

func TestWhatANameLedToIsNotReadThroughALink(t *testing.T) {
	dir := t.TempDir()
	known, c := KnownClusters(dir, time.Now), &config.Cluster{Name: "prod"}
	elsewhere := filepath.Join(dir, "elsewhere")
	if err := errors.Join(os.WriteFile(elsewhere, []byte(`{"name":"prod","cluster_id":"evil"}`), 0o600),
		os.Mkdir(known.dir, 0o700), os.Symlink(elsewhere, known.path(c))); err != nil {
		t.Fatal(err)
	}
	if err := known.Check(c, "evil"); err == nil {
		t.Error("a link says what the name leads to")
	}
	if err := known.Trust(c, "own"); err != nil {
		t.Fatal(err)
	}
	if err := known.Check(c, "own"); err != nil {
		t.Error(err)
	}
}
