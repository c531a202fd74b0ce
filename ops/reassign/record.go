package reassign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/files"
	"kdeck/ops/plan"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/protocol/printable"
)

const (
	recordVersion  = 1
	recordInterval = 5 * time.Second // between two writes while the state stays the same
	maxRecords     = 100             // that are kept of a cluster
	maxRecord      = 4 << 20         // bytes of one that is read
	stampLayout    = "20060102T150405"
)

// Record is what is kept on disk of a run, so that it can be looked at and gone on with when its process is gone. The plan is a file
// of its own beside it.
type Record struct {
	Version    int                `json:"version"`
	ID         string             `json:"id"`
	ClusterID  string             `json:"cluster_id"`
	Host       string             `json:"host"`    // on which its process is
	Command    config.CommandLine `json:"command"` // that started it
	Continues  string             `json:"continues,omitempty"`
	Unregister []int32            `json:"unregister,omitempty"` // brokers, when all is done
	Stall      time.Duration      `json:"stall"`                // see [Options]
	Undo       string             `json:"undo"`                 // the file of the plan that goes back
	Pilot      *Pilot             `json:"pilot,omitempty"`      // bounds of the throttle, where the run chose it last
	Status     *view.RunJSON      `json:"status"`               // as it was told last
	End        *End               `json:"end"`                  // nil: it is on, or its process is gone
	EndedAt    *time.Time         `json:"ended_at"`
	Abandoned  bool               `json:"abandoned"` // it left moves and throttles as they were
}

// record is the record of the run that this process carries out.
type record struct {
	Record
	dir     string
	mask    *config.Mask // of what nodes say; nil: nothing is hidden
	created bool
	written time.Time
	as      state.RunState // as it was written
}

func recordDir(stateDir, clusterID string) string {
	return filepath.Join(stateDir, "runs", change.FileName(clusterID))
}

// runID is the id of a run: its time, and in a word what it does. Later ones sort behind earlier ones.
func runID(began time.Time, stages []string) string {
	word := "apply"
	if len(stages) > 0 {
		letters := strings.FieldsFunc(strings.ToLower(stages[0]), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
		word = strings.Join(letters, "-")
		word = strings.TrimRight(word[:min(len(word), 24)], "-")
	}
	return began.UTC().Format(stampLayout) + "-" + word
}

// newRecord chooses the run's id. It must be called with the cluster's lock.
func newRecord(stateDir, clusterID string, began time.Time, stages []string) (*record, error) {
	dir := recordDir(stateDir, clusterID)
	if err := files.MakeOwnDir(dir); err != nil {
		return nil, fmt.Errorf("no record of the run can be kept: %w", err)
	}
	r := &record{Record: Record{Version: recordVersion, ClusterID: clusterID}, dir: dir}
	r.Host, _ = os.Hostname()
	ids, err := recordIDs(dir)
	if err != nil {
		return nil, fmt.Errorf("no record of the run can be kept: %w", err)
	}
	r.ID = runID(began, stages)
	if len(ids) > 0 && ids[len(ids)-1] >= r.ID { // a later run of the same second, or after the clock was set back, sorts behind
		stamp, _, _ := strings.Cut(ids[len(ids)-1], "-")
		if last, err := time.Parse(stampLayout, stamp); err == nil {
			r.ID = runID(last.Add(time.Second), stages)
		}
	}
	return r, nil
}

func (r *record) path() string { return filepath.Join(r.dir, r.ID+".json") }

// replace writes another plan for the run, where its record has been created.
func (r *record) replace(p *plan.Plan) error {
	var text bytes.Buffer
	err := p.Write(&text)
	if err == nil && r.created {
		err = files.WriteOwn(planPath(r.path()), text.Bytes())
	}
	if err != nil {
		return fmt.Errorf("the plan of the run %w", err)
	}
	return nil
}

// create writes the plan and the record for the first time, before anything is sent.
func (r *record) create(e *Executor) error {
	r.Command, r.Continues, r.Unregister, r.Undo, r.Stall = e.o.Command, e.o.Continues, e.o.Unregister, e.undo, e.o.Stall
	var text bytes.Buffer
	err := e.o.Plan.Write(&text)
	if err == nil {
		err = files.WriteOwn(planPath(r.path()), text.Bytes())
	}
	if err == nil {
		err = r.write(e.Status(), e.steer.pilot())
	}
	if err != nil {
		return fmt.Errorf("no record of the run can be kept, and nothing was sent: %w", err)
	}
	r.created = true
	r.prune()
	return nil
}

func planPath(record string) string { return strings.TrimSuffix(record, ".json") + ".plan.json" }

// LogPath is where a run that has no terminal writes what happens.
func LogPath(stateDir, clusterID, id string) string {
	return filepath.Join(recordDir(stateDir, clusterID), id+".log")
}

func (r *record) write(run state.Run, bounds Pilot) error {
	if r.Pilot = nil; bounds != (Pilot{}) {
		r.Pilot = &bounds
	}
	r.Status, r.written, r.as = view.RunAnswer(&run), time.Now(), run.State
	return r.save()
}

func (r *record) save() error {
	text, err := printable.MarshalIndent(r.Record, " ")
	if err != nil {
		return err
	}
	return files.WriteOwn(r.path(), append([]byte(r.mask.Text(string(text))), '\n'))
}

// tick writes how the run is, where that is due. A disk that is full keeps no run from going on: the next time tells more.
func (r *record) tick(run state.Run, bounds Pilot) {
	if r == nil || !r.created || r.End != nil {
		return
	}
	if run.State != r.as || time.Since(r.written) >= recordInterval {
		_ = r.write(run, bounds)
	}
}

// end writes how the run ended.
func (r *record) end(e *Executor, end End, abandoned bool) error {
	now := time.Now().UTC()
	r.End, r.EndedAt, r.Abandoned = &end, &now, abandoned
	if err := r.write(e.Status(), e.steer.pilot()); err != nil {
		return fmt.Errorf("the record of the run %w", err)
	}
	return nil
}

// prune removes the oldest records, with what belongs to them.
func (r *record) prune() {
	ids, _ := recordIDs(r.dir)
	for _, id := range ids[:max(0, len(ids)-maxRecords)] {
		for _, suffix := range []string{".plan.json", ".log", ".json"} { // the record last: by it the rest is found
			_ = os.Remove(filepath.Join(r.dir, id+suffix))
		}
	}
}

// recordIDs lists the runs that there are records of, the oldest first.
func recordIDs(dir string) (ids []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if id, is := strings.CutSuffix(e.Name(), ".json"); is && !strings.HasSuffix(id, ".plan") {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, err
}

// Runs lists the ids of the runs that there are records of, the oldest first.
func Runs(stateDir, clusterID string) ([]string, error) {
	return recordIDs(recordDir(stateDir, clusterID))
}

// ReadRecord reads the record of a run. One that can't be read is an error that names its file.
func ReadRecord(stateDir, clusterID, id string) (*Record, error) {
	path := filepath.Join(recordDir(stateDir, clusterID), filepath.Base(id)+".json")
	text, err := files.ReadOwn(path, maxRecord)
	r := &Record{}
	if err == nil {
		err = json.Unmarshal(text, r)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no record of a run %s: %w", id, err)
	case err != nil:
	case r.Version != recordVersion:
		err = fmt.Errorf("it has version %d, and this kdeck knows %d only", r.Version, recordVersion)
	case r.ClusterID != clusterID || r.ID != id:
		err = fmt.Errorf("it is of the run %q on the cluster with the id %q", r.ID, r.ClusterID)
	case r.Status == nil:
		err = errors.New("it doesn't tell how the run was")
	}
	if err != nil {
		return nil, fmt.Errorf("the record of a run, %s, is damaged: %w; move it away to go on without", path, err)
	}
	return r, nil
}

// ReadPlan reads the plan of a run.
func (r *Record) ReadPlan(stateDir string) (*plan.Plan, error) {
	return readPlan(planPath(filepath.Join(recordDir(stateDir, r.ClusterID), r.ID+".json")), "the plan of the run "+r.ID)
}

// ReadUndo reads the plan that goes back from a run.
func (r *Record) ReadUndo() (*plan.Plan, error) {
	return readPlan(r.Undo, "the plan that goes back from the run "+r.ID)
}

func readPlan(path, what string) (*plan.Plan, error) {
	text, err := files.ReadOwn(path, files.MaxRequest)
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", what, err)
	}
	p, err := plan.Read(bytes.NewReader(text))
	if err == nil && p.Header == nil {
		err = errors.New("it has no header")
	}
	if err != nil {
		return nil, fmt.Errorf("%s, %s, is damaged: %w", what, path, err)
	}
	return p, nil
}

// newest is the record of the last run on a cluster; nil where there is none.
func newest(stateDir, clusterID string) (*Record, error) {
	ids, err := Runs(stateDir, clusterID)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return ReadRecord(stateDir, clusterID, ids[len(ids)-1])
}

// closeOrphan notes that a run whose process is gone was ended by another command. It can still be resumed.
func closeOrphan(stateDir, clusterID string, end End, mask *config.Mask) {
	last, err := newest(stateDir, clusterID)
	if err != nil || last == nil || !last.Orphaned() {
		return // one that is damaged is named where it is looked at
	}
	now := time.Now().UTC()
	end.Result, end.Why = Partial, append([]string{"what it had left in flight was cancelled"}, end.Why...)
	last.End, last.EndedAt, last.Abandoned = &end, &now, false
	_ = (&record{Record: *last, dir: recordDir(stateDir, clusterID), mask: mask}).save()
}

// Orphaned tells whether the run's process, which is gone, left things undone.
func (r *Record) Orphaned() bool { return r.End == nil || r.Abandoned && r.End.Left > 0 }

// run is the run of a process that is gone.
func (r *Record) run() *state.Run {
	run := r.Status.Run()
	if !r.Orphaned() {
		return run
	}
	run.State, run.Left, run.Rate = state.RunOrphaned, nil, nil
	run.Why = fmt.Sprintf("its process %d is gone", run.PID)
	if run.InFlight > 0 {
		run.Why += ": what is in flight goes on, under its throttle, and nothing more is submitted"
	}
	if r.Abandoned {
		run.Why = "it was abandoned"
	}
	for i := range run.Flying {
		run.Flying[i].Rate = nil
	}
	for i := range run.Queue {
		run.Queue[i].Why = "" // nothing submits it
	}
	return run
}
