package state

import (
	"fmt"
	"slices"
	"time"
)

// fileVerdict is what was said of the cluster when it was saved.
type fileVerdict struct {
	Verdict  Verdict       `json:"verdict"`
	Findings []fileFinding `json:"findings"`
}

// fileFinding is a finding with what answers don't show of it.
type fileFinding struct {
	Code        string                 `json:"code"`
	Severity    Severity               `json:"severity"`
	SubjectKind SubjectKind            `json:"subject_kind,omitempty"`
	SubjectID   int32                  `json:"subject_id,omitempty"`
	SubjectName string                 `json:"subject_name,omitempty"`
	Scope       string                 `json:"scope"`
	Sentence    string                 `json:"sentence"`
	Since       fileReading[time.Time] `json:"since"`
	Fault       string                 `json:"fault"`
	Evidence    []string               `json:"evidence"`
	Next        string                 `json:"next"`
	Pane        string                 `json:"pane,omitempty"`
	Filter      string                 `json:"filter,omitempty"`
}

func fileOfVerdict(v Verdict, findings []Finding) fileVerdict {
	f := fileVerdict{Verdict: v, Findings: []fileFinding{}}
	for _, of := range findings {
		f.Findings = append(f.Findings, fileFinding{
			of.Code, of.Severity, of.Subject.Kind, of.Subject.ID, of.Subject.Name, of.Scope, of.Sentence, fileOf(of.Since, time.Time.UTC), of.Fault, of.Evidence, of.Next, of.Pane, of.Filter,
		})
	}
	return f
}

func verdictOfFile(f *fileVerdict) (Verdict, []Finding, error) {
	if !slices.Contains([]Verdict{VerdictHealthy, VerdictDegraded, VerdictCritical, VerdictUnknown}, f.Verdict) {
		return "", nil, fmt.Errorf("there is no verdict %q", f.Verdict)
	}
	findings := make([]Finding, len(f.Findings))
	for i, of := range f.Findings {
		if of.Severity.Rank() < 0 {
			return "", nil, fmt.Errorf("finding %q: there is no severity %q", of.Code, of.Severity)
		}
		findings[i] = Finding{
			Code: of.Code, Severity: of.Severity, Subject: Subject{of.SubjectKind, of.SubjectID, of.SubjectName}, Scope: of.Scope, Sentence: of.Sentence,
			Since: ofFile(of.Since, same), Fault: of.Fault, Evidence: of.Evidence, Next: of.Next, Pane: of.Pane, Filter: of.Filter,
		}
	}
	return f.Verdict, findings, nil
}
