package change

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
)

func TestTheJournalHoldsNoSecretOfTheSession(t *testing.T) {
	const secret, digits, short = `hunter2 "orders`, "20000000", "qZ7xWv"
	quoted, _ := json.Marshal(secret)
	for name, tt := range map[string]struct {
		entry Entry
		has   string // among what is written
	}{
		"a name in a request":                             {Entry{API: "CreateTopics", Request: json.RawMessage(`{"topics":[{"name":` + string(quoted) + `}]}`)}, `"name":"(hidden)"`},
		"a value in what was before":                      {Entry{API: "IncrementalAlterConfigs", Before: json.RawMessage(`[{"Name":"a","Value":` + string(quoted) + `}]`)}, `"Value":"(hidden)"`},
		"a key of an object":                              {Entry{API: "X", Request: json.RawMessage(`{` + string(quoted) + `:1}`)}, `{"(hidden)":1}`},
		"a number":                                        {Entry{API: "AlterClientQuotas", Request: json.RawMessage(`{"value":20000000}`)}, `{"value":"(hidden)"}`},
		"a number in an event":                            {Entry{Event: json.RawMessage(`{"rate":20000000}`)}, `{"rate":"(hidden)"}`},
		"an answer":                                       {Entry{Result: &Outcome{Answer: json.RawMessage(`{"a":` + string(quoted) + `}`), Error: "you said " + secret}}, `"you said (hidden)"`},
		"a command that would be falsified":               {Entry{API: "X", Undo: config.NewCommandLine("kdeck", "quota", "remove", "--user", secret)}, `"undo":"put the secret of the session in the place of (hidden): kdeck quota remove --user '(hidden)'"`},
		"a command without it":                            {Entry{API: "X", Undo: "kdeck quota remove --user u"}, `"undo":"kdeck quota remove --user u"`},
		"a name in a reassignment that no topic can have": {Entry{API: apiReassign, Request: json.RawMessage(`{"topics":[{"name":` + string(quoted) + `,"partitions":[]}]}`)}, `"name":"(hidden)"`},
		"what else a reassignment holds":                  {Entry{API: apiReassign, Request: json.RawMessage(`{"timeoutMs":20000000,"topics":[{"name":"t","x":` + string(quoted) + `,"partitions":[{"partitionIndex":0,"replicas":[1],"x":` + string(quoted) + `}]}]}`)}, `"timeoutMs":"(hidden)"`},
		"what was before a reassignment":                  {Entry{API: apiReassign, Before: json.RawMessage(`[{"Topic":` + string(quoted) + `}]`)}, `"Topic":"(hidden)"`},
		"a short secret in an error":                      {Entry{API: "X", Result: &Outcome{Error: "you said " + short}}, `"error":"you said (hidden)"`},
		"a short secret in the refusal of a part":         {Entry{API: "X", Result: &Outcome{Refused: []string{"you said " + short}}}, `"refused":["you said (hidden)"]`},
		"a reassignment that is none":                     {Entry{API: apiReassign, Request: json.RawMessage(`[` + string(quoted) + `]`)}, `["(hidden)"]`},
		"what has no secret":                              {Entry{API: "X", Request: json.RawMessage(`{"z":1,"a":2000000}`)}, `{"z":1,"a":2000000}`},
	} {
		t.Run(name, func(t *testing.T) {
			j, err := OpenJournal(t.TempDir(), "A")
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			j.begin("a phrase with "+secret, "", "", config.NewMask(secret, digits, short))
			e := tt.entry
			if err := j.write(&e); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(j.Path())
			if err != nil || strings.Contains(string(text), "hunter2") || strings.Contains(string(text), digits) || strings.Contains(string(text), short) || !strings.Contains(string(text), tt.has) || !json.Valid(text) {
				t.Errorf("no %s in %s, %v", tt.has, text, err)
			}
			if string(e.Request) != string(tt.entry.Request) || e.Undo != tt.entry.Undo {
				t.Errorf("the entry itself was changed: %+v", e)
			}
		})
	}
}

func TestWhatTakesAHeldChangeBackIsNotFalsified(t *testing.T) {
	dir := t.TempDir()
	j, err := OpenJournal(dir, "A")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	j.begin("", "", "", config.NewMask("hunter2hunter2"))
	j.Hold(Held{What: "users/hunter2hunter2", Until: time.Now(), Undo: "kdeck quota remove --user hunter2hunter2 --execute"})
	held, err := NewHolds(dir, "A").List()
	if err != nil || len(held) != 1 || strings.HasPrefix(string(held[0].Undo), "kdeck") || !strings.Contains(string(held[0].Undo), "in the place of (hidden)") {
		t.Errorf("held %+v, %v", held, err)
	}
	j.Release(Held{What: "users/hunter2hunter2"})
	if held, err := NewHolds(dir, "A").List(); err != nil || len(held) > 0 {
		t.Errorf("released: %+v, %v", held, err)
	}
}

// By the journal kdeck tells its own moves from those of others, so the names in a reassignment stay.
func TestMovesOfATopicNamedLikeASecretAreStillOnesOwn(t *testing.T) {
	dir := t.TempDir()
	j, err := OpenJournal(dir, "A")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	j.begin("", "", "", config.NewMask("kafka-admin"))
	request := json.RawMessage(`{"topics":[{"name":"kafka-admin","partitions":[{"partitionIndex":0,"replicas":[1,2]}]}]}`)
	if err := j.write(&Entry{ID: "1", API: apiReassign, Request: request}); err != nil {
		t.Fatal(err)
	}
	if sent := sentTo(t, dir, "A", TopicPartition{"kafka-admin", 0}); len(sent) != 1 {
		t.Errorf("sent %v, %v", sent, err)
	}
	refused := &Outcome{Refused: []string{"kafka-admin-0: no, kafka-admin"}}
	for _, e := range []*Entry{{ID: "1", Result: &Outcome{}, resultOf: apiReassign}, {ID: "2", API: apiReassign, Request: request}, {ID: "2", Result: refused, resultOf: apiReassign}} {
		if err := j.write(e); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(j.Path())
	if err != nil || !strings.Contains(string(text), "kafka-admin-0: no, (hidden)") {
		t.Errorf("%s, %v", text, err)
	}
	if sent := sentTo(t, dir, "A", TopicPartition{"kafka-admin", 0}); len(sent) != 2 { // the refused one replaces none
		t.Errorf("sent %v", sent)
	}
}
