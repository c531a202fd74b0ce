package change

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kdeck/ops/files"
)

// The bounds of what a [Tail] reads.
const (
	maxTail = 16 << 20 // bytes at once: some 40,000 entries
	maxLine = 4 << 20  // bytes of an entry: the longest has a request of 1,000 partitions and an answer of maxAnswer bytes
)

// A Tail reads the end of a cluster's journal, and then what is added to it. It is not safe for concurrent use.
type Tail struct {
	path string
	most int64 // bytes that are read at once
	read int64 // bytes of the journal that were read or skipped, whole lines
}

// Damaged is a line of a journal that can't be read.
type Damaged struct {
	Offset int64 // of the line in the file, in bytes
	Why    string
}

// NewTail returns a reader of a cluster's journal. The journal needn't exist yet.
func NewTail(stateDir, clusterID string) *Tail {
	return &Tail{path: journalPath(stateDir, clusterID), most: maxTail}
}

// Journals returns the names of the journals below a state directory, in order.
func Journals(stateDir string) (names []string, err error) {
	list, err := os.ReadDir(filepath.Join(stateDir, "journal"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("journal: %w", err)
	}
	for _, f := range list {
		if strings.HasPrefix(f.Name(), "cluster-") && strings.HasSuffix(f.Name(), ".jsonl") {
			names = append(names, f.Name())
		}
	}
	return names, nil
}

// TailOf returns a reader of the journal of that name.
func TailOf(stateDir, name string) *Tail {
	return &Tail{path: filepath.Join(stateDir, "journal", name), most: maxTail}
}

// Path returns the path of the journal.
func (t *Tail) Path() string { return t.path }

// Added is what a [Tail] read.
type Added struct {
	Entries []Entry // the oldest first
	Damaged []Damaged
	// Anew tells that the journal was read from its end, not from where the read before ended: at first, and where the journal was
	// replaced or has grown by too much.
	Anew bool
	// Skipped is how many bytes of older entries were left out.
	Skipped int64
}

// Read returns the entries that were added since the last call. A line that isn't whole yet is left for the next call. Nothing was
// added where neither Entries nor Damaged has any and Anew is false.
func (t *Tail) Read() (a Added, err error) {
	file, err := files.OpenOwn(t.path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		a.Anew, t.read = t.read > 0, 0
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("journal: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return a, fmt.Errorf("journal: %w", err)
	}
	size, from := info.Size(), t.read
	cut := size-from > t.most
	if a.Anew = from == 0 || size < from || cut; a.Anew {
		from = max(size-t.most, 0)
		cut = from > 0
	}
	if size == from {
		return a, nil
	}
	if _, err := file.Seek(from, io.SeekStart); err != nil {
		return a, fmt.Errorf("journal: %w", err)
	}
	lines := bufio.NewReaderSize(io.LimitReader(file, size-from), 1<<16)
	if cut { // most likely in the middle of a line
		n, _, err := readLine(lines, nil)
		if from += n; err != nil {
			return a, nil
		}
	}
	a.Skipped = 0
	if a.Anew {
		a.Skipped = from
	}
	var line []byte
	for {
		var n int64
		if n, line, err = readLine(lines, line[:0]); err != nil {
			break // the end, or a line that somebody is writing
		}
		var e Entry
		switch text := bytes.TrimSpace(line); {
		case n > maxLine:
			a.Damaged = append(a.Damaged, Damaged{from, fmt.Sprintf("it has %d bytes, and no entry has more than %d", n, maxLine)})
		case len(text) == 0:
		default:
			if err := json.Unmarshal(text, &e); err != nil {
				a.Damaged = append(a.Damaged, Damaged{from, err.Error()})
			} else {
				a.Entries = append(a.Entries, e)
			}
		}
		from += n
	}
	t.read = from
	if !errors.Is(err, io.EOF) {
		return a, fmt.Errorf("journal: %w", err)
	}
	return a, nil
}

// The bounds of what [Recent] reads, in bytes.
const (
	leastRecent = 64 << 10
	mostRecent  = 1 << 20
)

// Recent returns the entries of a cluster's journal since a time, read from its end, and some before them. Where there are more than
// [mostRecent] bytes of them the older ones are left out: Skipped then isn't 0, and the first entry is later than since.
func Recent(stateDir, clusterID string, since time.Time) (a Added, err error) {
	t := NewTail(stateDir, clusterID)
	for t.most = leastRecent; ; t.most *= 4 {
		t.read = 0
		if a, err = t.Read(); err != nil || a.Skipped == 0 || t.most >= mostRecent || len(a.Entries) > 0 && a.Entries[0].Time.Before(since) {
			return a, err
		}
	}
}

// readLine appends the next line to buf, without what is behind its first maxLine bytes, and returns how long it is with its end.
func readLine(r *bufio.Reader, buf []byte) (n int64, line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		n += int64(len(part))
		if n <= maxLine {
			buf = append(buf, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return n, buf, err
		}
	}
}
