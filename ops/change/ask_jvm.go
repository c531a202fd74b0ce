package change

import (
	"cmp"
	"fmt"
	"time"

	"kdeck/protocol/printable"
)

// AskedJVM is a broker's JVM on this machine that is sent SIGQUIT, so that it opens the socket on which it names its threads, as for jcmd.
type AskedJVM struct {
	PID     int    `json:"pid"`
	Broker  *int32 `json:"broker,omitempty"` // its node.id; nil: not known
	Machine string `json:"machine"`
}

func (a AskedJVM) String() string {
	who := fmt.Sprintf("process %d on %s", a.PID, a.Machine)
	if a.Broker != nil {
		who = fmt.Sprintf("broker %d (%s)", *a.Broker, who)
	}
	return "asked the JVM of " + who + " for the names of its threads, by SIGQUIT"
}

const eventAskedJVM = "jvm-asked"

type askedEvent struct {
	Event string `json:"event"`
	AskedJVM
}

// NoteAsked writes it into the journal of a cluster, "" if that isn't known. It is on disk when NoteAsked returns without an error: only then the signal may be sent.
func NoteAsked(stateDir, clusterID string, asked AskedJVM) error {
	clusterID = cmp.Or(clusterID, "unknown")
	j, err := OpenJournal(stateDir, clusterID)
	if err != nil {
		return err
	}
	defer j.Close()
	line, err := printable.Marshal(askedEvent{eventAskedJVM, asked})
	if err != nil {
		return err
	}
	now := time.Now()
	return j.write(&Entry{ID: j.nextID(now), Time: now, ClusterID: clusterID, Event: line})
}
