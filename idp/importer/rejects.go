package importer

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
)

// rejects writes the rows that were not imported, in the form of the file they came from
// with one column more that says why. Corrected, the file is imported like any other.
type rejects struct {
	out   io.Writer
	csv   *csv.Writer
	names []string // CSV: the header, without the ignored column
}

func newRejects(out io.Writer, s *source) (*rejects, error) {
	if out == nil {
		return nil, nil
	}
	r := &rejects{out: out}
	if s.header == nil {
		return r, nil
	}
	r.csv = csv.NewWriter(out)
	for i, n := range s.header {
		if n >= 0 {
			r.names = append(r.names, s.names[i])
		}
	}
	return r, r.writeCSV(append(r.names[:len(r.names):len(r.names)], ignored))
}

func (r *rejects) writeCSV(fields []string) error {
	if err := r.csv.Write(fields); err != nil {
		return err
	}
	r.csv.Flush()
	return r.csv.Error()
}

// add writes one row. A line that could not be split stands whole in the first column.
func (r *rejects) add(s *source, row record, mistakes []Mistake) error {
	if r == nil {
		return nil
	}
	var why []string
	for _, m := range mistakes {
		why = append(why, m.String())
	}
	if r.csv == nil {
		return r.addJSON(row, strings.Join(why, "; "))
	}
	fields := make([]string, 0, len(r.names)+1)
	switch {
	case row.fields == nil:
		fields = append(append(fields, row.raw), make([]string, len(r.names)-1)...)
	default:
		for i, n := range s.header {
			if n >= 0 {
				fields = append(fields, row.fields[i])
			}
		}
	}
	return r.writeCSV(append(fields, strings.Join(why, "; ")))
}

// addJSON writes a line that is no object as the member import_line of one.
func (r *rejects) addJSON(row record, why string) error {
	members := map[string]any{}
	d := json.NewDecoder(strings.NewReader(row.raw))
	d.UseNumber()
	if d.Decode(&members) != nil || members == nil {
		members = map[string]any{"import_line": row.raw}
	}
	members[ignored] = why
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(members); err != nil {
		return err
	}
	_, err := r.out.Write(line.Bytes())
	return err
}
