package state

import (
	"bufio"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kdeck/protocol/printable"
)

// FileVersion is the version of the snapshot files that this kdeck writes, and the highest that it reads.
const FileVersion = 1

type fileBroker struct {
	ID             int32      `json:"id"`
	Host           string     `json:"host"`
	Port           int32      `json:"port"`
	Rack           *string    `json:"rack"`
	Alive          *bool      `json:"alive"`
	Fenced         *bool      `json:"fenced"`
	Cordoned       *bool      `json:"cordoned"`
	SilentSince    *time.Time `json:"silent_since"`
	Answered       bool       `json:"answered"`
	MetadataOffset *int64     `json:"metadata_offset"`
	LogDirs        []fileDir  `json:"log_dirs"`
}

type fileDir struct {
	Path     string `json:"path"`
	Error    string `json:"error,omitempty"`
	Size     int64  `json:"size_bytes"`
	Total    *int64 `json:"total_bytes"`
	Usable   *int64 `json:"usable_bytes"`
	Replicas int    `json:"replicas"`
	Future   int    `json:"future,omitempty"`
	Cordoned bool   `json:"cordoned,omitempty"`
}

type filePartition struct {
	ID           int32    `json:"id"`
	Leader       *int32   `json:"leader"`
	LeaderEpoch  *int32   `json:"leader_epoch"`
	Replicas     []int32  `json:"replicas"`
	ISR          []int32  `json:"isr"`
	Offline      []int32  `json:"offline"`
	Adding       []int32  `json:"adding"`
	Removing     []int32  `json:"removing"`
	ELR          []int32  `json:"elr,omitempty"`
	LastKnownELR []int32  `json:"last_known_elr,omitempty"`
	Size         *int64   `json:"size_bytes"`
	Sizes        []*int64 `json:"replica_sizes,omitempty"` // in the order of replicas
	Dirs         []*int   `json:"replica_dirs,omitempty"`  // indexes into the broker's log_dirs
}

type fileTopic struct {
	Name       string            `json:"name"`
	NameBytes  []byte            `json:"name_base64,omitempty"` // where it isn't UTF-8, and JSON can't hold it
	ID         string            `json:"topic_id,omitempty"`    // Kafka's base64 form
	Internal   bool              `json:"internal"`
	MinISR     int               `json:"min_isr,omitempty"`
	Configs    map[string]string `json:"configs,omitempty"`
	Partitions []filePartition   `json:"partitions"`
}

// Save writes the snapshot as JSON, topic by topic, so that its memory does not grow with the cluster.
func (s *Snapshot) Save(w io.Writer) error { return (&State{Snapshot: s}).Save(w) }

// Save writes the snapshot and, where they are known, the groups, the transactions, the metrics, the quotas, the settings and the verdict: what [LoadState] reads.
func (st *State) Save(w io.Writer) error {
	s := st.Snapshot
	bw := bufio.NewWriterSize(w, 1<<16)
	put := func(name string, v any) {
		b, _ := printable.Marshal(v) // of plain structs, numbers and strings: can't fail
		fmt.Fprintf(bw, ",\n%q:%s", name, b)
	}
	fmt.Fprintf(bw, "{\"version\":%d", FileVersion)
	put("cluster_id", s.ClusterID)
	put("taken_at", s.Taken.UTC())
	put("from", s.From)
	put("controller", s.Controller)
	put("moves", s.Moves)
	put("unknown", append([]Unknown{}, s.Unknown...))
	brokers := make([]fileBroker, len(s.Brokers))
	for i := range s.Brokers {
		brokers[i] = fileOfBroker(&s.Brokers[i])
	}
	put("brokers", brokers)
	if st.Groups != nil {
		saveGroups(bw, st.Groups)
	}
	if st.Transactions != nil {
		put("transactions", fileOfTransactions(st.Transactions))
	}
	if st.Metrics != nil {
		put("metrics", filesOfMetrics(st.Metrics))
	}
	if st.Quotas.Known {
		put("quotas", filesOfQuotas(st.Quotas.Value))
	}
	if st.Settings != nil {
		put("settings", fileOfSettings(st.Settings))
	}
	if st.Verdict != "" {
		put("verdict", fileOfVerdict(st.Verdict, st.Findings))
	}
	bw.WriteString(",\n\"topics\":[")
	for i := range s.NumTopics() {
		b, _ := printable.Marshal(fileOfTopic(s.Topic(i)))
		if i > 0 {
			bw.WriteByte(',')
		}
		bw.WriteByte('\n')
		bw.Write(b)
	}
	bw.WriteString("]}\n")
	return bw.Flush()
}

// pointer is nil where the value is unknown.
func pointer[T any](r Reading[T]) *T {
	if !r.Known {
		return nil
	}
	return &r.Value
}

func known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func fileOfBroker(b *Broker) fileBroker {
	f := fileBroker{
		ID: b.ID, Host: b.Host, Port: b.Port, Alive: &b.Alive,
		Fenced: pointer(b.Fenced), Cordoned: pointer(b.Cordoned), SilentSince: pointer(b.SilentSince),
		Answered: b.Answered.Known, MetadataOffset: pointer(b.MetadataOffset),
	}
	if b.Rack != "" {
		f.Rack = &b.Rack
	}
	if b.LogDirs.Known {
		f.LogDirs = make([]fileDir, len(b.LogDirs.Value))
		for i, d := range b.LogDirs.Value {
			f.LogDirs[i] = fileDir{d.Path, d.Error, d.Size, known(d.Total), known(d.Usable), d.Replicas, d.Future, d.Cordoned}
		}
	}
	return f
}

func fileOfTopic(t Topic) fileTopic {
	f := fileTopic{Name: t.Name(), Internal: t.Internal(), Configs: t.Configs()}
	if !utf8.ValidString(t.Name()) {
		f.NameBytes = []byte(t.Name())
	}
	f.MinISR, _ = t.MinISR()
	if id := t.ID(); id != ([16]byte{}) {
		f.ID = base64.RawURLEncoding.EncodeToString(id[:])
	}
	first, n := t.Range()
	f.Partitions = make([]filePartition, n)
	for i := range n {
		p := t.s.Partition(first + i)
		leader, epoch := p.Leader(), p.LeaderEpoch()
		row := filePartition{
			ID: p.ID(), Leader: &leader, LeaderEpoch: &epoch,
			Replicas: p.AppendReplicas([]int32{}), ISR: p.AppendISR([]int32{}), Offline: p.AppendOffline([]int32{}),
			Adding: p.AppendAdding([]int32{}), Removing: p.AppendRemoving([]int32{}),
			ELR: p.AppendELR(nil), LastKnownELR: p.AppendLastKnownELR(nil),
		}
		if size, ok := p.Size(); ok {
			row.Size = &size
			for r := range p.Replicas() {
				row.Sizes = append(row.Sizes, known(r.Size))
				var dir *int
				if r.Dir >= 0 {
					dir = &r.Dir
				}
				row.Dirs = append(row.Dirs, dir)
			}
		}
		f.Partitions[i] = row
	}
	return f
}

// Load reads a snapshot file. A file cut short, of a newer version, or that contradicts itself is an error that
// says which; fields that this kdeck does not know are passed over.
func Load(r io.Reader) (*Snapshot, error) {
	s, err := LoadState(r)
	if err != nil {
		return nil, err
	}
	return s.Snapshot, nil
}

// LoadState reads a snapshot file as [Load] does, with the groups, transactions, metrics, quotas, settings and the verdict that it has. Nothing else of the State is
// set.
func LoadState(r io.Reader) (*State, error) {
	s, err := load(json.NewDecoder(bufio.NewReaderSize(r, 1<<16)))
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("the snapshot is cut short: it ends in the middle")
	}
	return nil, err
}

func load(d *json.Decoder) (*State, error) {
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, err
	}
	b := NewBuilder("", time.Time{}, 0, 0)
	s := b.Snapshot()
	var version, moves *int
	var controller *int32
	var brokers []fileBroker
	var topics bool
	var late []fileTopic
	var groups *Groups
	var groupsHead fileGroupsHead
	var open *fileTransactions
	var metrics []fileMetrics
	var quotas []fileQuota
	var settings *fileSettings
	var verdict *fileVerdict
	missing := gaps{"cluster_id": 1, "taken_at": 1, "moves": 1, "unknown": 1}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		delete(missing, name)
		switch name {
		case "version":
			if err := d.Decode(&version); err != nil {
				return nil, fmt.Errorf("version: %w", err)
			}
			if version == nil || *version < 1 || *version > FileVersion {
				return nil, fmt.Errorf("the snapshot is of version %s; this kdeck reads up to %d: use a newer kdeck", number(version), FileVersion)
			}
		case "cluster_id":
			err = d.Decode(&s.ClusterID)
		case "taken_at":
			err = d.Decode(&s.Taken)
		case "from":
			err = d.Decode(&s.From)
		case "controller":
			err = d.Decode(&controller)
		case "moves":
			err = d.Decode(&moves)
		case "unknown":
			err = d.Decode(&s.Unknown)
		case "brokers":
			err = d.Decode(&brokers)
		case "topics":
			topics = true
			late, err = loadTopics(d, b, &missing)
		case "groups_read":
			err = d.Decode(&groupsHead)
		case "groups":
			groups = &Groups{}
			err = loadGroups(d, groups)
		case "transactions":
			err = d.Decode(&open)
		case "metrics":
			err = d.Decode(&metrics)
		case "quotas":
			err = d.Decode(&quotas)
		case "settings":
			err = d.Decode(&settings)
		case "verdict":
			err = d.Decode(&verdict)
		default:
			var skip json.RawMessage
			err = d.Decode(&skip)
		}
		if err != nil {
			return nil, fmt.Errorf("%v: %w", key, err)
		}
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return nil, err
	}
	if version == nil || brokers == nil || !topics {
		return nil, errors.New("not a snapshot: it lacks version, brokers or topics (written by `kdeck snapshot save FILE`)")
	}
	if len(late) > 0 {
		var err error
		if b, err = inOrder(b, late); err != nil {
			return nil, err
		}
		s = b.Snapshot()
	}
	s.Controller = readingOf(controller, s.Taken, "controller")
	s.Moves = missing.moves(moves, s)
	for i := range brokers {
		if brokers[i].Alive == nil {
			return nil, fmt.Errorf(`brokers: broker %d has no "alive"`, brokers[i].ID)
		}
		b.Broker(brokerOfFile(&brokers[i], s.Taken))
	}
	missing.tell(s)
	st := &State{Snapshot: b.Done()}
	if groups != nil {
		groups.At, groups.Looks, groups.Unknown = groupsHead.At, groupsHead.Looks, groupsHead.Unknown
		st.Groups = groups
	}
	if open != nil {
		st.Transactions = transactionsOfFile(open)
	}
	if metrics != nil {
		st.Metrics = metricsOfFile(metrics)
	}
	if quotas != nil {
		q, err := quotasOfFile(quotas)
		if err != nil {
			return nil, fmt.Errorf("quotas: %w", err)
		}
		st.Quotas = Read(q, s.Taken, "snapshot")
	}
	if settings != nil {
		st.Settings = settings.settings()
	}
	if verdict != nil {
		var err error
		if st.Verdict, st.Findings, err = verdictOfFile(verdict); err != nil {
			return nil, fmt.Errorf("verdict: %w", err)
		}
	}
	return st, nil
}

func number(n *int) string {
	if n == nil {
		return "null"
	}
	return strconv.Itoa(*n)
}

func expect(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("not a snapshot: found %v where %v was due", t, want)
	}
	return nil
}

func readingOf[T any](v *T, at time.Time, field string) Reading[T] {
	if v == nil {
		return Missing[T](fmt.Sprintf("the snapshot doesn't give %q", field), at, "snapshot")
	}
	return Read(*v, at, "snapshot")
}

func orUnknown(n *int64) int64 {
	if n == nil {
		return -1
	}
	return *n
}

func brokerOfFile(f *fileBroker, at time.Time) Broker {
	b := Broker{
		ID: f.ID, Host: f.Host, Port: f.Port, Alive: *f.Alive,
		Fenced: readingOf(f.Fenced, at, "fenced"), Cordoned: readingOf(f.Cordoned, at, "cordoned"),
		SilentSince: readingOf(f.SilentSince, at, "silent_since"), MetadataOffset: readingOf(f.MetadataOffset, at, "metadata_offset"),
		LogDirs:  Missing[[]LogDir](`the snapshot doesn't give "log_dirs"`, at, "snapshot"),
		Answered: Missing[time.Duration]("did not answer when the snapshot was taken", at, "snapshot"),
	}
	if f.Rack != nil {
		b.Rack = *f.Rack
	}
	if f.Answered {
		b.Answered = Read(time.Duration(0), at, "snapshot")
	}
	if f.LogDirs != nil {
		dirs := make([]LogDir, len(f.LogDirs))
		for i, d := range f.LogDirs {
			dirs[i] = LogDir{d.Path, d.Error, d.Size, orUnknown(d.Total), orUnknown(d.Usable), d.Replicas, d.Future, d.Cordoned}
		}
		b.LogDirs = Read(dirs, at, "snapshot")
	}
	return b
}

// loadTopics adds the topics to the builder while they come in order of name, and returns the rest.
func loadTopics(d *json.Decoder, b *Builder, gaps *gaps) (rest []fileTopic, err error) {
	if err := expect(d, json.Delim('[')); err != nil {
		return nil, err
	}
	for d.More() {
		var t fileTopic
		if err := d.Decode(&t); err != nil {
			return nil, err
		}
		if len(t.NameBytes) > 0 {
			t.Name = string(t.NameBytes)
		}
		if err := gaps.check(&t); err != nil {
			return nil, err
		}
		if n := len(b.s.topics); rest != nil || n > 0 && t.Name < b.s.topics[n-1].name {
			rest = append(rest, t)
			continue
		}
		if err := loadTopic(b, &t); err != nil {
			return nil, err
		}
	}
	return rest, expect(d, json.Delim(']'))
}

// inOrder returns a builder with the topics of another one and those that came out of order.
func inOrder(b *Builder, rest []fileTopic) (*Builder, error) {
	s := b.s
	for i := range s.NumTopics() {
		rest = append(rest, fileOfTopic(s.Topic(i)))
	}
	slices.SortStableFunc(rest, func(a, b fileTopic) int { return strings.Compare(a.Name, b.Name) })
	sorted := NewBuilder(s.ClusterID, s.Taken, 0, 0)
	sorted.s.From, sorted.s.Unknown = s.From, s.Unknown
	for i := range rest {
		if err := loadTopic(sorted, &rest[i]); err != nil {
			return nil, fmt.Errorf("topics: %w", err)
		}
	}
	return sorted, nil
}

func loadTopic(b *Builder, t *fileTopic) error {
	var id [16]byte
	if t.ID != "" {
		decoded, err := base64.RawURLEncoding.DecodeString(t.ID)
		if err != nil || len(decoded) != len(id) {
			return fmt.Errorf("topic %q: %q is not a topic id", t.Name, t.ID)
		}
		copy(id[:], decoded)
	}
	if err := b.Topic(t.Name, id, t.Internal); err != nil {
		return err
	}
	minISR := t.MinISR
	if v, ok := t.Configs["min.insync.replicas"]; ok && minISR == 0 {
		minISR, _ = strconv.Atoi(v)
	}
	b.Config(t.Name, minISR, t.Configs)
	slices.SortStableFunc(t.Partitions, func(a, b filePartition) int { return cmp.Compare(a.ID, b.ID) })
	for i := range t.Partitions {
		if err := loadPartition(b, t.Name, &t.Partitions[i]); err != nil {
			return fmt.Errorf("topic %q: %w", t.Name, err)
		}
	}
	return nil
}

func loadPartition(b *Builder, topic string, p *filePartition) error {
	epoch := int32(-1)
	if p.LeaderEpoch != nil {
		epoch = *p.LeaderEpoch
	}
	if err := b.Partition(p.ID, *p.Leader, epoch, p.Replicas, p.ISR, p.Offline); err != nil {
		return err
	}
	b.Moving(topic, p.ID, p.Adding, p.Removing)
	b.ELR(topic, p.ID, p.ELR, p.LastKnownELR)
	for i, broker := range p.Replicas {
		size, dir := orUnknown(p.Size), -1
		if p.Sizes != nil {
			size = -1
			if i < len(p.Sizes) {
				size = orUnknown(p.Sizes[i])
			}
		}
		if i < len(p.Dirs) && p.Dirs[i] != nil {
			dir = *p.Dirs[i]
		}
		b.Size(topic, p.ID, broker, size, dir)
	}
	return nil
}
