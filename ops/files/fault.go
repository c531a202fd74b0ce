package files

import (
	"path/filepath"
	"strings"
	"sync"
)

// faults are the errors of the directories below which nothing can be written, in tests.
var faults sync.Map

// Fail makes whatever this package writes below dir fail with err, as on a full disk, until mend is called. It is for tests: no
// test can fill a disk everywhere.
func Fail(dir string, err error) (mend func()) {
	dir = filepath.Clean(dir)
	faults.Store(dir, err)
	return func() { faults.Delete(dir) }
}

func fault(path string) (err error) {
	faults.Range(func(dir, of any) bool {
		if strings.HasPrefix(path, dir.(string)+string(filepath.Separator)) {
			err = of.(error)
		}
		return err == nil
	})
	return err
}
