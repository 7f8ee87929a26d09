package bench

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func measured(t *testing.T) (Result, Alternatives) {
	t.Helper()
	host := four
	host.Caches = []Cache{{1, "Data", 48 << 10, 64, 1}}
	r, err := NewResult("dot, x", host, Point{1, Times{20 * ms, 21 * ms}}, Point{2, Times{10 * ms, 14 * ms}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAlternatives("ways", host, Timing{"loop", steady(6, 30*ms)}, Timing{`the "pool"`, steady(6, 10*ms)})
	if err != nil {
		t.Fatal(err)
	}
	return r, a
}

func TestMeasurementsSurviveJSON(t *testing.T) {
	r, a := measured(t)
	weak := r
	weak.Scaling = Weak
	for _, v := range []any{r, weak, a} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		read := reflect.New(reflect.TypeOf(v))
		if err := json.Unmarshal(text, read.Interface()); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if got := read.Elem().Interface(); !reflect.DeepEqual(got, v) {
			t.Errorf("read %+v, want %+v", got, v)
		}
	}
}

func TestJSONHasTheTableForOtherLanguages(t *testing.T) {
	r, _ := measured(t)
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"scaling":"strong"`, `"times_ns":[20000000,21000000]`, `"karp_flatt":null`, `"median_ns":12000000`, `"speedup":1.7083333333333333`, `"caches":[{"level":1`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

func TestBadJSONIsAnErrorThatNamesTheValue(t *testing.T) {
	for text, want := range map[string]string{
		`{"points":[]}`: "no worker counts",
		`{"points":[{"workers":2,"times_ns":[1]}]}`:                    "[2] do not hold 1",
		`{"points":[{"workers":1,"times_ns":[0]}]}`:                    "times on 1 workers are [0s]",
		`{"scaling":"odd","points":[{"workers":1,"times_ns":[1]}]}`:    `scaling is "odd"`,
		`{"points":[{"workers":1,"times_ns":[1]}]`:                     "unexpected end",
		`{"points":[{"workers":1,"times_ns":"soon"}]}`:                 "times_ns",
		`{"points":[{"workers":1,"times_ns":[1]}],"scaling":"strong"}`: "",
	} {
		var r Result
		err := json.Unmarshal([]byte(text), &r)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error is %v, want one with %q", text, err, want)
		}
	}
	var a Alternatives
	if err := json.Unmarshal([]byte(`{"timings":[{"name":"a","times_ns":[]}]}`), &a); err == nil || !strings.Contains(err.Error(), `times of "a" are []`) {
		t.Errorf("error is %v", err)
	}
	if _, err := json.Marshal(Result{Scaling: 7}); err == nil || !strings.Contains(err.Error(), "scaling is 7") {
		t.Errorf("error is %v", err)
	}
}

func TestSavedFilesHoldWhatTheirNamesEndIn(t *testing.T) {
	r, a := measured(t)
	dir := t.TempDir()
	for _, c := range []struct {
		file  string
		save  func(string) error
		start string
	}{
		{"r.csv", r.Save, "workers,min_ns,median_ns,low_ns,high_ns,speedup,"},
		{"r.json", r.Save, "{\n  \"title\": \"dot, x\""},
		{"r.png", r.Save, "\x89PNG"},
		{"R.SVG", r.Save, "<svg "},
		{"a.csv", a.Save, "name,min_ns,"},
		{"a.json", a.Save, "{\n  \"title\": \"ways\""},
		{"a.png", a.Save, "\x89PNG"},
		{"c.png", r.Chart().Save, "\x89PNG"},
		{"c.json", r.Chart().Save, "{\n  \"$schema\""},
		{"b.svg", a.Chart().Save, "<svg "},
	} {
		file := filepath.Join(dir, c.file)
		if err := c.save(file); err != nil {
			t.Error(err)
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil || !strings.HasPrefix(string(content), c.start) {
			t.Errorf("%s begins with %.40q, %v", c.file, content, err)
		}
	}
	for file, want := range map[string]string{
		"r.xlsx": `the end of "r.xlsx" names no format; it must be one of .csv, .json, .png, .svg`, "": `the end of ""`,
		filepath.Join(dir, "nowhere", "r.csv"): "no such file",
	} {
		if err := r.Save(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", file, err, want)
		}
	}
}

func TestCSVHasARowForEachNumberOfWorkers(t *testing.T) {
	r, a := measured(t)
	var text strings.Builder
	if err := r.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	want := "2,10000000,12000000,10000000,14000000,1.7083333333333333,1.4285714285714286,2.1,0.8541666666666666,0.17073170731707332,,true"
	if got := strings.Join(records[2], ","); got != want {
		t.Errorf("record is %s, want %s", got, want)
	}
	text.Reset()
	if err := a.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "\n\"the \"\"pool\"\"\",10000000,10000000,10000000,10000000,3,3,3,false\n") {
		t.Errorf("table is\n%s", text.String())
	}
}
