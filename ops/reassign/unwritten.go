package reassign

import (
	"context"
	"errors"
	"time"

	"kdeck/ops/files"
)

// unwritten tells whether a file that kdeck keeps can't be written, because the disk is full, for example. No change is sent before
// what it needs is on disk: after a kill nobody could tell whose it was. So nothing was sent, or nothing after what was answered.
func unwritten(err error) bool {
	_, is := errors.AsType[*files.WriteError](err)
	return is
}

// noteUnwritten pauses the run. Everything is tried again at the next step.
func (e *Executor) noteUnwritten(err error) {
	e.ledger.saved = nil // to be written again: that tells whether there is room
	if e.unwritten == "" {
		e.unwrittenSince = time.Now()
		e.unwritten = "nothing is changed without a record of it: " + err.Error()
		e.emit(Paused{Why: e.unwritten})
	}
}

// noteWritten ends that pause.
func (e *Executor) noteWritten() {
	if e.unwritten != "" {
		e.unwritten = ""
		e.emit(Resumed{})
	}
}

// save writes what the next run has to find if this one is killed: the ledger, the plan as it is now, and what the journal still lacks.
// Files that somebody removed are written again.
func (e *Executor) save() error {
	if e.lock.lost() {
		if err := e.lockAgain(); err != nil {
			return err
		}
	}
	if e.unkept || !exists(e.undo) || !exists(planPath(e.record.path())) {
		if err := e.keepPlan(); err != nil {
			return err
		}
	}
	if err := e.ledger.save(); err != nil {
		return err
	}
	return e.door.Journal().Flush()
}

// lockAgain takes the cluster's lock and socket again, whose files somebody removed: another kdeck could begin beside this one.
func (e *Executor) lockAgain() error {
	again, err := lock(e.o.StateDir, e.o.Plan.Header.ClusterID)
	if _, busy := errors.AsType[*BusyError](err); busy {
		return &changeError{err}
	}
	if err != nil {
		return &files.WriteError{Path: e.lock.path, Err: err}
	}
	e.lock.Close()
	e.lock = again
	e.server.Close()
	e.listen()
	return nil
}

// untilWritten does something again as long as it fails because files can't be written. A run that was stopped waits no longer than
// [Options.Stall] in all, and neither does any other for what is bounded.
func (e *Executor) untilWritten(ctx context.Context, bounded bool, do func() error) error {
	for ; ; e.wait(ctx, pollInterval) {
		err := do()
		switch {
		case err == nil:
			e.noteWritten()
			return nil
		case !unwritten(err), ctx.Err() != nil:
			return err
		}
		if e.noteUnwritten(err); (bounded || e.stopping()) && time.Since(e.unwrittenSince) >= e.o.Stall {
			return err
		}
		e.publish()
	}
}

// endRecord writes how the run ended into its record.
func (e *Executor) endRecord(ctx context.Context, end *End) {
	abandoned := ctx.Err() != nil
	err := e.untilWritten(ctx, true, func() error {
		if err := e.record.end(e, *end, abandoned); err != nil {
			return err
		}
		return e.save()
	})
	if err != nil {
		end.Why = append(end.Why, "the run is shown as one whose process is gone: "+err.Error())
		if end.Result == Done {
			end.Result = Partial
		}
	}
}
