package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kdeck/protocol/alloctest"
)

func TestWordsOfAChain(t *testing.T) {
	for name, c := range map[string]struct{ words, want, wrong string }{
		"one broker":                        {words: "drain 7", want: "drain 7"},
		"several brokers":                   {words: "drain 7 8", want: "drain 7 8"},
		"brokers with a comma":              {words: "drain 7,8", want: "drain 7 8"},
		"an alias":                          {words: "remove 7", want: "drain 7"},
		"targets":                           {words: "drain 7 --to 8,9", want: "drain 7 --to 8,9"},
		"targets after an equals sign":      {words: "drain 7 --to=8,9", want: "drain 7 --to 8,9"},
		"two stages":                        {words: "drain 7 --to 8 + drain 6", want: "drain 7 --to 8 | drain 6"},
		"a word after a list flag":          {words: "drain 7 --to 8 9", wrong: `"9" after --to`},
		"a word after a list flag with =":   {words: "drain 7 --to=8 9", wrong: `"9" after --to`},
		"the flag before the brokers":       {words: "drain --to 8 7", wrong: `"7" after --to`},
		"a blank behind a comma":            {words: "drain 7 --to 8, 9", wrong: `"9" after --to`},
		"an empty list element":             {words: "drain 7 --to 8,", wrong: `"" in "8," is not a broker id`},
		"no broker":                         {words: "drain", wrong: "no broker given"},
		"no broker but targets":             {words: "drain --to 8", wrong: "no broker given"},
		"a rack":                            {words: "drain --rack r2", want: "drain --rack r2"},
		"a rack and brokers beside it":      {words: "drain 7,8 --rack r2 --to 9 --topics a", want: "drain 7 8 --rack r2 --to 9 --topics a"},
		"a rack of no name":                 {words: "drain --rack=", wrong: "--rack needs a value"},
		"two racks":                         {words: "drain --rack r1 r2", wrong: `"r2" after --rack`},
		"a rack for another stage":          {words: "demote 7 --rack r2", wrong: `no flag "--rack"`},
		"a broker twice":                    {words: "drain 7 7", wrong: "broker 7 is given twice"},
		"a target twice":                    {words: "drain 7 --to 8,8", wrong: "broker 8 is given twice"},
		"a target that is drained":          {words: "drain 7 8 --to 9,8", wrong: "broker 8 is itself being drained"},
		"a name for a broker":               {words: "drain b7", wrong: `"b7"`},
		"a negative id":                     {words: "drain -7", wrong: `"-7"`},
		"a sign":                            {words: "drain +7", wrong: `"+7"`},
		"an id that is too large":           {words: "drain 3000000000", wrong: `"3000000000"`},
		"a flag without a value":            {words: "drain 7 --to", wrong: "--to needs a value"},
		"a flag twice":                      {words: "drain 7 --to 8 --to 9", wrong: "--to is given twice"},
		"a flag that drain doesn't have":    {words: "drain 7 --with 9", wrong: `no flag "--with"`},
		"a stage that isn't there":          {words: "drian 7", wrong: `no stage "drian": one of balance, clone, demote, drain`},
		"nothing":                           {words: "", wrong: "no stage given"},
		"nothing behind the plus":           {words: "drain 7 +", wrong: "stage 2 is empty"},
		"nothing before the plus":           {words: "+ drain 7", wrong: "stage 1 is empty"},
		"an error in the second stage":      {words: "drain 7 + remove 8 --to 9 10", wrong: `remove: "10" after --to`},
		"a list flag whose value is a flag": {words: "drain 7 --to --execute", wrong: `"--execute" is a flag`},
		"topics":                            {words: "drain 7 --to 8 --topics pay.*|ord.* --exclude-topics=x", want: "drain 7 --to 8 --topics pay.*|ord.* --exclude-topics x"},
		"a broken expression":               {words: "drain 7 --topics a(", wrong: `--topics: "a("`},
		"an empty expression":               {words: "drain 7 --topics=", wrong: `--topics: ""`},

		"a replacement":                       {words: "replace 7 --with 9", want: "replace 7 --with 9"},
		"a replacement by nobody":             {words: "replace 7", wrong: "--with BROKER is missing"},
		"a replacement by two":                {words: "replace 7 --with 8,9", wrong: "--with 8,9: it takes one broker"},
		"a replacement of two":                {words: "replace 7 8 --with 9", wrong: "a stage replaces one broker, not 2"},
		"a replacement by itself":             {words: "replace 7 --with 7", wrong: "can't replace itself"},
		"balance of all kinds, in any order":  {words: "balance topics count bytes", want: "balance count bytes topics"},
		"balance of no kind":                  {words: "balance", want: "balance count"},
		"kafka-assigner's kinds of balance":   {words: "balance size even", want: "balance bytes topics"},
		"kafka-assigner's balance of leaders": {words: "balance count leader", wrong: `"leader" is a stage of its own: balance … + leaders`},
		"kafka-assigner's balance of racks":   {words: "balance rackaware", wrong: "+ racks"},
		"a kind of balance twice":             {words: "balance bytes size", wrong: `"bytes" is given twice`},
		"an unknown kind of balance":          {words: "balance rate", wrong: `no measure "rate": one of count, bytes, topics`},
		"racks":                               {words: "racks --exclude-topics x", want: "racks --exclude-topics x"},
		"racks with a broker":                 {words: "racks 7", wrong: `"7" is one word too many`},
		"leaders":                             {words: "leaders", want: "leaders"},
		"reorder":                             {words: "reorder", want: "leaders"},
		"demotion":                            {words: "demote 7,8", want: "demote 7 8"},
		"demotion of nobody":                  {words: "demote", wrong: "no broker given"},
		"a replication factor":                {words: "set-replication-factor 3 --topics pay.*", want: "set-replication-factor 3 --topics pay.*"},
		"a replication factor of what":        {words: "set-replication-factor 3", wrong: "--topics RE is missing"},
		"no replication factor":               {words: "set-replication-factor --topics a", wrong: "no replication factor given"},
		"a replication factor of 0":           {words: "set-replication-factor 0 --topics a", wrong: "0 is no replication factor"},
		"a negative replication factor":       {words: "set-replication-factor -1 --topics a", wrong: `"-1" is not a number`},
		"two replication factors":             {words: "set-replication-factor 2 3 --topics a", wrong: `"3" is one word too many`},
		"a clone":                             {words: "clone 1 2 --to 3", want: "clone 1 2 --to 3"},
		"a clone to nowhere":                  {words: "clone 1", wrong: "--to BROKER is missing"},
		"a clone to itself":                   {words: "clone 1 2 --to 2", wrong: "broker 2 is itself being cloned"},
		"a trim":                              {words: "trim 1 2 --topics a", want: "trim 1 2 --topics a"},
		"an election":                         {words: "elect --topics a", want: "elect --topics a"},
		"limits, which bind all":              {words: "drain 7 --max-moves 9 --to 8 + balance --max-bytes 2MB", want: "drain 7 --to 8 | balance count | --max-moves 9 --max-bytes 2000000"},
		"limits of their own":                 {words: "drain 7 + --max-moves 9", want: "drain 7 | --max-moves 9"},
		"a limit without a value":             {words: "leaders --keep-leaders + racks", want: "leaders | racks | --keep-leaders"},
		"limits alone":                        {words: "--max-moves 9", wrong: "no stage given, only limits"},
		"a limit twice":                       {words: "drain 7 --max-moves 9 + racks --max-moves 8", wrong: "--max-moves is given twice: it binds the whole plan"},
		"a limit that is no number":           {words: "drain 7 --max-moves few", wrong: `--max-moves: "few" is not a number`},
		"a limit that is no size":             {words: "drain 7 --max-bytes much", wrong: `--max-bytes: "much" is not a size`},
		"a stage behind a limit":              {words: "--max-moves 9 drain 7", wrong: `"drain" after --max-moves`},
		"a value for a flag that has none":    {words: "drain 7 --keep-leaders=yes", wrong: `--keep-leaders takes no value, and is given "yes"`},
		"a word behind a flag without value":  {words: "drain --keep-leaders 7", wrong: `"7" after --keep-leaders`},
		"a flag without value behind another": {words: "drain 7 --to --keep-leaders", wrong: `"--keep-leaders" is a flag`},
		"keeping leaders twice":               {words: "drain 7 --keep-leaders + racks --keep-leaders", wrong: "--keep-leaders is given twice"},
		"a flag for a stage":                  {words: "--to 9", wrong: `no flag "--to": it has --max-moves`},
	} {
		t.Run(name, func(t *testing.T) {
			stages, err := Parse(strings.Fields(c.words))
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Fatalf("Parse(%q): error %v, want one with %q", c.words, err, c.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range stages {
				got = append(got, s.String())
			}
			if g := strings.Join(got, " | "); g != c.want {
				t.Fatalf("Parse(%q) = %q, want %q", c.words, g, c.want)
			}
		})
	}
}

// anyStage draws a stage of any kind on some brokers.
func anyStage(t *rapid.T, brokers []int32) Stage {
	ids := rapid.Permutation(brokers).Draw(t, "ids")[:rapid.IntRange(2, min(6, len(brokers))).Draw(t, "most")]
	n := rapid.IntRange(1, len(ids)-1).Draw(t, "of them")
	re := rapid.SampledFrom([]string{"", "", "", "pay.*", "a|b", `t\d{1,3}`, "-?b", "(x=)?y"})
	topics := Topics{re.Draw(t, "topics"), re.Draw(t, "exclude")}
	return rapid.SampledFrom([]Stage{
		&Drain{ids[:n], ids[n:], topics}, &Drain{ids, nil, topics}, &DrainRack{"r2", ids[:n], ids[n:], topics}, &DrainRack{"r2", nil, nil, topics}, &Replace{ids[0], ids[1], topics},
		&Balance{[]string{"count"}, topics}, &Balance{[]string{"bytes", "topics"}, topics}, &Balance{measures, topics},
		&Racks{topics}, &Leaders{topics}, &Demote{ids, topics}, &Clone{ids[1:], ids[0], topics}, &Trim{ids, topics},
		&ReplicationFactor{n, Topics{"all.*", topics.Except}}, &Elect{topics},
	}).Draw(t, "stage")
}

func TestCanonicalWordsReadAsTheSameChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stages []Stage
		brokers := rapid.SliceOfNDistinct(rapid.Int32Range(0, 40), 2, 9, rapid.ID).Draw(t, "brokers")
		for range rapid.IntRange(1, 4).Draw(t, "stages") {
			stages = append(stages, anyStage(t, brokers))
		}
		if rapid.Bool().Draw(t, "limited") {
			stages = append(stages, &Limits{Moves: rapid.IntRange(0, 99).Draw(t, "moves"), Bytes: rapid.Int64Range(-1, 1<<40).Draw(t, "bytes"), KeepLeaders: rapid.Bool().Draw(t, "keep")})
		}
		again, err := Parse(strings.Fields(inWords(stages)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(stages, again); diff != "" {
			t.Fatalf("%s: %s", inWords(stages), diff)
		}
		p := &Plan{Header: &Header{}}
		for _, s := range stages {
			p.Header.Stages = append(p.Header.Stages, s.String())
		}
		words, err := p.Words()
		if err != nil || strings.Join(words, " ") != inWords(stages) {
			t.Fatalf("in a file: %v, %v", words, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"drain 7 8 --to 9,10", "drain 7 + remove 8", "drain 7 --to=8 9", "+ +", "drain --to", "-- --=", "replace 1 --with 2", "balance size even",
		"set-replication-factor 3 --topics .* --max-bytes 2GB", "clone 1 --to 2 + trim 1", "--max-moves 7", "elect --topics=a", "racks --keep-leaders --max-moves 1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		defer alloctest.Bound(t, len(line))()
		stages, err := Parse(strings.Fields(line))
		if err != nil {
			return
		}
		again, err := Parse(strings.Fields(inWords(stages)))
		if err != nil || inWords(again) != inWords(stages) {
			t.Fatalf("%q: %q reads as %q, %v", line, inWords(stages), inWords(again), err)
		}
	})
}

func TestPhraseNamesActionTargetAndCluster(t *testing.T) {
	stages, err := Parse(strings.Fields("remove 7 8 --to 9 + set-replication-factor 3 --topics a --max-moves 4"))
	if err != nil {
		t.Fatal(err)
	}
	to := func(replicas []int32, topics ...string) *Plan { // from replicas 1 and 2, with a header that lies
		p := &Plan{Header: &Header{Moves: 7}}
		for _, topic := range topics {
			p.Partitions = append(p.Partitions, Assignment{Topic: topic, Replicas: replicas})
			p.Header.Before = append(p.Header.Before, Assignment{Topic: topic, Replicas: []int32{1, 2}})
		}
		return p
	}
	for got, want := range map[string]string{
		Phrase(stages, "", "prod-eu-1"):             "drain 7 8 --to 9 + set-replication-factor 3 --topics a + --max-moves 4 prod-eu-1",
		Phrase(stages[:1], "", "b1:9092"):           "drain 7 8 --to 9 b1:9092",
		Phrase(stages[:1], "unregister", "b1:9092"): "drain 7 8 --to 9 and unregister b1:9092",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, tt := range []struct {
		p    *Plan
		want string
	}{
		{to([]int32{1, 3}, "a"), "apply 1 move # prod"},
		{to([]int32{3, 4}, "a", "b"), "apply 4 moves # prod"},
		{to([]int32{1, 2}, "a", "b"), "apply 2 elections # prod"},
		{to([]int32{2, 1}, "a", "b"), "apply 2 changes # prod"},
	} {
		got := ApplyPhrase(tt.p, "prod")
		before, after, _ := strings.Cut(got, "#")
		if len(after) < 6 || before+"#"+after[6:] != tt.want {
			t.Errorf("%q, want %q with a fingerprint", got, tt.want)
		}
	}
	if a, b := ApplyPhrase(to([]int32{1, 3}, "a"), "prod"), ApplyPhrase(to([]int32{1, 4}, "a"), "prod"); a == b {
		t.Errorf("two plans have the phrase %q", a)
	}
	edited := to([]int32{1, 3}, "a") // so that a partition that has changed is moved all the same
	edited.Header.Before[0].Replicas = []int32{1, 5}
	if a, b := ApplyPhrase(to([]int32{1, 3}, "a"), "prod"), ApplyPhrase(edited, "prod"); a == b {
		t.Errorf("plans that begin at other replicas have the phrase %q", a)
	}
}
