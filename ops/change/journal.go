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
	"sync"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/files"
	"kdeck/protocol/printable"
)

// StateDir returns the directory of files that outlive a run: $XDG_STATE_HOME/kdeck, or ~/.local/state/kdeck. lookup finds
// environment variables.
func StateDir(lookup func(string) (string, bool)) (string, error) {
	if dir, _ := lookup("XDG_STATE_HOME"); filepath.IsAbs(dir) { // the XDG base directory specification: relative paths are ignored
		return filepath.Join(dir, "kdeck"), nil
	}
	home, _ := lookup("HOME")
	if home == "" {
		return "", errors.New("no place for the journal: set XDG_STATE_HOME or HOME")
	}
	return filepath.Join(home, ".local", "state", "kdeck"), nil
}

// Journal records every change to one cluster that was made from this machine. It is a file of JSON lines that only its owner
// can read. Each request is on disk before it is sent. Several processes may write to it at once.
type Journal struct {
	path   string
	mask   *config.Mask // of the session's secrets; set by Open
	by     string       // see [User]
	action string       // of the door that writes; set by Open
	phrase string       // that was typed for it; set by Open
	mu     sync.Mutex
	file   *os.File
	last   int64  // of the ids
	run    string // see ForRun
}

// Entry is one line of the journal: a request that is about to be sent, its outcome, or an event of the run that sends it. A
// request and its outcome have the same ID.
type Entry struct {
	ID        string    `json:"id"`
	Time      time.Time `json:"time"`
	Run       string    `json:"run,omitempty"` // the id of the run that it belongs to
	ClusterID string    `json:"cluster_id,omitempty"`
	Context   string    `json:"context,omitempty"`

	By     string `json:"by,omitempty"`     // the user of this machine: see [User]
	Action string `json:"action,omitempty"` // the same for all that one typed phrase brought about
	Phrase string `json:"phrase,omitempty"` // that was typed for it

	API     string             `json:"api,omitempty"`
	Version int16              `json:"api_version,omitempty"`
	To      string             `json:"to,omitempty"`      // the address that it is sent to
	Request json.RawMessage    `json:"request,omitempty"` // as it is sent; values that may be secret are replaced
	Before  json.RawMessage    `json:"before,omitempty"`  // the state that it changes, as it was
	Undo    config.CommandLine `json:"undo,omitempty"`    // the command that takes it back

	Result *Outcome `json:"result,omitempty"`

	Event json.RawMessage `json:"event,omitempty"` // see [Journal.Note]
}

// Outcome is what came of a request.
type Outcome struct {
	Error string `json:"error,omitempty"` // of the whole: no answer, or a refusal
	// No answer came, so that nobody knows whether the request took effect.
	Unanswered bool     `json:"unanswered,omitempty"`
	Refused    []string `json:"refused,omitempty"` // the parts that were refused, each with its reason
	// Of a raw request: the node's whole answer, secrets hidden.
	Answer json.RawMessage `json:"answer,omitempty"`
}

// OpenJournal opens the journal of a cluster below the state directory. If there is none, it is created.
func OpenJournal(stateDir, clusterID string) (*Journal, error) {
	path := journalPath(stateDir, clusterID)
	if err := files.MakeOwnDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("no journal: %w", err)
	}
	f, err := files.OpenOwn(path, os.O_APPEND|os.O_CREATE|os.O_RDWR)
	if err != nil {
		return nil, fmt.Errorf("no journal: %w", err)
	}
	if err := f.Chmod(0o600); err != nil {
		f.Close()
		return nil, fmt.Errorf("no journal: %w", err)
	}
	j := &Journal{path: path, file: f, by: User()}
	if err := errors.Join(j.endLine(), syncDir(filepath.Dir(path))); err != nil {
		f.Close()
		return nil, fmt.Errorf("no journal: %w", err)
	}
	return j, nil
}

// syncDir makes sure that a new file in dir outlives a crash of the machine.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// endLine ends a line that an earlier process left unfinished, so that the next line can be read.
func (j *Journal) endLine() error {
	size, err := j.file.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := j.file.ReadAt(last, size-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = j.file.Write([]byte{'\n'})
	return err
}

func journalPath(stateDir, clusterID string) string {
	return filepath.Join(stateDir, "journal", FileName(clusterID)+".jsonl")
}

// FileName turns a cluster's id into a safe file name: a broker may send anything as its id.
func FileName(clusterID string) string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '.'
	}, clusterID)
	return "cluster-" + name[:min(len(name), 100)]
}

// ForRun makes all later entries belong to a run, by its id.
func (j *Journal) ForRun(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.run = id
}

// Path returns the path of the file.
func (j *Journal) Path() string { return j.path }

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

// nextID returns an ID that is unique on this machine. Within a process, later IDs are greater.
func (j *Journal) nextID(now time.Time) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last = max(j.last+1, now.UnixMicro())
	return fmt.Sprintf("%x-%x", j.last, os.Getpid())
}

// write appends one line and returns when it is on disk.
func (j *Journal) write(e *Entry) error {
	if err := j.append(e); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// begin makes what is written from now on that of one typed phrase.
func (j *Journal) begin(phrase string, mask *config.Mask) {
	j.action, j.phrase, j.mask = j.nextID(time.Now()), phrase, mask
}

func (j *Journal) append(e *Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Run = j.run
	if e.Result == nil { // an outcome has the ID of its request
		e.By, e.Action, e.Phrase = j.by, j.action, j.phrase
	}
	line, err := printable.Marshal(e.masked(j.mask))
	if err != nil {
		return fmt.Errorf("journal %s: %w", j.path, err)
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// Note writes an event, as one JSON value, for people to read afterwards. It reaches the disk with the next request. An error
// of writing is not returned: the next request meets the same error and returns it.
func (j *Journal) Note(event json.RawMessage) {
	now := time.Now()
	_ = j.append(&Entry{ID: j.nextID(now), Time: now, Event: event})
}

// Entries calls f with each entry of a cluster's journal, the oldest first. Without a journal there are none. Lines that can't
// be read are skipped: a process may have been killed while it wrote one.
func Entries(stateDir, clusterID string, f func(*Entry)) error {
	_, err := entriesFrom(journalPath(stateDir, clusterID), 0, f)
	return err
}

// entriesFrom calls f with each entry from an offset on. It returns the offset of the end of the last whole line.
func entriesFrom(path string, offset int64, f func(*Entry)) (int64, error) {
	file, err := files.OpenOwn(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return offset, fmt.Errorf("journal: %w", err)
	}
	defer file.Close()
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return offset, fmt.Errorf("journal: %w", err)
	}
	r := bufio.NewReaderSize(file, 1<<16)
	var line []byte
	for {
		var n int64
		n, line, err = readLine(r, line[:0])
		if err == nil {
			offset += n
		}
		if line = bytes.TrimSpace(line); len(line) > 0 && n <= maxLine {
			var e Entry
			if json.Unmarshal(line, &e) == nil {
				f(&e)
			}
		}
		if errors.Is(err, io.EOF) {
			return offset, nil
		}
		if err != nil {
			return offset, fmt.Errorf("journal: %w", err)
		}
	}
}
