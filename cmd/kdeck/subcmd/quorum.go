package subcmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/compare"
	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

func newQuorum(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "quorum",
		Short:   "The metadata quorum: who leads, voters and observers, how far behind, who would win",
		Example: "  kdeck quorum\n  kdeck quorum --bootstrap-controller c1:9093\n  kdeck quorum -o json",
		Long: "quorum shows the metadata quorum as its leader describes it: for each voter (controller) and observer (broker) the end of\n" +
			"its log, how many records it lacks of the leader's, how long ago it had everything and how long ago it last fetched.\n" +
			"Each controller that can be reached is asked on a connection of its own whom it takes for the leader: two that differ\n" +
			"see a split quorum. One sentence says who could win if the leader failed now.\n\n" +
			"It exits 0 when there is a leader, all voters keep up and none takes another node for the leader; 1 otherwise, and\n" +
			"where a controller couldn't be asked; 2 when nobody could describe the quorum.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runQuorum(cmd.Context(), env, g) },
	}
}

// quorumNodeJSON is a voter or an observer.
type quorumNodeJSON struct {
	ID           int32                `json:"id"`
	Role         string               `json:"role"` // leader, voter or observer
	Address      *string              `json:"address"`
	LogEnd       *int64               `json:"log_end"`
	Lag          *int64               `json:"lag"` // records
	KeepsUp      bool                 `json:"keeps_up"`
	LastCaughtUp *time.Time           `json:"last_caught_up"`
	LastFetch    *time.Time           `json:"last_fetch"`
	SaysLeader   state.Reading[int32] `json:"says_leader"` // of a controller: whom it takes for the leader; -1 nobody
}

type quorumJSON struct {
	view.Envelope
	Leader        *int32           `json:"leader"`
	Epoch         *int32           `json:"epoch"`
	HighWatermark *int64           `json:"high_watermark"`
	Sentence      string           `json:"sentence"`
	Winners       []int32          `json:"winners"` // if the leader failed now
	Split         []int32          `json:"split"`   // voters that take another node for the leader
	Nodes         []quorumNodeJSON `json:"nodes"`
}

func runQuorum(ctx context.Context, env *Env, g *globals) error {
	if g.snapshot != "" {
		return refused("quorum: --snapshot %s: a saved cluster doesn't hold what its controllers say", g.snapshot)
	}
	src, err := env.open(g)
	if err != nil {
		return err
	}
	q, err := compare.ReadQuorum(ctx, src.session, env.Now)
	if err != nil {
		return err
	}
	env.recognize(src.session.Cluster(), q.ClusterID)
	if g.document() {
		err = env.document(g, quorumAnswer(q))
	} else {
		if err = table(env, g, quorumColumns(q), q.Nodes); err == nil {
			_, err = fmt.Fprintf(env.Out, "\n%s\n", env.safe(quorumSentence(q)))
		}
		for _, u := range q.Unknown {
			who := "the quorum"
			if u.Node >= 0 {
				who = fmt.Sprintf("controller %d", u.Node)
			}
			fmt.Fprintf(env.Err, "unknown: whom %s takes for the leader: %s\n", who, env.safe(u.Why))
		}
	}
	if err == nil && !quorumWell(q) {
		return answerNo()
	}
	return err
}

func quorumWell(q *compare.Quorum) bool {
	for _, n := range q.Nodes {
		if n.Voter && !q.KeepsUp(n) {
			return false
		}
	}
	return q.Leader >= 0 && len(q.Split()) == 0 && len(q.Unknown) == 0
}

func orNull[N int32 | int64](n N) *N {
	if n < 0 {
		return nil
	}
	return &n
}

func quorumAnswer(q *compare.Quorum) quorumJSON {
	doc := quorumJSON{Leader: orNull(q.Leader), Epoch: orNull(q.Epoch), HighWatermark: orNull(q.HighWatermark), Sentence: quorumSentence(q),
		Winners: append([]int32{}, q.Winners()...), Split: append([]int32{}, q.Split()...), Nodes: []quorumNodeJSON{}}
	doc.Envelope = view.EnvelopeOf(&state.Snapshot{ClusterID: q.ClusterID, Taken: q.Taken, Unknown: q.Unknown})
	at := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = t.UTC()
		return &t
	}
	for _, n := range q.Nodes {
		out := quorumNodeJSON{ID: n.ID, Role: quorumRole(q, n), Address: format.OrNull(n.Addr), LogEnd: orNull(n.LogEnd), KeepsUp: q.KeepsUp(n),
			LastCaughtUp: at(n.LastCaughtUp), LastFetch: at(n.LastFetch), SaysLeader: n.Says}
		if lag, known := q.Lag(n); known {
			out.Lag = &lag
		}
		doc.Nodes = append(doc.Nodes, out)
	}
	return doc
}

func quorumRole(q *compare.Quorum, n compare.QuorumNode) string {
	switch {
	case n.ID == q.Leader:
		return "leader"
	case n.Voter:
		return "voter"
	}
	return "observer"
}

// quorumSentence sums it up.
func quorumSentence(q *compare.Quorum) string {
	voters, up := 0, 0
	for _, n := range q.Nodes {
		if n.Voter {
			voters++
			if q.KeepsUp(n) {
				up++
			}
		}
	}
	var parts []string
	if q.Leader < 0 {
		parts = append(parts, "The quorum has no leader: no partition can get a new leader and nothing can be changed")
	} else {
		parts = append(parts, fmt.Sprintf("Controller %d leads in epoch %d; %d of %s keep up", q.Leader, q.Epoch, up, format.Count(voters, "voter")))
		switch winners := q.Winners(); {
		case len(winners) > 0:
			parts = append(parts, fmt.Sprintf("if it failed now, %s could win", strings.ReplaceAll(view.IDs(winners), " ", " or ")))
		case voters == 1:
			parts = append(parts, "it is the only voter: if it failed, there would be no leader")
		default:
			parts = append(parts, "if it failed now, nobody could win: no majority of the voters would be left")
		}
	}
	if split := q.Split(); len(split) > 0 {
		for _, n := range q.Nodes {
			if n.Voter && n.Says.Known && n.Says.Value != q.Leader {
				says := fmt.Sprintf("controller %d takes %d for the leader", n.ID, n.Says.Value)
				if n.Says.Value < 0 {
					says = fmt.Sprintf("controller %d takes nobody for the leader", n.ID)
				}
				parts = append(parts, says)
			}
		}
	}
	return strings.Join(parts, "; ")
}

func quorumColumns(q *compare.Quorum) []view.Column[compare.QuorumNode] {
	ago := func(of func(compare.QuorumNode) time.Time) func(compare.QuorumNode) string {
		return func(n compare.QuorumNode) string {
			switch t := of(n); {
			case n.ID == q.Leader:
				return "-"
			case t.IsZero():
				return format.Unknown
			case q.Taken.Sub(t) < 10*time.Second:
				return format.WholeMillis(float64(max(0, q.Taken.Sub(t)).Milliseconds()))
			default:
				return format.Duration(q.Taken.Sub(t))
			}
		}
	}
	return []view.Column[compare.QuorumNode]{
		{Head: "NODE", Name: "id", Right: true, Cell: func(n compare.QuorumNode) string { return strconv.Itoa(int(n.ID)) }},
		{Head: "ROLE", Name: "role", Cell: func(n compare.QuorumNode) string { return quorumRole(q, n) }},
		{Head: "LOG END", Name: "log_end", Right: true, Cell: func(n compare.QuorumNode) string {
			if n.LogEnd < 0 {
				return format.Unknown
			}
			return format.Thousands(n.LogEnd)
		}},
		{Head: "LAG", Name: "lag", Right: true, Cell: func(n compare.QuorumNode) string {
			if lag, known := q.Lag(n); known {
				return format.Thousands(lag)
			}
			return format.Unknown
		}},
		{Head: "CAUGHT UP", Name: "last_caught_up", Right: true, Cell: ago(func(n compare.QuorumNode) time.Time { return n.LastCaughtUp })},
		{Head: "LAST FETCH", Name: "last_fetch", Right: true, Cell: ago(func(n compare.QuorumNode) time.Time { return n.LastFetch })},
		{Head: "STATE", Name: "keeps_up", Cell: func(n compare.QuorumNode) string {
			if q.KeepsUp(n) {
				return "ok"
			}
			return "SILENT"
		}},
		{Head: "SAYS LEADER", Name: "says_leader", Right: true, Cell: func(n compare.QuorumNode) string {
			switch {
			case !n.Voter:
				return "-"
			case !n.Says.Known:
				return format.Unknown
			case n.Says.Value < 0:
				return "none"
			}
			return strconv.Itoa(int(n.Says.Value))
		}},
		{Head: "ADDRESS", Name: "address", Wide: true, Cell: func(n compare.QuorumNode) string { return n.Addr }},
	}
}
