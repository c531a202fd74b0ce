package plan

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kdeck/protocol/alloctest"
)

const example = `{"version":1,"partitions":[
 {"topic":"orders","partition":0,"replicas":[4,2,3]}],
 "kdeck":{"cluster_id":"Xy","stages":["drain 1"],"moves":1,"moves_bound":1,"bytes":123456,"bytes_bound":123456,` +
	`"leader_changes":1,"leader_changes_bound":1,"violations":[],"relaxed":[],"risks":[],"confirm":"apply 1 move prod-eu-1",` +
	`"before":[{"topic":"orders","partition":0,"replicas":[1,2,3]}],"drained":[1],"stuck":[]}}
`

func TestPlanFileIsWrittenAsItWasRead(t *testing.T) {
	p, err := Read(strings.NewReader(example))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example, b.String()); diff != "" {
		t.Fatal(diff)
	}
}

func TestUnknownIsNullInAPlanFile(t *testing.T) {
	p := &Plan{Header: &Header{ClusterID: "Xy"}}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"bytes":null`, `"bytes_bound":null`, `"confirm":null`, `"violations":[]`, `"before":[]`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s not in %s", want, &b)
		}
	}
}

// The format of kafka-reassign-partitions: log_dirs are optional, other objects are passed over.
func TestPlanOfKafkasToolIsRead(t *testing.T) {
	p, err := Read(strings.NewReader(`{"version":1,"x-other":{"a":1},"partitions":[
	  {"topic":"foo","partition":1,"replicas":[4,5,6],"log_dirs":["any","any","any"]},
	  {"topic":"bar","partition":0,"replicas":[7,8]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Plan{Partitions: []Assignment{{"foo", 1, []int32{4, 5, 6}}, {"bar", 0, []int32{7, 8}}}}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Fatal(diff)
	}
}

// Each is a plan for a-0 on 6 5 4, whatever stands around it.
func TestAPlanIsReadAsPeopleSaveIt(t *testing.T) {
	const current, proposed = `{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[4,5,6],"log_dirs":["any","any","any"]}]}`,
		`{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[6,5,4],"log_dirs":["any","any","any"]}]}`
	generate := "Current partition replica assignment\n" + current + "\n\nProposed partition reassignment configuration\n" + proposed + "\n"
	const note = "the file is what --generate prints: its proposed assignment is taken"
	for name, c := range map[string]struct{ file, note string }{
		"as it is":                        {proposed, ""},
		"with a byte order mark":          {"\xef\xbb\xbf" + proposed, ""},
		"without a version":               {strings.Replace(proposed, `"version":1,`, "", 1), ""},
		"with a version of null":          {strings.Replace(proposed, `"version":1`, `"version":null`, 1), ""},
		"as --generate prints it":         {generate, note},
		"as --generate prints on Windows": {"\xef\xbb\xbf" + strings.ReplaceAll(generate, "\n", "\r\n"), note},
		"with a warning before":           {"WARN some option is deprecated\n" + generate, note},
		"with the first line cut off":     {generate[strings.Index(generate, "{"):], note},
		"only from the word Proposed on":  {generate[strings.Index(generate, "Proposed"):], note},
		"with white space around":         {"\n\t " + proposed + "\r\n\n", ""},
		"over several lines":              {strings.ReplaceAll(proposed, ",", ",\n  "), ""},
		"with real directories":           {strings.ReplaceAll(proposed, "any", "/data/d0"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Read(strings.NewReader(c.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]Assignment{{"a", 0, []int32{6, 5, 4}}}, p.Partitions); diff != "" {
				t.Error(diff)
			}
			if note := strings.Join(p.Notes, "\n"); note != c.note {
				t.Errorf("note %q, want %q", note, c.note)
			}
		})
	}
}

func TestWhatIsWrongInAPlanFileIsNamed(t *testing.T) {
	rows := func(s string) string { return `{"version":1,"partitions":[` + s + `]}` }
	header := func(s string) string {
		return `{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[1]}],"kdeck":{` + s + `}}`
	}
	for name, c := range map[string]struct{ file, word string }{
		"nothing":                        {"", "empty"},
		"words":                          {"hello", "not a plan"},
		"what --verify prints":           {"Status of partition reassignment:\nReassignment of partition a-0 is completed.\n", "what --verify prints"},
		"YAML":                           {"version: 1\npartitions:\n- topic: a\n", "YAML"},
		"packed":                         {"\x1f\x8b\x08\x00", "gzip"},
		"rows alone":                     {`[{"topic":"a","partition":0,"replicas":[1]}]`, "a list: its rows belong into"},
		"a comma too many":               {"{\"version\":1,\n\"partitions\":[\n{\"topic\":\"a\",\"partition\":0,\"replicas\":[1]},\n]}", "line 4: invalid character ']'"},
		"a broker as a string":           {"{\"version\":1,\n\"partitions\":[\n{\"topic\":\"a\",\"partition\":0,\"replicas\":[\"1\"]}]}", `line 3: "partitions.replicas" holds a string, which has to be a number`},
		"cut short":                      {example[:len(example)/2], "cut short"},
		"two plans":                      {example + example, "follows"},
		"a future version":               {`{"version":2,"partitions":[]}`, "version 2"},
		"no partitions":                  {`{"version":1}`, `"partitions"`},
		"a list of brokers":              {`{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":"1,2"}]}`, "replicas"},
		"a partition twice":              {rows(`{"topic":"a","partition":0,"replicas":[1]},{"topic":"a","partition":0,"replicas":[2]}`), "a-0 is listed twice"},
		"a replica twice":                {rows(`{"topic":"a","partition":0,"replicas":[1,2,1]}`), "broker 1 twice"},
		"no replicas":                    {rows(`{"topic":"a","partition":0,"replicas":[]}`), "a-0 has no replicas"},
		"replicas missing":               {rows(`{"topic":"a","partition":0}`), "a-0 has no replicas"},
		"a topic missing":                {rows(`{"partition":0,"replicas":[1]}`), "entry 1"},
		"a partition missing":            {rows(`{"topic":"a","replicas":[1]}`), "entry 1"},
		"a negative partition":           {rows(`{"topic":"a","partition":-1,"replicas":[1]}`), "-1"},
		"a negative broker":              {rows(`{"topic":"a","partition":0,"replicas":[-1]}`), "-1"},
		"a name that no topic can have":  {rows(`{"topic":"a b","partition":0,"replicas":[1]}`), `"a b"`},
		"a log dir without a name":       {rows(`{"topic":"a","partition":0,"replicas":[1],"log_dirs":[null]}`), "log_dirs"},
		"what --execute prints":          {"Current partition replica assignment\n\n" + rows("") + "\n\nSave this to use as the --reassignment-json-file option during rollback\n", "what --execute prints"},
		"half of what --generate prints": {"Current partition replica assignment\n" + rows(""), "first half of what --generate prints"},
		"two proposals":                  {strings.Repeat("Proposed partition reassignment configuration\n"+rows("")+"\n", 2), "several proposals"},
		"a proposal cut short":           {"Proposed partition reassignment configuration\n{\"version\":1,", "cut short"},
		"UTF-16 of PowerShell":           {"\xff\xfe{\x00", "save it as UTF-8"},
		"topics to move":                 {`{"topics":[{"topic":"foo"}],"version":1}`, "--topics-to-move-json-file"},
		"partitions to elect leaders of": {rows(`{"topic":"a","partition":0},{"topic":"a","partition":1}`), "kafka-leader-election"},
		"a snapshot":                     {`{"version":1,"cluster_id":"x","brokers":[],"topics":[]}`, "--snapshot"},
		"log dirs for other replicas":    {rows(`{"topic":"a","partition":0,"replicas":[1],"log_dirs":["any","any"]}`), "2 \"log_dirs\""},
		"no cluster":                     {header(`"before":[{"topic":"a","partition":0,"replicas":[2]}]`), "cluster_id"},
		"no present":                     {header(`"cluster_id":"x"`), `"before" has 0 entries`},
		"the present of another":         {header(`"cluster_id":"x","before":[{"topic":"b","partition":0,"replicas":[2]}]`), `a-0 has no entry in "before"`},
		"the present twice":              {header(`"cluster_id":"x","before":[{"topic":"a","partition":0,"replicas":[2]},{"topic":"a","partition":0,"replicas":[2]}]`), "listed twice"},
		"a drained broker twice":         {header(`"cluster_id":"x","drained":[1,1],"before":[{"topic":"a","partition":0,"replicas":[2]}]`), "drained"},
		"a partition number as a string": {rows(`{"topic":"a","partition":"0","replicas":[1]}`), "partition"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Read(strings.NewReader(c.file))
			if err == nil || !strings.Contains(err.Error(), c.word) {
				t.Fatalf("read as %+v, error %v; want an error with %q", p, err, c.word)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(example)
	f.Add(`{"version":1,"partitions":[{"topic":"foo","partition":1,"replicas":[4,5],"log_dirs":["any","any"]}]}`)
	f.Fuzz(func(t *testing.T, file string) {
		defer alloctest.Bound(t, len(file))()
		p, err := Read(strings.NewReader(file))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := p.Write(&first); err != nil {
			t.Fatal(err)
		}
		again, err := Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("what was written can't be read: %v\n%s", err, &first)
		}
		if again.Write(&second); first.String() != second.String() {
			t.Fatalf("written again it is another plan:\n%s\n%s", &first, &second)
		}
	})
}
