package plan

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
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
		"a broker twice":                    {words: "drain 7 7", wrong: "broker 7 is given twice"},
		"a target twice":                    {words: "drain 7 --to 8,8", wrong: "broker 8 is given twice"},
		"a target that is drained":          {words: "drain 7 8 --to 9,8", wrong: "broker 8 is itself being drained"},
		"a name for a broker":               {words: "drain b7", wrong: `"b7"`},
		"a negative id":                     {words: "drain -7", wrong: `"-7"`},
		"a sign":                            {words: "drain +7", wrong: `"+7"`},
		"an id that is too large":           {words: "drain 3000000000", wrong: `"3000000000"`},
		"a flag without a value":            {words: "drain 7 --to", wrong: "--to needs a value"},
		"a flag twice":                      {words: "drain 7 --to 8 --to 9", wrong: "--to is given twice"},
		"a flag that drain doesn't have":    {words: "drain 7 --with 9", wrong: "no flag --with"},
		"a stage that isn't there":          {words: "drian 7", wrong: `no stage "drian": one of drain, remove`},
		"nothing":                           {words: "", wrong: "no stage given"},
		"nothing behind the plus":           {words: "drain 7 +", wrong: "stage 2 is empty"},
		"nothing before the plus":           {words: "+ drain 7", wrong: "stage 1 is empty"},
		"an error in the second stage":      {words: "drain 7 + remove 8 --to 9 10", wrong: `remove: "10" after --to`},
		"a list flag whose value is a flag": {words: "drain 7 --to --execute", wrong: `"--execute" is a flag`},
		"topics":                            {words: "drain 7 --to 8 --topics pay.*|ord.* --exclude-topics=x", want: "drain 7 --to 8 --topics pay.*|ord.* --exclude-topics x"},
		"a broken expression":               {words: "drain 7 --topics a(", wrong: `--topics: "a("`},
		"an empty expression":               {words: "drain 7 --topics=", wrong: `--topics: ""`},
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

func TestCanonicalWordsReadAsTheSameStage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Int32Range(0, 40), 1, 6, rapid.ID).Draw(t, "ids")
		n := rapid.IntRange(1, len(ids)).Draw(t, "drained")
		d := &Drain{Brokers: ids[:n], To: ids[n:]}
		stages, err := Parse(strings.Fields(d.String()))
		if err != nil || len(stages) != 1 || stages[0].String() != d.String() {
			t.Fatalf("%q reads as %v, %v", d, stages, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"drain 7 8 --to 9,10", "drain 7 + remove 8", "drain 7 --to=8 9", "+ +", "drain --to", "-- --="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		stages, err := Parse(strings.Fields(line))
		if err != nil {
			return
		}
		for _, s := range stages {
			again, err := Parse(strings.Fields(s.String()))
			if err != nil || len(again) != 1 || again[0].String() != s.String() {
				t.Fatalf("%q: stage %q reads as %v, %v", line, s, again, err)
			}
		}
	})
}

func TestPhraseNamesActionTargetAndCluster(t *testing.T) {
	stages, err := Parse(strings.Fields("remove 7 8 --to 9"))
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		Phrase(stages, "prod-eu-1"):   "drain 7 8 prod-eu-1",
		ApplyPhrase(1, "b1:9092"):     "apply 1 move b1:9092",
		ApplyPhrase(12, "prod-eu-1"):  "apply 12 moves prod-eu-1",
		Phrase(stages[:1], "b1:9092"): "drain 7 8 b1:9092",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
