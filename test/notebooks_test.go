// Package test checks the form of the course's notebooks. What they compute is checked by running them, in Python.
package test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

type notebook struct {
	Cells []struct {
		CellType       string          `json:"cell_type"`
		ID             string          `json:"id"`
		Source         []string        `json:"source"`
		ExecutionCount *int            `json:"execution_count"`
		Outputs        json.RawMessage `json:"outputs"`
	} `json:"cells"`
	Metadata struct {
		Kernelspec struct {
			Name        string `json:"name"`
			DisplayName string `json:"display_name"`
			Language    string `json:"language"`
		} `json:"kernelspec"`
	} `json:"metadata"`
	Format      int `json:"nbformat"`
	FormatMinor int `json:"nbformat_minor"`
}

// cellID is what nbformat 4.5 allows.
var cellID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func TestNotebooksAreWellFormedAndCarryNoOutputs(t *testing.T) {
	files, err := filepath.Glob("../notebooks/*.ipynb")
	if err != nil || len(files) == 0 {
		t.Fatalf("notebooks: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var n notebook
			if err := json.Unmarshal(text, &n); err != nil {
				t.Fatal(err)
			}
			if n.Format != 4 || n.FormatMinor != 5 {
				t.Errorf("format is %d.%d, want 4.5", n.Format, n.FormatMinor)
			}
			if k := n.Metadata.Kernelspec; k.Name != "warren" || k.DisplayName != "Go (Warren)" || k.Language != "go" {
				t.Errorf("kernelspec is %+v", k)
			}
			checkCells(t, n)
		})
	}
}

func checkCells(t *testing.T, n notebook) {
	seen := map[string]bool{}
	for i, c := range n.Cells {
		if !cellID.MatchString(c.ID) || seen[c.ID] {
			t.Errorf("cell %d: id %q is not valid or not unique", i, c.ID)
		}
		seen[c.ID] = true
		if strings.TrimSpace(strings.Join(c.Source, "")) == "" {
			t.Errorf("cell %s is empty", c.ID)
		}
		if c.CellType == "code" && (string(c.Outputs) != "[]" || c.ExecutionCount != nil) {
			t.Errorf("cell %s carries outputs or an execution count; clear them before committing", c.ID)
		}
	}
	if len(n.Cells) == 0 || n.Cells[0].CellType != "markdown" {
		t.Error("a lab begins with prose: what it teaches and where it comes from")
	}
}
