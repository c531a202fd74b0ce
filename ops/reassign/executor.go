package reassign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/plan"
	"kdeck/ops/state"
)

// DefaultStall is the default of [Options.Stall].
const DefaultStall = 10 * time.Minute

const (
	pollInterval     = time.Second      // longest time between two looks at what is in flight
	progressInterval = 5 * time.Second  // between two Progress events
	lookInterval     = 10 * time.Second // between two looks at the whole cluster
	emptyingTimeout  = 2 * time.Minute  // how long a drained broker may take to delete its replicas
)

// Options are what a plan is carried out with.
type Options struct {
	Plan    *plan.Plan
	Session *kafka.Session // reads
	Door    *change.Door   // changes
	// Look takes a look at the whole cluster.
	Look     func(context.Context) (*state.Snapshot, error)
	StateDir string      // where the ledger and its lock are: [change.StateDir]
	Sink     func(Event) // is called with every event, one at a time; nil: nobody

	Moves int   // most partitions in flight at once; 0: as many as the brokers bear, see [plan.Slots]
	Rate  int64 // replication throttle in bytes a second for each broker, in and out; 0: none

	// Pilot lets the run choose the throttle itself, within these bounds; Rate doesn't count then. nil: it doesn't.
	Pilot *Pilot
	// Metrics polls the exporters of the brokers for that; nil: there are none.
	Metrics func(context.Context, *state.Snapshot) map[int32]state.Reading[*state.BrokerMetrics]

	Stall time.Duration // how long a move may make no progress, or a broker be away, before the rest goes on without it; 0: DefaultStall

	Undo config.CommandLine // the command that undoes a run, without the run's id; "": the plan that goes back is applied
	// Finish and Cancel are the commands that finish an interrupted run and that cancel it, for the last event.
	Finish, Cancel config.CommandLine

	By         string             // who starts it
	Command    config.CommandLine // by which it is started
	Continues  string             // the id of the run that it goes on with; "": it is a new one
	Unregister []int32            // brokers that the caller unregisters when all is done, for the record

	Listen bool            // be steered by other processes: see [Dial]
	Begun  func(state.Run) // is called once when the run begins, before anything is sent; nil: nobody
}

func (o Options) withDefaults() Options {
	o.Stall = cmp.Or(o.Stall, DefaultStall)
	if o.Sink == nil {
		o.Sink = func(Event) {}
	}
	return o
}

// Executor carries out one plan, once.
type Executor struct {
	o      Options
	c      *cluster
	door   *change.Door
	ledger *ledger
	undo   string // path of the plan that undoes this one

	moves     []*move // those of the plan, in its order; then moves of ours that were in flight already
	planned   int     // how many are the plan's
	queue     []*move // to be submitted, in that order
	baseline  map[change.TopicPartition]bool
	throttled map[int32]bool // brokers whose rates this run has set, or found as it wants them
	inForce   map[rateOf]*rateInForce
	deadSince map[int32]time.Time // brokers that moves need
	awaySince map[int32]time.Time // dead brokers whose settings the run has changed

	failedSince map[replica]time.Time                  // since when replicas are on log dirs that failed, of brokers that are alive
	failedIn    *state.Snapshot                        // the snapshot that tells
	unmade      map[replica]unmade                     // new replicas that their brokers have not made
	theirs      map[change.TopicPartition]reassignment // in flight and not ours, when they were listed last
	keptAt      time.Time                              // when the throttle was looked at last

	ratesReadAt map[int32]time.Time // when a broker told its rates last
	gate        gate
	waiting     Waiting // moves that wait for dead brokers while others go on
	disks       disks
	created     created
	report      reporter
	ours        func(tp change.TopicPartition, target []int32) bool // see [Whose]

	lookedAt       time.Time
	knewController bool // when the run began

	unreadable time.Time // since when the cluster can't be read; zero: it can
	unwritten  string    // why files that the run needs can't be written; "": they can
	unkept     bool      // the plan changed since it was written

	unwrittenSince time.Time // since when they can't
	failed         error     // what made it stop

	pilot     *pilot // chooses the throttle; nil: nobody does
	pilotedAt time.Time
	pilotSnap *state.Snapshot // that it looked at last

	untold      map[int32]bool // brokers that have to be told a changed rate
	untoldSince time.Time      // when they were tried last

	id     string // of the run
	began  time.Time
	steer  steering
	record *record
	server *Server
	lock   *heldLock
	phase  string // what the run does beside moving partitions; "": nothing

	stop    chan struct{} // closed by Stop
	stopped sync.Once
	abandon context.CancelFunc
	ctx     context.Context // ended by Abandon
}

// New prepares a run. Nothing is read or sent yet. The plan must have a header (see [plan.Plan.Complete]).
func New(o Options) (*Executor, error) {
	if o.Plan == nil || o.Plan.Header == nil {
		return nil, errors.New("a plan without a header can't be carried out: what it started from isn't known")
	}
	if o.Moves < 0 || o.Rate < 0 {
		return nil, fmt.Errorf("moves (%d) and rate (%d) can't be negative", o.Moves, o.Rate)
	}
	o.Plan = o.Plan.Clone() // it changes when a target dies
	e := &Executor{
		o: o.withDefaults(), door: o.Door, c: &cluster{session: o.Session, look: o.Look},
		throttled: map[int32]bool{}, inForce: map[rateOf]*rateInForce{}, ratesReadAt: map[int32]time.Time{}, untold: map[int32]bool{},
		unmade: map[replica]unmade{},
		stop:   make(chan struct{}), steer: steering{wake: make(chan struct{}, 1)},
	}
	if o.Pilot != nil {
		e.pilot, e.steer.bounds = newPilot(*o.Pilot), *o.Pilot
		e.o.Rate = e.pilot.rate
	}
	e.ctx, e.abandon = context.WithCancel(context.Background())
	return e, nil
}

// Stop is the first ctrl-c: nothing more is submitted, what is in flight finishes under the throttle, the throttle is put
// back, and the result is Partial. It returns at once.
func (e *Executor) Stop() { e.stopped.Do(func() { close(e.stop) }) }

// Abandon is the second ctrl-c: moves and throttle are left as they are, and [Executor.Run] returns as soon as it can,
// with the commands that finish or cancel. The ledger stays for the next run.
func (e *Executor) Abandon() { e.abandon() }

// stopping tells whether nothing more is to be submitted.
func (e *Executor) stopping() bool {
	select {
	case <-e.stop:
		return true
	default:
		return e.failed != nil
	}
}

// submits tells whether moves may be submitted, as far as the run itself is asked.
func (e *Executor) submits() bool { return !e.stopping() && e.steer.paused() == "" }

func (e *Executor) emit(ev Event) {
	line := Line(time.Now(), ev)
	if _, often := ev.(Progress); !often {
		e.door.Journal().Note(line)
	}
	e.server.tell(line)
	e.o.Sink(ev)
}

// Run carries the plan out and returns how it ended. An error means that nothing was submitted; what goes wrong later is in
// the End. When ctx ends it is as with [Executor.Abandon].
func (e *Executor) Run(ctx context.Context) (End, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	var err error
	if e.lock, err = lock(e.o.StateDir, e.o.Plan.Header.ClusterID); err != nil {
		return End{}, err
	}
	defer func() { e.lock.Close() }()
	if e.ledger, err = openLedger(e.o.StateDir, e.o.Plan.Header.ClusterID); err != nil {
		return End{}, err
	}
	if err := e.open(); err != nil {
		return End{}, err
	}
	defer func() { e.server.Close() }()
	if err := e.begin(ctx); err != nil {
		return End{}, err
	}
	if err := e.record.create(e); err != nil {
		return End{}, err
	}
	if e.o.Begun != nil {
		e.o.Begun(e.Status())
	}
	e.learnBefore(ctx)
	e.noteError(ctx, e.throttleAdopted(ctx))
	e.cordon(ctx)
	e.noteError(ctx, e.uncordonTargets(ctx))
	for pace := pollInterval; ctx.Err() == nil; e.wait(ctx, pace) {
		was := e.counts()
		if !e.step(ctx) {
			break
		}
		// Short moves would spend most of their time waiting for the next poll.
		if pace = min(2*pace, pollInterval); e.counts() != was {
			pace = pollInterval / 10
		}
	}
	_ = e.obey(ctx) // what was asked for last is still told
	end := e.finish(ctx)
	e.publish()
	e.endRecord(ctx, &end)
	e.emit(end)
	return end, nil
}

// open gives the run its id, and lets others see and steer it from now on.
func (e *Executor) open() error {
	e.began = time.Now()
	stages := e.o.Plan.Header.Stages
	var err error
	if e.record, err = newRecord(e.o.StateDir, e.o.Plan.Header.ClusterID, e.began, stages); err != nil {
		return err
	}
	e.id, e.record.mask = e.record.ID, e.o.Session.Cluster().Mask()
	e.door.Journal().ForRun(e.id)
	e.publish()
	e.listen()
	return nil
}

// listen lets other processes see and steer the run.
func (e *Executor) listen() {
	if !e.o.Listen {
		return
	}
	var err error
	if e.server, err = Serve(e.o.StateDir, e.o.Plan.Header.ClusterID, e, e.record.mask); err != nil {
		e.emit(Unsteered{Why: err.Error()}) // it can be carried out all the same
	}
}

// counts returns how many moves are at each stage.
func (e *Executor) counts() (n [skipped + 1]int) {
	for _, m := range e.moves {
		n[m.state]++
	}
	return n
}

// wait sleeps until the next poll. What is asked of the run ends it early, as Stop does, once.
func (e *Executor) wait(ctx context.Context, d time.Duration) {
	stop := e.stop
	if e.stopping() {
		stop = nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-stop:
	case <-e.steer.wake:
	case <-ctx.Done():
	}
}

// begin looks at the cluster, classifies the plan's partitions and takes over what an earlier run left in flight.
func (e *Executor) begin(ctx context.Context) error {
	if err := e.c.refresh(ctx); err != nil {
		return err
	}
	e.lookedAt = time.Now()
	if e.c.snap.ClusterID != e.o.Plan.Header.ClusterID {
		return fmt.Errorf("the plan was made for the cluster with the id %q, and this one has %q: nothing was sent",
			e.o.Plan.Header.ClusterID, e.c.snap.ClusterID)
	}
	ongoing, err := e.c.ongoing(ctx)
	if err != nil {
		return err
	}
	if e.ours, err = ownership(e.o.StateDir, e.o.Plan.Header.ClusterID, e.ledger); err != nil {
		return err
	}
	if err := e.writeUndo(); err != nil {
		return err
	}
	e.ledger.Stages = e.o.Plan.Header.Stages
	e.baseline = underMinISR(e.c.snap)
	e.gate.behind.before = behindAt(e.c.snap)
	e.knewController = e.c.snap.Controller.Known
	e.created.partitions = partitionsOf(e.c.snap)
	if err := e.classifyAll(ongoing); err != nil {
		return err
	}
	e.theirs = e.others(ongoing)
	e.report.last = time.Now()
	return nil
}

// throttleAdopted gives moves that were in flight already the rate of this run, which may differ from the earlier one.
func (e *Executor) throttleAdopted(ctx context.Context) error {
	var adopted []*move
	for _, m := range e.moves {
		if m.state == inFlight && m.ours {
			adopted = append(adopted, m)
		}
	}
	if e.o.Rate == 0 || len(adopted) == 0 {
		return nil
	}
	_, err := e.throttle(ctx, adopted, e.alive) // a broker that can't be reached is left out: its moves run already
	return err
}

func (e *Executor) alive(broker int32) bool {
	b := e.c.snap.Broker(broker)
	return b != nil && b.Alive
}

// writeUndo writes the plan that undoes this one. The journal names its file.
func (e *Executor) writeUndo() error {
	name := fmt.Sprintf("undo-%s.json", time.Now().UTC().Format("20060102T150405.000"))
	e.undo = filepath.Join(filepath.Dir(e.door.Journal().Path()), name)
	return writePlan(e.undo, e.o.Plan.Reverse())
}

// undoes is the command that undoes the run.
func (e *Executor) undoes() config.CommandLine {
	if e.o.Undo == "" {
		return config.NewCommandLine("kdeck", "apply", e.undo)
	}
	return e.o.Undo + config.CommandLine(" "+e.id)
}

// step looks at what is in flight and submits what there is room for. It reports whether there is more to wait for.
func (e *Executor) step(ctx context.Context) (more bool) {
	err := e.obey(ctx)
	var ongoing map[change.TopicPartition]reassignment
	if err == nil {
		ongoing, err = e.c.ongoing(ctx)
	}
	if err == nil {
		err = e.settle(ctx, ongoing)
	}
	if err == nil && time.Since(e.lookedAt) >= lookInterval {
		if err = e.c.refresh(ctx); err == nil {
			e.lookedAt = time.Now()
		}
	}
	if err == nil {
		e.theirs = e.others(ongoing)
		e.watch()
		if err = e.save(); err == nil {
			e.noteWritten()
		}
	}
	for _, do := range []func(context.Context) error{e.retellRates, e.keepThrottle, e.pilotThrottle, e.replan, e.addCreated, e.submit} {
		if err == nil {
			err = do(ctx)
		}
	}
	goOn := e.noteError(ctx, err)
	if goOn {
		e.report.tick(ctx, e)
	}
	e.publish()
	if !goOn {
		return false
	}
	stopping := e.stopping()
	waiting := slices.ContainsFunc(e.moves, func(m *move) bool { return m.state == inFlight && (m.ours || !stopping) })
	return waiting || !stopping && (len(e.queue) > 0 || e.foundAtLast(ctx))
}

// noteError records how a step ended, and reports whether to go on. A run goes on while the cluster can't be read, because
// moves in flight have to be watched to their end, but for no longer than [Options.Stall].
func (e *Executor) noteError(ctx context.Context, err error) (goOn bool) {
	switch {
	case err == nil:
		e.noteWritten()
		if !e.unreadable.IsZero() {
			e.unreadable = time.Time{}
			e.emit(Resumed{})
		}
	case ctx.Err() != nil:
		return false
	case unwritten(err):
		e.noteUnwritten(err)
	case isChange(err):
		e.fail(err)
	case e.unreadable.IsZero():
		e.unreadable = time.Now()
		e.emit(Paused{Why: "the cluster can't be read: " + err.Error()})
		if permanent(err) {
			e.fail(err)
		}
	case time.Since(e.unreadable) > e.o.Stall:
		e.fail(fmt.Errorf("the cluster could not be read for %v: %w", e.o.Stall, err))
		return false
	}
	return true
}

// permanent tells whether an error is a broker's answer that won't change by itself, such as a missing permission.
func permanent(err error) bool {
	var k *kerr.Error
	return errors.As(err, &k) && !k.Retriable
}

// changeError is an error of a change to the cluster. The run then ends as after a first ctrl-c.
type changeError struct{ error }

func (e *changeError) Unwrap() error { return e.error }

func isChange(err error) bool {
	var c *changeError
	return errors.As(err, &c)
}

func (e *Executor) fail(err error) {
	if e.failed == nil {
		e.failed = err
	}
}
