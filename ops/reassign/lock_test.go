package reassign

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"kdeck/ops/change"
	"kdeck/ops/files"
)

func TestALinkInThePlaceOfALockOrLedgerLeavesItsTargetAlone(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	path := filepath.Join(dir, "ledger", change.FileName("A")+".lock")
	if err := errors.Join(os.WriteFile(target, []byte("another's"), 0o600), os.Mkdir(filepath.Dir(path), 0o700),
		os.Symlink(target, path), os.Symlink(target, ledgerPath(dir, "A"))); err != nil {
		t.Fatal(err)
	}
	_, err := lock(dir, "A")
	if _, refused := errors.AsType[*files.NotOwnError](err); !refused {
		t.Errorf("lock: %v", err)
	}
	_, err = openLedger(dir, "A")
	if _, refused := errors.AsType[*files.NotOwnError](err); !refused {
		t.Errorf("openLedger: %v", err)
	}
	if text, _ := os.ReadFile(target); string(text) != "another's" {
		t.Errorf("the target holds %q", text)
	}
}
