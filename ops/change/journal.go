package change

import (
	"bufio"
	"bytes"
	"cmp"
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

	clusterID, context string // of the door; set by Open
	mu                 sync.Mutex
	file               *os.File
	opened             fs.FileInfo // of file
	last               int64       // of the ids
	run                string      // see ForRun
	// unwritten are lines that could not be written, the oldest first. They come before any other.
	unwritten [][]byte
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

	Result   *Outcome `json:"result,omitempty"`
	resultOf string   // the API whose request Result is of; it isn't written

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
	j := &Journal{path: journalPath(stateDir, clusterID), by: User()}
	if err := j.open(); err != nil {
		return nil, fmt.Errorf("no journal: %w", err)
	}
	return j, nil
}

// open opens the file, and makes it where there is none.
func (j *Journal) open() error {
	dir := filepath.Dir(j.path)
	if err := files.MakeOwnDir(dir); err != nil {
		return err
	}
	f, err := files.OpenOwn(j.path, os.O_APPEND|os.O_CREATE|os.O_RDWR)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Chmod(0o600), files.SyncDir(dir)); err != nil {
		f.Close()
		return err
	}
	if j.file != nil {
		j.file.Close()
	}
	j.file, j.opened = f, info
	return nil
}

// torn tells whether the last line is unfinished: a process was killed while it wrote it, or found the disk full.
func (j *Journal) torn() bool {
	info, err := j.file.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	last := make([]byte, 1)
	_, err = j.file.ReadAt(last, info.Size()-1)
	return err == nil && last[0] != '\n'
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
func (j *Journal) Close() error {
	_ = j.Flush()
	return j.file.Close()
}

// nextID returns an ID that is unique on this machine. Within a process, later IDs are greater.
func (j *Journal) nextID(now time.Time) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last = max(j.last+1, now.UnixMicro())
	return fmt.Sprintf("%x-%x", j.last, os.Getpid())
}

// write appends one line and returns when it is on disk. The outcome of a request that can't be written now is written later.
func (j *Journal) write(e *Entry) error {
	if err := j.append(e, e.Result != nil); err != nil {
		return err
	}
	if err := files.Sync(j.file); err != nil {
		return fmt.Errorf("the journal %w", err)
	}
	return nil
}

// begin makes what is written from now on that of one phrase, which was typed for a cluster.
func (j *Journal) begin(phrase, clusterID, context string, mask *config.Mask) {
	j.action, j.phrase, j.clusterID, j.context, j.mask = j.nextID(time.Now()), phrase, clusterID, context, mask
}

// maxUnwritten is how many lines that could not be written are kept.
const maxUnwritten = 10_000

// append appends one line. Where it can't now, and later, the line is kept, and comes before the next.
func (j *Journal) append(e *Entry, later bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Run = j.run
	if e.Result == nil { // an outcome has the ID of its request
		e.By, e.Action, e.Phrase = j.by, j.action, j.phrase
		e.ClusterID, e.Context = cmp.Or(e.ClusterID, j.clusterID), cmp.Or(e.Context, j.context)
	}
	line, err := printable.Marshal(e.masked(j.mask))
	if err != nil {
		return fmt.Errorf("journal %s: %w", j.path, err)
	}
	line = append(line, '\n')
	if err = j.flush(); err == nil {
		err = j.put(line)
	}
	if err != nil && later && len(j.unwritten) < maxUnwritten {
		j.unwritten = append(j.unwritten, line)
	}
	if err != nil {
		return fmt.Errorf("the journal %w", err)
	}
	return nil
}

// Flush writes what could not be written before. The error is a [*files.WriteError].
func (j *Journal) Flush() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.flush(); err != nil {
		return fmt.Errorf("the journal %w", err)
	}
	return nil
}

func (j *Journal) flush() error {
	for len(j.unwritten) > 0 {
		if err := j.put(j.unwritten[0]); err != nil {
			return err
		}
		j.unwritten = j.unwritten[1:]
	}
	return nil
}

// put writes one line into the file, which is opened anew where it was moved away or removed.
func (j *Journal) put(line []byte) error {
	if info, err := os.Lstat(j.path); err != nil || !os.SameFile(info, j.opened) {
		if err := j.open(); err != nil {
			return &files.WriteError{Path: j.path, Err: err}
		}
	}
	if j.torn() { // or both could not be read
		line = append([]byte{'\n'}, line...)
	}
	return files.Append(j.file, line)
}

// Note writes an event, as one JSON value, for people to read afterwards. It reaches the disk with the next request. An error
// of writing is not returned: the next request meets the same error and returns it, and the event is written when that can be.
func (j *Journal) Note(event json.RawMessage) {
	now := time.Now()
	_ = j.append(&Entry{ID: j.nextID(now), Time: now, Event: event}, true)
}

// Entries calls f with each entry of a cluster's journal, the oldest first. Without a journal there are none. Lines that can't
// be read are skipped: a process may have been killed while it wrote one.
func Entries(stateDir, clusterID string, f func(*Entry)) error {
	_, err := entriesFrom(journalPath(stateDir, clusterID), 0, "", f)
	return err
}

// entriesFrom calls f with each entry from an offset on whose line has these words: a line that is passed over costs hardly more than
// its reading. It returns the offset of the end of the last whole line.
func entriesFrom(path string, offset int64, words string, f func(*Entry)) (int64, error) {
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
		if line = bytes.TrimSpace(line); len(line) > 0 && n <= maxLine && bytes.Contains(line, []byte(words)) {
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
